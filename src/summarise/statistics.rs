//! What is said of a figure over all paths: mean, spread, percentiles, and the errors of each.

use crate::randomness::Sampling;
use crate::summarise::histogram::Histogram;
use crate::summarise::parts::{self, Labels};
use crate::summarise::ranks::{LEVEL, Spread, Z95, is_resolved, percentile_rank, rank_interval};
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
    /// Half-width of the mean's 95% interval.
    pub mean_half_width: Option<f64>,
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

    /// Statistics of a value from each path, in millionths, in order of the paths.
    pub fn of(values: &mut [i64], sampling: Sampling) -> Option<Self> {
        let labels = Labels::new(sampling, values.len());
        Self::labelled(values, &labels)
    }

    /// Statistics of the values above 0, where each path has one.
    pub fn of_positive(mut values: Vec<i64>, sampling: Sampling) -> Option<Self> {
        let mut labels = Labels::new(sampling, values.len());
        labels.keep_positive(&mut values);
        Self::labelled(&mut values, &labels)
    }

    fn labelled(values: &mut [i64], labels: &Labels) -> Option<Self> {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        let unsorted = match labels.are_independent() {
            true => Vec::new(),
            false => values.to_vec(),
        };
        values.sort_unstable();
        let error = match labels.are_independent() {
            true => moments.error(),
            false => labels.spread(&unsorted, |value| value as f64 / MICRO as f64),
        };
        let at = |rank: u64| values[rank as usize - 1];
        let interval = |n, percent| {
            let estimate = at(percentile_rank(n, percent));
            let of = match labels.are_independent() {
                true => &*values,
                false => &unsorted,
            };
            labels.rank_interval(of, quantile(percent), estimate)
        };
        Self::new(&moments, error, |rank| at(rank) as f64, interval)
    }

    /// Statistics from moments and a histogram of the same values. Of quasi-random paths, the mean's
    /// error comes from the randomisations and the percentiles' from the ranks of independent paths,
    /// which is more than theirs.
    pub fn from_histogram(moments: &Moments, histogram: &Histogram) -> Option<Self> {
        let interval = |n, percent| rank_interval(n, quantile(percent), LEVEL);
        let at = |rank| histogram.order_statistic(rank);
        Self::new(moments, moments.error(), at, interval)
    }

    fn new(
        moments: &Moments,
        error: Option<Spread>,
        order_statistic: impl Fn(u64) -> f64,
        rank_interval: impl Fn(u64, u64) -> Option<(u64, u64)>,
    ) -> Option<Self> {
        let n = moments.count;
        let value = |rank| order_statistic(rank) / MICRO as f64;
        let percentile =
            |percent| is_resolved(n, percent).then(|| value(percentile_rank(n, percent)));
        let interval = |percent: u64| {
            percentile(percent)?;
            let (low, high) = rank_interval(n, percent)?;
            Some((value(low), value(high)))
        };
        Some(Self {
            mean: moments.mean()?,
            mean_se: error.map(|error| error.error),
            mean_half_width: error.map(|error| error.half_width()),
            sd: moments.sd(),
            percentiles: PERCENTS.map(percentile),
            p50_interval: interval(50),
            p95_interval: interval(95),
        })
    }
}

/// Third moment around the mean over the cube of the standard deviation; `None` where that is 0.
pub fn skewness(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let distances = values.map(|value| value - mean);
    let variance = distances.clone().map(|d| d * d).sum::<f64>() / n;
    let third = distances.map(|d| d * d * d).sum::<f64>() / n;
    (variance > 0.0).then(|| third / (variance * variance.sqrt()))
}

/// How many independent paths it takes until a mean's interval holds it nearly as often as it says: 25 times the squared
/// skewness (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, 2.15).
pub fn paths_for_mean(skewness: f64) -> u64 {
    (25.0 * skewness * skewness).ceil() as u64
}

fn quantile(percent: u64) -> f64 {
    percent as f64 / 100.0
}

/// Mean of a value from each of some independent paths, and its standard error; `None` for fewer than two.
pub fn mean_and_error(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean) * (value - mean));
    let error = (squares.sum::<f64>() / (n - 1.0) / n).sqrt();
    (mean, (values.len() > 1).then_some(error))
}

/// Count, sum and spread of integers, added in order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    sampling: Sampling,
    /// Sums by randomisation; empty for independent paths.
    parts: Vec<i128>,
    count: u64,
    sum: i128,
    pivot: i64,
    /// Sums of (x - pivot) and (x - pivot)²: the pivot keeps their difference accurate.
    shifted: f64,
    squared: f64,
}

impl Moments {
    /// No values yet of paths that are sampled like this.
    pub fn new(sampling: Sampling) -> Self {
        let parts = match sampling {
            Sampling::Random => Vec::new(),
            Sampling::Quasi | Sampling::Stratified => vec![0; sampling.parts()],
        };
        Self {
            sampling,
            parts,
            ..Self::default()
        }
    }

    /// Adds the value of the next path, in millionths.
    pub fn add(&mut self, value: i64) {
        if let Some(part) = self.parts.get_mut(self.sampling.part(self.count)) {
            *part += i128::from(value);
        }
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

    /// Error of the mean: sd/√n of independent paths, else by the spread between randomisations.
    pub fn error(&self) -> Option<Spread> {
        if !self.parts.is_empty() {
            let sums = self.parts.iter().enumerate();
            return parts::spread(sums.map(|(part, &sum)| {
                let paths = self.sampling.paths_of(part, self.count);
                (sum as f64 / MICRO as f64, paths)
            }));
        }
        Some(Spread {
            error: self.sd()? / (self.count as f64).sqrt(),
            width: Z95,
        })
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
        let only = Statistics::of(&mut [5 * MICRO], Sampling::Random).unwrap();
        assert_eq!(only.mean, 5.0);
        assert_eq!(
            (only.sd, only.p50_interval, only.percentile(50)),
            (None, None, None)
        );
    }
}
