//! From a day's units to whole operations.
//!
//! Units are split among the operations by their shares, and each takes its own whole number of
//! actions. Draws are inversions of the day's own uniforms, so that more units never give fewer
//! actions of any operation.

use crate::randomness::binomial;
use crate::randomness::compound::{CompoundCounts, CompoundNumbers, CompoundScratch};
use crate::randomness::dispatch::Level;
use crate::randomness::poisson;
use crate::randomness::streams::{StreamKey, Streams};

/// Counts of one operation of one workload.
#[derive(Clone, Debug)]
pub(crate) struct OperationCounts {
    /// Index into the rate card.
    pub(crate) operation: usize,
    /// Share of the workload's units.
    pub(crate) share: f64,
    /// Share of the units that the operations before leave; `None` for the last, which takes them all.
    of_left: Option<f64>,
    /// Actions per unit; `None` where each unit is one action.
    compound: Option<CompoundCounts>,
    /// The split of the units.
    split: StreamKey,
    /// The streams of totals of actions.
    counts: Vec<StreamKey>,
    lump: StreamKey,
}

/// Random numbers of one operation's days, drawn once for all the units that these may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountNumbers {
    split: Vec<f64>,
    compound: CompoundNumbers,
}

/// Buffers of [`OperationCounts::take`], reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountScratch {
    compound: CompoundScratch,
    /// Units by day of one operation.
    units: Vec<u64>,
    /// Its counts by day, where they are not the units.
    counts: Vec<u64>,
}

impl OperationCounts {
    /// The operations of a workload, (index, name, share) each; the shares sum to 1. `counts` are the
    /// actions per unit with their probabilities.
    pub(crate) fn all(
        streams: &Streams,
        workload: &str,
        mut operations: Vec<(usize, &str, f64)>,
        counts: Option<&[(u64, f64)]>,
    ) -> Vec<Self> {
        // By name: the order in the file is to change nothing.
        operations.sort_by_key(|&(_, name, _)| name);
        // From the last up: never less than the share.
        let mut left: Vec<f64> = operations.iter().map(|&(_, _, share)| share).collect();
        for place in (1..left.len()).rev() {
            left[place - 1] += left[place];
        }
        let several = counts.filter(|&counts| counts != [(1, 1.0)]);
        let last = operations.len() - 1;
        let one = |(place, (operation, name, share)): (usize, (usize, &str, f64))| {
            let name = super::stream_name(name);
            let stream =
                |purpose: &str| streams.named(&format!("workload/{workload}/{name}/{purpose}"));
            let compound = several.map(CompoundCounts::new);
            let purposes = compound.as_ref().map(CompoundCounts::purposes);
            let purposes = purposes.unwrap_or_default();
            let of_left = (place < last).then(|| {
                if share > 0.0 {
                    share / left[place]
                } else {
                    0.0
                }
            });
            Self {
                operation,
                share,
                of_left,
                compound,
                split: stream("units"),
                counts: purposes.iter().map(|purpose| stream(purpose)).collect(),
                lump: stream("lump-counts"),
            }
        };
        operations.into_iter().enumerate().map(one).collect()
    }

    /// Draws the random numbers of a path's days.
    pub(crate) fn draw(&self, level: Level, path: u64, days: usize, numbers: &mut CountNumbers) {
        if self.of_left.is_some() {
            numbers.split.resize(days, 0.0);
            self.split.uniforms(level, path, &mut numbers.split);
        }
        if let Some(compound) = &self.compound {
            let keys = (&self.counts[..], path);
            compound.draw(level, keys, days, &mut numbers.compound);
        }
    }

    /// Takes its part of the units that the operations before left of the first days, and says how many
    /// actions these come to, a day an entry. `numbers` are those of the same path.
    pub(crate) fn take<'a>(
        &self,
        level: Level,
        (path, numbers): (u64, &CountNumbers),
        left: &'a mut [u64],
        scratch: &'a mut CountScratch,
    ) -> &'a [u64] {
        let CountScratch {
            compound: compound_scratch,
            units,
            counts,
        } = scratch;
        let days = left.len();
        let units = if let Some(share) = self.of_left {
            units.resize(days, 0);
            binomial::quantiles(level, left, share, &numbers.split[..days], units);
            for (left, &units) in left.iter_mut().zip(&*units) {
                *left -= units;
            }
            &units[..]
        } else {
            left
        };
        let Some(compound) = &self.compound else {
            return units;
        };
        counts.resize(days, 0);
        let numbers = (&self.counts[..], path, &numbers.compound);
        compound.totals(level, numbers, units, compound_scratch, counts);
        counts
    }

    /// Actions that lumps add on a day.
    pub(crate) fn lump_at(&self, path: u64, day: usize, mean: f64) -> u64 {
        let u = self.lump.uniform_at(path, day as u64);
        poisson::quantile(mean * self.share, u)
    }

    /// Mean actions per unit.
    pub(crate) fn mean_actions(&self) -> f64 {
        self.compound.as_ref().map_or(1.0, CompoundCounts::mean)
    }
}
