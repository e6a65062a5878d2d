//! Which sizes are settled: every one that may be best, or where these are too many, some of them.

use super::futures::Futures;
use super::{cut_term, known, sizes_of};
use crate::decide::sizing::search::{self, Scored, Space};
use crate::decide::sizing::{
    Named, Objective, Question, Searched, Settled, SettledSize, Sizes, least_costs, tiers,
};
use crate::error::Error;
use crate::forecast::Plan;
use crate::ledger::{Grade, Terms, grade};
use crate::scenario::Scenario;
use crate::units::MICRO;

/// Up to so many sizes are all tried; and where no bounds hold, up to so many, as long as that is quick.
const EACH: u64 = 128;
const EACH_OF_ANY: u64 = 2_048;

/// Sizes of a grid.
const GRID: u64 = 64;

/// Sizes the pre-purchase by settling the futures under every size that may be best; `None` where a
/// purchase does not fit the ledger's integers.
pub(super) fn settled(
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
    let foresight = least_costs(&search.tried);
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
    let foresight = least_costs(&search.tried);
    named.curve = curve;
    let mean = search.futures.mean_demand(terms.free());
    let tried = std::mem::take(&mut search.tried);
    let count = terms.contract_terms().len();
    let settled = Settled::new(tried, foresight, mean, count);
    let sizes = Sizes::new(question, &settled, &named, (searched, count, true));
    Ok(sizes.map(|sizes| Sizes {
        cut_term: cut_term(terms, true),
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
            let foresight = least_costs(&self.tried);
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
}
