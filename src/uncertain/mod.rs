//! Uncertain values: what a planner knows of a number, as a distribution with a quantile function.
//!
//! Each family is one file: meaning, formula, reference, a `new` that checks, and the functions of
//! `Family`. A value is drawn by inversion, so that one uniform number gives one value and never
//! a smaller one for a larger number. A truncated family is drawn through its distribution
//! function, F^-1(F(lo) + u (F(hi) - F(lo))), on the tail where that is accurate.

mod beta;
mod constant;
mod discrete;
mod exponential;
mod fault;
mod gamma;
mod lognormal;
mod metalog;
mod normal;
mod pert;
mod quadrature;
mod rounded;
#[cfg(test)]
mod tests;
mod triangular;
mod truncated;
mod uniform;
mod weibull;

use std::fmt::Debug;
use std::sync::Arc;

pub use fault::Fault;

use crate::randomness::smooth::Smooth;

/// A number, or a distribution over numbers, ready to be drawn by inversion.
#[derive(Clone, Debug)]
pub struct Uncertain {
    family: Arc<dyn Family>,
    mean: f64,
}

/// What every distribution can do. Probabilities travel in pairs, below and above, because one
/// minus a small number forgets it.
trait Family: Debug + Send + Sync {
    /// The value with probability `below` below and `above` = 1 - `below` above it; never
    /// decreases in `below`.
    fn inverse(&self, below: f64, above: f64) -> f64;

    /// Probability below `x` and probability above it.
    fn both(&self, x: f64) -> (f64, f64);

    /// The mean; infinite where it is.
    fn mean(&self) -> f64;

    /// Smallest and largest value.
    fn support(&self) -> (f64, f64);

    /// Probabilities at which the quantile function has a kink, ascending.
    fn kinks(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Whether the inverse is found by iteration and smooth, so that interpolation pays.
    fn is_dear(&self) -> bool {
        false
    }

    /// Values with their probabilities, ascending, where there are finitely many.
    fn atoms(&self) -> Option<Vec<(f64, f64)>> {
        None
    }
}

impl Uncertain {
    fn of(family: impl Family + 'static) -> Self {
        let mean = family.mean();
        Self {
            family: Arc::new(family),
            mean,
        }
    }

    /// A known number.
    ///
    /// # Panics
    ///
    /// When it is not finite: what reads a scenario refuses such a number.
    pub fn constant(value: f64) -> Self {
        Self::of(constant::Constant::new(value))
    }

    /// Uniform on `min..=max`; needs min < max.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a bound is not finite or min >= max.
    pub fn uniform(min: f64, max: f64) -> Result<Self, Fault> {
        uniform::Uniform::new(min, max).map(Self::of)
    }

    /// Triangular: density rising from `min` to `mode` and falling to `max`. The mode may be at an
    /// end.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a value is not finite, min >= max, or the mode lies outside.
    pub fn triangular(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        triangular::Triangular::new(min, mode, max).map(Self::of)
    }

    /// PERT with lambda 4. The mode may be at an end.
    ///
    /// # Errors
    ///
    /// As [`Uncertain::triangular`].
    pub fn pert(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        pert::Pert::new(min, mode, max).map(Self::of)
    }

    /// Normal with this mean and standard deviation.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a value is not finite or sd <= 0.
    pub fn normal(mean: f64, sd: f64) -> Result<Self, Fault> {
        normal::Normal::new(mean, sd).map(Self::of)
    }

    /// ln X ~ N(mu, sigma^2).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a value is not finite or sigma <= 0.
    pub fn lognormal(mu: f64, sigma: f64) -> Result<Self, Fault> {
        lognormal::Lognormal::new(mu, sigma).map(Self::of)
    }

    /// Lognormal with this mean and coefficient of variation.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a value is not finite, mean <= 0 or cv <= 0.
    pub fn lognormal_from_mean_cv(mean: f64, cv: f64) -> Result<Self, Fault> {
        lognormal::Lognormal::from_mean_cv(mean, cv).map(Self::of)
    }

    /// Lognormal through two quantiles (probability in 0..1, value above 0), low first.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a value is not above 0, or probabilities or values do not ascend.
    pub fn lognormal_from_quantiles(low: (f64, f64), high: (f64, f64)) -> Result<Self, Fault> {
        lognormal::Lognormal::from_quantiles(low, high).map(Self::of)
    }

    /// Gamma with this shape and scale: mean shape * scale.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a parameter is not finite and above 0.
    pub fn gamma(shape: f64, scale: f64) -> Result<Self, Fault> {
        gamma::Gamma::new(shape, scale).map(Self::of)
    }

    /// Beta on 0..1: mean alpha / (alpha + beta).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a parameter is not finite and above 0.
    pub fn beta(alpha: f64, beta: f64) -> Result<Self, Fault> {
        beta::Beta::new(alpha, beta).map(Self::of)
    }

    /// Weibull: P(X > x) = exp(-(x/scale)^shape).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a parameter is not finite and above 0.
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, Fault> {
        weibull::Weibull::new(shape, scale).map(Self::of)
    }

    /// Exponential with this mean.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when the mean is not finite and above 0.
    pub fn exponential(mean: f64) -> Result<Self, Fault> {
        exponential::Exponential::new(mean).map(Self::of)
    }

    /// Metalog through (0.1, p10), (0.5, p50), (0.9, p90) (symmetric-percentile triplet, any
    /// `alpha` below 0.5): `bounds` chooses the plain, log (one bound) or logit form (both).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when the quantiles do not ascend within the bounds, or no metalog passes
    /// through them.
    pub fn metalog(
        alpha: f64,
        quantiles: [f64; 3],
        lower: Option<f64>,
        upper: Option<f64>,
    ) -> Result<Self, Fault> {
        metalog::Metalog::new(alpha, quantiles, lower, upper).map(Self::of)
    }

    /// One of `values`, with `weights` above or equal to 0 (need not sum to 1; none at all: equally
    /// likely).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when there is no value, a number is not finite, a weight is negative, all
    /// weights are 0, or there are not as many weights as values.
    pub fn discrete(values: &[f64], weights: &[f64]) -> Result<Self, Fault> {
        discrete::Discrete::new(values, weights).map(Self::of)
    }

    /// The same distribution given that it lies within `lower..=upper` (renormalised). Bounds
    /// that do not bind change nothing. Refused when no probability lies within.
    ///
    /// # Errors
    ///
    /// A [`Fault`] when a bound is not a number, lower > upper, or nothing lies between.
    pub fn truncated(self, lower: f64, upper: f64) -> Result<Self, Fault> {
        let (least, most) = self.support();
        if lower <= least && upper >= most {
            return Ok(self);
        }
        truncated::check(lower, upper, (least, most))?;
        if let Some(atoms) = self.family.atoms() {
            return discrete::Discrete::within(&atoms, lower, upper).map(Self::of);
        }
        truncated::Truncated::new(self.family, lower, upper).map(Self::of)
    }

    /// The value below which it lies with probability `u`, 0 < u < 1; never decreases in `u`.
    pub fn quantile(&self, u: f64) -> f64 {
        self.family.inverse(u, 1.0 - u)
    }

    /// The quantile function by interpolation, to a relative 1e-10, where that pays.
    pub(crate) fn smooth(&self) -> Option<Smooth> {
        let family = self.family.as_ref();
        let exact = |below, above| family.inverse(below, above);
        family.is_dear().then(|| Smooth::new(exact)).flatten()
    }

    /// Mean of the distribution that is sampled (after truncation); infinite where it is.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// True for a known number (also for a discrete one with a single value).
    pub fn is_constant(&self) -> bool {
        let (least, most) = self.support();
        least == most
    }

    /// Smallest and largest value a draw can take (infinite where unbounded).
    pub fn support(&self) -> (f64, f64) {
        self.family.support()
    }

    /// Probability that a draw lies below `x`, and that it lies above: accurate in both tails. A
    /// discrete value at `x` itself counts as below.
    pub fn tails(&self, x: f64) -> (f64, f64) {
        self.family.both(x)
    }

    /// Probability of each whole number that a draw rounds to (half up), ascending; `None` when
    /// there are more than `most` of them. Negative draws count as 0. Tails together below 1e-15
    /// may be folded into the outermost count.
    pub fn rounded(&self, most: usize) -> Option<Vec<(u64, f64)>> {
        rounded::counts(self.family.as_ref(), most)
    }
}

/// Correlation of the two normals under a Gaussian copula whose Spearman correlation is
/// `spearman`: 2 sin(pi rho / 6) (K. Pearson 1907; M. G. Kendall & J. D. Gibbons, "Rank
/// Correlation Methods", 1990).
pub fn pearson_of_spearman(spearman: f64) -> f64 {
    2.0 * libm::sin(std::f64::consts::PI * spearman / 6.0)
}
