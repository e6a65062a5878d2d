//! From a day's mean to whole operations and their credits.
//!
//! The units of a day are Poisson(λ(d) G(d)), split by the shares of the operations; each unit
//! takes its own whole number of actions. Draws are inversions of the day's own uniforms, so that
//! a higher mean never gives fewer credits.

use crate::randomness::compound::{CompoundCounts, CompoundScratch};
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
    /// Actions per unit; `None` where each unit is one action.
    compound: Option<CompoundCounts>,
    /// One stream for each count that a unit may carry.
    base: Vec<StreamKey>,
    incident: Vec<StreamKey>,
    lump: StreamKey,
}

/// Buffers of [`OperationCounts`], reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountScratch {
    means: Vec<f64>,
    uniforms: Vec<f64>,
    compound: CompoundScratch,
    /// Counts by day.
    pub(crate) counts: Vec<u64>,
    /// Whether units are counted beside the actions that they take.
    pub(crate) is_counting: bool,
    /// Units by day, where they are counted.
    pub(crate) units: Vec<u64>,
}

impl OperationCounts {
    pub(crate) fn new(
        streams: &Streams,
        workload: &str,
        operation: (usize, &str),
        share: f64,
        counts: Option<&[(u64, f64)]>,
    ) -> Self {
        let (index, name) = operation;
        let name = super::stream_name(name);
        let stream =
            |purpose: &str| streams.named(&format!("workload/{workload}/{name}/{purpose}"));
        let several = counts.filter(|&counts| counts != [(1, 1.0)]);
        let each = |purpose: &str| match several {
            None => vec![stream(purpose)],
            Some(counts) => {
                let of = |&(count, _): &(u64, f64)| stream(&format!("{purpose}/{count}"));
                counts.iter().map(of).collect()
            }
        };
        Self {
            operation: index,
            share,
            compound: several.map(CompoundCounts::new),
            base: each("counts"),
            incident: each("incident-counts"),
            lump: stream("lump-counts"),
        }
    }

    /// Counts of the first days without incidents into `scratch.counts`, one for each mean.
    pub(crate) fn draw_base(
        &self,
        level: Level,
        path: u64,
        means: &[f64],
        scratch: &mut CountScratch,
    ) {
        self.draw(level, path, &self.base, means, scratch);
    }

    /// Operations that incidents add, beyond those of [`draw_base`](Self::draw_base): the sum of two
    /// independent Poissons is the Poisson of the sum.
    pub(crate) fn draw_incident(
        &self,
        level: Level,
        path: u64,
        means: &[f64],
        scratch: &mut CountScratch,
    ) {
        self.draw(level, path, &self.incident, means, scratch);
    }

    fn draw(
        &self,
        level: Level,
        path: u64,
        streams: &[StreamKey],
        means: &[f64],
        scratch: &mut CountScratch,
    ) {
        let CountScratch {
            means: scaled,
            uniforms,
            compound: compound_scratch,
            counts,
            is_counting,
            units,
        } = scratch;
        let means = if self.share == 1.0 {
            means
        } else {
            scaled.clear();
            scaled.extend(means.iter().map(|mean| mean * self.share));
            scaled
        };
        counts.resize(means.len(), 0);
        units.clear();
        units.resize(if *is_counting { means.len() } else { 0 }, 0);
        match &self.compound {
            None => {
                uniforms.resize(means.len(), 0.0);
                streams[0].uniforms(level, path, uniforms);
                poisson::quantiles(level, means, uniforms, counts);
                if *is_counting {
                    units.copy_from_slice(counts);
                }
            }
            Some(compound) => {
                counts.fill(0);
                let (keys, sums) = ((streams, path), (&mut counts[..], &mut units[..]));
                compound.add_totals_and_units(level, keys, means, compound_scratch, sums);
            }
        }
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
