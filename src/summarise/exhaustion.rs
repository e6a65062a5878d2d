//! When the grants run dry: a censored distribution over days.

use crate::summarise::ranks::{LEVEL, Proportion, is_resolved, percentile_rank, rank_interval};
use crate::summarise::record::NEVER;

/// Paths by the day on which something first happened, and those on which it never did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCounts {
    counts: Vec<u64>,
    never: u64,
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
    pub fn new(days: usize) -> Self {
        Self {
            counts: vec![0; days],
            never: 0,
        }
    }

    /// Adds paths, a day or [`NEVER`] each.
    pub fn add(&mut self, days: &[i64]) {
        for &day in days {
            if day == NEVER {
                self.never += 1;
            } else {
                self.counts[day as usize] += 1;
            }
        }
    }

    /// Paths in all.
    pub fn paths(&self) -> u64 {
        self.never + self.counts.iter().sum::<u64>()
    }

    /// Probability that it happens within the horizon.
    pub fn ever(&self) -> Proportion {
        Proportion {
            hits: self.paths() - self.never,
            paths: self.paths(),
        }
    }

    /// Days with any probability: the day, the paths on it, and those up to its end.
    pub fn days(&self) -> impl Iterator<Item = (usize, Proportion, Proportion)> {
        let paths = self.paths();
        let mut hits = 0;
        self.counts
            .iter()
            .enumerate()
            .filter_map(move |(day, &count)| {
                hits += count;
                (count > 0).then_some((
                    day,
                    Proportion { hits: count, paths },
                    Proportion { hits, paths },
                ))
            })
    }

    /// Probability that it happens by the end of `day`.
    pub fn by(&self, day: usize) -> Proportion {
        Proportion {
            hits: self.counts[..=day].iter().sum(),
            paths: self.paths(),
        }
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
        let (low, high) = rank_interval(n, percent as f64 / 100.0, LEVEL)?;
        Some((self.at_rank(low), self.at_rank(high)))
    }

    /// The day of a rank, from 1.
    pub fn at_rank(&self, rank: u64) -> When {
        let mut below = 0;
        for (day, count) in self.counts.iter().enumerate() {
            below += count;
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
        let mut counts = DayCounts::new(10);
        let days: Vec<i64> = (0..100).map(|k| if k < 30 { 4 } else { NEVER }).collect();
        counts.add(&days);
        assert_eq!(counts.percentile(10), Some(When::Day(4)));
        assert_eq!(counts.percentile(50), Some(When::Never));
        assert_eq!(counts.ever().value(), 0.3);
        assert_eq!(counts.by(3).hits, 0);
        assert_eq!(counts.by(4).hits, 30);
    }
}
