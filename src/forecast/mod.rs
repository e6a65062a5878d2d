//! The pipeline: scenario, demand, simulate, ledger, summarise, decide.

use crate::decide::sizing::{Question, Sizes};
use crate::demand::{Future, Model};
use crate::error::Error;
use crate::ledger::{Settlement, Terms};
use crate::randomness::Sampling;
use crate::scenario::{Direction, Extras, Figure, Precision, Scenario};
use crate::simulate::{self, Progress};
use crate::summarise::exhaustion::DayCounts;
use crate::summarise::parts::{Labels, Tally};
use crate::summarise::ranks::{Proportion, percentile_rank};
use crate::summarise::record::{Amount, Metric, Row};
use crate::summarise::statistics::{Moments, Statistics, skewness};
use crate::summarise::store::{Block, Detail, Store};
use crate::units::{Credits, MICRO, Money, scale};

pub mod compare;
pub mod knowing;
pub mod sensitivity;
pub mod size;
pub mod staged;

/// The answer to a scenario, on simulated paths or for the single-number plan.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// Paths simulated; 1 for the single-number plan.
    pub paths: u64,
    /// How they were sampled, on which every error rests.
    pub sampling: Sampling,
    /// Why the run ended.
    pub stopped: Stopped,
    /// How far each precision target was reached.
    pub precision: Vec<Reached>,
    /// The contract as resolved.
    pub terms: Terms,
    /// What the single-number plan wants and pays.
    pub plan: Plan,
    /// Statistics by row; `None` where a figure is not defined.
    pub rows: Vec<(Row, Option<Statistics>)>,
    /// True when every row is an exact order statistic.
    pub exact: bool,
    /// Statistics by metric and day, in the order of [`DAILY`](crate::summarise::store::DAILY);
    /// empty when they were not asked for.
    pub days: Vec<Statistics>,
    /// True when every day of the fan chart is an exact order statistic.
    pub days_exact: bool,
    /// The skewness of what is spent; `None` where that is the same on every path, of paths that are not independent,
    /// and of those whose values were not kept.
    pub spend_skewness: Option<f64>,
    /// When the grants run dry; `None` when nothing is granted.
    pub exhausted: Option<DayCounts>,
    /// When each of the terms' alerts is reached.
    pub alerts: Vec<DayCounts>,
    /// Overage; `None` when nothing is granted.
    pub overage: Option<Overage>,
    /// How often something goes unserved; `None` where everything is served.
    pub unserved: Option<Proportion>,
    /// Minimums and true-ups; `None` without a commitment.
    pub true_up: Option<Charge>,
    /// Top-ups; `None` where there are none.
    pub top_up: Option<Charge>,
    /// How often the budget is passed.
    pub budget: BudgetRisk,
    /// Costs beside the credits; `None` where there are none.
    pub beside: Option<Beside>,
    /// Sizes of the pre-purchase; `None` for the single-number plan, and in a run where sizes have to be
    /// settled one by one ([`grade`](crate::ledger::grade)).
    pub sizes: Option<Sizes>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked for a number of paths.
    Paths,
    /// Every precision target was met.
    PrecisionMet,
    /// It reached the most paths it may have with a target not met.
    MaxPaths,
    /// It was no simulation but the single-number plan.
    Point,
}

/// How far a precision target was reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reached {
    /// What was asked for.
    pub target: Precision,
    /// Half-width of the 95% interval over the figure; `None` where the run cannot tell, or the
    /// figure is 0.
    pub share: Option<f64>,
    /// Paths on which it happened, for a probability.
    pub hits: Option<u64>,
    /// True when the target is met.
    pub is_met: bool,
}

/// The single-number plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Credits it wants over the horizon.
    pub credits: Credits,
    /// Credits it wants in each month.
    pub months: Vec<Credits>,
    /// What it pays over the horizon under the contract.
    pub spend: Money,
}

/// How likely and how large an overage is.
#[derive(Clone, Debug, PartialEq)]
pub struct Overage {
    /// Probability of any.
    pub probability: Proportion,
    /// Probability of any, had there been no incidents.
    pub without_incidents: Proportion,
    /// Credits beyond the grants, on the paths that have any.
    pub credits: Option<Statistics>,
    /// Money paid for them, on the paths that have any.
    pub spend: Option<Statistics>,
}

/// How likely and how large a payment is that a rule of the contract brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// Probability of any.
    pub probability: Proportion,
    /// What it comes to over the horizon, on the paths that have any.
    pub given: Option<Statistics>,
}

/// How often the budget is passed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BudgetRisk {
    /// P(spend over the horizon above the amount), where one is set.
    pub amount: Option<Proportion>,
    /// P(any month above), where a monthly budget is set.
    pub any_month: Option<Proportion>,
    /// P(the month above), by month.
    pub months: Vec<Proportion>,
}

/// Costs beside the credits, and the total cost of ownership.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// Data cloud, a share of the spend.
    pub data_cloud: Statistics,
    /// Support, a share of the spend.
    pub support: Statistics,
    /// Building agents, once.
    pub agent_build: Money,
    /// Value of the licences given for credits.
    pub licences_to_credits: Money,
    /// Value of the licences received for credits.
    pub licences_from_credits: Statistics,
    /// Spend with all of these.
    pub total_cost: Statistics,
}

/// Forecasts a scenario: simulates it, settles every path, summarises, and sizes the purchase.
///
/// # Errors
/// [`Error::Overflow`] when a path passes the ledger's integers, [`Error::Interrupted`] when
/// `progress` returns false.
pub fn forecast(
    scenario: &Scenario,
    detail: Detail,
    progress: Progress<'_>,
) -> Result<Forecast, Error> {
    let model = Model::new(scenario);
    let (plan, terms) = resolve(scenario, &model)?;
    let (store, stopped) = simulate_until_precise(scenario, &model, &terms, detail, progress)?;
    let sizes = size::by_demand(scenario, &terms, &plan, &store, Question::default());
    summarise(scenario, terms, plan, &store, stopped, sizes)
}

/// The single-number plan of a scenario, in the form of a forecast with one path.
///
/// # Errors
/// [`Error::Overflow`] when a sum passes the ledger's integers.
pub fn point(scenario: &Scenario) -> Result<Forecast, Error> {
    let model = Model::new(scenario);
    let (plan, terms) = resolve(scenario, &model)?;
    let (future, books) = settled_plan(&model, &terms)?;
    let mut store = Store::new(scenario, &terms, Detail::Full, 1);
    let shape = store.shape();
    let mut block = Block::new(&shape, 1);
    block.push(&shape, scenario, &future, &books);
    store.absorb(&[block]);
    summarise(scenario, terms, plan, &store, Stopped::Point, None)
}

/// The plan and the terms that follow from it: a share of the plan may be what is bought.
///
/// # Errors
/// [`Error::Overflow`] when a sum passes the ledger's integers.
pub fn resolve(scenario: &Scenario, model: &Model) -> Result<(Plan, Terms), Error> {
    let overflow = || Error::Overflow { path: None };
    let mut future = model.future();
    model.plan(&mut future)?;
    let horizon = &scenario.horizon;
    let mut months = vec![Credits::ZERO; horizon.months()];
    for workload in 0..future.workloads() {
        for (month, sum) in months.iter_mut().enumerate() {
            for &day in &future.base(workload)[horizon.month(month)] {
                *sum = sum
                    .checked_add(Credits::from_micro(day))
                    .ok_or_else(overflow)?;
            }
        }
    }
    let credits = months
        .iter()
        .copied()
        .try_fold(Credits::ZERO, Credits::checked_add)
        .ok_or_else(overflow)?;
    let terms = Terms::new(scenario, &months).ok_or_else(overflow)?;
    let (_, books) = settled_plan(model, &terms)?;
    let spend = books.spend_to_date.last().copied().unwrap_or(Money::ZERO);
    let plan = Plan {
        credits,
        spend,
        months,
    };
    Ok((plan, terms))
}

/// The single-number plan settled against the terms.
///
/// # Errors
/// [`Error::Overflow`] when a sum passes the ledger's integers.
pub fn settled_plan(model: &Model, terms: &Terms) -> Result<(Future, Settlement), Error> {
    let mut future = model.future();
    model.plan(&mut future)?;
    let mut books = Settlement::default();
    let settled = terms.settle(0, &future, &mut books);
    settled.map_err(|_| Error::Overflow { path: None })?;
    Ok((future, books))
}

/// One path, settled.
///
/// # Errors
/// [`Error::Overflow`] when a sum passes the ledger's integers.
pub fn settled_path(
    model: &Model,
    terms: &Terms,
    path: u64,
) -> Result<(Future, Settlement), Error> {
    let mut future = model.future();
    model.draw(path, &mut future)?;
    let mut books = Settlement::default();
    terms.settle(path, &future, &mut books)?;
    Ok((future, books))
}

/// The first path whose spend over the horizon is the percentile `percent` of the paths asked for.
///
/// # Errors
/// As for [`forecast`].
pub fn near(scenario: &Scenario, percent: u64, progress: Progress<'_>) -> Result<u64, Error> {
    let model = Model::new(scenario);
    let (_, terms) = resolve(scenario, &model)?;
    let goal = scenario.simulation.paths;
    let mut store = Store::new(scenario, &terms, Detail::Summary, goal);
    extend(scenario, &model, &terms, &mut store, goal, progress)?;
    let spend = store.term(Metric::Spend);
    let mut sorted = spend.clone();
    sorted.sort_unstable();
    let value = sorted[percentile_rank(goal, percent) as usize - 1];
    let path = spend.iter().position(|&paid| paid == value);
    Ok(path.expect("an order statistic is one of the values") as u64)
}

/// Runs the paths asked for, or doubles them until every precision target is met.
fn simulate_until_precise(
    scenario: &Scenario,
    model: &Model,
    terms: &Terms,
    detail: Detail,
    progress: Progress<'_>,
) -> Result<(Store, Stopped), Error> {
    let simulation = &scenario.simulation;
    let targets = &simulation.precision;
    let mut goal = simulation.paths;
    let mut store = Store::new(scenario, terms, detail, goal);
    loop {
        extend(scenario, model, terms, &mut store, goal, progress)?;
        if targets.is_empty() {
            return Ok((store, Stopped::Paths));
        }
        if targets.iter().all(|target| reached(target, &store).is_met) {
            return Ok((store, Stopped::PrecisionMet));
        }
        if goal >= simulation.max_paths {
            return Ok((store, Stopped::MaxPaths));
        }
        goal = (goal * 2).min(simulation.max_paths);
        store.expect(goal);
    }
}

/// Simulates and settles the paths from those in the store up to `goal`.
fn extend(
    scenario: &Scenario,
    model: &Model,
    terms: &Terms,
    store: &mut Store,
    goal: u64,
    progress: Progress<'_>,
) -> Result<(), Error> {
    let shape = store.shape();
    simulate::run(
        model,
        store.paths()..goal,
        progress,
        shape.values_per_path(),
        |paths| (Block::new(&shape, paths), Settlement::default()),
        |path, future, (block, books)| {
            terms.settle(path, future, books)?;
            block.push(&shape, scenario, future, books);
            Ok(())
        },
        |blocks| {
            let blocks: Vec<Block> = blocks.into_iter().map(|(block, _)| block).collect();
            store.absorb(&blocks);
        },
    )
}

/// How far a target is reached: it is met when the 95% interval's half-width is below its share of
/// the figure. A probability also needs 10 hits: without them its interval has not yet seen what it
/// measures.
fn reached(target: &Precision, store: &Store) -> Reached {
    let mut hits = None;
    let found = match target.figure {
        Figure::MeanSpend => {
            let mut moments = Moments::new(store.sampling());
            let spend = store.term(Metric::Spend);
            spend.iter().for_each(|&value| moments.add(value));
            let half = moments.error().map(|error| error.half_width());
            moments.mean().zip(half)
        }
        Figure::P50Spend => percentile_with_interval(store, 50),
        Figure::P95Spend => percentile_with_interval(store, 95),
        Figure::OverageProbability => store.overage().map(|overage| {
            let (low, high) = overage.interval();
            hits = Some(overage.hits);
            (overage.value(), (high - low) / 2.0)
        }),
    };
    let share = found.and_then(|(figure, half)| (figure > 0.0).then(|| half / figure));
    Reached {
        target: *target,
        share,
        hits,
        is_met: share.is_some_and(|share| share < target.share)
            && hits.is_none_or(|hits| hits >= FEWEST_HITS),
    }
}

/// Fewest hits of a probability that a precision target may be met with.
const FEWEST_HITS: u64 = 10;

fn percentile_with_interval(store: &Store, percent: u64) -> Option<(f64, f64)> {
    let mut spend = store.term(Metric::Spend);
    let n = spend.len() as u64;
    let mut labels = Labels::new(store.sampling(), spend.len());
    labels.sort(&mut spend);
    let at = |rank: u64| spend[rank as usize - 1];
    let estimate = at(percentile_rank(n, percent));
    let (low, high) = labels.rank_interval(&spend, percent as f64 / 100.0, estimate)?;
    let half = (at(high) as f64 - at(low) as f64) / 2.0;
    Some((estimate as f64, half))
}

fn summarise(
    scenario: &Scenario,
    terms: Terms,
    plan: Plan,
    store: &Store,
    stopped: Stopped,
    sizes: Option<Sizes>,
) -> Result<Forecast, Error> {
    let sampling = store.sampling();
    let exhausted = store.exhausted().cloned();
    let given = |metric| Statistics::of_positive(store.term(metric), sampling);
    let overage = store.overage().map(|probability| Overage {
        probability,
        without_incidents: store.overage_without_incidents(),
        credits: given(Metric::OverageCredits),
        spend: given(Metric::OverageSpend),
    });
    let any = |values: &[i64]| {
        let mut tally = Tally::new(sampling);
        tally.add(values.iter().map(|&value| value > 0));
        tally.proportion()
    };
    let charge = |amount| {
        let values = store.amount(amount)?.to_vec();
        Some(Charge {
            probability: any(&values),
            given: Statistics::of_positive(values, sampling),
        })
    };
    let unserved = || any(&store.term(Metric::UnservedCredits));
    let spend_skewness = || {
        let spend = store.term(Metric::Spend);
        skewness(spend.iter().map(|&value| value as f64))
    };
    let (months, any_month) = store.over_monthly_budget();
    let monthly = scenario.budget.monthly.is_some();
    Ok(Forecast {
        paths: store.paths(),
        sampling: match stopped {
            Stopped::Point => Sampling::Random,
            _ => sampling,
        },
        stopped,
        precision: match stopped {
            Stopped::Point => Vec::new(),
            _ => {
                let targets = scenario.simulation.precision.iter();
                targets.map(|target| reached(target, store)).collect()
            }
        },
        plan,
        rows: store.rows(),
        exact: store.is_exact(),
        days: store.days(),
        days_exact: store.is_daily_exact(),
        spend_skewness: match sampling {
            Sampling::Random => spend_skewness(),
            _ => None,
        },
        exhausted,
        alerts: store.alerts().to_vec(),
        overage,
        unserved: terms.may_withhold().then(unserved),
        true_up: charge(Amount::TrueUp),
        top_up: charge(Amount::TopUp),
        budget: BudgetRisk {
            amount: scenario.budget.amount.map(|_| store.over_budget()),
            any_month: monthly.then_some(any_month),
            months: if monthly { months } else { vec![] },
        },
        beside: beside(scenario, store)?,
        sizes,
        terms,
    })
}

/// Costs beside the credits, path by path; `None` where a scenario has none.
///
/// # Errors
/// [`Error::Overflow`] when a path's total cost passes 64 bits.
fn beside(scenario: &Scenario, store: &Store) -> Result<Option<Beside>, Error> {
    let extras = scenario.extras;
    let days = scenario.horizon.days() as i64;
    let conversions = scenario.conversions.iter();
    let within: Vec<_> = conversions
        .filter(|conversion| (0..days).contains(&conversion.day))
        .collect();
    if extras == Extras::default() && within.is_empty() {
        return Ok(None);
    }
    let spend = store.term(Metric::Spend);
    let none = vec![0; spend.len()];
    let licences = store.amount(Amount::Licences).unwrap_or(&none);
    let given = within
        .iter()
        .filter(|conversion| conversion.direction == Direction::ToCredits)
        .map(|conversion| conversion.value)
        .try_fold(Money::ZERO, Money::checked_add);
    let one = |paid: i64, received: i64| {
        let share = |of: u64| scale(paid, i64::try_from(of).ok()?, MICRO);
        let (data_cloud, support) = (share(extras.data_cloud)?, share(extras.support)?);
        let once = extras.agent_build.checked_add(given?)?.micro();
        let parts = [paid, data_cloud, support, once];
        let sum = parts.into_iter().try_fold(0_i64, i64::checked_add)?;
        Some([data_cloud, support, sum.checked_sub(received)?])
    };
    let mut columns: [Vec<i64>; 3] = Default::default();
    for (path, (&paid, &received)) in spend.iter().zip(licences).enumerate() {
        let path = Some(path as u64);
        let values = one(paid, received).ok_or(Error::Overflow { path })?;
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    let of = |values: &mut Vec<i64>| {
        Statistics::of(values, store.sampling()).ok_or(Error::Overflow { path: None })
    };
    let [mut data_cloud, mut support, mut total_cost] = columns;
    Ok(Some(Beside {
        data_cloud: of(&mut data_cloud)?,
        support: of(&mut support)?,
        agent_build: extras.agent_build,
        licences_to_credits: given.unwrap_or(Money::ZERO),
        licences_from_credits: of(&mut licences.to_vec())?,
        total_cost: of(&mut total_cost)?,
    }))
}

impl Forecast {
    /// Statistics of a row; `None` where it is not defined or was not kept.
    pub fn row(&self, row: Row) -> Option<&Statistics> {
        let (_, statistics) = self.rows.iter().find(|(other, _)| *other == row)?;
        statistics.as_ref()
    }

    /// Statistics of a figure of the whole; `None` where it is not defined.
    pub fn term(&self, metric: Metric) -> Option<&Statistics> {
        self.row(Row::term(metric))
    }
}
