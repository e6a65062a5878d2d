//! Swings of the probability that a value passes its own 95th percentile.
//!
//! The percentile q̂ comes from the same futures: it is that of `own` and `other` together, n pairs. Three things
//! follow.
//!
//! The mean is the share p of these 2n that lies above q̂: 5% but for rounding and ties, and not known to an error.
//!
//! With y_i, l_i and h_i whether path i passes q̂ (own, with the input at its p10, at its p90), an end is
//!
//! mean(l) - b (mean(y) - p), means over the m paths of the swing,
//!
//! b the least-squares slope of l on y: what p is known to be better than from y alone is passed on. With b = 1 (the input
//! does nothing) the end is p, with b = 0 (no path passes) it is 0; it is a mean of shares, and never leaves 0 to 1.
//!
//! The error counts that q̂ has one. With e_i = (1{own_i > q̂} + 1{other_i > q̂})/2 - p, q̂ is off by mean(e)/f where f is
//! the density of spend there, and a share of futures with the density g moves by -g/f of that. So the end is off by
//!
//! mean over m of (l_i - b y_i) - (r - b) mean over n of e_i, r = g/f,
//!
//! to first order: the influence of each pair, whose variances add up to that of the mean. r is counted between the 92.5th and the
//! 97.5th percentile, as 1 + (share of l there - share of y there)/(share of all there): exactly 1 for an input that
//! does nothing. Where the values around q̂ are one and the same, that is the percentile of other futures too, and it is p that
//! is off by mean(e): the same with r = 1.

use super::{Gap, Swing, no_hits};
use crate::special::student;
use crate::summarise::ranks::{LEVEL, Z95, percentile_rank};

/// The 95th percentile of a value over pairs of futures, and who passes it.
#[derive(Clone, Debug)]
pub struct Past<'a> {
    own: &'a [i64],
    at: i64,
    share: f64,
    /// e_i of each pair.
    excess: Vec<f64>,
    /// The values around the percentile, the first of them left out, and the share of all in there; `None` where
    /// it is known without an error.
    around: Option<(i64, i64, f64)>,
}

/// How far around the percentile densities are counted, as a share of the futures.
const REACH: f64 = 0.025;

/// An output's mean with an input fixed, or as it is.
struct End {
    mean: f64,
    /// l_i - b y_i, by path of the swing.
    left: Vec<f64>,
    /// r - b.
    moved: f64,
    passes: Vec<bool>,
}

impl<'a> Past<'a> {
    /// The percentile of both futures of each pair together.
    ///
    /// # Panics
    /// When the lists differ in length or are empty.
    pub fn new(own: &'a [i64], other: &[i64]) -> Self {
        assert!(own.len() == other.len(), "values come in pairs");
        let mut all: Vec<i64> = own.iter().chain(other).copied().collect();
        all.sort_unstable();
        let count = all.len() as f64;
        let place = percentile_rank(all.len() as u64, 95) as usize - 1;
        let at = all[place];
        let away = |share: f64| {
            let off = (share * count).round() as usize;
            let up = (place + off).min(all.len() - 1);
            (all[place.saturating_sub(off)], all[up])
        };
        // Ranks that the percentile of as many other futures may have here.
        let (low, high) = away(Z95 * (0.95 * 0.05 / count).sqrt());
        let is_known = low == high;
        let (low, high) = away(REACH);
        let inside = all.iter().filter(|&&v| low < v && v <= high).count();
        let above = |value: &i64| f64::from(u8::from(*value > at));
        let share = all.iter().map(above).sum::<f64>() / count;
        let pairs = own.iter().zip(other);
        Self {
            own,
            at,
            share,
            excess: pairs
                .map(|(own, other)| (above(own) + above(other)) / 2.0 - share)
                .collect(),
            around: (!is_known && inside > 0).then_some((low, high, inside as f64 / count)),
        }
    }

    /// The percentile.
    pub fn percentile(&self) -> i64 {
        self.at
    }

    /// The share of all futures above it.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// The swing of the probability to pass the percentile, by the values with the input at its p10 and at its p90 on the
    /// first paths.
    ///
    /// # Panics
    /// When `low` and `high` differ in length, are empty, or are longer than the futures are many.
    pub fn swing(&self, low: &[i64], high: &[i64]) -> Swing {
        assert!(!low.is_empty(), "an input is fixed on some paths");
        assert!(low.len() == high.len(), "outputs come in pairs");
        let own = self.end(&self.own[..low.len()]);
        let (low, high) = (self.end(low), self.end(high));
        Swing {
            low: low.mean,
            high: high.mean,
            width: self.gap(&low, &high),
            below: self.gap(&own, &low),
            above: self.gap(&own, &high),
        }
    }

    fn end(&self, fixed: &[i64]) -> End {
        let own = &self.own[..fixed.len()];
        let paths = fixed.len() as f64;
        let count = |both: &dyn Fn(i64, i64) -> bool| {
            let pairs = fixed.iter().zip(own);
            pairs.filter(|(fixed, own)| both(**fixed, **own)).count() as f64
        };
        let own_above = count(&|_, own| own > self.at);
        let both = count(&|fixed, own| fixed > self.at && own > self.at);
        let only = count(&|fixed, own| fixed > self.at && own <= self.at);
        let slope = match own_above > 0.0 && own_above < paths {
            true => both / own_above - only / (paths - own_above),
            false => 1.0,
        };
        let mean = (both + only) / paths - slope * (own_above / paths - self.share);
        let ratio = self.around.map_or(1.0, |(low, high, share)| {
            let inside = |value: i64| low < value && value <= high;
            let more = count(&|fixed, _| inside(fixed)) - count(&|_, own| inside(own));
            (1.0 + more / paths / share).max(0.0)
        });
        let passes: Vec<bool> = fixed.iter().map(|&value| value > self.at).collect();
        let flag = |yes: bool| f64::from(u8::from(yes));
        let own = own.iter().map(|&own| flag(own > self.at));
        End {
            // Rounding may leave these.
            mean: mean.clamp(0.0, 1.0) + 0.0,
            left: own
                .zip(&passes)
                .map(|(own, &fixed)| flag(fixed) - slope * own)
                .collect(),
            moved: ratio - slope,
            passes,
        }
    }

    /// The mean at one end less that at another, with its error.
    fn gap(&self, from: &End, to: &End) -> Gap {
        let (paths, all) = (to.left.len(), self.excess.len());
        let moved = (to.moved - from.moved) / all as f64;
        let pairs = to.left.iter().zip(&from.left).zip(&self.excess);
        let influences: Vec<f64> = pairs
            .map(|((to, from), excess)| (to - from) / paths as f64 - moved * excess)
            .collect();
        let others: Vec<f64> = self.excess[paths..].iter().map(|e| moved * e).collect();
        let error = (paths > 1).then(|| (of_sum(&influences) + of_sum(&others)).sqrt());
        let passes = to.passes.iter().zip(&from.passes);
        let differing = passes.filter(|(to, from)| to != from).count();
        let quantile = student::two_sided(differing.saturating_sub(1).max(1) as f64, 1.0 - LEVEL);
        // No hits, and hits that are few, do not tell a share better than that (Wilson).
        let least = no_hits(paths);
        Gap {
            value: to.mean - from.mean + 0.0,
            error,
            half_width: error.map(|error| match differing > 0 || error > 0.0 {
                true => (error * quantile).max(least),
                false => 0.0,
            }),
        }
    }
}

/// The variance of a sum of independent values.
fn of_sum(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    squares.sum::<f64>() * count / (count - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::swings::swing;
    use crate::randomness::Streams;
    use crate::special::normal;

    /// Values of a product of two lognormals, in millionths: the first with the spread `a`, the second with 1.
    fn product(a: f64, x: f64, y: f64) -> i64 {
        (1e6 * libm::exp(a * x + y)) as i64
    }

    /// Misses of the width and of both distances from the mean among so many intervals each, and those of the width where
    /// the percentile is taken for known.
    fn misses(a: f64, seeds: u64, fixed: usize, paths: usize) -> ([u32; 3], u32) {
        let reach = normal::quantile(0.9);
        let q = (a * a + 1.0).sqrt() * normal::quantile(0.95);
        let passes = |x: f64| normal::cdf(a * x - q);
        let (low, high) = (passes(-reach), passes(reach));
        let truths = [high - low, low - 0.05, high - 0.05];
        let (mut found, mut as_known) = ([0; 3], 0);
        for seed in 0..seeds {
            let streams = Streams::new(seed);
            let keys = ["x", "y", "other x", "other y"].map(|name| streams.named(name));
            let draw = |path: usize| {
                let one = |key: &crate::randomness::StreamKey| key.uniform_at(path as u64, 0);
                keys.each_ref().map(|key| normal::quantile(one(key)))
            };
            let draws: Vec<[f64; 4]> = (0..paths).map(draw).collect();
            let of = |value: &dyn Fn(&[f64; 4]) -> i64, paths: usize| -> Vec<i64> {
                draws[..paths].iter().map(value).collect()
            };
            let own = of(&|[x, y, _, _]| product(a, *x, *y), paths);
            let other = of(&|[_, _, x, y]| product(a, *x, *y), paths);
            let at_low = of(&|[_, y, _, _]| product(a, -reach, *y), fixed);
            let at_high = of(&|[_, y, _, _]| product(a, reach, *y), fixed);
            let past = Past::new(&own, &other);
            let swung = past.swing(&at_low, &at_high);
            let gaps = [swung.width, swung.below, swung.above];
            for ((missed, gap), truth) in found.iter_mut().zip(gaps).zip(truths) {
                let (low, high) = gap.interval().expect("many paths");
                *missed += u32::from(truth < low || truth > high);
            }
            let above = |values: &[i64]| -> Vec<f64> {
                let flag = |&value: &i64| f64::from(u8::from(value > past.percentile()));
                values.iter().map(flag).collect()
            };
            let known = swing(&above(&own), &above(&at_low), &above(&at_high)).width;
            let (low, high) = known.interval().expect("many paths");
            as_known += u32::from(truths[0] < low || truths[0] > high);
        }
        (found, as_known)
    }

    #[test]
    fn intervals_cover_though_the_percentile_is_that_of_the_same_futures() {
        // Of 600 intervals 30 miss; a binomial is within 4.9 standard errors of 5.34.
        let is_right = |misses: u32| misses <= 56;
        for (a, fixed, paths) in [(1.2, 1_000, 1_000), (0.7, 1_000, 1_000), (1.2, 400, 1_200)] {
            let (found, as_known) = misses(a, 600, fixed, paths);
            assert!(found.into_iter().all(is_right), "{a} {fixed}: {found:?}");
            let is_told = a == 1.2 && fixed == paths;
            assert!(!is_told || !is_right(as_known), "{as_known} misses of 600");
            // Nor are they wide for it.
            assert!(found[0] >= 5, "{a} {fixed}: {found:?}");
        }
    }

    #[test]
    fn nothing_is_at_the_mean_and_none_is_none() {
        let own: Vec<i64> = (0..1_000).map(|k| k * 7_919 % 10_007).collect();
        let other: Vec<i64> = (0..1_000).map(|k| k * 104_729 % 10_009).collect();
        let past = Past::new(&own, &other);
        assert!((past.share() - 0.05).abs() < 1e-12);
        for paths in [300, 1_000] {
            let same = past.swing(&own[..paths], &own[..paths]);
            for gap in [same.width, same.below, same.above] {
                assert_eq!(gap.interval(), Some((0.0, 0.0)));
            }
            assert!((same.low - 0.05).abs() < 1e-12 && same.is_lost());
            // Both ends below the mean, certainly, and nothing between them.
            let none = past.swing(&vec![0; paths], &vec![0; paths]);
            assert_eq!((none.low, none.high), (0.0, 0.0));
            assert!(none.width.is_lost() && !none.is_lost());
            assert!((none.below.value + 0.05).abs() < 1e-12 && !none.below.is_lost());
            let every = past.swing(&vec![0; paths], &vec![20_000; paths]);
            assert_eq!((every.low, every.high), (0.0, 1.0));
        }
    }

    #[test]
    fn a_percentile_among_equal_values_is_known() {
        // One in ten at 5, 2% above: another run has the percentile 5 too, and a share that differs.
        let value = |k: i64| match k % 50 {
            0 => 9,
            1..=5 => 5,
            k => k % 4,
        };
        let own: Vec<i64> = (0..1_000).map(value).collect();
        let past = Past::new(&own, &own);
        assert_eq!((past.percentile(), past.around), (5, None));
        assert!((past.share() - 0.02).abs() < 1e-12);
        let found = past.swing(&vec![0; 1_000], &vec![9; 1_000]);
        // 2% less nothing has the error of 2%, which is that of both futures of a pair alike here.
        let error = (0.02_f64 * 0.98 / 999.0).sqrt();
        assert!((found.below.error.expect("paths") - error).abs() < 1e-9);
        assert!(found.width.error.expect("paths") < 1e-12);
    }
}
