//! The futures of a run once more, settled under other purchases than the contract's.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::decide::sizing::SettledSize;
use crate::demand::{Future, Model};
use crate::error::Error;
use crate::ledger::{PriceList, Purchase, Settlement, Terms};
use crate::scenario::Scenario;
use crate::simulate::{self, Progress};
use crate::summarise::record::Metric;
use crate::summarise::store::Store;
use crate::units::{Credits, MICRO, scale};

/// Most paths on which sizes are settled: the first ones of the run.
pub const SETTLED: u64 = 100_000;

/// Most values (sizes times paths) that are held.
const HELD: u64 = 1 << 25;

/// Most settlements that do not take long.
const QUICK: u64 = 2_500_000;

/// The futures of a run, to be settled under other purchases.
pub(in crate::forecast) struct Futures<'a> {
    pub(super) scenario: &'a Scenario,
    model: &'a Model,
    prices: PriceList,
    /// Terms in the horizon.
    terms: usize,
    pub(super) paths: u64,
    /// Credits that each path wants over the horizon.
    wanted: Vec<i64>,
    progress: Progress<'a>,
    /// Paths drawn so far, as a bar counts them.
    drawn: Cell<u64>,
}

impl<'a> Futures<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        model: &'a Model,
        store: &Store,
        progress: Progress<'a>,
    ) -> Self {
        let paths = store.paths().min(SETTLED);
        let mut wanted = store.term(Metric::Credits);
        wanted.truncate(paths as usize);
        Self::again(scenario, model, wanted, store.paths(), progress)
    }

    /// The first futures of a run that has drawn so many, with the credits that each of them wants over the
    /// horizon.
    pub(in crate::forecast) fn again(
        scenario: &'a Scenario,
        model: &'a Model,
        wanted: Vec<i64>,
        drawn: u64,
        progress: Progress<'a>,
    ) -> Self {
        Self {
            scenario,
            model,
            prices: PriceList::new(&scenario.contract),
            terms: scenario
                .horizon
                .months()
                .div_ceil(scenario.contract.term_months),
            paths: wanted.len() as u64,
            wanted,
            progress,
            drawn: Cell::new(drawn),
        }
    }

    /// Whether the ledger's integers hold a size bought for every term.
    pub(in crate::forecast) fn holds(&self, packs: u64) -> bool {
        Terms::with_packs(self.scenario, packs).is_some()
    }

    /// Whether the costs of so many sizes can be held.
    pub(super) fn fit(&self, sizes: u64) -> bool {
        self.paths.saturating_mul(sizes.saturating_add(64)) <= HELD
    }

    /// Whether so many sizes take no more than [`QUICK`] settlements.
    pub(super) fn are_quick(&self, sizes: u64) -> bool {
        self.paths.saturating_mul(sizes) <= QUICK
    }

    /// What is paid ahead for a size over the horizon, in micro-units.
    pub(super) fn ahead(&self, packs: u64) -> Option<i128> {
        let cost = self.prices.purchase(packs)?.cost;
        i128::from(cost.micro()).checked_mul(self.terms as i128)
    }

    /// Packs that hold the largest demand of the horizon.
    pub(super) fn most_demanded(&self) -> u64 {
        let most = self.wanted.iter().copied().max().unwrap_or(0);
        self.prices.packs_for(Credits::from_micro(most))
    }

    /// True where every future wants the same.
    pub(super) fn are_alike(&self) -> bool {
        self.wanted.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Mean demand of the horizon beyond the free credits.
    pub(super) fn mean_demand(&self, free: Credits) -> f64 {
        let beyond = |&wanted: &i64| (wanted - free.micro()).max(0) as f64;
        self.wanted.iter().map(beyond).sum::<f64>() / self.wanted.len() as f64 / MICRO as f64
    }

    /// The terms of some sizes, and what a path under them costs.
    fn contracts(&self, sizes: &[u64]) -> Result<Vec<(Terms, Worth)>, Error> {
        let contracts = sizes.iter().map(|&packs| {
            let terms = Terms::with_packs(self.scenario, packs)?;
            let purchase = terms.purchase();
            Some((terms, Worth::new(self.scenario, purchase)))
        });
        let contracts: Option<Vec<_>> = contracts.collect();
        contracts.ok_or(Error::Overflow { path: None })
    }

    /// Settles every future under each of some sizes.
    pub(in crate::forecast) fn settle(&self, sizes: &[u64]) -> Result<Vec<SettledSize>, Error> {
        self.settle_under(&self.contracts(sizes)?)
    }

    /// Settles every future under what the scenario buys for each term. What is left is worth its share of the mean
    /// price of all that is bought.
    pub(super) fn settle_planned(&self, terms: &Terms) -> Result<SettledSize, Error> {
        let bought = terms.contract_terms().iter().map(|term| term.purchase);
        let all = bought.reduce(|a, b| Purchase {
            packs: a.packs + b.packs,
            credits: a.credits + b.credits,
            cost: a.cost + b.cost,
        });
        let overflow = Error::Overflow { path: None };
        let worth = Worth::new(self.scenario, all.ok_or(overflow)?);
        let mut settled = self.settle_under(&[(terms.clone(), worth)])?;
        settled.pop().ok_or(Error::Overflow { path: None })
    }

    /// The same under contracts.
    fn settle_under(&self, contracts: &[(Terms, Worth)]) -> Result<Vec<SettledSize>, Error> {
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
            contracts.len(),
            |paths| {
                let of_block = contracts.iter().map(|contract| empty(contract, paths));
                (of_block.collect::<Vec<_>>(), Settlement::default())
            },
            |path, future, (block, books)| {
                let overflow = || Error::Overflow { path: Some(path) };
                books.meet(future).ok_or_else(overflow)?;
                for ((terms, worth), size) in contracts.iter().zip(block) {
                    terms.settle_totals(path, future, books)?;
                    size.costs.push(worth.cost(books).ok_or_else(overflow)?);
                    size.over += u64::from(books.beyond > Credits::ZERO);
                    size.overage += i128::from(books.beyond.micro());
                    size.unused += i128::from(books.unused.micro());
                    size.unserved += i128::from(books.lost.micro());
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

impl Futures<'_> {
    /// Lowers what each path costs at least to what it costs under some sizes, in ascending order: under those
    /// whose bound, which is what they cost at least on any path, is below that.
    pub(super) fn lower(
        &self,
        least: &mut Vec<i64>,
        sizes: &[u64],
        bounds: &[i64],
    ) -> Result<(), Error> {
        if sizes.is_empty() {
            return Ok(());
        }
        let contracts = self.contracts(sizes)?;
        let before = self.drawn.get();
        self.drawn.set(before + self.paths);
        let mut lowered = Vec::with_capacity(least.len());
        simulate::run(
            self.model,
            0..self.paths,
            &|done| (self.progress)(before + done),
            1,
            |paths| (Vec::with_capacity(paths), Settlement::default()),
            |path, future, (block, books): &mut (Vec<i64>, Settlement)| {
                let overflow = || Error::Overflow { path: Some(path) };
                let mut least = least[path as usize];
                books.meet(future).ok_or_else(overflow)?;
                for ((terms, worth), &bound) in contracts.iter().zip(bounds) {
                    if bound < least {
                        terms.settle_totals(path, future, books)?;
                        least = least.min(worth.cost(books).ok_or_else(overflow)?);
                    }
                }
                block.push(least);
                Ok(())
            },
            |blocks| {
                for (block, _) in blocks {
                    lowered.extend(block);
                }
            },
        )?;
        *least = lowered;
        Ok(())
    }
}

/// Contracts of sizes as paths ask for them, by packs.
type Asked = BTreeMap<u64, Option<(Terms, Worth)>>;

/// Most contracts that are kept.
const ASKED: usize = 1_024;

impl Futures<'_> {
    /// The least cost of each path among some sizes, and among others ever closer around the best of these: with a
    /// cost that falls, then rises with the size, the least there is between the neighbours of the best.
    ///
    /// Sizes ascend, each with its costs if it was settled, and with what it costs at least on any path: where that is
    /// no less than the path's best it is not settled for it.
    pub(in crate::forecast) fn close_by(
        &self,
        sizes: &[(u64, Option<&SettledSize>, i64)],
    ) -> Result<Vec<i64>, Error> {
        let before = self.drawn.get();
        self.drawn.set(before + self.paths);
        let scenario = self.scenario;
        let mut least = Vec::with_capacity(self.paths as usize);
        simulate::run(
            self.model,
            0..self.paths,
            &|done| (self.progress)(before + done),
            1,
            |paths| {
                let buffers = (Settlement::default(), Asked::new());
                (Vec::with_capacity(paths), buffers)
            },
            |path, future, (block, (books, asked)): &mut (Vec<i64>, _)| {
                books
                    .meet(future)
                    .ok_or(Error::Overflow { path: Some(path) })?;
                let mut cost = |packs| cost_of((scenario, packs), (path, future), (books, asked));
                let settled = |size: &SettledSize| size.costs[path as usize];
                let known = sizes.iter().filter_map(|&(_, size, _)| size.map(settled));
                let floor = known.min().unwrap_or(i64::MAX);
                let mut best = None;
                for (place, &(packs, size, bound)) in sizes.iter().enumerate() {
                    let least = best.map_or(i64::MAX, |(least, _)| least);
                    let value = match size {
                        Some(size) => settled(size),
                        None if bound < least.min(floor) => cost(packs)?,
                        None => continue,
                    };
                    if value < least {
                        best = Some((value, place));
                    }
                }
                block.push(match best {
                    Some((least, place)) => {
                        let packs = |place: usize| sizes[place].0;
                        let last = sizes.len() - 1;
                        let ends = (packs(place.saturating_sub(1)), packs(last.min(place + 1)));
                        descend((least, packs(place)), ends, &mut cost)?
                    }
                    None => floor,
                });
                Ok(())
            },
            |blocks| {
                for (block, _) in blocks {
                    least.extend(block);
                }
            },
        )?;
        Ok(least)
    }
}

/// What a size costs on a path whose books are open; more than anything where it cannot be bought.
fn cost_of(
    (scenario, packs): (&Scenario, u64),
    (path, future): (u64, &Future),
    (books, asked): (&mut Settlement, &mut Asked),
) -> Result<i64, Error> {
    if asked.len() == ASKED {
        asked.clear();
    }
    let contract = asked.entry(packs).or_insert_with(|| {
        let terms = Terms::with_packs(scenario, packs)?;
        let worth = Worth::new(scenario, terms.purchase());
        Some((terms, worth))
    });
    let Some((terms, worth)) = contract else {
        return Ok(i64::MAX);
    };
    terms.settle_totals(path, future, books)?;
    worth
        .cost(books)
        .ok_or(Error::Overflow { path: Some(path) })
}

/// The least cost on the way down from a size with its cost, between two others, by halves of the wider side.
fn descend(
    (mut least, mut at): (i64, u64),
    (mut low, mut high): (u64, u64),
    cost: &mut impl FnMut(u64) -> Result<i64, Error>,
) -> Result<i64, Error> {
    while at - low > 1 || high - at > 1 {
        let is_below = at - low > high - at;
        let next = match is_below {
            true => low + (at - low) / 2,
            false => at + (high - at).div_ceil(2),
        };
        let value = cost(next)?;
        match (is_below, value < least) {
            (true, true) => (high, at) = (at, next),
            (true, false) => low = next,
            (false, true) => (low, at) = (at, next),
            (false, false) => high = next,
        }
        least = least.min(value);
    }
    Ok(least)
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
        let paid = books.paid.micro();
        if self.residual == 0 || self.purchase.packs == 0 {
            return Some(paid);
        }
        let unused = books.unused_of_term.micro();
        let (cost, credits) = (self.purchase.cost.micro(), self.purchase.credits.micro());
        let price = scale(unused, cost, credits)?;
        let worth = scale(price, i64::try_from(self.residual).ok()?, MICRO)?;
        paid.checked_sub(worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_down_ends_at_the_least_cost() {
        // The ends are known to cost no less.
        for least in [1, 37, 50, 99] {
            for at in [0, 1, 50, 99, 100] {
                let mut asked = 0;
                let mut cost = |packs: u64| {
                    asked += 1;
                    Ok(10 + 3 * packs.abs_diff(least) as i64)
                };
                let best = (cost(at).unwrap(), at);
                assert_eq!(
                    descend(best, (0, 100), &mut cost).unwrap(),
                    10,
                    "{least} {at}"
                );
                assert!(asked < 25, "{asked}");
            }
        }
        // Nothing between.
        let mut none = |_| unreachable!("no other size");
        assert_eq!(descend((5, 7), (7, 7), &mut none).unwrap(), 5);
        assert_eq!(descend((5, 7), (6, 8), &mut none).unwrap(), 5);
    }
}
