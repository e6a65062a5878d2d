//! Comparing ways to pay: every future is drawn once and settled every way.

use crate::decide::compare::{Standing, standings};
use crate::demand::{Future, Model};
use crate::error::Error;
use crate::scenario::{CONTRACT, Horizon, Scenario};
use crate::simulate::{self, Progress};
use crate::units::{Credits, MICRO};

mod break_even;
mod caveats;
mod crowds;
mod way;

pub use break_even::{
    BREAK_EVEN_ALTERNATIVES, BREAK_EVEN_PATHS, Band, BreakEven, Flip, Nearest, Quantity,
};
pub use caveats::{caveats, remarks};

use way::{Bill, Desk, Way};

/// Ways to pay for one demand, or scenarios, on the same futures.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Paths simulated; 1 for the single-number plan.
    pub paths: u64,
    /// True for the single-number plan.
    pub is_point: bool,
    /// True when these are scenarios under their own contracts, not the alternatives of one.
    pub is_of_scenarios: bool,
    /// The ways; the first is what the others are compared with.
    pub ways: Vec<Compared>,
    /// Where the ranking of two ways changes: of each alternative and the contract, in order of the
    /// alternatives, then of two alternatives, those with the cheapest first; none between scenarios.
    pub break_evens: Vec<BreakEven>,
    /// What changes how the comparison is to be read, see [`caveats()`].
    pub caveats: Vec<String>,
    /// What is not used, and what is probably not meant in the scenario; of several with the name of each.
    pub warnings: Vec<String>,
}

/// A way among the others.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The scenario's name.
    pub scenario: String,
    /// The alternative's name, or that of the contract.
    pub name: String,
    /// The days over which it is paid for.
    pub horizon: Horizon,
    /// Costs, the chance to be the cheapest, and the difference from the first way.
    pub standing: Standing,
    /// Mean credits that go unserved: what is not served costs nothing.
    pub unserved_mean: f64,
    /// Mean credits that are wanted, whoever serves them.
    pub wanted_mean: f64,
}

/// Reports how many bills of a round of break-evens are made, and of how many: every way on every scaled
/// future is one. Rounds begin with 0; 0 of 0 only asks. Called from any thread; returns false to stop.
pub type Rounds<'a> = &'a (dyn Fn(u64, u64) -> bool + Sync);

/// Compares the contract and every alternative of a scenario on its futures.
///
/// # Errors
/// [`Error::Overflow`] when a path passes the ledger's integers, [`Error::Interrupted`] when
/// `progress` returns false.
pub fn compare(scenario: &Scenario, progress: Progress<'_>) -> Result<Comparison, Error> {
    let paths = scenario.simulation.paths;
    compare_watched(scenario, progress, &|_, _| progress(paths))
}

/// The same, with a report of the break-evens, which may take longer than the futures.
///
/// # Errors
/// As for [`compare`], also when `rounds` returns false.
pub fn compare_watched(
    scenario: &Scenario,
    progress: Progress<'_>,
    rounds: Rounds<'_>,
) -> Result<Comparison, Error> {
    let asked = Asked {
        rounds,
        ..Asked::new(scenario)?
    };
    let columns = asked.simulated(progress)?;
    let break_evens = break_even::simulated(&asked, &columns)?;
    columns.comparison(&asked, break_evens, false)
}

/// Rounds that nobody watches.
fn unwatched(_: u64, _: u64) -> bool {
    true
}

/// The same for the single-number plan.
///
/// # Errors
/// [`Error::Overflow`] when a sum passes the ledger's integers.
pub fn compare_point(scenario: &Scenario) -> Result<Comparison, Error> {
    let asked = Asked::new(scenario)?;
    let columns = asked.planned()?;
    let break_evens = break_even::planned(&asked, &columns)?;
    columns.comparison(&asked, break_evens, true)
}

/// Compares scenarios under their own contracts, every one with the seed and the number of paths of
/// the first: what they share by name is drawn alike, so that their differences are paired. Names
/// are given beside them, in their order.
///
/// # Errors
/// As for [`compare`].
pub fn compare_scenarios(
    scenarios: &[(String, Scenario)],
    is_point: bool,
    progress: Progress<'_>,
) -> Result<Comparison, Error> {
    let first = scenarios.first().map(|(_, scenario)| &scenario.simulation);
    let paths = first.map_or(0, |first| first.paths);
    let mut costs = Vec::new();
    let mut unserved = Vec::new();
    let mut wanted = Vec::new();
    for (place, (_, scenario)) in scenarios.iter().enumerate() {
        let mut scenario = scenario.clone();
        scenario.alternatives.clear();
        if let Some(first) = first {
            (scenario.simulation.seed, scenario.simulation.paths) = (first.seed, paths);
        }
        let asked = Asked::new(&scenario)?;
        let before = place as u64 * paths;
        let mut columns = match is_point {
            true => asked.planned()?,
            false => asked.simulated(&|done| progress(before + done))?,
        };
        costs.append(&mut columns.costs);
        unserved.append(&mut columns.unserved);
        wanted.push(mean(&columns.wanted));
    }
    let standings = standings(&costs).ok_or(Error::Overflow { path: None })?;
    let named = scenarios
        .iter()
        .map(|(name, scenario)| (name.clone(), CONTRACT.to_owned(), scenario.horizon.clone()));
    let all: Vec<(&str, &Scenario)> = scenarios.iter().map(|(name, s)| (&name[..], s)).collect();
    let mut warnings = remarks(&all);
    warnings.extend(all.iter().flat_map(|(name, scenario)| {
        let warnings = scenario.warnings.iter();
        warnings.map(move |warning| format!("{name}: {warning}"))
    }));
    Ok(Comparison {
        paths: costs.first().map_or(0, |column| column.len() as u64),
        is_point,
        is_of_scenarios: true,
        ways: compared(named, standings, &unserved, wanted),
        break_evens: Vec::new(),
        caveats: caveats(&all),
        warnings,
    })
}

/// A scenario's ways to pay, ready for any number of paths.
struct Asked<'a> {
    scenario: &'a Scenario,
    model: Model,
    plan: Future,
    /// The contract, then the alternatives.
    ways: Vec<Way>,
    /// Who watches the break-evens.
    rounds: Rounds<'a>,
}

impl<'a> Asked<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, Error> {
        let is_counted = (0..scenario.workloads.len())
            .map(|w| scenario.alternatives.iter().any(|a| a.covers[w]))
            .collect();
        let model = Model::new(scenario).counting(is_counted);
        let mut plan = model.future();
        model.plan(&mut plan)?;
        let overflow = || Error::Overflow { path: None };
        let places = 0..=scenario.alternatives.len();
        let ways = places.map(|place| Way::of(scenario, place, &plan).ok_or_else(overflow));
        Ok(Self {
            scenario,
            model,
            ways: ways.collect::<Result<_, _>>()?,
            plan,
            rounds: &unwatched,
        })
    }

    /// Columns without paths.
    fn columns(&self) -> Columns {
        Columns::new(
            self.ways.len(),
            self.scenario.workloads.len(),
            self.scenario.alternatives.len(),
        )
    }

    /// The scenario's futures, each settled every way.
    fn simulated(&self, progress: Progress<'_>) -> Result<Columns, Error> {
        let mut columns = self.columns();
        simulate::run(
            &self.model,
            0..self.scenario.simulation.paths,
            progress,
            2 * self.ways.len() + self.scenario.workloads.len() + 1,
            |_| (self.columns(), Desk::new(self.model.future())),
            |path, future, (block, desk)| self.visit(path, future, desk, block),
            |blocks| {
                blocks
                    .into_iter()
                    .for_each(|(block, _)| columns.absorb(block));
            },
        )?;
        Ok(columns)
    }

    /// The single-number plan, settled every way.
    fn planned(&self) -> Result<Columns, Error> {
        let mut columns = self.columns();
        let mut desk = Desk::new(self.model.future());
        self.visit(0, &self.plan, &mut desk, &mut columns)
            .map_err(|_| Error::Overflow { path: None })?;
        Ok(columns)
    }

    /// Settles a future every way.
    fn visit(
        &self,
        path: u64,
        future: &Future,
        desk: &mut Desk,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        for (way, own) in self.ways.iter().enumerate() {
            let Bill { spend, unserved } = own.bill(path, future, (future, MICRO), desk)?;
            columns.costs[way].push(spend.micro());
            columns.unserved[way].push(unserved.micro());
        }
        for (workload, column) in columns.units.iter_mut().enumerate() {
            let mut units = future.units(workload).iter();
            let units = units.try_fold(0_i64, |sum, &units| sum.checked_add(units));
            column.push(units.ok_or(Error::Overflow { path: Some(path) })?);
        }
        let wanted = credits(future).ok_or(Error::Overflow { path: Some(path) })?;
        columns.wanted.push(wanted.micro());
        let alternatives = self.scenario.alternatives.iter();
        for (alternative, crowded) in alternatives.zip(&mut columns.crowded) {
            *crowded += u64::from(crowds::is_crowded(self.scenario, alternative, future));
        }
        Ok(())
    }
}

/// What is kept of each path, a column for each way or workload, in millionths.
struct Columns {
    costs: Vec<Vec<i64>>,
    unserved: Vec<Vec<i64>>,
    units: Vec<Vec<i64>>,
    /// What is wanted, whoever serves it.
    wanted: Vec<i64>,
    /// Paths on which more agents are active than an alternative has licences for.
    crowded: Vec<u64>,
}

impl Columns {
    fn new(ways: usize, workloads: usize, alternatives: usize) -> Self {
        Self {
            costs: vec![Vec::new(); ways],
            unserved: vec![Vec::new(); ways],
            units: vec![Vec::new(); workloads],
            wanted: Vec::new(),
            crowded: vec![0; alternatives],
        }
    }

    fn absorb(&mut self, mut block: Self) {
        self.wanted.append(&mut block.wanted);
        for (crowded, more) in self.crowded.iter_mut().zip(&block.crowded) {
            *crowded += more;
        }
        let pairs = [
            (&mut self.costs, block.costs),
            (&mut self.unserved, block.unserved),
            (&mut self.units, block.units),
        ];
        for (columns, blocks) in pairs {
            for (column, mut block) in columns.iter_mut().zip(blocks) {
                column.append(&mut block);
            }
        }
    }

    fn comparison(
        &self,
        asked: &Asked<'_>,
        break_evens: Vec<BreakEven>,
        is_point: bool,
    ) -> Result<Comparison, Error> {
        let standings = standings(&self.costs).ok_or(Error::Overflow { path: None })?;
        let scenario = asked.scenario;
        let alternatives = scenario.alternatives.iter().map(|a| a.name.clone());
        let names = std::iter::once(CONTRACT.to_owned()).chain(alternatives);
        let named = names.map(|name| (scenario.name.clone(), name, scenario.horizon.clone()));
        let alone = [(scenario.name.as_str(), scenario)];
        let mut warnings = remarks(&alone);
        warnings.extend(scenario.warnings.iter().cloned());
        let paths = self.costs[0].len() as u64;
        let mut caveats = caveats(&alone);
        caveats.extend(crowds::crowds(scenario, &self.crowded, paths, is_point));
        let wanted = vec![mean(&self.wanted); self.costs.len()];
        Ok(Comparison {
            paths,
            is_point,
            is_of_scenarios: false,
            ways: compared(named, standings, &self.unserved, wanted),
            break_evens,
            caveats,
            warnings,
        })
    }
}

fn compared(
    named: impl Iterator<Item = (String, String, Horizon)>,
    standings: Vec<Standing>,
    unserved: &[Vec<i64>],
    wanted: Vec<f64>,
) -> Vec<Compared> {
    let columns = standings.into_iter().zip(unserved).zip(wanted);
    let ways = named.zip(columns).map(
        |((scenario, name, horizon), ((standing, unserved), wanted_mean))| Compared {
            scenario,
            name,
            horizon,
            standing,
            unserved_mean: mean(unserved),
            wanted_mean,
        },
    );
    ways.collect()
}

/// Mean of a column in whole units; 0 without paths.
fn mean(column: &[i64]) -> f64 {
    crate::decide::breakeven::mean(column)
}

/// Credits of a whole future, all workloads together; `None` where they do not fit.
fn credits(future: &Future) -> Option<Credits> {
    let mut days = Vec::new();
    future.add_up(&mut days)?;
    Some(days.into_iter().sum())
}
