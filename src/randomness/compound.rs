//! Totals of Poisson many units that each carry a random whole count.
//!
//! T = c_1 + ... + c_N, N ~ Poisson(m): mean `m E[c]`, variance `m E[c^2]`. Exact by splitting: the
//! units with count value v_i number Poisson(m p_i), independently for each i. With many distinct
//! counts the N units are drawn at once and shared out down a balanced tree of binomials, which is
//! the same law (thinning of a Poisson variable). Every node of the tree has its own uniform
//! number, and binomial and Poisson inversion never decrease in their parameters, so that a larger
//! mean never gives a smaller total.

use std::ops::Range;

use super::dispatch::Level;
use super::{binomial, poisson};

/// At most so many distinct counts are split one by one.
const SPLIT_AT_MOST: usize = 16;

/// Buffers of [`CompoundCounts::totals`], reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct CompoundScratch {
    means: Vec<f64>,
    uniforms: Vec<f64>,
    units: Vec<u64>,
    /// Units of the two halves at each depth of the tree.
    halves: Vec<(Vec<u64>, Vec<u64>)>,
}

/// The law of one unit's count, ready to be summed over Poisson many units.
#[derive(Clone, Debug, PartialEq)]
pub struct CompoundCounts {
    counts: Vec<u64>,
    /// Probability of each count.
    shares: Vec<f64>,
    /// Probability of the counts before each one, and at last 1.
    before: Vec<f64>,
    mean: f64,
    mean_square: f64,
}

impl CompoundCounts {
    /// Distinct ascending counts with probabilities that sum to 1.
    ///
    /// # Panics
    ///
    /// When there are none, they do not ascend or a probability is negative or not a number: a
    /// validated scenario has no such counts.
    pub fn new(counts: &[(u64, f64)]) -> Self {
        assert!(!counts.is_empty(), "no counts");
        assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "counts must ascend");
        assert!(counts.iter().all(|c| c.1 >= 0.0), "negative probability");
        let mut before = vec![0.0];
        for &(_, share) in counts {
            before.push(before[before.len() - 1] + share);
        }
        let moment = |power: fn(f64) -> f64| counts.iter().map(|&(c, p)| power(c as f64) * p).sum();
        Self {
            counts: counts.iter().map(|c| c.0).collect(),
            shares: counts.iter().map(|c| c.1).collect(),
            before,
            mean: moment(|c| c),
            mean_square: moment(|c| c * c),
        }
    }

    /// `E[c]`, the mean of one unit's count.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `E[c^2]`: a total has variance `mean_units` times this.
    pub fn mean_square(&self) -> f64 {
        self.mean_square
    }

    /// Adds totals of Poisson many units to `totals`, one for each of their means.
    /// `uniforms(node, ..)` gives the uniform numbers on (0, 1) of a node, one for each mean: the node
    /// 0 is the number of units (or of units with the first count), the others are below the number
    /// of distinct counts. Totals beyond 64 bits stay at their limit.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn add_totals(
        &self,
        level: Level,
        means: &[f64],
        mut uniforms: impl FnMut(u64, &mut [f64]),
        scratch: &mut CompoundScratch,
        totals: &mut [u64],
    ) {
        let days = means.len();
        scratch.uniforms.resize(days, 0.0);
        scratch.units.resize(days, 0);
        if self.counts.len() <= SPLIT_AT_MOST {
            scratch.means.resize(days, 0.0);
            for (node, (&count, &share)) in self.counts.iter().zip(&self.shares).enumerate() {
                if count == 0 {
                    continue;
                }
                for (part, mean) in scratch.means.iter_mut().zip(means) {
                    *part = mean * share;
                }
                uniforms(node as u64, &mut scratch.uniforms);
                let (means, u) = (&scratch.means, &scratch.uniforms);
                poisson::quantiles(level, means, u, &mut scratch.units);
                add(count, &scratch.units, totals);
            }
            return;
        }
        uniforms(0, &mut scratch.uniforms);
        poisson::quantiles(level, means, &scratch.uniforms, &mut scratch.units);
        let units = std::mem::take(&mut scratch.units);
        let counts = 0..self.counts.len();
        self.share_out(level, counts, (&units, 0), &mut uniforms, scratch, totals);
        scratch.units = units;
    }

    /// Adds the totals of `units` whose counts lie in a range, at a depth of the tree; the split before
    /// the middle is the node of that number, which no other split has.
    fn share_out(
        &self,
        level: Level,
        counts: Range<usize>,
        (units, depth): (&[u64], usize),
        uniforms: &mut impl FnMut(u64, &mut [f64]),
        scratch: &mut CompoundScratch,
        totals: &mut [u64],
    ) {
        if units.iter().all(|&n| n == 0) {
            return;
        }
        if counts.len() == 1 {
            add(self.counts[counts.start], units, totals);
            return;
        }
        let middle = counts.start + counts.len() / 2;
        let whole = self.before[counts.end] - self.before[counts.start];
        let part = self.before[middle] - self.before[counts.start];
        let chance = if whole > 0.0 { part / whole } else { 0.0 };
        if scratch.halves.len() == depth {
            scratch.halves.push(Default::default());
        }
        let (mut left, mut right) = std::mem::take(&mut scratch.halves[depth]);
        left.resize(units.len(), 0);
        right.resize(units.len(), 0);
        uniforms(middle as u64, &mut scratch.uniforms);
        binomial::quantiles(level, units, chance, &scratch.uniforms, &mut left);
        for ((right, &units), &left) in right.iter_mut().zip(units).zip(&left) {
            *right = units - left;
        }
        let below = depth + 1;
        let ranges = [counts.start..middle, middle..counts.end];
        for (counts, units) in ranges.into_iter().zip([&left, &right]) {
            self.share_out(level, counts, (units, below), uniforms, scratch, totals);
        }
        scratch.halves[depth] = (left, right);
    }
}

/// Adds `count` for each unit.
fn add(count: u64, units: &[u64], totals: &mut [u64]) {
    for (total, &units) in totals.iter_mut().zip(units) {
        *total = total.saturating_add(units.saturating_mul(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::Streams;

    fn many() -> CompoundCounts {
        let counts: Vec<(u64, f64)> = (0..40).map(|c| (c, (c + 1) as f64 / 820.0)).collect();
        CompoundCounts::new(&counts)
    }

    #[test]
    fn moments_of_the_count_are_sums() {
        let counts = CompoundCounts::new(&[(3, 0.6), (7, 0.3), (14, 0.1)]);
        // 1.8 + 2.1 + 1.4 and 5.4 + 14.7 + 19.6.
        assert!((counts.mean() - 5.3).abs() < 1e-12);
        assert!((counts.mean_square() - 39.7).abs() < 1e-12);
    }

    /// One total for each mean, all with the uniform numbers of one path.
    fn totals(law: &CompoundCounts, means: &[f64], path: u64, level: Level) -> Vec<u64> {
        let key = Streams::new(9).named("compound");
        let mut totals = vec![0; means.len()];
        let node = |node, out: &mut [f64]| out.fill(key.uniform_at(path, node));
        law.add_totals(level, means, node, &mut Default::default(), &mut totals);
        totals
    }

    #[test]
    fn a_larger_mean_never_gives_a_smaller_total() {
        let means: Vec<f64> = (-20..60).map(|e| libm::exp2(f64::from(e) / 4.0)).collect();
        for law in [CompoundCounts::new(&[(1, 0.9), (50, 0.1)]), many()] {
            for path in 0..300 {
                let expected = totals(&law, &means, path, Level::BASELINE);
                assert!(expected.is_sorted(), "{expected:?}");
                for level in Level::available() {
                    assert_eq!(totals(&law, &means, path, level), expected);
                }
            }
        }
    }

    #[test]
    fn nothing_comes_of_no_units_and_huge_totals_stay_at_the_limit() {
        assert_eq!(totals(&many(), &[0.0], 1, Level::best()), [0]);
        let large = CompoundCounts::new(&[(u64::MAX, 1.0)]);
        assert_eq!(totals(&large, &[10.0], 2, Level::best()), [u64::MAX]);
    }
}
