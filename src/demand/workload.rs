//! One workload: its mean of each day, and the credits drawn around it.
//!
//! λ(d) = B(d) w(d) acceleration(d) (1 + growth)^(d/30.4375) L(d) events(d), and with incidents
//! times incidents(d). What is known for certain is multiplied into the day weights once.

use std::sync::Arc;

use crate::demand::activation::{AgentScratch, Agents, Share};
use crate::demand::counts::{CountNumbers, CountScratch, OperationCounts};
use crate::demand::curve::{growth_factor, rise};
use crate::demand::incidents::{Impact, Occurrence};
use crate::demand::inputs::{InputId, Inputs};
use crate::demand::kernels::{Post, change, count_units, multiply, subtract};
use crate::demand::noise::{Noise, NoiseScratch};
use crate::demand::origins::{Driver, Origins};
use crate::randomness::Once;
use crate::randomness::dispatch::Level;
use crate::randomness::gamma::UnitGamma;
use crate::randomness::gamma_process::CrowdLaw;
use crate::randomness::normal as normals;
use crate::randomness::streams::{StreamKey, Streams};
use crate::scenario::{Demand, Event, Scenario};
use crate::special::normal;
use crate::special::sums::{running_sums, sum};
use crate::units::{DAYS_PER_MONTH, DAYS_PER_YEAR};

/// A workload as run.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadModel {
    pub(super) base: Base,
    /// w(d) times every factor of the day that is known for certain.
    pub(super) weights: Vec<f64>,
    /// Uncertain slow start: the initial share and S(d) of its rise.
    pub(super) acceleration: Option<(InputId, Vec<f64>)>,
    /// Uncertain growth.
    pub(super) growth: Option<InputId>,
    /// Volatility that may be above 0.
    pub(super) volatility: Option<InputId>,
    /// Uncertain events: first day, day after the last, multiplier.
    pub(super) events: Vec<(usize, usize, InputId)>,
    noise: Noise,
    level_stream: StreamKey,
    /// Sums of the level's steps over the first quarters, as standard normals.
    pub(super) level_sums: Vec<Once>,
    pub(super) operations: Vec<OperationCounts>,
}

/// Demand of a day before any factor.
#[derive(Clone, Debug)]
pub(super) enum Base {
    Agents(Box<Agents>),
    Volume {
        units_per_month: InputId,
        /// 1 / sum of the month's day weights without the calendar month's, by day.
        spread: Vec<f64>,
    },
}

/// Gamma factors and crowds by coefficient of variation: their tables are large, and many workloads
/// have the same.
#[derive(Debug, Default)]
pub(crate) struct Factors {
    factors: Vec<UnitGamma>,
    crowds: Vec<Arc<CrowdLaw>>,
}

impl Factors {
    fn of(&mut self, cv: f64) -> UnitGamma {
        let known = self.factors.iter().find(|factor| factor.cv() == cv);
        known.cloned().unwrap_or_else(|| {
            let factor = UnitGamma::new(cv);
            self.factors.push(factor.clone());
            factor
        })
    }

    fn crowd(&mut self, cv: f64) -> Arc<CrowdLaw> {
        let known = self.crowds.iter().find(|law| law.cv() == cv);
        known.cloned().unwrap_or_else(|| {
            let law = Arc::new(CrowdLaw::new(self.of(cv)));
            self.crowds.push(Arc::clone(&law));
            law
        })
    }
}

/// What a path's other draws say about a workload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances<'a> {
    pub(crate) level: Level,
    /// Which path each draw comes from.
    pub(crate) origins: &'a Origins,
    /// The once-per-path inputs.
    pub(crate) values: &'a [f64],
    /// The incidents that hit the workload.
    pub(crate) occurrences: &'a [Occurrence],
    /// The rate card: micro-credits per unit, by operation and day.
    pub(crate) prices: &'a [Vec<i64>],
}

/// Days whose steps of the level have a sum of their own, and how many such sums there are.
pub(super) const QUARTER: usize = 92;
const LEVEL_SUMS: usize = 8;

/// Buffers of one path's draws, reused from path to path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) agents: AgentScratch,
    /// λ(d) without incidents.
    means: Vec<f64>,
    /// Factors of the days, and the random numbers that they come from.
    factors: Vec<f64>,
    uniforms: Vec<f64>,
    noise: NoiseScratch,
    /// Units by day that no operation has taken yet.
    units: Vec<u64>,
    numbers: CountNumbers,
    counts: CountScratch,
    hit: HitScratch,
    /// Mean actions of lumps by day; empty without any.
    lumps: Vec<f64>,
}

/// What [`Scratch`] holds of the days up to the last with an incident, these included.
#[derive(Clone, Debug, Default)]
struct HitScratch {
    means: Vec<f64>,
    units: Vec<u64>,
    counts: CountScratch,
    /// What incidents add to the counts.
    added: Vec<u64>,
}

impl HitScratch {
    /// The means of the days up to the last that incidents multiply, with incidents; returns how many.
    fn gather(&mut self, means: &[f64], occurrences: &[Occurrence]) -> usize {
        let factors = || {
            occurrences.iter().filter_map(|o| match o.effect {
                Impact::Multiplier(factor) => Some((o.from_day..o.to_day, factor)),
                Impact::ActionsPerDay(_) => None,
            })
        };
        let end = factors().map(|(span, _)| span.end).max().unwrap_or(0);
        self.means.clear();
        self.means.extend_from_slice(&means[..end]);
        for (span, factor) in factors() {
            for mean in &mut self.means[span] {
                *mean *= factor;
            }
        }
        end
    }
}

/// A day's count was too large for the ledger's integers.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl WorkloadModel {
    pub(crate) fn new(
        streams: &Streams,
        scenario: &Scenario,
        index: usize,
        events: &[(&Event, InputId)],
        inputs: &mut Inputs,
        factors: &mut Factors,
    ) -> Self {
        let workload = &scenario.workloads[index];
        let name = super::stream_name(&workload.name);
        let days = scenario.horizon.days();
        let mut add = |driver, input: &crate::scenario::Input| inputs.add(streams, driver, input);
        let (base, counts) = match &workload.demand {
            Demand::Agents {
                seats,
                activation,
                actions_per_day,
                agent_cv,
            } => {
                let seats = add(Driver::Ramp, seats);
                let share = Share::new(activation, &scenario.horizon, |share| {
                    add(Driver::Ramp, share)
                });
                let rate = add(Driver::ActionRates, actions_per_day);
                let agents =
                    Agents::new(streams, &name, seats, share, rate, factors.crowd(*agent_cv));
                (Base::Agents(Box::new(agents)), None)
            }
            Demand::Volume {
                units_per_month,
                actions_per_unit,
            } => {
                let base = Base::Volume {
                    units_per_month: add(Driver::Volume, units_per_month),
                    spread: spread(scenario, &workload.weekday_weights),
                };
                (base, Some(actions_per_unit.counts.as_slice()))
            }
        };
        let acceleration = workload.acceleration.as_ref().map(|slow| {
            let progress: Vec<f64> = (0..days)
                .map(|day| rise(day, slow.from_day, slow.to_day))
                .collect();
            (add(Driver::Acceleration, &slow.initial), progress)
        });
        let growth = add(Driver::Growth, &workload.growth);
        let volatility = add(Driver::Growth, &workload.volatility);
        let mut model = Self {
            base,
            weights: workload.day_weights.clone(),
            acceleration,
            growth: Some(growth),
            volatility: (inputs.constant(volatility) != Some(0.0)).then_some(volatility),
            events: events
                .iter()
                .filter(|(event, _)| event.workloads.contains(&index))
                .map(|&(event, multiplier)| (event.from_day, event.to_day, multiplier))
                .collect(),
            noise: Noise::new(streams, &name, factors.of(workload.daily_cv)),
            level_stream: streams.named(&format!("workload/{name}/level")),
            level_sums: (0..LEVEL_SUMS)
                .map(|sum| Once::new(streams, format!("workload/{name}/level/sum/{sum}")))
                .collect(),
            operations: {
                let operations = workload.operations.iter().map(|&(operation, share)| {
                    let name = scenario.operations[operation].name.as_str();
                    (operation, name, share)
                });
                OperationCounts::all(streams, &name, operations.collect(), counts)
            },
        };
        model.fold_certain(inputs);
        model
    }

    /// Multiplies the factors that are known for certain into the day weights.
    fn fold_certain(&mut self, inputs: &Inputs) {
        if let Some((initial, progress)) = &self.acceleration
            && let Some(initial) = inputs.constant(*initial)
        {
            for (weight, &progress) in self.weights.iter_mut().zip(progress) {
                *weight *= initial + (1.0 - initial) * progress;
            }
            self.acceleration = None;
        }
        if let Some(growth) = self.growth.and_then(|id| inputs.constant(id)) {
            for (day, weight) in self.weights.iter_mut().enumerate() {
                *weight *= growth_factor(growth, day);
            }
            self.growth = None;
        }
        let weights = &mut self.weights;
        self.events.retain(|&(from, to, multiplier)| {
            let Some(multiplier) = inputs.constant(multiplier) else {
                return true;
            };
            for weight in &mut weights[from..to] {
                *weight *= multiplier;
            }
            false
        });
    }

    /// Draws one path: active agents stay in the scratch; credits without incidents and those that
    /// incidents add go to `base` and `incident`, a day an entry, in micro-credits, the latter where there
    /// are any; the part of them that comes in lumps goes to `lumps` too, which is empty where no
    /// incident does and is to hold zeros. `units`, empty where nobody asks, takes the micro-units of each
    /// day, lumps aside.
    pub(crate) fn draw(
        &self,
        circumstances: Circumstances<'_>,
        scratch: &mut Scratch,
        base: &mut [i64],
        incident: &mut [i64],
        lumps: &mut [i64],
        units: &mut [i64],
    ) -> Result<(), TooLarge> {
        let Circumstances {
            level,
            origins,
            values,
            occurrences,
            prices,
        } = circumstances;
        let noise = origins.of(Driver::Noise);
        let days = self.weights.len();
        scratch.means.resize(days, 0.0);
        self.base_means(level, origins, values, scratch);
        self.apply_factors(level, origins.of(Driver::Growth), values, scratch);
        let Scratch {
            means,
            noise: day_noise,
            units: left,
            numbers,
            counts,
            hit,
            ..
        } = &mut *scratch;
        self.noise.draw(level, noise, means, day_noise);
        self.noise.units(level, means, day_noise, left);
        let end = hit.gather(means, occurrences);
        self.noise
            .units(level, &hit.means, day_noise, &mut hit.units);
        let mut fits = true;
        if !units.is_empty() {
            units.fill(0);
            fits &= count_units(left, units);
            units[..end].fill(0);
            fits &= count_units(&hit.units, units);
        }
        for (place, operation) in self.operations.iter().enumerate() {
            let prices = &prices[operation.operation][..];
            operation.draw(level, noise, days, numbers);
            let numbers = (noise, &*numbers);
            let counts = operation.take(level, numbers, left, counts);
            fits &= level.run(Post {
                counts,
                prices,
                is_first: place == 0,
                book: &mut *base,
            });
            if end > 0 {
                let totals = operation.take(level, numbers, &mut hit.units, &mut hit.counts);
                subtract(level, totals, counts, &mut hit.added);
                fits &= level.run(Post {
                    counts: &hit.added,
                    prices,
                    is_first: place == 0,
                    book: &mut *incident,
                });
            }
        }
        if !occurrences.is_empty() {
            incident[end..].fill(0);
        }
        fits &= self.draw_lumps(circumstances, scratch, incident, lumps);
        if fits { Ok(()) } else { Err(TooLarge) }
    }

    /// What the path's lumps add; false where it does not fit.
    fn draw_lumps(
        &self,
        circumstances: Circumstances<'_>,
        scratch: &mut Scratch,
        incident: &mut [i64],
        lumps: &mut [i64],
    ) -> bool {
        let Circumstances {
            level,
            origins,
            prices,
            ..
        } = circumstances;
        let path = origins.of(Driver::Incidents);
        let means = &mut scratch.lumps;
        means.clear();
        let (mut first, mut end) = (self.weights.len(), 0);
        for occurrence in circumstances.occurrences {
            if let Impact::ActionsPerDay(actions) = occurrence.effect {
                means.resize(self.weights.len(), 0.0);
                let span = occurrence.from_day..occurrence.to_day;
                (first, end) = (first.min(span.start), end.max(span.end));
                means[span].iter_mut().for_each(|mean| *mean += actions);
            }
        }
        let mut fits = true;
        for day in first..end {
            if means[day] > 0.0 {
                for operation in &self.operations {
                    let counts = &[operation.lump_at(path, day, means[day])];
                    let prices = &prices[operation.operation][day..=day];
                    for book in [&mut incident[day..=day], &mut lumps[day..=day]] {
                        fits &= level.run(Post {
                            counts,
                            prices,
                            is_first: false,
                            book,
                        });
                    }
                }
            }
        }
        fits
    }

    /// B(d) w(d) and the certain factors into the means.
    fn base_means(&self, level: Level, origins: &Origins, values: &[f64], scratch: &mut Scratch) {
        match &self.base {
            Base::Agents(agents) => {
                let means = &mut scratch.means;
                agents.draw(level, origins, values, &mut scratch.agents, means);
                multiply(level, means, &self.weights);
            }
            Base::Volume {
                units_per_month,
                spread,
            } => {
                scratch.agents.active.clear();
                let units = units_per_month.of(values);
                let means = &mut scratch.means;
                change(level, means, spread, |_, spread| units * spread);
                multiply(level, means, &self.weights);
            }
        }
    }

    /// The factors that differ from path to path.
    fn apply_factors(&self, level: Level, path: u64, values: &[f64], scratch: &mut Scratch) {
        let means = &mut scratch.means[..];
        if let Some((initial, progress)) = &self.acceleration {
            let initial = initial.of(values);
            change(level, means, progress, |mean, progress| {
                mean * (initial + (1.0 - initial) * progress)
            });
        }
        if let Some(growth) = self.growth {
            let step = libm::exp(libm::log1p(growth.of(values)) / DAYS_PER_MONTH);
            // The powers of eight days side by side.
            let mut factors = [1.0; 8];
            for day in 1..8 {
                factors[day] = factors[day - 1] * step;
            }
            let of_eight = factors[7] * step;
            for means in means.chunks_mut(8) {
                for (mean, factor) in means.iter_mut().zip(&mut factors) {
                    *mean *= *factor;
                    *factor *= of_eight;
                }
            }
        }
        for &(from, to, multiplier) in &self.events {
            let multiplier = multiplier.of(values);
            for mean in &mut means[from..to] {
                *mean *= multiplier;
            }
        }
        if let Some(volatility) = self.volatility {
            let (uniforms, levels) = (&mut scratch.uniforms, &mut scratch.factors);
            self.levels(level, path, volatility.of(values), (uniforms, levels));
            multiply(level, means, levels);
        }
    }

    /// L(d) = exp(σ W(t) - σ² t / 2), t = d/365: a level with mean 1 that spreads with time. Day d
    /// takes step d; that of day 0, where the level is 1, is spent unused. The steps of a quarter are
    /// independent normals whose sum is drawn first: the same added to each of them gives it.
    fn levels(
        &self,
        level: Level,
        path: u64,
        sigma: f64,
        (uniforms, levels): (&mut Vec<f64>, &mut Vec<f64>),
    ) {
        let days = self.weights.len();
        let step = (1.0 / DAYS_PER_YEAR).sqrt() * sigma;
        let drift = sigma * sigma / (2.0 * DAYS_PER_YEAR);
        // Whole quarters, so that a longer horizon has the same first days.
        uniforms.resize(days.next_multiple_of(QUARTER), 0.0);
        levels.resize(uniforms.len(), 0.0);
        self.level_stream.uniforms(level, path, uniforms);
        normals::quantiles(level, uniforms, levels);
        let place = self.level_sums[0].place(path);
        let mut log_level = 0.0;
        for (quarter, steps) in levels.chunks_mut(QUARTER).enumerate() {
            let shift = self.level_sums.get(quarter).map_or(0.0, |once| {
                let drawn = normal::quantile(once.uniform_in(place)) * (QUARTER as f64).sqrt();
                (drawn - sum(steps)) / QUARTER as f64
            });
            for level in &mut *steps {
                *level = step * (*level + shift) - drift;
            }
            if quarter == 0 {
                steps[0] = 0.0;
            }
            log_level = running_sums(log_level, steps);
        }
        levels.truncate(days);
        normals::exponentials(level, levels);
    }

    /// How what matters most of a path's noise is drawn: the sums of the agents' differences and of the
    /// level's steps. `inputs` say how many seats there may be.
    pub(crate) fn draws(&mut self, inputs: &Inputs) -> impl Iterator<Item = &mut Once> {
        let agents = match &mut self.base {
            Base::Agents(agents) => {
                let seats = inputs.most(agents.seats());
                // Saturates.
                Some(agents.draws(seats as u64))
            }
            Base::Volume { .. } => None,
        };
        let quarters = self.weights.len().div_ceil(QUARTER);
        let levels = match self.volatility {
            Some(_) => quarters,
            None => 0,
        };
        let sums = self.level_sums.iter_mut().take(levels);
        sums.chain(agents.into_iter().flatten())
    }

    /// Active agents, mean units and mean actions of a day in the single-number plan, where `values`
    /// are the means of the inputs.
    pub(crate) fn expected(&self, day: usize, values: &[f64]) -> (f64, f64, f64) {
        let (active, base) = match &self.base {
            Base::Agents(agents) => agents.expected(day, values),
            Base::Volume {
                units_per_month,
                spread,
            } => (0.0, units_per_month.of(values) * spread[day]),
        };
        let mut mean = base * self.weights[day];
        if let Some((initial, progress)) = &self.acceleration {
            let initial = initial.of(values);
            mean *= initial + (1.0 - initial) * progress[day];
        }
        if let Some(growth) = self.growth {
            mean *= growth_factor(growth.of(values), day);
        }
        for &(from, to, multiplier) in &self.events {
            if (from..to).contains(&day) {
                mean *= multiplier.of(values);
            }
        }
        let actions = self
            .operations
            .first()
            .map_or(1.0, OperationCounts::mean_actions);
        (active, mean, mean * actions)
    }

    /// Operations and their shares.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (usize, f64)> {
        self.operations.iter().map(|o| (o.operation, o.share))
    }
}

/// 1 / sum over the day's month of the day weights without the calendar month's.
fn spread(scenario: &Scenario, weekday_weights: &[f64]) -> Vec<f64> {
    let horizon = &scenario.horizon;
    (0..horizon.months())
        .flat_map(|month| {
            let days = horizon.month(month);
            let total: f64 = weekday_weights[days.clone()].iter().sum();
            days.map(move |_| 1.0 / total)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::Model;
    use crate::error::Source;
    use crate::scenario::read;

    #[test]
    fn a_quarter_of_the_level_ends_where_its_sum_says() {
        // ln L over a whole quarter is normal with variance 92 σ²/365 about -92 σ²/730: as far from it
        // as the normal that was drawn for the quarter. The first quarter's first step is spent unused.
        let text = "name = \"t\"\nstart = 2024-01-01\n[[workload]]\nname = \"w\"\n\
            units_per_month = 1\nvolatility = 0.3\n";
        let (name, text) = ("t.toml".to_owned(), text.to_owned());
        let model = Model::new(&read(Source { name, text }, &[]).unwrap());
        let workload = &model.workloads[0];
        let sigma = 0.3;
        let (mut uniforms, mut levels) = (Vec::new(), Vec::new());
        for path in 0..200 {
            workload.levels(Level::best(), path, sigma, (&mut uniforms, &mut levels));
            assert_eq!(levels[0], 1.0);
            for quarter in 1..3 {
                let day = 92 * quarter;
                let change = libm::log(levels[day + 91] / levels[day - 1]);
                let drawn = normal::quantile(workload.level_sums[quarter].uniform(path));
                let variance = 92.0 * sigma * sigma / 365.0;
                let expected = variance.sqrt() * drawn - 0.5 * variance;
                assert!((change - expected).abs() < 1e-12, "{path} {quarter}");
            }
        }
    }
}
