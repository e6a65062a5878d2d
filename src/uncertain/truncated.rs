//! A distribution given that it lies between two bounds.
//!
//! F^-1(F(lo) + u (F(hi) - F(lo))), and the same from above with survival functions, so that a
//! truncation deep in a tail keeps its accuracy. The mean is the integral of that quantile.

use std::sync::Arc;

use super::fault::Fault;
use super::{Family, quadrature};

#[derive(Debug)]
pub(super) struct Truncated {
    family: Arc<dyn Family>,
    support: (f64, f64),
    /// Probability below the lower bound, and above it.
    lower: (f64, f64),
    /// Probability below the upper bound, and above it.
    upper: (f64, f64),
    /// Probability between.
    mass: f64,
}

/// Refuses bounds that leave no room, given the support of what they cut.
pub(super) fn check(lower: f64, upper: f64, (least, most): (f64, f64)) -> Result<(), Fault> {
    for (name, bound) in [("min", lower), ("max", upper)] {
        if bound.is_nan() {
            let remedy = format!("write a number, as in `{name} = 0`");
            return Err(Fault::new(name, format!("{name} is not a number"), remedy));
        }
    }
    if lower > upper {
        return Err(Fault::new(
            "max",
            format!("min {lower} is above max {upper}"),
            format!("write `min = {upper}, max = {lower}`"),
        ));
    }
    if lower > most || upper < least {
        return Err(nothing(lower, upper));
    }
    Ok(())
}

fn nothing(lower: f64, upper: f64) -> Fault {
    Fault::new(
        "",
        format!("the distribution has no probability within {lower}..{upper}"),
        "write parameters whose values reach that range, or wider bounds",
    )
}

impl Truncated {
    pub(super) fn new(family: Arc<dyn Family>, lower: f64, upper: f64) -> Result<Self, Fault> {
        let (least, most) = family.support();
        let support = (lower.max(least), upper.min(most));
        if support.0 == support.1 {
            return Err(Fault::new(
                "max",
                format!("the bounds leave only the number {lower}"),
                format!("write the number itself: `{lower}`"),
            ));
        }
        let (below_lower, above_lower) = family.both(lower);
        let (below_upper, above_upper) = family.both(upper);
        let mass = if below_upper <= 0.5 {
            below_upper - below_lower
        } else if above_lower <= 0.5 {
            above_lower - above_upper
        } else {
            1.0 - below_lower - above_upper
        };
        // Deeper in a tail than this, doubles cannot tell one value from the next.
        if mass.is_nan() || mass < 1e-290 {
            return Err(nothing(lower, upper));
        }
        Ok(Self {
            family,
            support,
            lower: (below_lower, above_lower),
            upper: (below_upper, above_upper),
            mass,
        })
    }
}

impl Family for Truncated {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        let value = self.family.inverse(
            self.lower.0 + below * self.mass,
            self.upper.1 + above * self.mass,
        );
        value.clamp(self.support.0, self.support.1)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        if x <= self.support.0 {
            return (0.0, 1.0);
        }
        if x >= self.support.1 {
            return (1.0, 0.0);
        }
        let (below, above) = self.family.both(x);
        // Each from whichever side it is small on.
        let below = if below <= 0.5 {
            below - self.lower.0
        } else {
            self.lower.1 - above
        };
        let above = if above <= 0.5 {
            above - self.upper.1
        } else {
            self.upper.0 - self.family.both(x).0
        };
        let share = |part: f64| (part / self.mass).clamp(0.0, 1.0);
        (share(below), share(above))
    }

    fn mean(&self) -> f64 {
        let mean = quadrature::over_unit(|u, c| self.inverse(u, c), &self.kinks());
        mean.clamp(self.support.0, self.support.1)
    }

    fn support(&self) -> (f64, f64) {
        self.support
    }

    fn kinks(&self) -> Vec<f64> {
        let kinks = self.family.kinks().into_iter();
        kinks.map(|k| (k - self.lower.0) / self.mass).collect()
    }
}
