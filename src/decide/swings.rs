//! How far one input moves the mean of an output: its swing.
//!
//! On the first m of n paths the future is drawn again with the input fixed at its p10 and at its p90, all else as
//! it was. With y_i the output of path i, l_i and h_i with the input fixed, and ȳ the mean of y over all n paths,
//!
//! ends: ȳ + mean(l - y) and ȳ + mean(h - y), width: mean(h - l), means over the m paths.
//!
//! An end is the mean of l over m paths less what y's mean over these is off by against all n: y is a control
//! variate with the coefficient 1. So an input that does nothing has both ends at ȳ, whichever the m paths, and with
//! m = n the ends are the means of l and h. (The coefficient that makes an end's own error smallest lies below 1
//! for an input that matters, and differs from end to end; the distance from the mean is what is looked at.) The
//! ends are kept within the values that were seen, which a control variate may leave: no probability is above 1.
//!
//! The differences l - y, h - y and h - l are taken path by path, so that their standard errors are sd/√m, whatever
//! the paths have in common. The 95% interval is ± Student's t with as many degrees of freedom as paths that differ,
//! less one: where the input matters on few paths only (a rare incident's multiplier, whether there is an overage), these
//! are the sample, and a normal interval would be too narrow.
//!
//! Whether a value passes a percentile of its own is an output whose limit comes from the same paths: [`Past`].

mod past;

pub use past::Past;

use crate::special::student;
use crate::summarise::ranks::{LEVEL, Z95};
use crate::summarise::statistics::mean_and_error;

/// What fixing an input at its p10 and at its p90 does to the mean of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swing {
    /// The output's mean with the input at its p10, in units of the output.
    pub low: f64,
    /// The same at its p90.
    pub high: f64,
    /// The mean at the p90 less that at the p10. But for ends kept within what was seen, and rounding, that is `high -
    /// low`.
    pub width: Gap,
    /// The mean at the p10 less that of the run's own paths.
    pub below: Gap,
    /// The mean at the p90 less that of the run's own paths.
    pub above: Gap,
}

impl Swing {
    /// True when neither end can be told from the mean, nor from the other: the run cannot tell the input from one that does
    /// nothing. Ends that are alike may both be far from the mean.
    pub fn is_lost(&self) -> bool {
        [self.width, self.below, self.above]
            .iter()
            .all(Gap::is_lost)
    }

    /// How far apart the furthest two of both ends and `mean` are.
    pub fn reach(&self, mean: f64) -> f64 {
        self.low.max(self.high).max(mean) - self.low.min(self.high).min(mean)
    }
}

/// A mean difference over the same paths, in units of the output, with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// The mean difference; 0 where no path differs.
    pub value: f64,
    /// Its paired standard error; `None` for fewer than two paths.
    pub error: Option<f64>,
    /// Half-width of its 95% interval, by Student's t; likewise.
    pub half_width: Option<f64>,
}

impl Gap {
    /// The mean of `to - from`, path by path.
    ///
    /// # Panics
    /// When the lists differ in length.
    pub fn between(from: &[f64], to: &[f64]) -> Self {
        assert!(from.len() == to.len(), "outputs come in pairs");
        let differences: Vec<f64> = from.iter().zip(to).map(|(from, to)| to - from).collect();
        let differing = differences.iter().filter(|&&one| one != 0.0).count();
        let (value, error) = mean_and_error(&differences);
        let freedom = differing.saturating_sub(1).max(1) as f64;
        Self {
            // Adding 0 leaves no -0.
            value: value + 0.0,
            error,
            half_width: error.map(|error| match error > 0.0 {
                true => error * student::two_sided(freedom, 1.0 - LEVEL),
                false => 0.0,
            }),
        }
    }

    /// The same for a share of the paths that the input might move on others than these: no hits do not tell a share
    /// better than z²/(m + z²) (Wilson).
    #[must_use]
    fn of_share(self, paths: usize) -> Self {
        Self {
            half_width: self.half_width.map(|half| match half > 0.0 {
                true => half,
                false => no_hits(paths),
            }),
            ..self
        }
    }

    /// The 95% interval; `None` for fewer than two paths.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let half = self.half_width?;
        Some((self.value - half, self.value + half))
    }

    /// True when the interval holds 0, and without one: the run cannot tell the difference from nothing.
    pub fn is_lost(&self) -> bool {
        self.half_width.is_none_or(|half| self.value.abs() <= half)
    }
}

/// The upper end of the 95% interval of a share of which there is no hit on so many paths.
fn no_hits(paths: usize) -> f64 {
    Z95 * Z95 / (paths as f64 + Z95 * Z95)
}

impl Swing {
    /// The same of a share of the futures, where the input changes these, though the share on no path.
    #[must_use]
    pub fn of_share(self, paths: usize) -> Self {
        let [width, below, above] = [self.width, self.below, self.above];
        Self {
            width: width.of_share(paths),
            below: below.of_share(paths),
            above: above.of_share(paths),
            ..self
        }
    }
}

/// The swing of an output whose values are `own`, `low` with the input at its p10 on the first paths of these, and
/// `high` with it at its p90.
///
/// # Panics
/// When `low` and `high` differ in length, are empty, or are longer than `own`.
pub fn swing(own: &[f64], low: &[f64], high: &[f64]) -> Swing {
    assert!(!low.is_empty(), "an input is fixed on some paths");
    let same = &own[..low.len()];
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    // Exactly 0 where these are all paths.
    let off = mean(own) - mean(same);
    let end = |fixed: &[f64]| {
        let seen = || own.iter().chain(fixed).copied();
        let least = seen().fold(f64::INFINITY, f64::min);
        let most = seen().fold(f64::NEG_INFINITY, f64::max);
        (mean(fixed) + off).clamp(least, most)
    };
    Swing {
        low: end(low),
        high: end(high),
        width: Gap::between(low, high),
        below: Gap::between(same, low),
        above: Gap::between(same, high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_does_nothing_has_both_ends_at_the_mean() {
        let own: Vec<f64> = (0..40).map(|k| f64::from(k * k % 17)).collect();
        let found = swing(&own, &own[..10], &own[..10]);
        let mean = own.iter().sum::<f64>() / 40.0;
        assert!((found.low - mean).abs() < 1e-12 && found.low == found.high);
        for gap in [found.width, found.below, found.above] {
            assert_eq!(gap.interval(), Some((0.0, 0.0)));
            assert!(gap.is_lost());
        }
    }

    #[test]
    fn ends_on_all_paths_are_plain_means_and_stay_within_what_was_seen() {
        let own = [0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let found = swing(&own, &[0.0; 6], &[1.0; 6]);
        assert_eq!((found.low, found.high), (0.0, 1.0));
        // 5/6 in all and 1/2 on the first two: a third more than these say, and never above 1.
        let found = swing(&own, &[0.0, 0.0], &[1.0, 1.0]);
        assert!((found.low - 1.0 / 3.0).abs() < 1e-12 && found.high == 1.0);
        assert_eq!((found.width.value, found.width.error), (1.0, Some(0.0)));
        assert!(!found.width.is_lost());
    }

    #[test]
    fn a_share_that_no_path_changes_is_known_as_no_hits_are() {
        let own = [0.0; 96];
        let found = swing(&own, &own, &own);
        assert_eq!(found.width.interval(), Some((0.0, 0.0)));
        let found = found.of_share(96);
        let (low, high) = found.width.interval().unwrap();
        let end = 3.841_458_820_694_124 / (96.0 + 3.841_458_820_694_124);
        assert!((high - end).abs() < 1e-12 && low == -high && found.is_lost());
        // Nor do hits on every path.
        let every = swing(&own, &own, &[1.0; 96]).of_share(96);
        assert!((every.width.half_width.unwrap() - end).abs() < 1e-12 && !every.is_lost());
    }

    #[test]
    fn few_paths_that_differ_tell_little() {
        let differing = |paths: usize| {
            let low = vec![0.0; 10_000];
            let high: Vec<f64> = (0..10_000)
                .map(|k| f64::from(u8::from(k < paths)))
                .collect();
            Gap::between(&low, &high)
        };
        assert!((1..=6).all(|paths| differing(paths).is_lost()));
        assert!((7..=20).all(|paths| !differing(paths).is_lost()));
        // The normal's quantile where all paths differ.
        let (low, high): (Vec<f64>, Vec<f64>) =
            (0..100_000).map(|k| (0.0, f64::from(k % 7) + 1.0)).unzip();
        let gap = Gap::between(&low, &high);
        let wide = gap
            .half_width
            .zip(gap.error)
            .map(|(half, error)| half / error);
        assert!(
            (wide.expect("many paths") - 1.959_99).abs() < 1e-4,
            "{wide:?}"
        );
        // One path tells nothing.
        let gap = Gap::between(&[1.0], &[3.0]);
        assert!(gap.interval().is_none() && gap.is_lost());
    }
}
