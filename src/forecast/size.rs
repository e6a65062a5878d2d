//! Sizing: which sizes are weighed for a question, and on which paths.
//!
//! Where the cost of a path follows from its demand, the paths of the run are all that is needed. Else
//! the same futures are drawn again and settled under every size that is weighed; drawing takes longer than
//! settling, so many sizes are settled on one draw.

use crate::decide::sizing::search::{self, Scored, Space};
use crate::decide::sizing::{
    Named, Objective, Question, Searched, Settled, SettledSize, Sizes, Sizing, tiers,
};
use crate::demand::Model;
use crate::error::Error;
use crate::forecast::{Forecast, Plan, resolve, simulate_until_precise, staged, summarise};
use crate::ledger::{Grade, PriceList, Purchase, Settlement, Terms, grade};
use crate::scenario::Scenario;
use crate::simulate::{self, Progress};
use crate::summarise::record::Metric;
use crate::summarise::store::{Detail, Store};
use crate::units::{Credits, MICRO, Money, scale};

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
    let sizing = Sizing::of_terms(&terms.prices, residual, demand, count, store.sampling());
    let unconstrained = sizing.best(question.objective, None)?;
    let optimum = match question.max_overage {
        Some(_) => sizing.best(question.objective, question.max_overage)?,
        None => unconstrained,
    };
    let mut named = Named {
        optimum,
        unconstrained,
        fewest: question.max_overage.map_or(0, |share| sizing.fewest(share)),
        invert: question.invert.map(|share| sizing.fewest(share)),
        ..known(terms, plan)
    };
    named.curve = sizing.curve(&sizes_of(&named, question));
    let of = (Searched::All, terms.contract_terms().len(), false);
    Sizes::new(question, &sizing, &named, of)
}

/// Demand beyond the free credits of every path and whole term, and how many terms these are. A term that
/// the horizon cuts short says nothing of a whole one, unless it is the only one.
fn beyond(store: &Store, terms: &Terms, free: i64) -> (Vec<i64>, usize) {
    let terms = terms.contract_terms();
    let by_term = store.wanted_by_term();
    if terms.len() == 1 {
        let wanted = store.term(Metric::Credits).into_iter();
        return (wanted.map(|wanted| (wanted - free).max(0)).collect(), 1);
    }
    let months = store.months();
    let whole = terms
        .iter()
        .filter(|term| term.months.end <= months)
        .count();
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
        fewest: 0,
        rule_80: terms.rule_80_packs(&plan.months),
        current: terms.purchase().packs,
        plan: terms.packs_of_plan(&plan.months, MICRO as u64),
        invert: None,
        curve: Vec::new(),
    }
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

/// Sizes the pre-purchase by settling the futures under every size that may be best; `None` where a
/// purchase does not fit the ledger's integers.
fn settled(
    scenario: &Scenario,
    terms: &Terms,
    plan: &Plan,
    question: Question,
    futures: &Futures<'_>,
) -> Result<Option<Sizes>, Error> {
    let known = known(terms, plan);
    let tiers = tiers(&terms.prices);
    let mut also = sizes_of(&known, question);
    also.push(1);
    if question.max_overage.is_some() || question.invert.is_some() {
        also.push(futures.most_demanded());
    }
    let mut search = Search {
        futures,
        question,
        tried: Vec::new(),
    };
    search.try_all(&also)?;
    let most = search.most(&tiers);
    let is_falling = grade(scenario) == Grade::Falling;
    // With nothing granted all use is billed, whatever the rules for a purchase say: nothing ahead is
    // weighed by itself.
    // Regret is against every size, so that it needs them all.
    let needs_all = !is_falling || question.objective == Objective::Regret;
    let few = most < EACH || needs_all && most < EACH_OF_ANY && search.futures.are_quick(most);
    let fits = search.futures.fit(most);
    let mut searched = Searched::All;
    if few && fits {
        search.try_all(&(0..=most).collect::<Vec<_>>())?;
    } else if is_falling && question.objective != Objective::Regret {
        search.by_bounds(&tiers, most, None)?;
        if let Some(share) = question.max_overage {
            search.by_bounds(&tiers, most, Some(share))?;
        }
    } else {
        search.by_grid(most)?;
        searched = Searched::Some(search.tried.len() as u64);
    }
    if let (Some(share), false) = (question.invert, few && fits) {
        search.fewest(share, most)?;
    }
    let foresight = search.foresight();
    let best = |share: Option<u32>| {
        let allowed = search.tried.iter().filter(|size| is_allowed(size, share));
        let scored = allowed.map(|size| (size.value(question.objective, &foresight), size));
        let best = scored.min_by_key(|(value, size)| (*value, size.purchase.packs));
        best.map(|(_, size)| size.purchase.packs)
    };
    let Some(unconstrained) = best(None) else {
        return Ok(None);
    };
    // Where no size meets a limit the one with the fewest overages comes nearest.
    let nearest = search
        .tried
        .iter()
        .min_by_key(|s| (s.over, s.purchase.packs));
    let nearest = nearest.map_or(0, |size| size.purchase.packs);
    let within = |share: u32| {
        let allowed = search
            .tried
            .iter()
            .filter(|size| is_allowed(size, Some(share)));
        allowed.map(|size| size.purchase.packs).min()
    };
    let optimum = match question.max_overage {
        Some(share) => best(Some(share)).unwrap_or(nearest),
        None => unconstrained,
    };
    let is_met = |share: Option<u32>| share.is_none_or(|share| within(share).is_some());
    let are_met = [question.max_overage, question.invert].map(is_met);
    let mut named = Named {
        optimum,
        unconstrained,
        fewest: question.max_overage.and_then(within).unwrap_or(0),
        invert: question
            .invert
            .map(|share| within(share).unwrap_or(nearest)),
        ..known
    };
    let also = sizes_of(&named, question);
    let highest = also.iter().copied().max().unwrap_or(0);
    let spread = most.min(highest.saturating_mul(3) / 2 + 1);
    let curve = search::curve(&tiers, spread, &also);
    search.try_all(&curve)?;
    let foresight = search.foresight();
    named.curve = curve;
    let mean = search.futures.mean_demand(terms.free());
    let tried = std::mem::take(&mut search.tried);
    let count = terms.contract_terms().len();
    let settled = Settled::new(tried, foresight, mean, count);
    let sizes = Sizes::new(question, &settled, &named, (searched, count, true));
    Ok(sizes.map(|sizes| Sizes {
        is_limit_met: are_met[0],
        flat: match are_met[0] {
            true => sizes.flat,
            false => vec![(named.optimum, named.optimum)],
        },
        is_invert_met: are_met[1],
        knows_all: few && fits,
        ..sizes
    }))
}

/// Up to so many sizes are all tried; and where no bounds hold, up to so many.
const EACH: u64 = 128;
const EACH_OF_ANY: u64 = 2_048;

/// As long as no more than this many paths have to be settled.
const QUICK: u64 = 2_500_000;

/// Sizes of a grid.
const GRID: u64 = 64;

/// Whether no more than a share of paths, in millionths, has an overage.
fn is_allowed(size: &SettledSize, share: Option<u32>) -> bool {
    share.is_none_or(|share| {
        u128::from(size.over) * MICRO as u128 <= size.costs.len() as u128 * u128::from(share)
    })
}

/// A search in progress.
struct Search<'a, 'b> {
    futures: &'a Futures<'b>,
    question: Question,
    /// Sizes that were settled, in order of packs.
    tried: Vec<SettledSize>,
}

impl Search<'_, '_> {
    fn is_tried(&self, packs: u64) -> bool {
        let place = self
            .tried
            .binary_search_by_key(&packs, |size| size.purchase.packs);
        place.is_ok()
    }

    /// Settles those of some sizes that have not been.
    fn try_all(&mut self, sizes: &[u64]) -> Result<(), Error> {
        let mut new: Vec<u64> = sizes.to_vec();
        new.sort_unstable();
        new.dedup();
        new.retain(|&packs| !self.is_tried(packs));
        if !new.is_empty() {
            self.tried.extend(self.futures.settle(&new)?);
            self.tried.sort_unstable_by_key(|size| size.purchase.packs);
        }
        Ok(())
    }

    /// Beyond this size the purchase alone, less what all of it could be worth unused, costs more than
    /// the best of those tried that meet the limit.
    fn most(&self, tiers: &[(u64, Option<u64>)]) -> u64 {
        let mean =
            |size: &SettledSize| size.value(Objective::Cost, &[]) / i128::from(self.futures.paths);
        let highest = |size: &SettledSize| {
            let highest = size.costs.iter().copied().max();
            i128::from(highest.unwrap_or(0))
        };
        // Under a limit the best is one of those that meet it, where there are any.
        let limit = self.question.max_overage;
        let limit = limit.filter(|_| self.tried.iter().any(|size| is_allowed(size, limit)));
        let tried = self.tried.iter().filter(|size| is_allowed(size, limit));
        // No size is better whose purchase alone costs more than this.
        let worst = match self.question.objective {
            Objective::Cost => tried.map(mean).min(),
            Objective::Cvar { .. } => tried.map(highest).min(),
            // Its regret is what it costs less a foresight, which costs no more than this either.
            Objective::Regret => tried.map(|size| 2 * highest(size)).min(),
        };
        let worst = worst.unwrap_or(0).max(0) + 1;
        let kept = MICRO - self.futures.scenario.contract.residual_value as i64;
        let is_beyond = |packs: u64| {
            let ahead = self.futures.ahead(packs);
            ahead.is_none_or(|ahead| ahead * i128::from(kept) / i128::from(MICRO) > worst)
        };
        let last = tiers.iter().rev().find(|&&(first, _)| !is_beyond(first));
        let Some(&(first, last)) = last else {
            return 0;
        };
        let end = last.unwrap_or(u64::MAX >> 1);
        let most = search::edge(first, end, |packs| !is_beyond(packs));
        let tried = self.tried.iter().map(|size| size.purchase.packs).max();
        most.max(tried.unwrap_or(0))
    }

    /// Tries sizes until none that is left out can be better.
    fn by_bounds(
        &mut self,
        tiers: &[(u64, Option<u64>)],
        most: u64,
        share: Option<u32>,
    ) -> Result<(), Error> {
        let objective = self.question.objective;
        // Values of the mean are sums over the paths.
        let times = match objective {
            Objective::Cost => self.futures.paths as i128,
            Objective::Cvar { .. } | Objective::Regret => 1,
        };
        let futures = self.futures;
        let ahead = |packs: u64| futures.ahead(packs)?.checked_mul(times);
        let space = Space {
            tiers,
            fewest: 1,
            most,
            ahead: &ahead,
        };
        let also: Vec<u64> = self.tried.iter().map(|size| size.purchase.packs).collect();
        let mut weigh = |sizes: &[u64]| -> Result<Vec<Scored>, Error> {
            self.try_all(sizes)?;
            let tried = self.tried.iter();
            let asked = tried.filter(|size| sizes.binary_search(&size.purchase.packs).is_ok());
            let scored = asked.map(|size| Scored {
                packs: size.purchase.packs,
                value: size.value(objective, &[]),
                is_allowed: is_allowed(size, share),
            });
            Ok(scored.collect())
        };
        search::least(&space, &also, &mut weigh).map(|_| ())
    }

    /// Tries an even grid, and then ever closer around the best of it.
    fn by_grid(&mut self, most: u64) -> Result<(), Error> {
        const BEST: usize = 5;
        let mut step = most.div_ceil(GRID).max(1);
        let grid: Vec<u64> = (0..=most.div_ceil(step)).map(|k| k * step).collect();
        self.try_all(&grid)?;
        while step > 1 {
            let finer = step.div_ceil(8);
            let foresight = self.foresight();
            let objective = self.question.objective;
            let around = |share: Option<u32>| {
                let allowed = self.tried.iter().filter(|size| is_allowed(size, share));
                let mut scored: Vec<(i128, u64)> = allowed
                    .map(|size| (size.value(objective, &foresight), size.purchase.packs))
                    .collect();
                scored.sort_unstable();
                scored.truncate(BEST);
                scored
            };
            let mut best = around(None);
            if self.question.max_overage.is_some() {
                best.extend(around(self.question.max_overage));
            }
            let finer_sizes: Vec<u64> = best
                .into_iter()
                .flat_map(|(_, packs)| {
                    let from = packs.saturating_sub(step);
                    (from..=packs + step).step_by(finer as usize)
                })
                .collect();
            self.try_all(&finer_sizes)?;
            step = finer;
        }
        Ok(())
    }

    /// Tries sizes until the smallest within a share of paths in overage is among them, where a larger
    /// size never has more.
    fn fewest(&mut self, share: u32, most: u64) -> Result<(), Error> {
        const PLACES: u64 = 16;
        loop {
            let met = |size: &&SettledSize| is_allowed(size, Some(share));
            let first = self.tried.iter().position(|size| met(&size));
            let high = first.map_or(most, |place| self.tried[place].purchase.packs);
            let below = match first {
                Some(0) => return Ok(()),
                Some(place) => self.tried[place - 1].purchase.packs,
                None => self.tried.last().map_or(0, |size| size.purchase.packs),
            };
            if high <= below + 1 {
                return Ok(());
            }
            let step = (high - below).div_ceil(PLACES).max(1);
            let mut places: Vec<u64> = (below + 1..high).step_by(step as usize).collect();
            places.push(high);
            let before = self.tried.len();
            self.try_all(&places)?;
            if self.tried.len() == before {
                return Ok(());
            }
        }
    }

    /// The least cost of each path among the sizes tried.
    fn foresight(&self) -> Vec<i64> {
        let mut least = vec![i64::MAX; self.futures.paths as usize];
        for size in &self.tried {
            for (least, &cost) in least.iter_mut().zip(&size.costs) {
                *least = (*least).min(cost);
            }
        }
        least
    }
}

/// The futures of a run, to be settled under other purchases.
struct Futures<'a> {
    scenario: &'a Scenario,
    model: &'a Model,
    prices: PriceList,
    /// Terms in the horizon.
    terms: usize,
    paths: u64,
    /// Credits that each path wants over the horizon.
    wanted: Vec<i64>,
    progress: Progress<'a>,
    /// Paths drawn so far, as a bar counts them.
    drawn: std::cell::Cell<u64>,
}

/// Most paths on which sizes are settled: the first ones of the run.
const SETTLED: u64 = 100_000;

/// Most values (sizes times paths) that are held.
const HELD: u64 = 1 << 25;

impl<'a> Futures<'a> {
    fn new(
        scenario: &'a Scenario,
        model: &'a Model,
        store: &Store,
        progress: Progress<'a>,
    ) -> Self {
        let paths = store.paths().min(SETTLED);
        let mut wanted = store.term(Metric::Credits);
        wanted.truncate(paths as usize);
        Self {
            scenario,
            model,
            prices: PriceList::new(&scenario.contract),
            terms: scenario
                .horizon
                .months()
                .div_ceil(scenario.contract.term_months),
            paths,
            wanted,
            progress,
            drawn: std::cell::Cell::new(store.paths()),
        }
    }

    /// Whether the costs of so many sizes can be held.
    fn fit(&self, sizes: u64) -> bool {
        self.paths.saturating_mul(sizes.saturating_add(64)) <= HELD
    }

    /// Whether so many sizes take no more than [`QUICK`] settlements.
    fn are_quick(&self, sizes: u64) -> bool {
        self.paths.saturating_mul(sizes) <= QUICK
    }

    /// What is paid ahead for a size over the horizon, in micro-units.
    fn ahead(&self, packs: u64) -> Option<i128> {
        let cost = self.prices.purchase(packs)?.cost;
        i128::from(cost.micro()).checked_mul(self.terms as i128)
    }

    /// Packs that hold the largest demand of the horizon.
    fn most_demanded(&self) -> u64 {
        let most = self.wanted.iter().copied().max().unwrap_or(0);
        self.prices.packs_for(Credits::from_micro(most))
    }

    /// Mean demand of the horizon beyond the free credits.
    fn mean_demand(&self, free: Credits) -> f64 {
        let beyond = |&wanted: &i64| (wanted - free.micro()).max(0) as f64;
        self.wanted.iter().map(beyond).sum::<f64>() / self.wanted.len() as f64 / MICRO as f64
    }

    /// Settles every future under each of some sizes.
    fn settle(&self, sizes: &[u64]) -> Result<Vec<SettledSize>, Error> {
        let overflow = || Error::Overflow { path: None };
        let contracts = sizes.iter().map(|&packs| {
            let terms = Terms::with_packs(self.scenario, packs)?;
            let purchase = terms.purchase();
            Some((terms, Worth::new(self.scenario, purchase)))
        });
        let contracts: Vec<(Terms, Worth)> =
            contracts.collect::<Option<_>>().ok_or_else(overflow)?;
        let empty = |(terms, worth): &(Terms, Worth), paths: usize| SettledSize {
            purchase: worth.purchase,
            costs: Vec::with_capacity(paths),
            has_grants: terms.has_grants(),
            over: 0,
            overage: 0,
            unused: 0,
            unserved: 0,
        };
        let mut all: Vec<SettledSize> = contracts
            .iter()
            .map(|contract| empty(contract, self.paths as usize))
            .collect();
        let before = self.drawn.get();
        self.drawn.set(before + self.paths);
        let progress = |done: u64| (self.progress)(before + done);
        simulate::run(
            self.model,
            0..self.paths,
            &progress,
            sizes.len(),
            |paths| {
                let of_block = contracts.iter().map(|contract| empty(contract, paths));
                (of_block.collect::<Vec<_>>(), Settlement::default())
            },
            |path, future, (block, books)| {
                for ((terms, worth), size) in contracts.iter().zip(block) {
                    terms.settle_whole(path, future, books)?;
                    let cost = worth.cost(books);
                    size.costs
                        .push(cost.ok_or(Error::Overflow { path: Some(path) })?);
                    let overage: Credits = books.months.iter().map(|month| month.overage).sum();
                    size.over += u64::from(overage > Credits::ZERO);
                    size.overage += i128::from(overage.micro());
                    size.unused += i128::from(books.unused.micro());
                    let unserved = books.unserved.iter();
                    size.unserved += unserved.map(|c| i128::from(c.micro())).sum::<i128>();
                }
                Ok(())
            },
            |blocks| {
                for (block, _) in blocks {
                    for (size, part) in all.iter_mut().zip(block) {
                        size.costs.extend(part.costs);
                        size.over += part.over;
                        size.overage += part.overage;
                        size.unused += part.unused;
                        size.unserved += part.unserved;
                    }
                }
            },
        )?;
        Ok(all)
    }
}

/// What a settled path costs a size: everything paid, less what unused credits are worth.
struct Worth {
    purchase: Purchase,
    residual: u64,
}

impl Worth {
    fn new(scenario: &Scenario, purchase: Purchase) -> Self {
        Self {
            purchase,
            residual: scenario.contract.residual_value,
        }
    }

    /// In micro-units; `None` where it does not fit.
    fn cost(&self, books: &Settlement) -> Option<i64> {
        let paid = books.spend_to_date.last().copied().unwrap_or(Money::ZERO);
        if self.residual == 0 || self.purchase.packs == 0 {
            return Some(paid.micro());
        }
        let unused = books.unused_of_term.micro();
        let (cost, credits) = (self.purchase.cost.micro(), self.purchase.credits.micro());
        let price = scale(unused, cost, credits)?;
        let worth = scale(price, i64::try_from(self.residual).ok()?, MICRO)?;
        paid.micro().checked_sub(worth)
    }
}
