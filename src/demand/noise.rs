//! How many units a day brings about its mean.
//!
//! X(d) ~ Poisson(λ(d) G(d)), G(d) ~ Gamma(mean 1, cv `daily_cv`). The random numbers of a day are
//! drawn once for all of the day's means, with incidents and without: at the same numbers a higher
//! mean never gives fewer units.

use crate::randomness::dispatch::Level;
use crate::randomness::gamma::UnitGamma;
use crate::randomness::streams::{StreamKey, Streams};
use crate::randomness::{NegativeBinomial, NegativeBinomialScratch, poisson};

use super::kernels::multiply;

/// The noise of a workload's days.
#[derive(Clone, Debug)]
pub(crate) struct Noise {
    law: Law,
    /// The number that decides a day's count.
    counts: StreamKey,
}

#[derive(Clone, Debug)]
enum Law {
    /// No variation beyond that of counts.
    Poisson,
    /// The factor and the count at once.
    NegativeBinomial(NegativeBinomial),
    /// A factor, with numbers of its own, then the count.
    Mixed {
        factor: UnitGamma,
        factors: StreamKey,
    },
}

/// Random numbers of a path's days, reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct NoiseScratch {
    uniforms: Vec<f64>,
    /// Those of factors that are drawn apart from the counts.
    numbers: Vec<f64>,
    factors: Vec<f64>,
    counts: NegativeBinomialScratch,
}

impl Noise {
    /// The noise of a workload; `factor` is for its `daily_cv`.
    pub(crate) fn new(streams: &Streams, workload: &str, factor: UnitGamma) -> Self {
        let stream = |purpose: &str| streams.named(&format!("workload/{workload}/{purpose}"));
        let law = match NegativeBinomial::new(factor.clone()) {
            _ if factor.is_constant() => Law::Poisson,
            Some(law) => Law::NegativeBinomial(law),
            None => Law::Mixed {
                factor,
                factors: stream("daily/factor"),
            },
        };
        Self {
            law,
            counts: stream("daily"),
        }
    }

    /// Draws the random numbers of as many days as there are means, and gives the means the factors
    /// that are drawn apart from the counts.
    pub(crate) fn draw(
        &self,
        level: Level,
        path: u64,
        means: &mut [f64],
        scratch: &mut NoiseScratch,
    ) {
        let NoiseScratch {
            uniforms,
            numbers,
            factors,
            ..
        } = scratch;
        uniforms.resize(means.len(), 0.0);
        self.counts.uniforms(level, path, uniforms);
        match &self.law {
            Law::Poisson => {}
            Law::NegativeBinomial(law) => {
                factors.resize(means.len(), 0.0);
                law.factor().quantiles(level, uniforms, factors);
            }
            Law::Mixed {
                factor,
                factors: stream,
            } => {
                factors.resize(means.len(), 0.0);
                numbers.resize(means.len(), 0.0);
                stream.uniforms(level, path, numbers);
                factor.quantiles(level, numbers, factors);
                multiply(level, means, factors);
            }
        }
    }

    /// Units of the first days at these means, which are those of [`draw`](Self::draw) or multiples of
    /// them.
    pub(crate) fn units(
        &self,
        level: Level,
        means: &[f64],
        scratch: &mut NoiseScratch,
        units: &mut Vec<u64>,
    ) {
        let days = means.len();
        units.resize(days, 0);
        let uniforms = &scratch.uniforms[..days];
        match &self.law {
            Law::NegativeBinomial(law) => {
                let numbers = (uniforms, &scratch.factors[..days]);
                law.quantiles(level, means, numbers, &mut scratch.counts, units);
            }
            Law::Poisson | Law::Mixed { .. } => {
                poisson::quantiles(level, means, uniforms, units);
            }
        }
    }
}
