//! Errors of percentiles and probabilities of independent paths: binomial rank intervals and Wilson's
//! interval. Those of quasi-random paths are in [`parts`](crate::summarise::parts).
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

/// Wilson's interval of a share p of n independent paths, z standard errors wide.
pub fn wilson(p: f64, n: f64, z: f64) -> (f64, f64) {
    let z2 = z * z;
    let centre = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    let (low, high) = ((centre - half) / scale, (centre + half) / scale);
    // What never, or always, happened is within its own interval whatever rounding says.
    (low.clamp(0.0, p), high.clamp(p, 1.0))
}

/// Fewest hits, and fewest misses, at which the spread of a probability over randomisations is
/// believed by itself.
const FEWEST: u64 = 10;

/// A probability estimated by a share of paths, with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// Paths on which it happened.
    pub hits: u64,
    /// Paths in all, above 0.
    pub paths: u64,
    /// Those of them that are independent of each other for certain: fewer where several terms of a path count.
    pub independent: u64,
    /// How the share varies between independent randomisations; `None` for independent paths.
    pub spread: Option<Spread>,
}

/// A standard error that comes from a few independent parts of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The standard error.
    pub error: f64,
    /// Standard errors from the middle to the ends of a 95% interval.
    pub width: f64,
}

impl Spread {
    /// Half-width of the 95% interval.
    pub fn half_width(&self) -> f64 {
        self.error * self.width
    }
}

impl Proportion {
    /// A share of independent paths.
    pub fn new(hits: u64, paths: u64) -> Self {
        Self {
            hits,
            paths,
            independent: paths,
            spread: None,
        }
    }

    /// The share.
    pub fn value(&self) -> f64 {
        self.hits as f64 / self.paths as f64
    }

    /// The probability that it does not happen.
    #[must_use]
    pub fn complement(self) -> Self {
        let hits = self.paths - self.hits;
        Self { hits, ..self }
    }

    /// The 95% interval. Of independent paths Wilson's, at n paths and z = Φ⁻¹(0.975):
    /// (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    ///
    /// Of randomisations the same with Student's t for z and, for n, the number of independent paths
    /// p(1-p)/s² that would have the standard error s seen between them: p ± t s but for what keeps
    /// it inside 0..1. With fewer than 10 hits or misses, or where the randomisations agree to the
    /// last path, s says too little: then the wider of both, at either end.
    pub fn interval(&self) -> (f64, f64) {
        let independent = self.wilson(self.independent as f64, Z95);
        let Some(Spread { error, width }) = self.spread else {
            return independent;
        };
        let p = self.value();
        let (low, high) = match error > 0.0 {
            true => self.wilson(p * (1.0 - p) / (error * error), width),
            false => (p, p),
        };
        if error > 0.0 && self.hits.min(self.paths - self.hits) >= FEWEST {
            return (low, high);
        }
        (low.min(independent.0), high.max(independent.1))
    }

    fn wilson(&self, n: f64, z: f64) -> (f64, f64) {
        wilson(self.value(), n, z)
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
        let none = Proportion::new(0, 100);
        let (low, high) = none.interval();
        assert_eq!(low, 0.0);
        // z²/(n + z²) = 3.8415/103.8415
        assert!((high - 0.036_993_498).abs() < 1e-9, "{high}");
    }

    #[test]
    fn terms_of_one_path_say_as_much_as_one() {
        // Nothing seen in 12 terms of each of 100 paths, which may all want the same.
        let terms = Proportion {
            independent: 100,
            ..Proportion::new(0, 1_200)
        };
        assert_eq!(terms.interval(), Proportion::new(0, 100).interval());
        let all = terms.complement();
        assert_eq!(all.interval(), Proportion::new(100, 100).interval());
    }

    #[test]
    fn a_spread_is_believed_only_where_something_was_seen() {
        let with = |hits, error| Proportion {
            spread: Some(Spread {
                error,
                width: 2.1314,
            }),
            ..Proportion::new(hits, 1_000)
        };
        let (low, high) = with(300, 0.002).interval();
        assert!((low - (0.3 - 2.1314 * 0.002)).abs() < 1e-4 && (high - low - 0.00853).abs() < 1e-4);
        // Nine hits, and full agreement: never narrower than Wilson's.
        for proportion in [
            with(9, 1e-4),
            with(300, 0.0),
            with(0, 0.0),
            with(1_000, 0.0),
        ] {
            let wilson = Proportion::new(proportion.hits, 1_000).interval();
            assert_eq!(proportion.interval(), wilson);
        }
        let (low, high) = with(9, 0.01).interval();
        let (wilson_low, wilson_high) = Proportion::new(9, 1_000).interval();
        assert!(low >= 0.0 && low < wilson_low && high > wilson_high);
    }
}
