//! From a day's mean to whole operations and their credits.
//!
//! The units of a day are Poisson(λ(d) G(d)), split by the shares of the operations; each unit
//! takes its own whole number of actions. Draws are inversions of the day's own uniforms, so that
//! a higher mean never gives fewer credits.

use crate::randomness::compound::CompoundCounts;
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
    base: StreamKey,
    incident: StreamKey,
    lump: StreamKey,
}

/// Uniforms of one day of a compound count: nodes below this.
const NODES_A_DAY: u64 = 1 << 16;

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
        let stream = |purpose| streams.named(&format!("workload/{workload}/{name}/{purpose}"));
        let single = counts.is_none_or(|counts| counts == [(1, 1.0)]);
        Self {
            operation: index,
            share,
            compound: counts.filter(|_| !single).map(CompoundCounts::new),
            base: stream("counts"),
            incident: stream("incident-counts"),
            lump: stream("lump-counts"),
        }
    }

    /// Calls `record(day, count)` for each day's operations without incidents.
    pub(crate) fn draw_base(&self, path: u64, means: &[f64], mut record: impl FnMut(usize, u64)) {
        if let Some(compound) = &self.compound {
            for (day, &mean) in means.iter().enumerate() {
                if mean > 0.0 {
                    record(day, self.compound_at(compound, &self.base, path, day, mean));
                }
            }
        } else {
            // One uniform a day, drawn on days without demand too: the pace is the calendar's.
            let mut stream = self.base.path(path);
            for (day, &mean) in means.iter().enumerate() {
                let u = stream.uniform();
                if mean > 0.0 {
                    record(day, poisson::quantile(mean * self.share, u));
                }
            }
        }
    }

    /// Operations that incidents add on a day, beyond those of [`draw_base`](Self::draw_base):
    /// the sum of two independent Poissons is the Poisson of the sum.
    pub(crate) fn incident_at(&self, path: u64, day: usize, mean: f64) -> u64 {
        match &self.compound {
            Some(compound) => self.compound_at(compound, &self.incident, path, day, mean),
            None => {
                let u = self.incident.uniform_at(path, day as u64);
                poisson::quantile(mean * self.share, u)
            }
        }
    }

    /// Actions that lumps add on a day.
    pub(crate) fn lump_at(&self, path: u64, day: usize, mean: f64) -> u64 {
        let u = self.lump.uniform_at(path, day as u64);
        poisson::quantile(mean * self.share, u)
    }

    fn compound_at(
        &self,
        compound: &CompoundCounts,
        key: &StreamKey,
        path: u64,
        day: usize,
        mean: f64,
    ) -> u64 {
        let first = day as u64 * NODES_A_DAY;
        compound.draw(mean * self.share, |node| key.uniform_at(path, first + node))
    }

    /// Mean actions per unit.
    pub(crate) fn mean_actions(&self) -> f64 {
        self.compound.as_ref().map_or(1.0, CompoundCounts::mean)
    }
}
