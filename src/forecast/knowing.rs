//! What each of some sizes of the purchase costs on the first futures of a run, for the worth of knowing.
//!
//! Where the cost of a path follows from its demand, any size is an addition. Else the futures are drawn
//! again and settled under a few sizes that lie where the best ones of all kinds of futures do.

use crate::decide::compare::paired;
use crate::decide::knowing::{self, Worth};
use crate::decide::sizing::{Objective, SettledSize, Sizing, tiers};
use crate::demand::Model;
use crate::error::Error;
use crate::forecast::Plan;
use crate::forecast::size::Futures;
use crate::ledger::{Grade, PriceList, Terms, grade};
use crate::randomness::Sampling;
use crate::scenario::{Payment, Scenario};
use crate::simulate::Progress;
use crate::units::{Credits, MICRO};

/// Sizes that were weighed.
#[derive(Clone, Debug)]
pub(super) struct Weighed {
    /// What each of them costs by path, in units of money.
    pub(super) costs: Vec<Vec<f64>>,
    /// Credits beyond the free ones that a path wants.
    pub(super) demand: Vec<f64>,
    /// What knowing the path would be worth.
    pub(super) everything: Option<Worth>,
    /// How they were weighed.
    pub(super) how: How,
}

/// How the sizes were weighed between which knowing something lets a buyer choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// Sizes.
    pub sizes: usize,
    /// Paths, the first ones of the run.
    pub paths: usize,
    /// Terms in the horizon, each of which buys the same.
    pub terms: usize,
    /// True where the paths were settled under each size. Costs are then those of the horizon, what goes
    /// unserved costs nothing, and everything is worth at least what is said: other sizes may be better. False
    /// where costs follow from the demand of a term and are those of a term, on average.
    pub is_settled: bool,
    /// Whether any size leaves something unserved.
    pub is_unserved: bool,
}

/// What the first paths of a run want.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Micro-credits in each whole term, path after path.
    pub(super) by_term: &'a [i64],
    /// Whole terms of a path.
    pub(super) terms: usize,
    /// Paths of the run, whose futures have been drawn.
    pub(super) drawn: u64,
}

/// Weighs sizes on the first paths of a run; `None` under a commitment, where nothing is bought ahead.
///
/// # Errors
/// [`Error::Overflow`] when a path passes the ledger's integers, [`Error::Interrupted`] when
/// `progress` returns false.
pub(super) fn weighed(
    scenario: &Scenario,
    model: &Model,
    (plan, terms): (&Plan, &Terms),
    wanted: Wanted<'_>,
    progress: Progress<'_>,
) -> Result<Option<Weighed>, Error> {
    if matches!(scenario.contract.payment, Payment::PreCommit(_)) {
        return Ok(None);
    }
    // Free credits are those of the first term.
    let free = terms.free().micro();
    let beyond = |(place, &credits): (usize, &i64)| match place % wanted.terms {
        0 => (credits - free).max(0),
        _ => credits,
    };
    let demand: Vec<i64> = wanted.by_term.iter().enumerate().map(beyond).collect();
    let named = [terms.purchase().packs, terms.rule_80_packs(&plan.months)];
    if demand.is_empty() {
        return Ok(None);
    }
    match grade(scenario) {
        Grade::Demand => Ok(Some(by_demand(scenario, terms, named, &demand, wanted))),
        Grade::Falling | Grade::Any => {
            let run = (scenario, model, progress);
            by_settling(run, terms, named, demand, wanted).map(Some)
        }
    }
}

fn by_demand(
    scenario: &Scenario,
    terms: &Terms,
    [current, rule]: [u64; 2],
    demand: &[i64],
    wanted: Wanted<'_>,
) -> Weighed {
    let residual = scenario.contract.residual_value;
    let count = wanted.terms;
    let prices = &terms.prices;
    let sizing = Sizing::of_terms(prices, residual, demand.to_vec(), count, Sampling::Random);
    let optimum = sizing.optimum();
    let mut sorted = demand.to_vec();
    sorted.sort_unstable();
    let last = sorted.len() - 1;
    let share = |k: usize| knowing::denser_at_ends(k, FRACTILES);
    let fractiles = (0..FRACTILES).map(|k| sorted[(share(k) * last as f64).round() as usize]);
    let mut sizes = at_fractiles(prices, fractiles);
    sizes.extend([current, rule].into_iter().chain(optimum));
    sizes.sort_unstable();
    sizes.dedup();
    let costs = knowing::costs_of_sizes(prices, residual, &sizes, demand, count);
    // Among all sizes, as `size` says it, not only among those of the curve.
    let optimum = optimum.and_then(|packs| sizing.purchase(packs));
    let everything = optimum.map(|optimum| sizing.foresight_worth(&optimum));
    Weighed {
        demand: by_path(demand, count),
        everything: everything.and_then(|saving| Worth::of_difference(&saving)),
        how: How {
            sizes: costs.len(),
            paths: demand.len() / count,
            terms: count,
            is_settled: false,
            is_unserved: false,
        },
        costs,
    }
}

/// The demand of each path, from that of its terms.
fn by_path(demand: &[i64], terms: usize) -> Vec<f64> {
    let paths = demand.chunks_exact(terms);
    let sums = paths.map(|path| path.iter().map(|&credits| credits as f64).sum::<f64>());
    sums.map(|credits| credits / MICRO as f64).collect()
}

/// Fractiles of the demand whose sizes are weighed, of those that are settled, and most edges of price tiers.
const FRACTILES: usize = 97;
const FRACTILES_SETTLED: usize = 60;
const EDGES: usize = 6;

/// Nothing, the smallest size, sizes for these fractiles of the demand, and the edges of price tiers. What is
/// best for one kind of futures is about what these want, so that such sizes lie where the best ones do.
fn at_fractiles(prices: &PriceList, fractiles: impl Iterator<Item = i64>) -> Vec<u64> {
    let fractiles = fractiles.map(|demand| prices.packs_for(Credits::from_micro(demand)));
    let mut sizes: Vec<u64> = fractiles.chain([0, 1]).collect();
    let most = sizes.iter().copied().max().unwrap_or(0);
    let edges = tiers(prices).into_iter().map(|(first, _)| first);
    sizes.extend(edges.filter(|&first| first <= 2 * most).take(EDGES));
    sizes
}

/// Sizes that are settled on either side of the best one, how often, and how often the range is doubled while
/// the best is at its end.
const BESIDE: u64 = 1;
const ROUNDS: usize = 3;
const DOUBLED: usize = 4;

fn by_settling(
    (scenario, model, progress): (&Scenario, &Model, Progress<'_>),
    terms: &Terms,
    named: [u64; 2],
    mut demand: Vec<i64>,
    wanted: Wanted<'_>,
) -> Result<Weighed, Error> {
    let prices = &terms.prices;
    let of_paths = wanted.by_term.chunks_exact(wanted.terms);
    let of_paths = of_paths.map(|terms| terms.iter().sum()).collect();
    let futures = Futures::again(scenario, model, of_paths, wanted.drawn, progress);
    let paths = demand.len() / wanted.terms;
    let by_path = by_path(&demand, wanted.terms);
    demand.sort_unstable();
    let fractile = |k: usize| demand[(2 * k + 1) * demand.len() / (2 * FRACTILES_SETTLED)];
    let fractiles = (0..FRACTILES_SETTLED).map(fractile);
    let fractiles = fractiles.chain(demand.last().copied());
    let mut sizes = at_fractiles(prices, fractiles);
    sizes.extend(named);
    let mut tried: Vec<SettledSize> = Vec::new();
    let mut best = settle(&futures, &mut tried, sizes)?;
    for _ in 0..DOUBLED {
        let last = tried.last().map_or(0, |size| size.purchase.packs);
        if best + 1 < tried.len() {
            break;
        }
        best = settle(&futures, &mut tried, vec![last.saturating_mul(2)])?;
    }
    for _ in 0..ROUNDS {
        let at = |place: usize| tried[place].purchase.packs;
        let between = |(low, high): (u64, u64)| {
            let place = move |k| low + (high - low) * k / (BESIDE + 1);
            (1..=BESIDE).map(place)
        };
        let below = best.checked_sub(1).map(|below| (at(below), at(best)));
        let above = (best + 1 < tried.len()).then(|| (at(best), at(best + 1)));
        let sizes = below.into_iter().chain(above).flat_map(between).collect();
        best = settle(&futures, &mut tried, sizes)?;
    }
    let money = |size: &SettledSize| -> Vec<f64> {
        let costs = size.costs.iter();
        costs.map(|&cost| cost as f64 / MICRO as f64).collect()
    };
    let costs: Vec<Vec<f64>> = tried.iter().map(money).collect();
    // The least cost of a path may lie between the sizes tried.
    let known = tried
        .iter()
        .map(|size| (size.purchase.packs, Some(size), 0));
    let least = futures.close_by(&known.collect::<Vec<_>>())?;
    let everything = paired(&tried[best].costs, &least);
    Ok(Weighed {
        demand: by_path,
        everything: everything.and_then(|saving| Worth::of_difference(&saving.into())),
        how: How {
            sizes: costs.len(),
            paths,
            terms: terms.contract_terms().len(),
            is_settled: true,
            is_unserved: tried.iter().any(|size| size.unserved > 0),
        },
        costs,
    })
}

/// Settles those of some sizes that have not been and that the ledger's integers hold; the place of the
/// one of least expected cost among all, which are in order.
fn settle(
    futures: &Futures<'_>,
    tried: &mut Vec<SettledSize>,
    mut sizes: Vec<u64>,
) -> Result<usize, Error> {
    sizes.sort_unstable();
    sizes.dedup();
    let is_tried = |packs: u64| tried.iter().any(|size| size.purchase.packs == packs);
    sizes.retain(|&packs| futures.holds(packs) && !is_tried(packs));
    if !sizes.is_empty() {
        tried.extend(futures.settle(&sizes)?);
        tried.sort_unstable_by_key(|size| size.purchase.packs);
    }
    let values = tried.iter().map(|size| size.value(Objective::Cost, &[]));
    let best = values
        .enumerate()
        .min_by_key(|&(place, value)| (value, place));
    Ok(best.map_or(0, |(place, _)| place))
}
