//! Demand: futures of credits wanted, drawn without knowing what a contract is.
//!
//! [`Model`] is a scenario resolved for running: dates as day numbers, constants folded, one
//! random stream per purpose. [`Model::draw`] fills a [`Future`] with one path;
//! [`Model::plan`] fills it with the single-number plan instead.

use crate::error::Error;
use crate::randomness::dispatch::Level;
use crate::randomness::streams::Streams;
use crate::randomness::{Sampling, once};
use crate::scenario::{Horizon, Scenario};
use crate::units::{MICRO, round_to_i64};

mod activation;
mod counts;
pub mod curve;
mod excerpt;
mod incidents;
pub mod inputs;
mod kernels;
mod noise;
pub mod origins;
mod outlook;
mod rates;
mod wanted;
mod workload;

pub use incidents::{Impact, Occurrence};

use incidents::{Draws, IncidentModel};
use inputs::Inputs;
use origins::{Driver, Origins};
use outlook::{OutlookScratch, WorkloadOutlook};
use rates::RateCard;
use workload::{Circumstances, Factors, Scratch, WorkloadModel};

/// A scenario's demand, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Model {
    /// Instruction set of the draws, which does not change them.
    level: Level,
    horizon: Horizon,
    inputs: Inputs,
    rate_card: RateCard,
    /// In order of name.
    incidents: Vec<IncidentModel>,
    /// Workloads that each of the scenario's incidents hits.
    hits: Vec<Vec<usize>>,
    /// Whether some incident adds lumps to each workload.
    is_lumpy: Vec<bool>,
    workloads: Vec<WorkloadModel>,
    /// Whether the units of each workload are counted; empty where none are.
    is_counted: Vec<bool>,
    /// How paths are sampled, and the streams that they are drawn from.
    sampling: Sampling,
    streams: Streams,
    /// The outlook of each workload, where paths are told apart by it.
    outlooks: Vec<WorkloadOutlook>,
}

/// One future: credits wanted by workload and day, in micro-credits.
#[derive(Clone, Debug)]
pub struct Future {
    /// Instruction set of its sums.
    level: Level,
    days: usize,
    months: usize,
    /// Drawn inputs, in the order of [`Model::inputs`].
    values: Vec<f64>,
    /// Incidents of this path, in the scenario's order.
    occurrences: Vec<Occurrence>,
    /// Micro-credits without incidents, workload-major.
    base: Vec<i64>,
    /// Micro-credits that incidents add, workload-major; of no consequence where a workload is not hit.
    incident: Vec<i64>,
    /// Whether incidents may add any to each workload.
    is_hit: Vec<bool>,
    /// What incidents add where there are none, a day an entry.
    zeros: Vec<i64>,
    /// The part of them that comes in lumps; empty where no incident does.
    lumps: Vec<i64>,
    /// Sum over each month's days of active agents, in millionths, workload-major.
    agent_days: Vec<i64>,
    prices: Vec<Vec<i64>>,
    /// Micro-units by day of each workload whose units are counted, else nothing.
    units: Vec<Vec<i64>>,
    /// Those of `occurrences` that hit the workload at hand.
    hits: Vec<Occurrence>,
    scratch: Scratch,
    outlook: OutlookScratch,
}

impl Future {
    /// Credits that workload `workload` wants on each day without incidents, in micro-credits.
    pub fn base(&self, workload: usize) -> &[i64] {
        &self.base[workload * self.days..(workload + 1) * self.days]
    }

    /// Credits that incidents add to it on each day, in micro-credits.
    pub fn incident(&self, workload: usize) -> &[i64] {
        match self.is_hit[workload] {
            true => &self.incident[workload * self.days..(workload + 1) * self.days],
            false => &self.zeros,
        }
    }

    /// Whether incidents may add credits to it; most futures have none.
    pub fn is_hit(&self, workload: usize) -> bool {
        self.is_hit[workload]
    }

    /// The part of them that incidents add as lumps, not as multiples of the base.
    pub fn lumps(&self, workload: usize) -> &[i64] {
        match self.lumps.is_empty() {
            true => &[],
            false => &self.lumps[workload * self.days..(workload + 1) * self.days],
        }
    }

    /// A future written by hand, a list of days for each workload, in micro-credits: what is wanted
    /// without incidents, what incidents add to it, and which incidents these are (in the order of
    /// the scenario's, none of them a lump). It has no active agents.
    ///
    /// # Panics
    /// When the lists differ in length.
    pub fn written(
        base: &[Vec<i64>],
        incident: &[Vec<i64>],
        occurrences: &[Occurrence],
        months: usize,
    ) -> Self {
        let days = base.first().map_or(0, Vec::len);
        let lengths = base.iter().chain(incident).map(Vec::len);
        assert!(base.len() == incident.len() && lengths.into_iter().all(|len| len == days));
        Self {
            level: Level::best(),
            days,
            months,
            values: Vec::new(),
            occurrences: occurrences.to_vec(),
            base: base.concat(),
            incident: incident.concat(),
            is_hit: vec![true; incident.len()],
            zeros: vec![0; days],
            lumps: Vec::new(),
            agent_days: vec![0; base.len() * months],
            prices: Vec::new(),
            units: vec![Vec::new(); base.len()],
            hits: Vec::new(),
            scratch: Scratch::default(),
            outlook: OutlookScratch::default(),
        }
    }

    /// The same with a part of what incidents add coming in lumps: a list of days for each
    /// workload, in micro-credits, each at most what incidents add on that day.
    ///
    /// # Panics
    /// When the lists differ in length or a lump is more than what incidents add.
    #[must_use]
    pub fn with_lumps(mut self, lumps: &[Vec<i64>]) -> Self {
        self.lumps = lumps.concat();
        let pairs = self.lumps.iter().zip(&self.incident);
        assert!(self.lumps.len() == self.incident.len());
        assert!(pairs.into_iter().all(|(lump, incident)| lump <= incident));
        self
    }

    /// Sum over each month's days of its active agents, in millionths of an agent-day.
    pub fn agent_days(&self, workload: usize) -> &[i64] {
        &self.agent_days[workload * self.months..(workload + 1) * self.months]
    }

    /// Units of a workload on each day, in millionths: interactions of a volume, actions of agents.
    /// Incidents that multiply the demand multiply them, lumps of actions are none. Empty unless the
    /// model counts them ([`Model::counting`]).
    pub fn units(&self, workload: usize) -> &[i64] {
        &self.units[workload]
    }

    /// Number of workloads.
    pub fn workloads(&self) -> usize {
        self.base.len() / self.days
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.days
    }

    /// The inputs as drawn, in the order of [`Model::inputs`].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The incidents of this path.
    pub fn occurrences(&self) -> &[Occurrence] {
        &self.occurrences
    }
}

impl Model {
    /// Resolves a scenario for running.
    pub fn new(scenario: &Scenario) -> Self {
        let streams = Streams::new(scenario.simulation.seed);
        let mut inputs = Inputs::default();
        let mut rate_card = RateCard::new(&streams, scenario, &mut inputs);
        // In order of name: the product of floating-point factors must not depend on the order of
        // tables in the file.
        let events: Vec<_> = by_name(&scenario.events, |event| &event.name)
            .map(|index| {
                let event = &scenario.events[index];
                let multiplier = inputs.add(&streams, Driver::Events, &event.multiplier);
                (event, multiplier)
            })
            .collect();
        let lumps = || scenario.incidents.iter().filter(|i| i.adds_lumps());
        let is_lumpy = |w: usize| lumps().any(|incident| incident.workloads.contains(&w));
        let mut incidents: Vec<IncidentModel> =
            by_name(&scenario.incidents, |incident| &incident.name)
                .map(|index| {
                    let incident = &scenario.incidents[index];
                    IncidentModel::new(&streams, index, incident, |input| {
                        inputs.add(&streams, Driver::Incidents, input)
                    })
                })
                .collect();
        let mut factors = Factors::default();
        let mut workload = |index| {
            WorkloadModel::new(
                &streams,
                scenario,
                index,
                &events,
                &mut inputs,
                &mut factors,
            )
        };
        let mut workloads: Vec<WorkloadModel> =
            (0..scenario.workloads.len()).map(&mut workload).collect();
        inputs.correlate(&scenario.correlations);
        let sampling = scenario.simulation.sampling;
        if sampling != Sampling::Random {
            let mut chances = Vec::new();
            let mut groups: Vec<once::Group<'_>> = Vec::new();
            let key = |kind: &str, name: &str| {
                streams.named(&format!("{kind}/{}/order", stream_name(name)))
            };
            for incident in &mut incidents {
                let name = &scenario.incidents[incident.index()].name;
                match incident.draws() {
                    Draws::Chance(chance) => chances.push(chance),
                    Draws::Arrivals(draws) => groups.push(once::Group {
                        order: key("incident", name),
                        draws,
                    }),
                    Draws::None => (),
                }
            }
            for (model, workload) in workloads.iter_mut().zip(&scenario.workloads) {
                groups.push(once::Group {
                    order: key("workload", &workload.name),
                    draws: model.draws(&inputs).collect(),
                });
            }
            let known = inputs.draws().chain(rate_card.draws()).chain(chances);
            once::spread(known, groups);
        }
        let outlook = |workload| WorkloadOutlook::new(workload, &scenario.horizon);
        let outlooks = match sampling {
            Sampling::Stratified => workloads.iter().map(outlook).collect(),
            Sampling::Random | Sampling::Quasi => Vec::new(),
        };
        Self {
            level: Level::best(),
            horizon: scenario.horizon.clone(),
            inputs,
            rate_card,
            incidents,
            hits: scenario
                .incidents
                .iter()
                .map(|incident| incident.workloads.clone())
                .collect(),
            is_lumpy: (0..scenario.workloads.len()).map(is_lumpy).collect(),
            workloads,
            is_counted: Vec::new(),
            sampling,
            streams,
            outlooks,
        }
    }

    /// The same, which also counts the units of some workloads, an answer for each: the draws are the
    /// same.
    #[must_use]
    pub fn counting(self, is_counted: Vec<bool>) -> Self {
        Self { is_counted, ..self }
    }

    /// The same, drawn with another instruction set: the draws are the same.
    #[must_use]
    pub fn at_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// How paths are sampled.
    pub fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// The streams that everything is drawn from.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// The once-per-path inputs.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Whether each change of the rate card whose chance is below 1 comes about on a path: its
    /// index among the scenario's changes, and the answer.
    pub fn rate_changes(&self, path: u64) -> impl Iterator<Item = (usize, bool)> {
        self.rate_card.happened(path)
    }

    /// Days and months.
    pub fn horizon(&self) -> &Horizon {
        &self.horizon
    }

    /// An empty future with buffers of the right size, to be reused from path to path.
    pub fn future(&self) -> Future {
        let (days, months) = (self.horizon.days(), self.horizon.months());
        let count = self.workloads.len();
        Future {
            level: self.level,
            days,
            months,
            values: vec![0.0; self.inputs.len()],
            occurrences: Vec::new(),
            base: vec![0; count * days],
            incident: vec![0; count * days],
            zeros: vec![0; days],
            is_hit: vec![false; count],
            lumps: match self.is_lumpy.contains(&true) {
                true => vec![0; count * days],
                false => Vec::new(),
            },
            agent_days: vec![0; count * months],
            prices: vec![vec![0; days]; self.rate_card.len()],
            units: (0..count)
                .map(|workload| match self.is_counted.get(workload) {
                    Some(true) => vec![0; days],
                    _ => Vec::new(),
                })
                .collect(),
            hits: Vec::new(),
            scratch: Scratch::default(),
            outlook: OutlookScratch::default(),
        }
    }

    /// Roughly the micro-credits that a path is expected to want over the horizon, given what is drawn
    /// once for it: what stratified sampling tells paths apart by, and 0 under any other. `future` lends
    /// its buffers.
    pub fn outlook(&self, path: u64, future: &mut Future) -> i64 {
        let origins = &Origins::plain(path);
        if self.draw_known(origins, future).is_err() {
            // Such a path cannot be run either.
            return i64::MAX;
        }
        let mut credits: i64 = 0;
        for (index, outlook) in self.outlooks.iter().enumerate() {
            self.gather_hits(index, future);
            let circumstances = Circumstances {
                level: self.level,
                origins,
                values: &future.values,
                occurrences: &future.hits,
                prices: &future.prices,
            };
            let own = outlook.credits(circumstances, &self.horizon, &mut future.outlook);
            credits = credits.saturating_add(own);
        }
        credits
    }

    /// Draws the inputs, the rate card and the incidents of a path.
    fn draw_known(&self, origins: &Origins, future: &mut Future) -> Result<(), Error> {
        self.inputs.draw_from(origins, &mut future.values);
        let rates = origins.of(Driver::RateCard);
        self.rate_card
            .draw(rates, &future.values, &mut future.prices)
            .ok_or(Error::Overflow {
                path: Some(origins.own()),
            })?;
        future.occurrences.clear();
        for incident in &self.incidents {
            let path = origins.of(Driver::Incidents);
            let days = self.horizon.days();
            incident.draw(path, days, &future.values, &mut future.occurrences);
        }
        Ok(())
    }

    /// Collects the incidents that hit a workload.
    fn gather_hits(&self, workload: usize, future: &mut Future) {
        future.hits.clear();
        let hits = |o: &&Occurrence| self.hits[o.incident].contains(&workload);
        future.hits.extend(future.occurrences.iter().filter(hits));
    }

    /// Draws path `path` into `future`.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a day's credits pass what 64 bits hold.
    pub fn draw(&self, path: u64, future: &mut Future) -> Result<(), Error> {
        self.draw_from(&Origins::plain(path), future)
    }

    /// Draws a future whose draws come from two paths into `future`.
    ///
    /// # Errors
    /// As for [`Model::draw`].
    pub fn draw_from(&self, origins: &Origins, future: &mut Future) -> Result<(), Error> {
        let days = future.days;
        let path = origins.own();
        self.draw_known(origins, future)?;
        let mut agent_days: i64 = 0;
        for (index, workload) in self.workloads.iter().enumerate() {
            self.gather_hits(index, future);
            let cells = index * days..(index + 1) * days;
            let lumps = match self.is_lumpy[index] {
                true => &mut future.lumps[cells.clone()],
                false => &mut [],
            };
            let incident = &mut future.incident[cells.clone()];
            let was_hit = std::mem::replace(&mut future.is_hit[index], !future.hits.is_empty());
            if was_hit {
                lumps.fill(0);
            }
            workload
                .draw(
                    Circumstances {
                        level: self.level,
                        origins,
                        values: &future.values,
                        occurrences: &future.hits,
                        prices: &future.prices,
                    },
                    &mut future.scratch,
                    &mut future.base[cells],
                    incident,
                    lumps,
                    &mut future.units[index],
                )
                .map_err(|_| Error::Overflow { path: Some(path) })?;
            let active = &future.scratch.agents.active;
            for month in 0..future.months {
                let agents = active.get(self.horizon.month(month));
                let sum = agents.map_or(Some(0), sum_of);
                let millionths = sum
                    .and_then(|sum| i64::try_from(sum).ok()?.checked_mul(MICRO))
                    .ok_or(Error::Overflow { path: Some(path) })?;
                // The sum over all workloads and months must fit too.
                agent_days = agent_days
                    .checked_add(millionths)
                    .ok_or(Error::Overflow { path: Some(path) })?;
                future.agent_days[index * future.months + month] = millionths;
            }
        }
        Ok(())
    }

    /// Fills `future` with the single-number plan: every uncertain input at the mean of the
    /// distribution that is sampled, no noise, no volatility, no incidents, no change whose chance
    /// is below 1. Nothing is rounded except to the ledger's units, cumulatively.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a sum passes what 64 bits hold.
    pub fn plan(&self, future: &mut Future) -> Result<(), Error> {
        let overflow = || Error::Overflow { path: None };
        future.values.copy_from_slice(&self.inputs.means());
        future.occurrences.clear();
        future.lumps.fill(0);
        future.is_hit.fill(false);
        for (index, workload) in self.workloads.iter().enumerate() {
            let (mut credits, mut booked) = (0.0, 0);
            let (mut units, mut counted) = (0.0, 0);
            for month in 0..future.months {
                let mut agent_days = 0.0;
                for day in self.horizon.month(month) {
                    let (active, mean, actions) = workload.expected(day, &future.values);
                    agent_days += active;
                    units += mean;
                    if let Some(of_day) = future.units[index].get_mut(day) {
                        let total = round_to_i64(units * MICRO as f64).ok_or_else(overflow)?;
                        *of_day = total - counted;
                        counted = total;
                    }
                    for (operation, share) in workload.operations() {
                        let price = self.rate_card.expected(operation, day, &future.values);
                        credits += actions * share * price;
                    }
                    let total = round_to_i64(credits * MICRO as f64).ok_or_else(overflow)?;
                    future.base[index * future.days + day] = total - booked;
                    booked = total;
                }
                future.agent_days[index * future.months + month] =
                    round_to_i64(agent_days * MICRO as f64).ok_or_else(overflow)?;
            }
        }
        Ok(())
    }

    /// Roughly the credits wanted on every `step`th day on average, were the inputs these, in the order of
    /// [`Model::inputs`]: what the single-number plan would want of them, with what incidents and rate changes that may
    /// come about do on average. A figure that tells sets of inputs apart.
    pub fn expected(&self, values: &[f64], step: usize) -> f64 {
        let mut credits = 0.0;
        for (index, workload) in self.workloads.iter().enumerate() {
            let incidents = self.incidents.iter();
            let own = incidents.filter(|incident| self.hits[incident.index()].contains(&index));
            let (mut factor, mut lumps) = (1.0, 0.0);
            for incident in own {
                factor *= incident.expected_factor(values);
                lumps += incident.expected_lumps(values);
            }
            for day in (0..self.horizon.days()).step_by(step) {
                let (_, _, actions) = workload.expected(day, values);
                let operations = workload.operations();
                let price: f64 = operations
                    .map(|(operation, share)| share * self.rate_card.mean(operation, day, values))
                    .sum();
                credits += (actions * factor + lumps) * price;
            }
        }
        credits
    }
}

/// The sum of a month's numbers; `None` where it may not fit.
fn sum_of(days: &[u64]) -> Option<u64> {
    let all = |(bits, sum): (u64, u64), &n: &u64| (bits | n, sum.wrapping_add(n));
    let (bits, sum) = days.iter().fold((0, 0), all);
    // Fewer than 2^8 numbers below 2^56.
    (bits < 1 << 56 && days.len() < 1 << 8).then_some(sum)
}

/// Indices of `items` in order of their names, which are unique.
fn by_name<T>(items: &[T], name: impl Fn(&T) -> &String) -> impl Iterator<Item = usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|&a, &b| name(&items[a]).cmp(name(&items[b])));
    order.into_iter()
}

/// A name as part of a stream's name, in which `/` separates.
fn stream_name(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}
