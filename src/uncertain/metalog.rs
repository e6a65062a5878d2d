//! Metalog: a smooth distribution through three quantiles.
//!
//! With v = ln(u / (1-u)), M(u) = a1 + a2 v + a3 (u - 1/2) v passes through the quantiles at
//! alpha, 1/2 and 1 - alpha when a1 = q50, a2 = (q90 - q10) / (2 l), a3 = (1 - 2r)(q90 - q10) /
//! ((1 - 2 alpha) l), l = ln((1-alpha)/alpha), r = (q50 - q10)/(q90 - q10). With one bound M is the
//! logarithm of the distance from it, with two the logit of the place between them; r is then
//! taken on that scale. M rises, and is a quantile function, only if |a3| / a2 is below the
//! constant [`STEEPEST`]. (T. W. Keelin, "The metalog distributions", Decision Analysis 13 (2016)
//! 243-277, sections 3 and 4.)

use super::Family;
use super::fault::{Fault, finite};
use super::lognormal::percentile;
use super::quadrature;
use crate::special::Bracket;

/// Largest |a3| / a2: one over the largest (u - 1/2) + u (1-u) ln(u/(1-u)).
const STEEPEST: f64 = 1.6671131192019295;

#[derive(Debug)]
pub(super) struct Metalog {
    a: [f64; 3],
    form: Form,
}

/// What M stands for.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// x itself.
    Plain,
    /// ln(x - lower).
    Log(f64),
    /// -ln(upper - x).
    NegativeLog(f64),
    /// ln((x - lower) / (upper - x)).
    Logit(f64, f64),
}

impl Metalog {
    pub(super) fn new(
        alpha: f64,
        quantiles: [f64; 3],
        lower: Option<f64>,
        upper: Option<f64>,
    ) -> Result<Self, Fault> {
        if !(alpha > 0.0 && alpha < 0.5) {
            return Err(Fault::new(
                "",
                format!(
                    "the lower percentile {} is not between 0 and 50",
                    alpha * 100.0
                ),
                "write percentiles such as `p10`, `p50` and `p90`",
            ));
        }
        let names = [percentile(alpha), percentile(0.5), percentile(1.0 - alpha)];
        let form = Form::new(lower, upper)?;
        ascending(&names, quantiles, form)?;
        let [low, middle, high] = quantiles.map(|x| form.scale(x));
        let odds = libm::log((1.0 - alpha) / alpha);
        let spread = high - low;
        let ratio = (middle - low) / spread;
        let a2 = 0.5 * spread / odds;
        let a3 = (1.0 - 2.0 * ratio) * spread / ((1.0 - 2.0 * alpha) * odds);
        let feasible = spread.is_finite() && a2 > 0.0 && a3.abs() < STEEPEST * a2;
        if !feasible {
            return Err(infeasible(alpha, &names, quantiles, form, (low, high)));
        }
        Ok(Self {
            a: [middle, a2, a3],
            form,
        })
    }

    /// M at v, with the smaller of u and 1 - u given by v itself.
    fn at(&self, v: f64) -> f64 {
        let [a1, a2, a3] = self.a;
        a1 + v * (a2 + a3 * centred(v))
    }

    /// The v at which M is `y`: Newton's method within a bracket.
    fn place(&self, y: f64) -> f64 {
        let [a1, a2, a3] = self.a;
        let mut v = (y - a1) / a2;
        if !v.is_finite() {
            return v;
        }
        let mut bracket = Bracket::new();
        for _ in 0..100 {
            let slope = {
                let c = centred(v);
                a2 + a3 * (c + v * (0.25 - c * c))
            };
            let rise = self.at(v) - y;
            let step = bracket.step(v, rise, -rise / slope);
            v += step;
            if step.abs() <= 1e-15 * v.abs() {
                break;
            }
        }
        v
    }

    /// E exp(a1 + v (a2 + a3 (u - 1/2))), infinite when the upper tail is as heavy as 1/x.
    fn mean_of_exponential([a1, a2, a3]: [f64; 3]) -> f64 {
        let rate = 1.0 - (a2 + 0.5 * a3);
        if rate <= 0.0 {
            return f64::INFINITY;
        }
        let ln_value = |v: f64| {
            let size = v.abs();
            a1 + v * (a2 + a3 * centred(v)) - size - 2.0 * libm::log1p(libm::exp(-size))
        };
        quadrature::over_line(ln_value, rate.min(1.0))
    }
}

/// u - 1/2 for the logit v.
fn centred(v: f64) -> f64 {
    0.5 * libm::tanh(0.5 * v)
}

impl Form {
    fn new(lower: Option<f64>, upper: Option<f64>) -> Result<Self, Fault> {
        for (name, bound) in [("min", lower), ("max", upper)] {
            if let Some(bound) = bound {
                finite(name, bound)?;
            }
        }
        match (lower, upper) {
            (None, None) => Ok(Self::Plain),
            (Some(lower), None) => Ok(Self::Log(lower)),
            (None, Some(upper)) => Ok(Self::NegativeLog(upper)),
            (Some(lower), Some(upper)) => {
                super::fault::ordered(lower, upper)?;
                Ok(Self::Logit(lower, upper))
            }
        }
    }

    fn bounds(self) -> (f64, f64) {
        match self {
            Self::Plain => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Log(lower) => (lower, f64::INFINITY),
            Self::NegativeLog(upper) => (f64::NEG_INFINITY, upper),
            Self::Logit(lower, upper) => (lower, upper),
        }
    }

    /// M of a value inside the bounds.
    fn scale(self, x: f64) -> f64 {
        match self {
            Self::Plain => x,
            Self::Log(lower) => libm::log(x - lower),
            Self::NegativeLog(upper) => -libm::log(upper - x),
            Self::Logit(lower, upper) => libm::log((x - lower) / (upper - x)),
        }
    }

    /// The value whose M it is.
    fn value(self, m: f64) -> f64 {
        match self {
            Self::Plain => m,
            Self::Log(lower) => lower + libm::exp(m),
            Self::NegativeLog(upper) => upper - libm::exp(-m),
            Self::Logit(lower, upper) => {
                let (share, rest) = crate::special::beta::logistic(m);
                let width = upper - lower;
                if share < 0.5 {
                    (lower + share * width).max(lower)
                } else {
                    (upper - rest * width).min(upper)
                }
            }
        }
    }
}

fn ascending(names: &[String; 3], quantiles: [f64; 3], form: Form) -> Result<(), Fault> {
    let (lower, upper) = form.bounds();
    for (name, x) in names.iter().zip(quantiles) {
        finite(name, x)?;
        if x <= lower || x >= upper {
            return Err(Fault::new(
                name.clone(),
                format!("{name} = {x} is not inside {lower}..{upper}"),
                format!("write a {name} between {lower} and {upper}"),
            ));
        }
    }
    let [low, middle, high] = quantiles;
    if low == middle && middle == high {
        return Err(Fault::new(
            names[0].clone(),
            format!("all three quantiles are {low}, so that nothing is uncertain"),
            format!("write the number itself: `{low}`"),
        ));
    }
    for i in 0..2 {
        if quantiles[i] >= quantiles[i + 1] {
            let (this, next) = (&names[i], &names[i + 1]);
            return Err(Fault::new(
                this.clone(),
                format!(
                    "{this} = {} is not below {next} = {}",
                    quantiles[i],
                    quantiles[i + 1]
                ),
                format!(
                    "write quantiles that ascend: {} < {} < {}",
                    names[0], names[1], names[2]
                ),
            ));
        }
    }
    Ok(())
}

/// Says between which medians the outer quantiles have a metalog.
fn infeasible(
    alpha: f64,
    names: &[String; 3],
    quantiles: [f64; 3],
    form: Form,
    (low, high): (f64, f64),
) -> Fault {
    let least = 0.5 * (1.0 - STEEPEST * (0.5 - alpha));
    let at = |ratio: f64| form.value(low + ratio * (high - low));
    let (from, to) = (at(least), at(1.0 - least));
    let [first, median, last] = names;
    Fault::new(
        median.clone(),
        format!(
            "no metalog passes through {first} = {}, {median} = {}, {last} = {}: the median is too near one of them",
            quantiles[0], quantiles[1], quantiles[2]
        ),
        format!(
            "write a {median} between {from} and {to}, or leave it out: `{first} = {}, {last} = {}`",
            quantiles[0], quantiles[2]
        ),
    )
}

impl Family for Metalog {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        let v = if below < above {
            libm::log(below) - libm::log1p(-below)
        } else {
            libm::log1p(-above) - libm::log(above)
        };
        self.form.value(self.at(v))
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let (lower, upper) = self.form.bounds();
        if x <= lower {
            return (0.0, 1.0);
        }
        if x >= upper {
            return (1.0, 0.0);
        }
        crate::special::beta::logistic(self.place(self.form.scale(x)))
    }

    fn mean(&self) -> f64 {
        let [a1, a2, a3] = self.a;
        match self.form {
            // int (u - 1/2) ln(u/(1-u)) du = 1/2.
            Form::Plain => a1 + 0.5 * a3,
            Form::Log(lower) => lower + Self::mean_of_exponential(self.a),
            Form::NegativeLog(upper) => upper - Self::mean_of_exponential([-a1, a2, -a3]),
            Form::Logit(..) => quadrature::over_unit(|u, c| self.inverse(u, c), &[]),
        }
    }

    fn support(&self) -> (f64, f64) {
        self.form.bounds()
    }
}
