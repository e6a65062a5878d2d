//! Errors of quasi-random runs, from the spread between their independent randomisations.
//!
//! Paths of one randomisation depend on each other; the randomisations do not. With S_r the sum of some
//! value over the n_r paths of randomisation r, and m the mean over all n paths, the standard error of m is
//!
//! s² = R/(R-1) Σ_r ((S_r - m n_r)/n)²,
//!
//! which for equal n_r is the variance of the randomisations' means over R. The paths may also be some
//! only, those with an overage say: then m is a ratio of two sums and s² its linearised variance (W. G.
//! Cochran, Sampling Techniques, 3rd ed. (1977), section 6.3 and chapter 9A). Intervals take Student's t
//! with R - 1 degrees of freedom for the normal quantile.
//!
//! The interval of a percentile comes from that of the share of paths at or below it (R. S. Woodruff,
//! JASA 47 (1952) 635): the order statistics at the shares q ± t s. It needs no density and works for
//! whole days, where "never" counts as last.

use crate::randomness::Sampling;
use crate::special::student;
use crate::summarise::ranks::{LEVEL, Proportion, Spread, rank_interval};

/// Standard error of a ratio of sums, a pair (sum of values, paths) from each independent part of a run;
/// `None` where fewer than two parts have any paths.
pub fn spread(parts: impl Iterator<Item = (f64, u64)> + Clone) -> Option<Spread> {
    let parts = parts.filter(|&(_, paths)| paths > 0);
    let (mut sum, mut paths, mut count) = (0.0, 0, 0_u32);
    for (part_sum, part_paths) in parts.clone() {
        sum += part_sum;
        paths += part_paths;
        count += 1;
    }
    if count < 2 {
        return None;
    }
    let n = paths as f64;
    let mean = sum / n;
    let squares = parts.map(|(sum, paths)| {
        let off = (sum - mean * paths as f64) / n;
        off * off
    });
    let freedom = f64::from(count - 1);
    let variance = f64::from(count) / freedom * squares.sum::<f64>();
    Some(Spread {
        error: variance.sqrt(),
        width: student::two_sided(freedom, 1.0 - LEVEL),
    })
}

/// Ranks (from 1) between which the quantile of `n` paths lies at 95%, from the spread of the share of
/// paths at or below it: those of q ± t s, outward, and at least one beyond the quantile's own on
/// either side. `None` where there are no such ranks.
pub fn spread_ranks(n: u64, quantile: f64, spread: Spread) -> Option<(u64, u64)> {
    let (middle, half) = (n as f64 * quantile, n as f64 * spread.half_width());
    let own = (middle.ceil() as u64).clamp(1, n);
    // Half a rank, since the quantile lies between the paths below it and those above.
    let low = (middle - half + 0.5).floor();
    let high = ((middle + half + 0.5).ceil() as u64).max(own + 1);
    (low >= 1.0 && own > 1 && high <= n).then(|| ((low as u64).min(own - 1), high))
}

/// Paths on which something happened, counted in order of the paths, apart for each part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    sampling: Sampling,
    hits: Vec<u64>,
    paths: u64,
}

impl Tally {
    /// No paths yet.
    pub fn new(sampling: Sampling) -> Self {
        Self {
            sampling,
            hits: vec![0; sampling.parts()],
            paths: 0,
        }
    }

    /// Adds the next paths: whether it happened on each.
    pub fn add(&mut self, happened: impl IntoIterator<Item = bool>) {
        for happened in happened {
            self.hits[self.sampling.part(self.paths)] += u64::from(happened);
            self.paths += 1;
        }
    }

    /// The share of paths, with its error.
    pub fn proportion(&self) -> Proportion {
        proportion(self.sampling, &self.hits, self.paths)
    }
}

/// The share of the first `paths` paths on which something happened, `hits` by part of the run.
pub fn proportion(sampling: Sampling, hits: &[u64], paths: u64) -> Proportion {
    let share = Proportion::new(hits.iter().sum(), paths);
    let parts = hits.iter().enumerate();
    let parts = parts.map(|(part, &hits)| (hits as f64, sampling.paths_of(part, paths)));
    match sampling {
        Sampling::Random => share,
        Sampling::Quasi | Sampling::Stratified => Proportion {
            spread: spread(parts),
            ..share
        },
    }
}

/// Which part of a run each of some values comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// By value; empty for independent paths.
    parts: Vec<u8>,
}

impl Labels {
    /// Of one value from each of the first `paths` paths, in order.
    pub fn new(sampling: Sampling, paths: usize) -> Self {
        match sampling {
            Sampling::Random => Self::default(),
            Sampling::Quasi | Sampling::Stratified => Self {
                parts: (0..paths as u64)
                    .map(|path| sampling.part(path) as u8)
                    .collect(),
            },
        }
    }

    /// The same of `times` values from each path, which follow each other.
    pub fn repeated(sampling: Sampling, paths: usize, times: usize) -> Self {
        let of_paths = Self::new(sampling, paths).parts.into_iter();
        Self {
            parts: of_paths
                .flat_map(|part| std::iter::repeat_n(part, times))
                .collect(),
        }
    }

    /// True for independent paths.
    pub fn are_independent(&self) -> bool {
        self.parts.is_empty()
    }

    /// Keeps the values above 0, and their labels.
    pub fn keep_positive(&mut self, values: &mut Vec<i64>) {
        let mut kept = values.iter().map(|&value| value > 0);
        self.parts.retain(|_| kept.next().unwrap_or_default());
        values.retain(|&value| value > 0);
    }

    /// Sorts values, and their labels with them.
    pub fn sort(&mut self, values: &mut [i64]) {
        if self.are_independent() {
            return values.sort_unstable();
        }
        let labels = self.parts.iter().copied();
        let mut pairs: Vec<(i64, u8)> = values.iter().copied().zip(labels).collect();
        pairs.sort_unstable();
        for (index, (value, part)) in pairs.into_iter().enumerate() {
            values[index] = value;
            self.parts[index] = part;
        }
    }

    /// Error of the mean of `of` over the values; `None` for independent paths and fewer than two
    /// parts.
    pub fn spread(&self, values: &[i64], of: impl Fn(i64) -> f64) -> Option<Spread> {
        self.spread_by_place(values.len(), |place| of(values[place]))
    }

    /// The same of a value by its place among the first `count`.
    pub fn spread_by_place(&self, count: usize, of: impl Fn(usize) -> f64) -> Option<Spread> {
        let mut parts = [(0.0, 0); 1 << u8::BITS];
        for (place, &part) in self.parts.iter().take(count).enumerate() {
            let (sum, paths) = &mut parts[usize::from(part)];
            *sum += of(place);
            *paths += 1;
        }
        spread(parts.into_iter())
    }

    /// Ranks (from 1) between which the quantile of the values lies at 95%; `estimate` is the order
    /// statistic that stands for it.
    pub fn rank_interval(
        &self,
        values: &[i64],
        quantile: f64,
        estimate: i64,
    ) -> Option<(u64, u64)> {
        let n = values.len() as u64;
        if self.are_independent() {
            return rank_interval(n, quantile, LEVEL);
        }
        let share = |reached: &dyn Fn(i64) -> bool| {
            self.spread(values, |value| f64::from(u8::from(reached(value))))
        };
        let up_to = share(&|value| value <= estimate);
        let below = share(&|value| value < estimate);
        spread_ranks(n, quantile, wider(up_to?, below?))
    }

    /// The share of values above `limit`, with its error.
    pub fn share_above(&self, values: &[i64], limit: i64) -> Proportion {
        let hits = values.iter().filter(|&&value| value > limit).count();
        let is_above = |value: i64| f64::from(u8::from(value > limit));
        Proportion {
            spread: match self.are_independent() {
                true => None,
                false => self.spread(values, is_above),
            },
            ..Proportion::new(hits as u64, values.len() as u64)
        }
    }
}

/// Where many paths share a value, the shares below it and up to it differ: the wider error counts.
pub fn wider(a: Spread, b: Spread) -> Spread {
    if b.error > a.error { b } else { a }
}
