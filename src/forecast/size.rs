//! Sizing: which sizes are weighed for a question, and on which paths.
//!
//! Where the cost of a path follows from its demand, the paths of the run are all that is needed. Else
//! the same futures are drawn again and settled under every size that is weighed; drawing takes longer than
//! settling, so many sizes are settled on one draw.

use crate::decide::sizing::{CutTerm, Named, Planned, Question, Searched, Sizes, Sizing, near};
use crate::demand::Model;
use crate::error::Error;
use crate::forecast::{Forecast, Plan, resolve, simulate_until_precise, staged, summarise};
use crate::ledger::{Grade, Purchase, Terms, grade};
use crate::scenario::Scenario;
use crate::simulate::Progress;
use crate::summarise::record::Metric;
use crate::summarise::store::{Detail, Store};
use crate::units::MICRO;

mod futures;
mod settled;

pub(super) use futures::Futures;
pub use futures::SETTLED;
use settled::settled;

/// Forecasts a scenario and sizes its purchase for a question.
///
/// # Errors
/// [`Error::Overflow`] when a path or a size passes the ledger's integers, [`Error::Interrupted`] when
/// `progress` returns false.
///
/// # Panics
/// When it asks for stages under a contract that has [`obstacles`](staged::obstacles).
pub fn size(
    scenario: &Scenario,
    question: Question,
    progress: Progress<'_>,
) -> Result<Forecast, Error> {
    let model = Model::new(scenario);
    let (plan, terms) = resolve(scenario, &model)?;
    let detail = Detail::Summary;
    let (store, stopped) = simulate_until_precise(scenario, &model, &terms, detail, progress)?;
    let found = match grade(scenario) {
        Grade::Demand => by_demand(scenario, &terms, &plan, &store, question),
        Grade::Falling | Grade::Any => {
            let futures = Futures::new(scenario, &model, &store, progress);
            settled(scenario, &terms, &plan, question, &futures)?
        }
    };
    let mut found = found.ok_or(Error::Overflow { path: None })?;
    if let Some(months) = question.stages {
        let every = (months, store.paths());
        let at_once = &found.optimum;
        let staged = staged::staged(scenario, &model, &terms, at_once, every, progress)?;
        found.staged = Some(staged.ok_or(Error::Overflow { path: None })?);
    }
    summarise(scenario, terms, plan, &store, stopped, Some(found))
}

/// Sizes the pre-purchase on the simulated paths by their demand alone; `None` where a contract makes
/// more of it ([`Grade`]), or a purchase does not fit the ledger's integers.
pub fn by_demand(
    scenario: &Scenario,
    terms: &Terms,
    plan: &Plan,
    store: &Store,
    question: Question,
) -> Option<Sizes> {
    if grade(scenario) != Grade::Demand {
        return None;
    }
    let free = terms.free().micro();
    let residual = scenario.contract.residual_value;
    let (demand, count) = beyond(store, terms, free);
    let bought = bought(terms, count);
    // What each path wants of each term, which the sizing has in order of size.
    let by_path = bought.as_ref().map(|_| demand.clone());
    let is_certain = demand
        .chunks_exact(count)
        .all(|path| path == &demand[..count]);
    let sizing = Sizing::of_terms(&terms.prices, residual, demand, count, store.sampling());
    let unconstrained = sizing.best(question.objective, None)?;
    let optimum = match question.max_overage {
        Some(_) => sizing.best(question.objective, question.max_overage)?,
        None => unconstrained,
    };
    let mut named = Named {
        optimum,
        unconstrained,
        ranges: sizing.ranges(question.objective),
        flat: flat(&sizing, question, optimum)?,
        invert: question.invert.map(|share| sizing.fewest(share)),
        invert_interval: question
            .invert
            .and_then(|share| sizing.fewest_interval(share)),
        is_certain,
        limit_sizes: question.max_overage.and_then(|share| {
            let (low, high) = sizing.fewest_interval(share)?;
            let best_from = |packs| sizing.best_from(question.objective, packs);
            best_from(low).zip(best_from(high))
        }),
        limit_interval: question.max_overage.and_then(|share| {
            let best_of = |packs: u64| terms.prices.no_dearer(packs);
            let (low, high) = sizing.fewest_interval(share)?;
            let (low, high) = (best_of(low), best_of(high));
            // Else it is neither the best without the limit nor the smallest that meets it.
            (optimum == unconstrained || optimum <= high).then_some((low, high))
        }),
        ..known(terms, plan)
    };
    named.curve = sizing.curve(&sizes_of(&named, question));
    let of = (Searched::All, count, false);
    let sizes = Sizes::new(question, &sizing, &named, of)?;
    let best = sizes.optimum.purchase;
    let is_whole = terms.contract_terms().len() == count;
    let planned = bought.map(|purchases| {
        let demand = by_path.filter(|_| is_whole);
        let beside = |packs: u64| {
            let size = sizing.purchase(packs)?;
            Some(sizing.planned(&size, &purchases, demand.as_ref()?, store.sampling()))
        };
        Planned::new(&purchases, (&named, question.objective), beside)
    });
    Some(Sizes {
        any_overage: sizing.any_over(&best),
        planned,
        cut_term: cut_term(terms, terms.contract_terms().len() == 1),
        ..sizes
    })
}

/// What the scenario buys for each of the first terms, where that is not the same.
fn bought(terms: &Terms, count: usize) -> Option<Vec<Purchase>> {
    let terms = terms.contract_terms().iter().take(count);
    let bought: Vec<Purchase> = terms.map(|term| term.purchase).collect();
    let is_same = bought.windows(2).all(|pair| pair[0] == pair[1]);
    (!is_same).then_some(bought)
}

/// A last term that the horizon cuts short, and whether it was sized.
fn cut_term(terms: &Terms, is_sized: bool) -> Option<CutTerm> {
    let months = terms.cut_term()?;
    Some(CutTerm { months, is_sized })
}

/// Demand beyond the free credits of every path and whole term, and how many terms these are. A term that
/// the horizon cuts short says nothing of a whole one, unless it is the only one.
fn beyond(store: &Store, terms: &Terms, free: i64) -> (Vec<i64>, usize) {
    let by_term = store.wanted_by_term();
    if terms.contract_terms().len() == 1 {
        let wanted = store.term(Metric::Credits).into_iter();
        return (wanted.map(|wanted| (wanted - free).max(0)).collect(), 1);
    }
    let whole = terms.whole_terms().len();
    let paths = by_term[0].len();
    let demand = (0..paths).flat_map(|path| {
        (0..whole).map(move |term| {
            let free = if term == 0 { free } else { 0 };
            (by_term[term][path] - free).max(0)
        })
    });
    (demand.collect(), whole)
}

/// The sizes that have a name whatever the paths say; the others are still 0.
fn known(terms: &Terms, plan: &Plan) -> Named {
    Named {
        optimum: 0,
        unconstrained: 0,
        ranges: None,
        rivals: Vec::new(),
        flat: Vec::new(),
        rule_80: terms.rule_80_packs(&plan.months),
        current: terms.purchase().packs,
        plan: terms.packs_of_plan(&plan.months, MICRO as u64),
        invert: None,
        invert_interval: None,
        limit_interval: None,
        limit_sizes: None,
        is_certain: false,
        curve: Vec::new(),
    }
}

/// Ranges of sizes that are as good as the best one.
fn flat(sizing: &Sizing<'_>, question: Question, optimum: u64) -> Option<Vec<(u64, u64)>> {
    let objective = question.objective;
    let best = sizing.purchase(optimum)?;
    let half_width = sizing.objective_half_width(objective, &best);
    let most = near(sizing.objective(objective, &best), half_width);
    let fewest = question.max_overage.map_or(0, |share| sizing.fewest(share));
    Some(sizing.within(objective, (fewest, optimum), most))
}

/// All sizes that are named or asked for.
fn sizes_of(named: &Named, question: Question) -> Vec<u64> {
    let all = [
        Some(0),
        Some(named.optimum),
        Some(named.unconstrained),
        Some(named.rule_80),
        Some(named.current),
        Some(named.plan),
        question.at,
        named.invert,
    ];
    all.into_iter().flatten().collect()
}
