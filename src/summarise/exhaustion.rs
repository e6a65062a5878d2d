//! When the grants run dry: a censored distribution over days.

use crate::randomness::Sampling;
use crate::summarise::parts::{proportion, spread_ranks, wider};
use crate::summarise::ranks::{LEVEL, Proportion, is_resolved, percentile_rank, rank_interval};
use crate::summarise::record::NEVER;

/// Paths by the day on which something first happened, and those on which it never did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCounts {
    sampling: Sampling,
    /// By day, then by part of the run.
    counts: Vec<u64>,
    never: u64,
    paths: u64,
}

/// A day of the horizon, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Day of the horizon.
    Day(usize),
    /// Not within the horizon.
    Never,
}

impl DayCounts {
    /// No paths yet over `days` days.
    pub fn new(days: usize, sampling: Sampling) -> Self {
        Self {
            sampling,
            counts: vec![0; days * sampling.parts()],
            never: 0,
            paths: 0,
        }
    }

    /// Adds the next paths, a day or [`NEVER`] each.
    pub fn add(&mut self, days: &[i64]) {
        for &day in days {
            let part = self.sampling.part(self.paths);
            self.paths += 1;
            if day == NEVER {
                self.never += 1;
            } else {
                self.counts[day as usize * self.sampling.parts() + part] += 1;
            }
        }
    }

    /// Paths in all.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// Probability that it happens within the horizon.
    pub fn ever(&self) -> Proportion {
        self.before(self.horizon())
    }

    /// Days with any probability: the day, the paths on it, and those up to its end.
    pub fn days(&self) -> impl Iterator<Item = (usize, Proportion, Proportion)> {
        let mut by = vec![0; self.sampling.parts()];
        let days = self.counts.chunks_exact(self.sampling.parts()).enumerate();
        days.filter_map(move |(day, on)| {
            by.iter_mut().zip(on).for_each(|(by, on)| *by += on);
            on.iter().any(|&count| count > 0).then(|| {
                let share = |hits: &[u64]| proportion(self.sampling, hits, self.paths);
                (day, share(on), share(&by))
            })
        })
    }

    /// Probability that it happens by the end of `day`.
    pub fn by(&self, day: usize) -> Proportion {
        self.before(day + 1)
    }

    /// Probability that it happens before `day`.
    fn before(&self, day: usize) -> Proportion {
        let parts = self.sampling.parts();
        let mut hits = vec![0; parts];
        for on in self.counts.chunks_exact(parts).take(day) {
            hits.iter_mut().zip(on).for_each(|(hits, on)| *hits += on);
        }
        proportion(self.sampling, &hits, self.paths)
    }

    fn horizon(&self) -> usize {
        self.counts.len() / self.sampling.parts()
    }

    /// The percentile, "never" counting as last; `None` where the run cannot resolve it.
    pub fn percentile(&self, percent: u64) -> Option<When> {
        let n = self.paths();
        is_resolved(n, percent).then(|| self.at_rank(percentile_rank(n, percent)))
    }

    /// 95% rank interval of a percentile.
    pub fn interval(&self, percent: u64) -> Option<(When, When)> {
        let n = self.paths();
        if !is_resolved(n, percent) {
            return None;
        }
        let quantile = percent as f64 / 100.0;
        let (low, high) = match self.sampling {
            Sampling::Random => rank_interval(n, quantile, LEVEL)?,
            Sampling::Quasi | Sampling::Stratified => {
                let day = match self.at_rank(percentile_rank(n, percent)) {
                    When::Day(day) => day,
                    When::Never => self.horizon(),
                };
                let spread = wider(self.before(day + 1).spread?, self.before(day).spread?);
                spread_ranks(n, quantile, spread)?
            }
        };
        Some((self.at_rank(low), self.at_rank(high)))
    }

    /// The day of a rank, from 1.
    pub fn at_rank(&self, rank: u64) -> When {
        let mut below = 0;
        for (day, on) in self.counts.chunks_exact(self.sampling.parts()).enumerate() {
            below += on.iter().sum::<u64>();
            if rank <= below {
                return When::Day(day);
            }
        }
        When::Never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_counts_as_last() {
        let mut counts = DayCounts::new(10, Sampling::Random);
        let days: Vec<i64> = (0..100).map(|k| if k < 30 { 4 } else { NEVER }).collect();
        counts.add(&days);
        assert_eq!(counts.percentile(10), Some(When::Day(4)));
        assert_eq!(counts.percentile(50), Some(When::Never));
        assert_eq!(counts.ever().value(), 0.3);
        assert_eq!(counts.by(3).hits, 0);
        assert_eq!(counts.by(4).hits, 30);
    }

    #[test]
    fn errors_come_from_the_randomisations() {
        // 64 paths, 4 of each of 16 randomisations: every path of the first four on day 2, one of the
        // next four on day 5. By day 2 the share is 1/4, four randomisations are 3/4 above it and
        // twelve 1/4 below: s^2 = 16/15 (4 x 9/16 + 12 x 1/16)/256 = 1/80. By day 5 it is 5/16, and
        // s^2 = 16/15 (4 x 121/256 + 4 x 1/256 + 8 x 25/256)/256 = 43/3840.
        let mut counts = DayCounts::new(10, Sampling::Quasi);
        let day = |path: i64| match (path % 16, path / 16) {
            (0..4, _) => 2,
            (4..8, 0) => 5,
            _ => NEVER,
        };
        let days: Vec<i64> = (0..64).map(day).collect();
        // In blocks, as they come.
        days.chunks(24).for_each(|block| counts.add(block));
        let has = |share: Proportion, value: f64, variance: f64| {
            let error = share.spread.unwrap().error;
            assert_eq!(share.value(), value);
            assert!((error * error - variance).abs() < 1e-12, "{error}");
        };
        has(counts.by(1), 0.0, 0.0);
        has(counts.by(2), 0.25, 1.0 / 80.0);
        has(counts.by(5), 5.0 / 16.0, 43.0 / 3_840.0);
        has(counts.ever(), 5.0 / 16.0, 43.0 / 3_840.0);
        let listed: Vec<_> = counts.days().collect();
        assert_eq!(listed.len(), 2);
        has(listed[0].1, 0.25, 1.0 / 80.0);
        // On day 5: 4 x (3/16)^2 + 12 x (1/16)^2 = 48/256.
        has(listed[1].1, 1.0 / 16.0, 16.0 / 15.0 * 48.0 / 65_536.0);
        has(listed[1].2, 5.0 / 16.0, 43.0 / 3_840.0);
    }
}
