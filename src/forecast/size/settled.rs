//! Which sizes are settled: every one that may be best, or where these are too many, some of them.

use super::futures::Futures;
use super::{bought, cut_term, known, sizes_of};
use crate::decide::sizing::search;
use crate::decide::sizing::{
    Difference, Named, Objective, Planned, Question, Searched, Settled, SettledSize, Sizes, joined,
    most_over, near, tiers,
};
use crate::error::Error;
use crate::forecast::Plan;
use crate::ledger::{Grade, Terms, grade};
use crate::scenario::Scenario;
use crate::summarise::ranks::{LEVEL, rank_interval};
use crate::units::MICRO;

mod explore;
mod foresight;
mod ranges;

/// The smallest and the largest of some sizes.
type Ends = (u64, u64);

/// Sizes the pre-purchase by settling the futures under every size that may be best; `None` where a
/// purchase does not fit the ledger's integers.
///
/// What is found without a limit follows from what is bought, what is wanted and the objective alone. Sizes that
/// something else asks for are settled for that only: each step of the search goes by a list of its own.
pub(super) fn settled(
    scenario: &Scenario,
    terms: &Terms,
    plan: &Plan,
    question: Question,
    futures: &Futures<'_>,
) -> Result<Option<Sizes>, Error> {
    let known = known(terms, plan);
    let mut search = Search {
        futures,
        objective: question.objective,
        tiers: tiers(&terms.prices),
        is_falling: grade(scenario) == Grade::Falling,
        settled: Vec::new(),
        foresight: Vec::new(),
    };
    let first = vec![0, 1, known.rule_80, known.current, known.plan];
    let free = search.explore(first, None)?;
    let knows_all = search.foresee(&free)?;
    // Regret against some sizes only depends on which these are, and that is not by chance.
    let is_told = knows_all || question.objective != Objective::Regret;
    let Some(unconstrained) = search.best(&free.sizes, None) else {
        return Ok(None);
    };
    // No size needs more than this.
    let enough = || [&free.sizes[..], &[futures.most_demanded()]].concat();
    let limit = question.max_overage;
    let found = match limit {
        Some(_) => search.explore(enough(), limit)?,
        None => free.clone(),
    };
    let best = search.best(&found.sizes, limit);
    let optimum = best.unwrap_or_else(|| search.nearest(&found.sizes));
    let mut named = Named {
        optimum,
        unconstrained,
        ranges: match is_told {
            true => search.ranges(&free.sizes, unconstrained)?,
            false => None,
        },
        rivals: search.rivals(&free.sizes, unconstrained),
        flat: match best {
            Some(best) => search.flat(&found.sizes, best, limit)?,
            None => Vec::new(),
        },
        ..known
    };
    let mut is_invert_met = true;
    if let Some(share) = question.invert {
        let (smallest, interval) = search.fewest_of(share, &enough())?;
        is_invert_met = smallest.is_some();
        named.invert = smallest.or_else(|| Some(search.nearest(&enough())));
        named.invert_interval = interval;
    }
    if let (Some(share), Some(best)) = (limit, best) {
        let (smallest, interval) = search.fewest_of(share, &enough())?;
        let is_free = best == unconstrained;
        let interval = interval.filter(|_| is_free || smallest == Some(best));
        let best_of = |packs: u64| terms.prices.no_dearer(packs);
        named.limit_interval = interval.map(|(low, high)| (best_of(low), best_of(high)));
        // Up to the best size without the limit it is that one.
        let at_least = |packs: u64| match packs <= unconstrained {
            true => unconstrained,
            false => packs,
        };
        let ends = named.limit_interval;
        named.limit_sizes = ends.map(|(low, high)| (at_least(low), at_least(high)));
    }
    named.is_certain = futures.are_alike();
    let (low, high) = named.limit_sizes.unwrap_or_default();
    search.settle(&[low, high])?;
    let planned = match bought(terms, terms.contract_terms().len()) {
        Some(purchases) => {
            let settled = futures.settle_planned(terms)?;
            let beside = |packs: u64| settled.planned(search.of(&[packs]).next()?);
            Some(Planned::new(
                &purchases,
                (&named, question.objective),
                beside,
            ))
        }
        None => None,
    };
    let also = sizes_of(&named, question);
    let highest = also.iter().copied().max().unwrap_or(0);
    let spread = found.most.min(highest.saturating_mul(3) / 2 + 1);
    named.curve = search::curve(&search.tiers, spread, &also);
    search.settle(&named.curve)?;
    let mean = futures.mean_demand(terms.free());
    let count = terms.contract_terms().len();
    let settled = Settled::new(search.settled, search.foresight, mean, count);
    let searched = match found.is_every {
        true => Searched::All,
        false => Searched::Some(found.sizes.len() as u64),
    };
    let sizes = Sizes::new(question, &settled, &named, (searched, count, true));
    let is_met = best.is_some();
    let told = |difference: Option<Difference>| {
        let difference = difference?;
        let interval = difference.interval.filter(|_| is_told);
        Some(Difference {
            interval,
            ..difference
        })
    };
    Ok(sizes.map(|sizes| Sizes {
        cut_term: cut_term(terms, true),
        planned,
        is_limit_met: is_met,
        // A size that breaks the limit is no best one, and says nothing of what the limit costs.
        optimum_ranges: sizes.optimum_ranges.filter(|_| is_met),
        limit_price: sizes.limit_price.filter(|_| is_met),
        limit_price_in_objective: told(sizes.limit_price_in_objective).filter(|_| is_met),
        rule_80_in_objective: told(sizes.rule_80_in_objective),
        current_in_objective: told(sizes.current_in_objective),
        is_invert_met,
        knows_all,
        ..sizes
    }))
}

/// Whether no more than a share of paths, in millionths, has an overage.
fn is_allowed(size: &SettledSize, share: Option<u32>) -> bool {
    share.is_none_or(|share| size.over <= most_over(size.costs.len(), share) as u64)
}

/// Sizes in order, each once.
fn in_order(mut sizes: Vec<u64>) -> Vec<u64> {
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// A search in progress.
struct Search<'a, 'b> {
    futures: &'a Futures<'b>,
    objective: Objective,
    /// Price tiers as ranges of packs: first, and last unless it has none.
    tiers: Vec<(u64, Option<u64>)>,
    /// Whether bounds hold.
    is_falling: bool,
    /// Sizes that were settled, in order of packs.
    settled: Vec<SettledSize>,
    /// The least cost of each path that a size has.
    foresight: Vec<i64>,
}

impl Search<'_, '_> {
    /// Settles those of some sizes that have not been.
    fn settle(&mut self, sizes: &[u64]) -> Result<(), Error> {
        let mut new = in_order(sizes.to_vec());
        new.retain(|&packs| self.place(packs).is_none());
        if !new.is_empty() {
            self.settled.extend(self.futures.settle(&new)?);
            self.settled
                .sort_unstable_by_key(|size| size.purchase.packs);
        }
        Ok(())
    }

    fn place(&self, packs: u64) -> Option<usize> {
        let of = |size: &SettledSize| size.purchase.packs;
        self.settled.binary_search_by_key(&packs, of).ok()
    }

    /// Those of some sizes that have been settled.
    fn of(&self, sizes: &[u64]) -> impl Iterator<Item = &SettledSize> {
        let places = sizes.iter().filter_map(|&packs| self.place(packs));
        places.map(|place| &self.settled[place])
    }

    /// The best of some settled sizes; of equal ones the smallest.
    fn best(&self, sizes: &[u64], share: Option<u32>) -> Option<u64> {
        let allowed = self.of(sizes).filter(|size| is_allowed(size, share));
        let packs = |size: &SettledSize| size.purchase.packs;
        let scored = allowed.map(|size| (size.value(self.objective, &self.foresight), packs(size)));
        scored.min().map(|(_, packs)| packs)
    }

    /// Of some sizes none of which meets a limit the one with the fewest overages.
    fn nearest(&self, sizes: &[u64]) -> u64 {
        let over = self.of(sizes).map(|size| (size.over, size.purchase.packs));
        over.min().map_or(0, |(_, packs)| packs)
    }

    /// The smallest size with an overage on no more than a share of paths, in millionths, and the same for the ends
    /// of the 95% interval of what that share needs.
    fn fewest_of(
        &mut self,
        share: u32,
        sizes: &[u64],
    ) -> Result<(Option<u64>, Option<Ends>), Error> {
        let paths = self.futures.paths;
        let over = most_over(paths as usize, share) as u64;
        let smallest = self.fewest(sizes.to_vec(), over)?;
        let quantile = 1.0 - f64::from(share) / MICRO as f64;
        let Some((low, high)) = rank_interval(paths, quantile, LEVEL) else {
            return Ok((smallest, None));
        };
        let low = self.fewest(sizes.to_vec(), paths - low)?;
        Ok((
            smallest,
            low.zip(self.fewest(sizes.to_vec(), paths - high)?),
        ))
    }

    /// The smallest size with an overage on no more than so many paths, where a larger size never has more;
    /// `None` where none of some sizes and of those between them has so few.
    fn fewest(&mut self, sizes: Vec<u64>, over: u64) -> Result<Option<u64>, Error> {
        let sizes = in_order(sizes);
        self.settle(&sizes)?;
        let met = |size: &SettledSize| size.over <= over;
        let Some(place) = self.of(&sizes).position(met) else {
            return Ok(None);
        };
        match place {
            0 => Ok(Some(sizes[0])),
            _ => self.between(sizes[place], sizes[place - 1], &met).map(Some),
        }
    }

    /// The price tiers from end to end, and those of some sizes that lie in each.
    fn by_tier(&self, sizes: &[u64]) -> Vec<(u64, u64, Vec<u64>)> {
        let tiers = self.tiers.iter().map(|&(first, last)| {
            let last = last.unwrap_or(u64::MAX >> 1);
            let inside = sizes.iter().copied();
            let inside = inside.filter(|packs| (first..=last).contains(packs));
            (first, last, inside.collect())
        });
        tiers.collect()
    }

    /// Ranges of sizes, starting from those of some settled ones that are as good as the best, whose objective is
    /// [`near`] its own, within a share of paths in overage.
    fn flat(
        &mut self,
        sizes: &[u64],
        best: u64,
        share: Option<u32>,
    ) -> Result<Vec<(u64, u64)>, Error> {
        let objective = self.objective;
        let foresight = self.foresight.clone();
        let value = |size: &SettledSize| size.objective(objective, &foresight);
        let most = self
            .of(&[best])
            .next()
            .map(|best| near(value(best), best.half_width(objective, &foresight)));
        let most = most.unwrap_or(f64::NEG_INFINITY);
        let fits = |size: &SettledSize| is_allowed(size, share) && value(size) <= most;
        let mut ranges = Vec::new();
        for (first, last, inside) in self.by_tier(sizes) {
            let fit: Vec<bool> = self.of(&inside).map(fits).collect();
            for run in inside
                .iter()
                .zip(&fit)
                .collect::<Vec<_>>()
                .chunk_by(|a, b| a.1 == b.1)
            {
                let (&(&low, &is_flat), &(&high, _)) = (&run[0], &run[run.len() - 1]);
                if is_flat {
                    let low = self.edge(&inside, low, first, &fits)?;
                    ranges.push((low, self.edge(&inside, high, last, &fits)?));
                }
            }
        }
        Ok(joined(ranges))
    }

    /// The last size from one that fits towards a bound, by the settled ones of some in between, and by ever more
    /// between the last that fits and the next.
    fn edge(
        &mut self,
        sizes: &[u64],
        from: u64,
        bound: u64,
        fits: &impl Fn(&SettledSize) -> bool,
    ) -> Result<u64, Error> {
        let is_up = bound >= from;
        let between = |&packs: &u64| (from.min(bound)..=from.max(bound)).contains(&packs);
        let mut places: Vec<u64> = sizes.iter().copied().filter(between).collect();
        if !is_up {
            places.reverse();
        }
        let mut last = from;
        for packs in places {
            if !self.of(&[packs]).all(fits) {
                return self.between(last, packs, fits);
            }
            last = packs;
        }
        // Beyond them: as far again and again.
        while last != bound {
            let step = last.abs_diff(from).max(1);
            let next = match is_up {
                true => last.saturating_add(step).min(bound),
                false => last.saturating_sub(step).max(bound),
            };
            let holds = self.futures.holds(next);
            if holds {
                self.settle(&[next])?;
            }
            if !holds || !self.of(&[next]).all(fits) {
                return self.between(last, next, fits);
            }
            last = next;
        }
        Ok(last)
    }

    /// The last size that fits on the way from one that does to one that does not.
    fn between(
        &mut self,
        mut good: u64,
        mut bad: u64,
        fits: &impl Fn(&SettledSize) -> bool,
    ) -> Result<u64, Error> {
        const PARTS: u64 = 16;
        while good.abs_diff(bad) > 1 {
            let (low, gap) = (good.min(bad), good.abs_diff(bad));
            let places = (1..PARTS)
                .map(|k| low + (u128::from(gap) * u128::from(k) / u128::from(PARTS)) as u64);
            let mut places = in_order(places.filter(|&packs| packs > low).collect());
            places.retain(|&packs| self.futures.holds(packs));
            self.settle(&places)?;
            if good > bad {
                places.reverse();
            }
            let next = places
                .iter()
                .position(|&packs| !self.of(&[packs]).all(fits));
            let fitting = &places[..next.unwrap_or(places.len())];
            good = fitting.last().copied().unwrap_or(good);
            bad = match next {
                Some(next) => places[next],
                None if places.is_empty() => good,
                None => bad,
            };
        }
        Ok(good)
    }
}
