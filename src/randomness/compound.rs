//! Totals of Poisson many units that each carry a random whole count.
//!
//! T = c_1 + ... + c_N, N ~ Poisson(m): mean `m E[c]`, variance `m E[c^2]`. Exact by splitting: the
//! units with count value v_i number Poisson(m p_i), independently for each i. With many distinct
//! counts the N units are drawn at once and shared out down a balanced tree of binomials, which is
//! the same law (thinning of a Poisson variable). Every node of the tree has its own uniform
//! number, and binomial and Poisson inversion never decrease in their parameters, so that a larger
//! mean never gives a smaller total.

use super::{binomial, poisson};

/// At most so many distinct counts are split one by one.
const SPLIT_AT_MOST: usize = 16;

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

    /// The total of Poisson(`mean_units`) units; `uniform(node)` gives the uniform number on
    /// (0, 1) of a node. Node 0 is the number of units (or of the first count), the others are
    /// below the number of distinct counts. Totals beyond 64 bits stay at their limit.
    pub fn draw(&self, mean_units: f64, mut uniform: impl FnMut(u64) -> f64) -> u64 {
        if self.counts.len() <= SPLIT_AT_MOST {
            let mut total = 0_u64;
            for (i, (&count, &share)) in self.counts.iter().zip(&self.shares).enumerate() {
                if count > 0 {
                    let units = poisson::quantile(mean_units * share, uniform(i as u64));
                    total = total.saturating_add(units.saturating_mul(count));
                }
            }
            return total;
        }
        let units = poisson::quantile(mean_units, uniform(0));
        self.share_out(0, self.counts.len(), units, &mut uniform)
    }

    /// The total of `units` units whose counts lie in `first..end`; the split before the middle is
    /// the node of that number, which no other split has.
    fn share_out(
        &self,
        first: usize,
        end: usize,
        units: u64,
        uniform: &mut impl FnMut(u64) -> f64,
    ) -> u64 {
        if units == 0 {
            return 0;
        }
        if end - first == 1 {
            return units.saturating_mul(self.counts[first]);
        }
        let middle = first + (end - first) / 2;
        let whole = self.before[end] - self.before[first];
        let part = self.before[middle] - self.before[first];
        let chance = if whole > 0.0 { part / whole } else { 0.0 };
        let left = binomial::quantile(units, chance, uniform(middle as u64));
        self.share_out(first, middle, left, uniform)
            .saturating_add(self.share_out(middle, end, units - left, uniform))
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

    #[test]
    fn a_larger_mean_never_gives_a_smaller_total() {
        let key = Streams::new(9).named("compound");
        for counts in [CompoundCounts::new(&[(1, 0.9), (50, 0.1)]), many()] {
            for path in 0..300 {
                let totals: Vec<u64> = (-20..60)
                    .map(|e| libm::exp2(f64::from(e) / 4.0))
                    .map(|mean| counts.draw(mean, |node| key.uniform_at(path, node)))
                    .collect();
                assert!(totals.is_sorted(), "{totals:?}");
            }
        }
    }

    #[test]
    fn nothing_comes_of_no_units_and_huge_totals_stay_at_the_limit() {
        assert_eq!(many().draw(0.0, |_| 0.999), 0);
        let large = CompoundCounts::new(&[(u64::MAX, 1.0)]);
        assert_eq!(large.draw(10.0, |_| 0.5), u64::MAX);
    }
}
