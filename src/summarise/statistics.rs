//! What is said of a figure over all paths: mean, spread, percentiles, and the errors of each.

use crate::summarise::histogram::Histogram;
use crate::summarise::ranks::{LEVEL, is_resolved, percentile_rank, rank_interval};
use crate::units::MICRO;

/// The percentiles that are reported.
pub const PERCENTS: [u64; 11] = [1, 5, 10, 20, 25, 50, 75, 80, 90, 95, 99];

/// Statistics of a figure over all paths, in whole units. `None` where the run cannot tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean.
    pub mean_se: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Percentiles, in the order of [`PERCENTS`].
    pub percentiles: [Option<f64>; PERCENTS.len()],
    /// 95% interval of the median.
    pub p50_interval: Option<(f64, f64)>,
    /// 95% interval of the 95th percentile.
    pub p95_interval: Option<(f64, f64)>,
}

impl Statistics {
    /// A reported percentile.
    ///
    /// # Panics
    /// When `percent` is not one of [`PERCENTS`].
    pub fn percentile(&self, percent: u64) -> Option<f64> {
        let index = PERCENTS.iter().position(|&p| p == percent);
        self.percentiles[index.expect("a percentile that is reported")]
    }

    /// Statistics of all values, in millionths, in order of their paths.
    pub fn of(values: &mut [i64]) -> Option<Self> {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        values.sort_unstable();
        Self::new(&moments, |rank| values[rank as usize - 1] as f64)
    }

    /// Statistics from moments and a histogram of the same values.
    pub fn from_histogram(moments: &Moments, histogram: &Histogram) -> Option<Self> {
        Self::new(moments, |rank| histogram.order_statistic(rank))
    }

    fn new(moments: &Moments, order_statistic: impl Fn(u64) -> f64) -> Option<Self> {
        let n = moments.count;
        let value = |rank| order_statistic(rank) / MICRO as f64;
        let percentile =
            |percent| is_resolved(n, percent).then(|| value(percentile_rank(n, percent)));
        let interval = |percent: u64| {
            percentile(percent)?;
            let (low, high) = rank_interval(n, percent as f64 / 100.0, LEVEL)?;
            Some((value(low), value(high)))
        };
        Some(Self {
            mean: moments.mean()?,
            mean_se: moments.standard_error(),
            sd: moments.sd(),
            percentiles: PERCENTS.map(percentile),
            p50_interval: interval(50),
            p95_interval: interval(95),
        })
    }
}

/// Count, sum and spread of integers, added in one order.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    count: u64,
    sum: i128,
    pivot: i64,
    /// Sums of (x - pivot) and (x - pivot)²: the pivot keeps their difference accurate.
    shifted: f64,
    squared: f64,
}

impl Moments {
    /// Adds a value in millionths.
    pub fn add(&mut self, value: i64) {
        if self.count == 0 {
            self.pivot = value;
        }
        let distance = (value - self.pivot) as f64;
        self.count += 1;
        self.sum += i128::from(value);
        self.shifted += distance;
        self.squared += distance * distance;
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean in whole units.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / MICRO as f64)
    }

    /// Standard deviation in whole units (n - 1 in the denominator); `None` for fewer than two.
    pub fn sd(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let n = self.count as f64;
        let variance = (self.squared - self.shifted * self.shifted / n) / (n - 1.0);
        Some(variance.max(0.0).sqrt() / MICRO as f64)
    }

    /// Standard error of the mean.
    pub fn standard_error(&self) -> Option<f64> {
        self.sd().map(|sd| sd / (self.count as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_ten_numbers() {
        // Reference case B15: 3 4 5 2 3 4 5 6 4 7 has mean 4.3 and variance 2.23333333333.
        let mut moments = Moments::default();
        for x in [3, 4, 5, 2, 3, 4, 5, 6, 4, 7] {
            moments.add(x * MICRO);
        }
        assert_eq!(moments.mean(), Some(4.3));
        let variance = moments.sd().unwrap() * moments.sd().unwrap();
        assert!((variance - 2.233_333_333_33).abs() < 1e-9);
    }

    #[test]
    fn a_large_offset_does_not_drown_the_spread() {
        // NIST NumAcc4: 10000000.2, then 500 pairs of ...0.1 and ...0.3: sd 0.1.
        let mut moments = Moments::default();
        moments.add(10_000_000_200_000);
        for _ in 0..500 {
            moments.add(10_000_000_100_000);
            moments.add(10_000_000_300_000);
        }
        assert_eq!(moments.mean(), Some(10_000_000.2));
        assert!((moments.sd().unwrap() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn one_path_has_a_mean_and_nothing_else() {
        let only = Statistics::of(&mut [5 * MICRO]).unwrap();
        assert_eq!(only.mean, 5.0);
        assert_eq!(
            (only.sd, only.p50_interval, only.percentile(50)),
            (None, None, None)
        );
    }
}
