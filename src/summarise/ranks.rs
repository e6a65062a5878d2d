//! Errors of percentiles and probabilities: binomial rank intervals and Wilson's interval.
//!
//! The number B of n independent draws at or below the q-quantile is Binomial(n, q), so
//! P(X_(i) ≤ x_q ≤ X_(j)) ≥ P(i ≤ B < j), whatever the distribution, with equality for a
//! continuous one. David & Nagaraja, Order Statistics, 3rd ed., section 7.1; Wilson, JASA 22
//! (1927) 209.

use crate::randomness::binomial;

/// Level of every interval that is reported.
pub const LEVEL: f64 = 0.95;

/// Φ⁻¹(0.975).
pub const Z95: f64 = 1.959_963_984_540_054;

/// Fewest paths beyond a percentile for it to be reported.
pub const RESOLVED: u64 = 10;

/// Rank (from 1) of the sample percentile: the ceil(q n)-th smallest, `percent` = 100 q.
pub fn percentile_rank(n: u64, percent: u64) -> u64 {
    (n * percent).div_ceil(100).clamp(1, n.max(1))
}

/// True when at least [`RESOLVED`] paths lie beyond the percentile, on the side of its tail.
pub fn is_resolved(n: u64, percent: u64) -> bool {
    n * percent.min(100 - percent) >= 100 * RESOLVED
}

/// Equal-tailed ranks (from 1) between which the quantile lies with probability `level` or more;
/// `None` when n draws cannot give such an interval.
pub fn rank_interval(n: u64, quantile: f64, level: f64) -> Option<(u64, u64)> {
    let tail = (1.0 - level) / 2.0;
    let low = binomial::quantile(n, quantile, tail);
    let high = binomial::quantile(n, quantile, 1.0 - tail) + 1;
    (low >= 1 && high <= n).then_some((low, high))
}

/// A probability estimated by a share of paths, with Wilson's 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// Paths on which it happened.
    pub hits: u64,
    /// Paths in all, above 0.
    pub paths: u64,
}

impl Proportion {
    /// The share.
    pub fn value(&self) -> f64 {
        self.hits as f64 / self.paths as f64
    }

    /// Wilson's 95% interval:
    /// (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    pub fn interval(&self) -> (f64, f64) {
        let n = self.paths as f64;
        let p = self.value();
        let z2 = Z95 * Z95;
        let centre = p + z2 / (2.0 * n);
        let half = Z95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        let low = if self.hits == 0 {
            0.0
        } else {
            (centre - half) / scale
        };
        let high = if self.hits == self.paths {
            1.0
        } else {
            (centre + half) / scale
        };
        (low.max(0.0), high.min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_the_ceiling_rank() {
        assert_eq!(percentile_rank(10, 50), 5);
        assert_eq!(percentile_rank(11, 50), 6);
        assert_eq!(percentile_rank(100, 95), 95);
        assert_eq!(percentile_rank(1, 1), 1);
    }

    #[test]
    fn a_percentile_needs_ten_paths_beyond_it() {
        assert!(is_resolved(1_000, 99) && is_resolved(1_000, 1));
        assert!(!is_resolved(999, 99) && !is_resolved(19, 50));
    }

    #[test]
    fn wilson_stays_inside_zero_and_one() {
        let none = Proportion {
            hits: 0,
            paths: 100,
        };
        let (low, high) = none.interval();
        assert_eq!(low, 0.0);
        // z²/(n + z²) = 3.8415/103.8415
        assert!((high - 0.036_993_498).abs() < 1e-9, "{high}");
    }
}
