//! The quantile of a negative binomial count by adding probabilities from 0 up.

use crate::randomness::dispatch::{Kernel, Level};
use crate::randomness::{LANES, NEARLY_ONE, add_up, first_reached, nearest};
use crate::special::beta;
use crate::special::exp::exp;
use crate::special::ln::ln;

/// Steps between looks at whether all of a group are found: most are among the first counts.
const STRIDE: usize = 3;

/// The first counts, whose probabilities are added one by one.
const SEARCHED: usize = 256;

/// The search for counts of one shape.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// k.
    shape: f64,
    /// (k + x - 1)/x by x: the probability of x is that of x - 1 times this and 1 - p.
    ratios: Box<[f64; SEARCHED]>,
}

/// Draws to be searched for, in whole groups.
#[derive(Clone, Debug, Default)]
pub(super) struct SearchScratch {
    /// The uniform number, or 0 where none is wanted, which is found at once.
    uniforms: Vec<f64>,
    /// 1 - p.
    p_not: Vec<f64>,
    /// The probability of 0, then that of all counts up to the one found.
    sums: Vec<f64>,
    /// The counts found.
    counts: Vec<f64>,
}

impl SearchScratch {
    /// Groups that are left as they were are of no consequence.
    fn resize(&mut self, len: usize) {
        self.uniforms.resize(len, 0.0);
        self.p_not.resize(len, 0.0);
        self.sums.resize(len, 0.0);
        self.counts.resize(len, 0.0);
    }
}

impl Search {
    /// The search for counts of shape `k`.
    pub(super) fn new(k: f64) -> Self {
        let mut ratios = [0.0; SEARCHED];
        for (x, ratio) in ratios.iter_mut().enumerate().skip(1) {
            *ratio = (k + x as f64 - 1.0) / x as f64;
        }
        Self {
            shape: k,
            ratios: Box::new(ratios),
        }
    }

    /// Adds probabilities from 0 up; the last 2^-30 of the upper tail, where their rounding would
    /// show, and what lies beyond the first counts goes to the incomplete beta function.
    pub(super) fn quantile(&self, mean: f64, u: f64) -> u64 {
        let p_not = mean / (self.shape + mean);
        // P(0) >= 1 - mean.
        if u <= 1.0 - mean || p_not.is_nan() {
            return 0;
        }
        if u <= NEARLY_ONE {
            let mut probability = libm::exp(-self.shape * libm::log1p(mean / self.shape));
            let mut sum = probability;
            for (x, ratio) in self.ratios.iter().enumerate().skip(1) {
                if u <= sum {
                    return x as u64 - 1;
                }
                probability *= p_not * ratio;
                sum += probability;
            }
        }
        // Saturates.
        first_reached(mean as u64, u64::MAX, |x| self.is_reached(mean, u, x))
    }

    /// Whether P(X <= x) >= u, judged on the smaller tail.
    fn is_reached(&self, mean: f64, u: f64, x: u64) -> bool {
        let sum = self.shape + mean;
        let (p, p_not) = (self.shape / sum, mean / sum);
        let (below, above) = beta::both(self.shape, x as f64 + 1.0, p, p_not);
        if u < 0.5 {
            below >= u
        } else {
            above <= 1.0 - u
        }
    }

    /// Counts of the flagged draws; flags those that it leaves.
    pub(super) fn counts(
        &self,
        level: Level,
        (means, uniforms): (&[f64], &[f64]),
        scratch: &mut SearchScratch,
        counts: &mut [u64],
        rest: &mut [u8],
    ) {
        scratch.resize(means.len().next_multiple_of(LANES));
        level.run(First {
            shape: self.shape,
            means,
            uniforms,
            rest,
            search: scratch,
        });
        level.run(AddUp {
            ratios: &self.ratios[1..],
            search: scratch,
        });
        level.run(Found {
            search: scratch,
            counts,
            rest,
        });
    }
}

/// What the search starts from: the probability of 0 is (k/(k + mean))^k.
struct First<'a> {
    shape: f64,
    means: &'a [f64],
    uniforms: &'a [f64],
    rest: &'a [u8],
    search: &'a mut SearchScratch,
}

impl Kernel for First<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            search,
            rest,
            shape,
            ..
        } = self;
        let law = search.p_not.iter_mut().zip(&mut search.sums);
        for (&mean, (p_not, sum)) in self.means.iter().zip(law) {
            let mean = if mean > 0.0 { mean } else { 0.0 };
            let total = shape + mean;
            *p_not = mean / total;
            *sum = exp(-shape * ln(total / shape));
        }
        let (wanted, padding) = search.uniforms.split_at_mut(rest.len());
        for ((wanted, &u), &flag) in wanted.iter_mut().zip(self.uniforms).zip(rest) {
            *wanted = u * f64::from(flag);
        }
        padding.fill(0.0);
    }
}

/// The search from 0, a group at a time.
struct AddUp<'a> {
    ratios: &'a [f64],
    search: &'a mut SearchScratch,
}

impl Kernel for AddUp<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (search, ratios) = (self.search, self.ratios);
        let (uniforms, _) = search.uniforms.as_chunks::<LANES>();
        let (p_not, _) = search.p_not.as_chunks::<LANES>();
        let (sums, _) = search.sums.as_chunks_mut::<LANES>();
        let (counts, _) = search.counts.as_chunks_mut::<LANES>();
        let draws = uniforms.iter().zip(p_not);
        for (((u, p_not), sum), count) in draws.zip(sums).zip(counts) {
            (*count, *sum) = add_up::<STRIDE>(u, p_not, *sum, ratios);
        }
    }
}

/// The counts of the flagged draws; flags those that were not found, or too far out.
struct Found<'a> {
    search: &'a SearchScratch,
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl Kernel for Found<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let search = self.search;
        let found = search.uniforms.iter().zip(&search.sums).zip(&search.counts);
        let draws = self.counts.iter_mut().zip(self.rest);
        for (((&u, &sum), &found), (count, flag)) in found.zip(draws) {
            *count = if *flag != 0 { nearest(found).1 } else { *count };
            // Not found also where the sum is not a number.
            let is_found = (u <= NEARLY_ONE) & (u <= sum);
            *flag &= u8::from(!is_found);
        }
    }
}
