//! The families of distributions by name, and the sets of parameters that each is written with.

/// A family of distributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A known number.
    Constant,
    /// Any value between two is as likely.
    Uniform,
    /// Straight sides.
    Triangular,
    /// Smooth, with a mode.
    Pert,
    /// Listed values.
    Discrete,
    /// Bell.
    Normal,
    /// The logarithm is a bell.
    Lognormal,
    /// Gamma.
    Gamma,
    /// Beta, on 0..=1.
    Beta,
    /// Weibull.
    Weibull,
    /// Exponential.
    Exponential,
    /// Through three quantiles.
    Metalog,
}

/// One set of parameters of a family.
pub struct Set {
    /// The family.
    pub family: Family,
    /// True when it needs no `dist`.
    pub implied: bool,
    /// Its keys; `pX` and `pY` stand for a quantile below and one above the median.
    pub keys: &'static [&'static str],
}

const fn implied(family: Family, keys: &'static [&'static str]) -> Set {
    Set {
        family,
        implied: true,
        keys,
    }
}

const fn named(family: Family, keys: &'static [&'static str]) -> Set {
    Set {
        family,
        implied: false,
        keys,
    }
}

/// Every set of parameters.
pub static SETS: [Set; 24] = [
    implied(Family::Uniform, &["min", "max"]),
    implied(Family::Pert, &["min", "mode", "max"]),
    implied(Family::Lognormal, &["pX", "pY"]),
    implied(Family::Metalog, &["pX", "p50", "pY"]),
    implied(Family::Normal, &["mean", "sd"]),
    implied(Family::Lognormal, &["mean", "cv"]),
    implied(Family::Discrete, &["values"]),
    implied(Family::Discrete, &["values", "weights"]),
    named(Family::Constant, &["value"]),
    named(Family::Triangular, &["min", "mode", "max"]),
    named(Family::Normal, &["mean", "cv"]),
    named(Family::Lognormal, &["mean", "sd"]),
    named(Family::Lognormal, &["mu", "sigma"]),
    named(Family::Lognormal, &["median", "sigma"]),
    named(Family::Lognormal, &["median", "cv"]),
    named(Family::Gamma, &["shape", "scale"]),
    named(Family::Gamma, &["mean", "cv"]),
    named(Family::Gamma, &["mean", "sd"]),
    named(Family::Beta, &["alpha", "beta"]),
    named(Family::Beta, &["mean", "sd"]),
    named(Family::Weibull, &["shape", "scale"]),
    named(Family::Weibull, &["shape", "mean"]),
    named(Family::Exponential, &["mean"]),
    named(Family::Exponential, &["rate"]),
];

/// Names that `dist` takes.
pub const NAMES: [&str; 12] = [
    "uniform",
    "triangular",
    "pert",
    "normal",
    "lognormal",
    "gamma",
    "beta",
    "weibull",
    "exponential",
    "metalog",
    "discrete",
    "constant",
];

/// Keys of all sets.
pub const PARAMETERS: [&str; 22] = [
    "dist", "min", "mode", "max", "p10", "p50", "p90", "mean", "sd", "cv", "values", "weights",
    "value", "mu", "sigma", "median", "shape", "scale", "alpha", "beta", "rate", "p5",
];

/// The percent of a quantile's key: 2.5 of `p2_5` and of `"p2.5"`.
pub fn percent(key: &str) -> Option<f64> {
    let digits = key.strip_prefix('p')?;
    let plain = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b'_');
    if !plain || !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.len() > 8 {
        return None;
    }
    let percent: f64 = digits.replace('_', ".").parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some(percent)
}

/// True for every key that some set has.
pub fn is_parameter(key: &str) -> bool {
    PARAMETERS.contains(&key) || percent(key).is_some()
}

impl Set {
    /// True when these keys are the set's, with `min` and `max` beside where they truncate.
    pub fn matches(&self, keys: &[String]) -> bool {
        let mine = |key: &str| self.keys.contains(&key);
        let bound = |key: &str| self.family.is_open() && matches!(key, "min" | "max");
        self.keys
            .iter()
            .all(|wanted| keys.iter().any(|key| key == wanted))
            && keys.iter().all(|key| mine(key) || bound(key))
    }

    /// How near some keys come to this set: shared ones, then few missing.
    pub fn likeness(&self, keys: &[String]) -> (usize, usize) {
        let is_low = |key: &str| percent(key).is_some_and(|p| p < 50.0);
        let is_high = |key: &str| percent(key).is_some_and(|p| p > 50.0);
        let written = |wanted: &&&str| {
            keys.iter().any(|key| match **wanted {
                "pX" => key == "pX" || is_low(key),
                "pY" => key == "pY" || is_high(key),
                wanted => key == wanted,
            })
        };
        let shared = self.keys.iter().filter(written).count();
        (shared, usize::MAX - self.keys.len())
    }

    /// `{ mean, sd }`, or with `dist` in front.
    pub fn shown(&self) -> String {
        let keys: Vec<&str> = self
            .keys
            .iter()
            .map(|key| match *key {
                "pX" => "p10",
                "pY" => "p90",
                key => key,
            })
            .collect();
        format!("{{ {} }}", keys.join(", "))
    }
}

impl Family {
    /// The word for `dist`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uniform => "uniform",
            Self::Triangular => "triangular",
            Self::Pert => "pert",
            Self::Discrete => "discrete",
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
            Self::Gamma => "gamma",
            Self::Beta => "beta",
            Self::Weibull => "weibull",
            Self::Exponential => "exponential",
            Self::Metalog => "metalog",
        }
    }

    /// True when `min` and `max` beside its parameters truncate it.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Constant | Self::Uniform | Self::Triangular | Self::Pert | Self::Discrete
        )
    }
}
