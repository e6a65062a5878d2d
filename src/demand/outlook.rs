//! What a path is expected to want: a rough figure, many times as fast as the path itself.
//!
//! Given everything that is drawn once for a path, the credits over the horizon with each factor of
//! λ at its mean over a month, or as it is in its middle, and without the noise of days. Stratified
//! sampling tells paths apart by it. It need not be right: how small errors become depends on it, what
//! is estimated does not.

use std::ops::Range;

use crate::demand::activation::{AgentScratch, Agents};
use crate::demand::incidents::{Impact, Occurrence};
use crate::demand::inputs::InputId;
use crate::demand::origins::Driver;
use crate::demand::workload::{Base, Circumstances, QUARTER, WorkloadModel};
use crate::randomness::Once;
use crate::scenario::Horizon;
use crate::special::normal;
use crate::units::DAYS_PER_YEAR;

/// The outlook of one workload: what its model says, by month.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadOutlook {
    base: MonthlyBase,
    /// Sum of the day weights.
    weights: Vec<f64>,
    /// One over that sum; 0 where there is none.
    inverse: Vec<f64>,
    /// Middle day.
    middles: Vec<usize>,
    /// Sums of the weights of the days before each day, and of all.
    before: Vec<f64>,
    /// The initial share of an uncertain slow start and the mean S(d) of its rise.
    acceleration: Option<(InputId, Vec<f64>)>,
    growth: Option<InputId>,
    /// Multiplier of an uncertain event and the share of the month that it covers.
    events: Vec<(InputId, Vec<f64>)>,
    /// Volatility, and the sums of the level's steps.
    level: Option<(InputId, Vec<Once>)>,
    /// Operations, their shares, and mean actions of a unit.
    operations: Vec<(usize, f64, f64)>,
}

#[derive(Clone, Debug)]
enum MonthlyBase {
    Agents(Box<Agents>),
    Volume(InputId),
}

/// Buffers of [`WorkloadOutlook::credits`], reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutlookScratch {
    agents: AgentScratch,
    means: Vec<f64>,
    incidents: Vec<f64>,
}

impl WorkloadOutlook {
    pub(crate) fn new(model: &WorkloadModel, horizon: &Horizon) -> Self {
        let months = || (0..horizon.months()).map(|month| horizon.month(month));
        let weight = |day: usize| match &model.base {
            Base::Agents(_) => model.weights[day],
            Base::Volume { spread, .. } => model.weights[day] * spread[day],
        };
        let weights: Vec<f64> = months().map(|days| days.map(weight).sum()).collect();
        let mut before = vec![0.0];
        for day in 0..horizon.days() {
            before.push(before[day] + weight(day));
        }
        // A month without weight wants nothing, whatever the mean.
        let of = |&weight: &f64| if weight > 0.0 { 1.0 / weight } else { 0.0 };
        let inverse: Vec<f64> = weights.iter().map(of).collect();
        let mean = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let sums = months().map(|days| days.map(|day| weight(day) * value(day)).sum::<f64>());
            sums.zip(&inverse)
                .map(|(sum, inverse)| sum * inverse)
                .collect()
        };
        Self {
            base: match &model.base {
                Base::Agents(agents) => {
                    MonthlyBase::Agents(Box::new(agents.by_month(horizon, mean)))
                }
                Base::Volume {
                    units_per_month, ..
                } => MonthlyBase::Volume(*units_per_month),
            },
            middles: months().map(|days| (days.start + days.end) / 2).collect(),
            before,
            acceleration: model
                .acceleration
                .as_ref()
                .map(|(initial, progress)| (*initial, mean(&|day| progress[day]))),
            growth: model.growth,
            events: model
                .events
                .iter()
                .map(|&(from, to, multiplier)| {
                    let covered = |day| f64::from(u8::from((from..to).contains(&day)));
                    (multiplier, mean(&covered))
                })
                .collect(),
            level: model
                .volatility
                .map(|volatility| (volatility, model.level_sums.clone())),
            operations: model
                .operations
                .iter()
                .map(|o| (o.operation, o.share, o.mean_actions()))
                .collect(),
            weights,
            inverse,
        }
    }

    /// Micro-credits that the workload is expected to want over the horizon. Whole ones, whose sums do not
    /// depend on the order of tables.
    pub(crate) fn credits(
        &self,
        circumstances: Circumstances<'_>,
        horizon: &Horizon,
        scratch: &mut OutlookScratch,
    ) -> i64 {
        let Circumstances {
            level,
            origins,
            values,
            occurrences,
            prices,
        } = circumstances;
        let means = &mut scratch.means;
        means.resize(self.weights.len(), 0.0);
        match &self.base {
            MonthlyBase::Agents(agents) => {
                agents.draw(level, origins, values, &mut scratch.agents, means);
            }
            MonthlyBase::Volume(units_per_month) => means.fill(units_per_month.of(values)),
        }
        for (mean, weight) in means.iter_mut().zip(&self.weights) {
            *mean *= weight;
        }
        if let Some((initial, progress)) = &self.acceleration {
            let initial = initial.of(values);
            for (mean, progress) in means.iter_mut().zip(progress) {
                *mean *= initial + (1.0 - initial) * progress;
            }
        }
        if let Some(growth) = self.growth {
            let monthly = 1.0 + growth.of(values);
            let mut factor = libm::sqrt(monthly);
            for mean in means.iter_mut() {
                *mean *= factor;
                factor *= monthly;
            }
        }
        for (multiplier, shares) in &self.events {
            let excess = multiplier.of(values) - 1.0;
            for (mean, share) in means.iter_mut().zip(shares) {
                *mean *= 1.0 + excess * share;
            }
        }
        if let Some((volatility, sums)) = &self.level {
            let path = origins.of(Driver::Growth);
            let place = sums[0].place(path);
            let step = |quarter: usize| {
                let once = sums.get(quarter)?;
                Some(normal::quantile(once.uniform_in(place)))
            };
            self.apply_level(volatility.of(values), step, means);
        }
        self.apply_incidents(occurrences, horizon, scratch);
        let means = &scratch.means;
        let mut credits: i64 = 0;
        for &(operation, share, actions) in &self.operations {
            let price = |month: usize| prices[operation][self.middles[month]] as f64;
            let months = means.iter().enumerate();
            let of_months: f64 = months.map(|(month, mean)| mean * price(month)).sum();
            // Saturates.
            credits = credits.saturating_add((share * actions * of_months) as i64);
        }
        credits.saturating_add(self.lumps(occurrences, horizon, prices))
    }

    /// Incidents that last the whole horizon multiply. What others add is added up by month: they seldom
    /// meet.
    fn apply_incidents(
        &self,
        occurrences: &[Occurrence],
        horizon: &Horizon,
        scratch: &mut OutlookScratch,
    ) {
        let (means, excess) = (&mut scratch.means, &mut scratch.incidents);
        excess.clear();
        excess.resize(means.len(), 0.0);
        let mut throughout = 1.0;
        for occurrence in occurrences {
            let Impact::Multiplier(factor) = occurrence.effect else {
                continue;
            };
            if (occurrence.from_day, occurrence.to_day) == (0, horizon.days()) {
                throughout *= factor;
                continue;
            }
            for (month, days) in within(occurrence, horizon) {
                let weight = self.before[days.end] - self.before[days.start];
                excess[month] += (factor - 1.0) * weight * self.inverse[month];
            }
        }
        for (mean, &excess) in means.iter_mut().zip(&*excess) {
            // A factor below 1 takes away: incidents do not.
            *mean *= (throughout * (1.0 + excess)).max(1.0);
        }
    }

    /// Mean of L in the middle of each month, given the sums of quarters: between their ends W is on
    /// average straight, and what is not known of it has no drift.
    fn apply_level(&self, sigma: f64, sum_of: impl Fn(usize) -> Option<f64>, means: &mut [f64]) {
        let step = sigma * (QUARTER as f64 / DAYS_PER_YEAR).sqrt();
        // W and its variance at the start of the quarter, in quarters.
        let (mut quarter, mut before, mut known) = (0, 0.0, 0.0);
        let mut at = sum_of(0);
        for (mean, &middle) in means.iter_mut().zip(&self.middles) {
            while middle >= (quarter + 1) * QUARTER {
                before += at.unwrap_or(0.0);
                known += f64::from(u8::from(at.is_some()));
                quarter += 1;
                at = sum_of(quarter);
            }
            let part = (middle - quarter * QUARTER) as f64 / QUARTER as f64;
            let (sum, variance) = match at {
                Some(sum) => (before + part * sum, known + part * part),
                None => (before, known),
            };
            *mean *= libm::exp(step * sum - 0.5 * step * step * variance);
        }
    }

    /// Credits that lumps are expected to add.
    fn lumps(&self, occurrences: &[Occurrence], horizon: &Horizon, prices: &[Vec<i64>]) -> i64 {
        let mut credits: i64 = 0;
        for occurrence in occurrences {
            let Impact::ActionsPerDay(actions) = occurrence.effect else {
                continue;
            };
            for (month, days) in within(occurrence, horizon) {
                let days = days.len() as f64;
                for &(operation, share, _) in &self.operations {
                    let price = prices[operation][self.middles[month]] as f64;
                    credits = credits.saturating_add((actions * days * share * price) as i64);
                }
            }
        }
        credits
    }
}

/// The months that an occurrence reaches, and its days within each.
fn within(
    occurrence: &Occurrence,
    horizon: &Horizon,
) -> impl Iterator<Item = (usize, Range<usize>)> {
    let (from, to) = (occurrence.from_day, occurrence.to_day);
    let first = horizon.month_of(from);
    (first..horizon.months()).map_while(move |month| {
        let days = horizon.month(month);
        let (start, end) = (days.start.max(from), days.end.min(to));
        (start < end).then_some((month, start..end))
    })
}
