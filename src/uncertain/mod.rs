//! Uncertain values: what a planner knows of a number, as a distribution with a quantile function.

/// A number, or a distribution over numbers, ready to be drawn by inversion.
#[derive(Clone, Debug)]
pub struct Uncertain {
    stub: f64,
    known: bool,
}

/// Why parameters do not make a distribution: what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Name of the parameter at fault, as in the scenario file (`mode`, `p10`), or empty when it
    /// is the set as a whole.
    pub parameter: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

#[allow(unused_variables, missing_docs, clippy::missing_errors_doc)]
impl Uncertain {
    /// A known number.
    pub fn constant(value: f64) -> Self {
        Self {
            stub: value,
            known: true,
        }
    }
    /// Uniform on `min..=max`; needs min < max.
    pub fn uniform(min: f64, max: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: (min + max) / 2.0,
        })
    }
    pub fn triangular(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: (min + mode + max) / 3.0,
        })
    }
    /// PERT with lambda 4.
    pub fn pert(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: (min + 4.0 * mode + max) / 6.0,
        })
    }
    pub fn normal(mean: f64, sd: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: mean,
        })
    }
    /// ln X ~ N(mu, sigma^2).
    pub fn lognormal(mu: f64, sigma: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: libm::exp(mu),
        })
    }
    /// Lognormal with this mean and coefficient of variation.
    pub fn lognormal_from_mean_cv(mean: f64, cv: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: mean,
        })
    }
    /// Lognormal through two quantiles (probability in 0..1, value above 0), low first.
    pub fn lognormal_from_quantiles(low: (f64, f64), high: (f64, f64)) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: libm::sqrt(low.1 * high.1),
        })
    }
    pub fn gamma(shape: f64, scale: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: shape * scale,
        })
    }
    pub fn beta(alpha: f64, beta: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: alpha / (alpha + beta),
        })
    }
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: scale,
        })
    }
    pub fn exponential(mean: f64) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: mean,
        })
    }
    /// Metalog through (0.1, p10), (0.5, p50), (0.9, p90) (symmetric-percentile triplet, any
    /// `alpha` below 0.5): `bounds` chooses the plain, log (lower bound only) or logit form.
    pub fn metalog(
        alpha: f64,
        quantiles: [f64; 3],
        lower: Option<f64>,
        upper: Option<f64>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: quantiles[1],
        })
    }
    /// One of `values`, with `weights` above or equal to 0 (need not sum to 1).
    pub fn discrete(values: &[f64], weights: &[f64]) -> Result<Self, Fault> {
        Ok(Self {
            known: false,
            stub: values[0],
        })
    }
    /// The same distribution given that it lies within `lower..=upper` (renormalised). Bounds
    /// that do not bind change nothing. Refused when no probability lies within.
    pub fn truncated(self, lower: f64, upper: f64) -> Result<Self, Fault> {
        Ok(Self {
            stub: self.stub.clamp(lower, upper),
            ..self
        })
    }
    /// The value below which it lies with probability `u`, 0 < u < 1; never decreases in `u`.
    pub fn quantile(&self, u: f64) -> f64 {
        self.stub
    }
    /// Mean of the distribution that is sampled (after truncation); infinite where it is.
    pub fn mean(&self) -> f64 {
        self.stub
    }
    /// True for a known number (also for a discrete one with a single value).
    pub fn is_constant(&self) -> bool {
        self.known
    }
    /// Smallest and largest value a draw can take (infinite where unbounded).
    pub fn support(&self) -> (f64, f64) {
        (self.stub, self.stub)
    }
    /// Probability of each whole number that a draw rounds to (half up), ascending; `None` when
    /// there are more than `most` of them. Tails together below 1e-15 may be folded into the
    /// outermost count.
    pub fn rounded(&self, most: usize) -> Option<Vec<(u64, f64)>> {
        Some(vec![((self.stub + 0.5) as u64, 1.0)])
    }
}

/// Pearson's correlation of a Gaussian copula whose Spearman correlation is `rho`.
pub fn pearson_of_spearman(rho: f64) -> f64 {
    2.0 * libm::sin(core::f64::consts::PI * rho / 6.0)
}
