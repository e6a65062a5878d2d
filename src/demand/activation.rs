//! Active agents: which seats have come to life by a day, and how much they do together.
//!
//! Each seat has its own uniform and is active while it lies at or below the activation share p(d),
//! so N(d) ~ Binomial(seats, p(d)) and the same seats come back when p returns. Shares are taken in
//! order of time; of the seats between the nearest shares known before, p0 < p < p1 (at first 0 and
//! 1, with no seat and all), those at or below p are
//!
//! N(p) = N(p0) + Binomial(N(p1) - N(p0), (p - p0) / (p1 - p0)),
//!
//! so that a longer horizon draws the same agents on its first days.
//!
//! Agents differ: the sum of the rate factors of the first n active ones is a gamma process in n
//! ([`GammaProcess`]). One more seat changes each binomial by 0 or 1 under the same uniforms, so
//! more seats never mean fewer active agents on a day of the same path.

use crate::demand::curve::rise;
use crate::demand::inputs::InputId;
use crate::randomness::binomial;
use crate::randomness::gamma_process::GammaProcess;
use crate::randomness::streams::{StreamKey, Streams};
use crate::scenario::{Activation, Horizon};

/// The activation share as run.
#[derive(Clone, Debug)]
pub(crate) enum Share {
    /// From start to plateau along a smooth step.
    Ramp {
        start: InputId,
        plateau: InputId,
        /// S(d/T) by day.
        progress: Vec<f64>,
    },
    /// By month, the last one lasting.
    Months {
        shares: Vec<InputId>,
        /// Month of each day.
        month: Vec<usize>,
    },
}

impl Share {
    pub(crate) fn new(
        activation: &Activation,
        horizon: &Horizon,
        mut add: impl FnMut(&crate::scenario::Input) -> InputId,
    ) -> Self {
        let days = horizon.days();
        match activation {
            Activation::Ramp {
                start,
                plateau,
                days: length,
            } => Self::Ramp {
                start: add(start),
                plateau: add(plateau),
                progress: (0..days).map(|day| rise(day, 0.0, *length)).collect(),
            },
            Activation::Months(shares) => Self::Months {
                shares: shares.iter().map(&mut add).collect(),
                month: (0..days).map(|day| horizon.month_of(day)).collect(),
            },
            Activation::Constant(share) => Self::Months {
                shares: vec![add(share)],
                month: vec![0; days],
            },
        }
    }

    /// p(d) for the drawn inputs.
    pub(crate) fn at(&self, day: usize, values: &[f64]) -> f64 {
        match self {
            Self::Ramp {
                start,
                plateau,
                progress,
            } => {
                let (a, b) = (start.of(values), plateau.of(values));
                a + (b - a) * progress[day]
            }
            Self::Months { shares, month } => shares[month[day].min(shares.len() - 1)].of(values),
        }
    }
}

/// Seats, their activation and their differences, as run.
#[derive(Clone, Debug)]
pub(crate) struct Agents {
    seats: InputId,
    share: Share,
    rate: InputId,
    process: GammaProcess,
    seat_stream: StreamKey,
    agent_stream: StreamKey,
}

/// Buffers of [`Agents::draw`], reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct AgentScratch {
    /// Runs of days with one share: share, first day.
    runs: Vec<(f64, usize)>,
    /// Distinct shares, ascending.
    shares: Vec<f64>,
    /// N of each share.
    counts: Vec<u64>,
    /// Sum of the rate factors of the first N agents of each share.
    sums: Vec<f64>,
    /// Active agents by day.
    pub(crate) active: Vec<u64>,
}

impl Agents {
    pub(crate) fn new(
        streams: &Streams,
        name: &str,
        seats: InputId,
        share: Share,
        rate: InputId,
        agent_cv: f64,
    ) -> Self {
        Self {
            seats,
            share,
            rate,
            process: GammaProcess::new(agent_cv),
            seat_stream: streams.named(&format!("workload/{name}/seats")),
            agent_stream: streams.named(&format!("workload/{name}/agents")),
        }
    }

    /// Draws the active agents by day into `scratch.active` and R(d), the sum of their rates, into
    /// `rates`.
    pub(crate) fn draw(
        &self,
        path: u64,
        values: &[f64],
        scratch: &mut AgentScratch,
        rates: &mut [f64],
    ) {
        let days = rates.len();
        // The scenario keeps seats within what a count can hold.
        let seats = self.seats.of(values).round() as u64;
        let rate = self.rate.of(values);
        scratch.runs.clear();
        let mut last = f64::NAN;
        for day in 0..days {
            let share = self.share.at(day, values);
            if share != last {
                scratch.runs.push((share, day));
                last = share;
            }
        }
        self.count(path, seats, scratch);
        scratch.sums.resize(scratch.counts.len(), 0.0);
        self.process
            .values(&self.agent_stream, path, &scratch.counts, &mut scratch.sums);
        scratch.active.clear();
        scratch.active.resize(days, 0);
        // A run lasts until the next one begins: write starts, then fill forward.
        const CONTINUES: u64 = u64::MAX;
        scratch.active.fill(CONTINUES);
        for &(share, first) in &scratch.runs {
            let level = scratch.shares.partition_point(|&known| known < share);
            scratch.active[first] = scratch.counts[level];
            rates[first] = rate * scratch.sums[level];
        }
        for day in 1..days {
            if scratch.active[day] == CONTINUES {
                scratch.active[day] = scratch.active[day - 1];
                rates[day] = rates[day - 1];
            }
        }
    }

    /// N of each distinct share. The uniform of a share is that of the first day on which it holds.
    fn count(&self, path: u64, seats: u64, scratch: &mut AgentScratch) {
        let AgentScratch {
            runs,
            shares,
            counts,
            ..
        } = scratch;
        shares.clear();
        counts.clear();
        for &(share, first) in runs.iter() {
            let place = shares.partition_point(|&known| known < share);
            if shares.get(place) == Some(&share) {
                continue;
            }
            let (below, fewer) = match place {
                0 => (0.0, 0),
                _ => (shares[place - 1], counts[place - 1]),
            };
            let (above, more) = match shares.get(place) {
                None => (1.0, seats),
                Some(&known) => (known, counts[place]),
            };
            let active = if share > below {
                let step = ((share - below) / (above - below)).min(1.0);
                let u = self.seat_stream.uniform_at(path, first as u64);
                fewer + binomial::quantile(more - fewer, step, u)
            } else {
                fewer
            };
            shares.insert(place, share);
            counts.insert(place, active);
        }
    }

    /// Active agents and the sum of their rates of a day in the single-number plan, where `values`
    /// are means.
    pub(crate) fn expected(&self, day: usize, values: &[f64]) -> (f64, f64) {
        let active = self.seats.of(values) * self.share.at(day, values);
        (active, self.rate.of(values) * active)
    }
}
