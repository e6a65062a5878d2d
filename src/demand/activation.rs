//! Active agents: which seats have come to life by a day, and how much they do together.
//!
//! Each seat has its own uniform and is active while it lies at or below the activation share p(d),
//! so N(d) ~ Binomial(seats, p(d)) and the same seats come back when p returns. The first seats have
//! theirs drawn and compared with every share. Of the others (few organisations have more) only the
//! number is drawn: shares are taken in order of time, and of the seats between the nearest shares
//! known before, p0 < p < p1 (at first 0 and 1, with no seat and all), those at or below p are
//!
//! N(p) = N(p0) + Binomial(N(p1) - N(p0), (p - p0) / (p1 - p0)).
//!
//! Either way a longer horizon draws the same agents on its first days, and one more seat means no
//! agent or one more on any day of the same path.
//!
//! Agents differ: the sum of the rate factors of the first n active ones is a gamma process in n
//! ([`GammaProcess`]).

use std::sync::Arc;

use crate::demand::curve::rise;
use crate::demand::inputs::InputId;
use crate::demand::origins::{Driver, Origins};
use crate::randomness::Once;
use crate::randomness::binomial;
use crate::randomness::dispatch::{Kernel, Level};
use crate::randomness::gamma_process::{CrowdLaw, GammaProcess, ProcessScratch};
use crate::randomness::streams::{StreamKey, Streams};
use crate::scenario::{Activation, Horizon};

/// Seats that have a uniform number each.
const SINGLE: u64 = 512;

/// Runs of days up to which every seat is compared with the share of each.
const FEW: usize = 8;

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

    /// The same by month: `mean` gives each month's mean of what is known by day.
    fn by_month(
        &self,
        horizon: &Horizon,
        mean: impl Fn(&dyn Fn(usize) -> f64) -> Vec<f64>,
    ) -> Self {
        match self {
            Self::Ramp {
                start,
                plateau,
                progress,
            } => Self::Ramp {
                start: *start,
                plateau: *plateau,
                progress: mean(&|day| progress[day]),
            },
            Self::Months { shares, month } => {
                let first_days = (0..horizon.months()).map(|m| horizon.month(m).start);
                Self::Months {
                    shares: shares.clone(),
                    month: first_days.map(|day| month[day]).collect(),
                }
            }
        }
    }

    /// The days on which the share may differ from that of the day before.
    fn runs(&self) -> Vec<usize> {
        let days = match self {
            Self::Ramp { progress, .. } => progress.len(),
            Self::Months { month, .. } => month.len(),
        };
        let differs = |day: usize| match self {
            Self::Ramp { progress, .. } => progress[day] != progress[day - 1],
            Self::Months { shares, month } => {
                let step = |day: usize| month[day].min(shares.len() - 1);
                step(day) != step(day - 1)
            }
        };
        (0..days).filter(|&day| day == 0 || differs(day)).collect()
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

    /// p(d) of some days.
    fn of_days(&self, days: &[usize], values: &[f64], out: &mut Vec<f64>) {
        out.clear();
        match self {
            Self::Ramp {
                start,
                plateau,
                progress,
            } => {
                let (a, b) = (start.of(values), plateau.of(values));
                out.extend(days.iter().map(|&day| a + (b - a) * progress[day]));
            }
            Self::Months { .. } => out.extend(days.iter().map(|&day| self.at(day, values))),
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
    /// First days of the runs of days with one share.
    runs: Vec<usize>,
    /// Places in the seats' stream of the draws of a run's share: its first day.
    draws: Vec<u64>,
}

/// Buffers of [`Agents::draw`], reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct AgentScratch {
    /// Uniform numbers of the first seats.
    seats: Vec<f64>,
    /// Those of them that are neither active always nor never.
    kept: Vec<f64>,
    /// Share of each run of days.
    shares: Vec<f64>,
    /// N of each run.
    counts: Vec<u64>,
    /// Sum of the rate factors of the first N agents of each run.
    sums: Vec<f64>,
    process: ProcessScratch,
    /// Of the seats beyond [`SINGLE`], the shares known so far, ascending, and N of each.
    known: Vec<(f64, u64)>,
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
        law: Arc<CrowdLaw>,
    ) -> Self {
        let runs = share.runs();
        Self {
            draws: runs.iter().map(|&day| day as u64).collect(),
            runs,
            seats,
            share,
            rate,
            process: GammaProcess::new(law, streams, &format!("workload/{name}/agents")),
            seat_stream: streams.named(&format!("workload/{name}/seats")),
        }
    }

    /// The same with months for days: `mean` gives each month's mean of what is known by day.
    pub(crate) fn by_month(
        &self,
        horizon: &Horizon,
        mean: impl Fn(&dyn Fn(usize) -> f64) -> Vec<f64>,
    ) -> Self {
        let share = self.share.by_month(horizon, mean);
        let runs = share.runs();
        let first_day = |&month: &usize| horizon.month(month).start as u64;
        Self {
            draws: runs.iter().map(first_day).collect(),
            runs,
            share,
            ..self.clone()
        }
    }

    /// How the agents' differences are drawn, as far as `seats` reach.
    pub(crate) fn draws(&mut self, seats: u64) -> impl Iterator<Item = &mut Once> {
        self.process.draws(seats)
    }

    /// The input that says how many seats there are.
    pub(crate) fn seats(&self) -> InputId {
        self.seats
    }

    /// Draws the active agents by day into `scratch.active` and R(d), the sum of their rates, into
    /// `rates`.
    pub(crate) fn draw(
        &self,
        level: Level,
        origins: &Origins,
        values: &[f64],
        scratch: &mut AgentScratch,
        rates: &mut [f64],
    ) {
        // The scenario keeps seats within what a count can hold.
        let seats = self.seats.of(values).round() as u64;
        let rate = self.rate.of(values);
        self.share.of_days(&self.runs, values, &mut scratch.shares);
        let runs = scratch.shares.len();
        scratch.seats.resize(seats.min(SINGLE) as usize, 0.0);
        let ramp = origins.of(Driver::Ramp);
        let stream = &self.seat_stream;
        stream.uniforms(level, ramp, &mut scratch.seats);
        let shares = scratch.shares.iter();
        let (least, most) = shares.fold((1.0, 0.0), |(least, most), &share| {
            (f64::min(least, share), f64::max(most, share))
        });
        // For few shares all seats are compared sooner than most of them are put aside.
        let (before, uniforms) = match runs {
            0..=FEW => (0, &scratch.seats),
            _ => {
                let before = keep_between(&scratch.seats, least, most, &mut scratch.kept);
                (before, &scratch.kept)
            }
        };
        // In whole groups; what is more is of no consequence.
        scratch.shares.resize(runs.next_multiple_of(SHARES), 0.0);
        scratch.counts.resize(scratch.shares.len(), 0);
        level.run(AtOrBelow {
            uniforms,
            before,
            shares: &scratch.shares,
            counts: &mut scratch.counts,
        });
        scratch.shares.truncate(runs);
        scratch.counts.truncate(runs);
        if seats > SINGLE {
            self.count_others(ramp, seats - SINGLE, scratch);
        }
        scratch.sums.resize(runs, 0.0);
        let (counts, sums) = (&scratch.counts, &mut scratch.sums);
        let path = origins.of(Driver::ActionRates);
        self.process
            .values(level, path, counts, &mut scratch.process, sums);
        scratch.active.resize(rates.len(), 0);
        let ends = self.runs[1..].iter().copied().chain([rates.len()]);
        let drawn = scratch.counts.iter().zip(&scratch.sums);
        for ((&first, end), (&count, &sum)) in self.runs.iter().zip(ends).zip(drawn) {
            // Most runs are of one day.
            (scratch.active[first], rates[first]) = (count, rate * sum);
            if end - first > 1 {
                scratch.active[first + 1..end].fill(count);
                rates[first + 1..end].fill(rate * sum);
            }
        }
    }

    /// Adds those of the seats beyond [`SINGLE`] to N of each run. The uniform of a share is that of
    /// the first day on which it holds.
    fn count_others(&self, path: u64, seats: u64, scratch: &mut AgentScratch) {
        let known = &mut scratch.known;
        known.clear();
        let runs = self.draws.iter().zip(&scratch.shares);
        for ((&draw, &share), count) in runs.zip(&mut scratch.counts) {
            let place = known.partition_point(|&(other, _)| other < share);
            if let Some(&(other, active)) = known.get(place)
                && other == share
            {
                *count += active;
                continue;
            }
            let (below, fewer) = match place {
                0 => (0.0, 0),
                _ => known[place - 1],
            };
            let (above, more) = known.get(place).copied().unwrap_or((1.0, seats));
            let active = if share > below {
                let step = ((share - below) / (above - below)).min(1.0);
                let u = self.seat_stream.uniform_at(path, draw);
                fewer + binomial::quantile(more - fewer, step, u)
            } else {
                fewer
            };
            known.insert(place, (share, active));
            *count += active;
        }
    }

    /// Active agents and the sum of their rates of a day in the single-number plan, where `values`
    /// are means.
    pub(crate) fn expected(&self, day: usize, values: &[f64]) -> (f64, f64) {
        let active = self.seats.of(values) * self.share.at(day, values);
        (active, self.rate.of(values) * active)
    }
}

/// Keeps of some uniform numbers those above `least` and at or below `most`, the seats that are not
/// active always or never; returns how many lie at or below `least`.
fn keep_between(uniforms: &[f64], least: f64, most: f64, kept: &mut Vec<f64>) -> u64 {
    kept.resize(uniforms.len(), 0.0);
    let (mut count, mut before) = (0, 0);
    for &u in uniforms {
        // Written always and kept where it lies between: no branch to guess.
        kept[count] = u;
        count += usize::from((u > least) & (u <= most));
        before += u64::from(u <= least);
    }
    kept.truncate(count);
    before
}

/// Shares that seats are compared with side by side.
const SHARES: usize = 16;

/// Counts the uniform numbers at or below each share, `before` and those of a list; shares come in whole
/// groups.
struct AtOrBelow<'a> {
    uniforms: &'a [f64],
    before: u64,
    shares: &'a [f64],
    counts: &'a mut [u64],
}

impl Kernel for AtOrBelow<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (groups, _) = self.shares.as_chunks::<SHARES>();
        let (counts, _) = self.counts.as_chunks_mut::<SHARES>();
        for (shares, counts) in groups.iter().zip(counts) {
            // Of its own, so that it stays in registers.
            let mut sums = [self.before; SHARES];
            for &u in self.uniforms {
                for lane in 0..SHARES {
                    sums[lane] = sums[lane].wrapping_add(u64::from(u <= shares[lane]));
                }
            }
            *counts = sums;
        }
    }
}
