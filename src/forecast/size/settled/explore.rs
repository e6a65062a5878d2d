//! Which sizes are weighed for the best.

use super::{Search, in_order, is_allowed};
use crate::decide::sizing::search::{self, Scored, Space};
use crate::decide::sizing::{Objective, SettledSize, least_costs};
use crate::error::Error;
use crate::summarise::ranks::percentile_rank;
use crate::units::MICRO;

/// Up to so many sizes are all tried; and where no bounds hold, up to so many, as long as that is quick.
const EACH: u64 = 128;
pub(super) const EACH_OF_ANY: u64 = 2_048;

/// Most settlements by bounds, which cannot tell sizes apart that are equally good.
const BOUNDED: u64 = 10_000_000;

/// Sizes of a grid.
const GRID: u64 = 64;

/// What a search for the best has gone through.
#[derive(Clone, Debug)]
pub(super) struct Explored {
    /// The sizes that it weighed, ascending.
    pub(super) sizes: Vec<u64>,
    /// No larger one can be best.
    pub(super) most: u64,
    /// Whether every size up to that one was weighed.
    pub(super) is_each: bool,
    /// Whether no other can be better.
    pub(super) is_every: bool,
}

impl Search<'_, '_> {
    /// Weighs some sizes and all others that may be best within a share of paths in overage.
    pub(super) fn explore(
        &mut self,
        sizes: Vec<u64>,
        share: Option<u32>,
    ) -> Result<Explored, Error> {
        let mut sizes = in_order(sizes);
        self.settle(&sizes)?;
        let most = self.most(&sizes, share);
        // With nothing granted all use is billed, whatever the rules for a purchase say: nothing ahead is
        // weighed by itself.
        // Regret is against every size, so that it needs them all.
        let needs_all = !self.is_falling || self.objective == Objective::Regret;
        let is_quick = most < EACH_OF_ANY && self.futures.are_quick(most);
        let is_each = (most < EACH || needs_all && is_quick) && self.futures.fit(most);
        let mut is_every = is_each;
        if is_each {
            sizes = in_order((0..=most).chain(sizes).collect());
            self.settle(&sizes)?;
        } else if needs_all {
            self.by_grid(&mut sizes, most, share)?;
        } else {
            is_every = self.by_bounds(&mut sizes, most, share)?;
        }
        Ok(Explored {
            sizes,
            most,
            is_each,
            is_every,
        })
    }

    /// Beyond this size the purchase alone, less what all of it could be worth unused, costs more than
    /// the best of some settled sizes that meet the limit.
    fn most(&self, sizes: &[u64], limit: Option<u32>) -> u64 {
        let mean =
            |size: &SettledSize| size.value(Objective::Cost, &[]) / i128::from(self.futures.paths);
        let highest = |size: &SettledSize| {
            let highest = size.costs.iter().copied().max();
            i128::from(highest.unwrap_or(0))
        };
        // Under a limit the best is one of those that meet it, where there are any.
        let limit = limit.filter(|_| self.of(sizes).any(|size| is_allowed(size, limit)));
        let tried = self.of(sizes).filter(|size| is_allowed(size, limit));
        // No size is better whose purchase alone costs more than this.
        let worst = match self.objective {
            Objective::Cost => tried.map(mean).min(),
            Objective::Cvar { .. } => tried.map(highest).min(),
            // A size's regret is no more than its cost, and no less on any path than its purchase less a foresight
            // that costs no more than the sizes here: in 95% of the paths what 5% of these cost at most.
            Objective::Regret => {
                let rank = percentile_rank(self.futures.paths, 95) as usize;
                let placed = |mut costs: Vec<i64>, rank: usize| {
                    i128::from(*costs.select_nth_unstable(rank - 1).1)
                };
                let foresight = least_costs(self.of(sizes));
                let from = placed(foresight, self.futures.paths as usize + 1 - rank);
                tried
                    .map(|size| placed(size.costs.clone(), rank) + from)
                    .min()
            }
        };
        let most = self.last_within(worst.unwrap_or(0).max(0) + 1);
        most.max(sizes.last().copied().unwrap_or(0))
    }

    /// What a purchase costs for certain: all that is paid ahead, less what all of it could be worth unused.
    pub(super) fn at_least(&self, packs: u64) -> Option<i128> {
        let kept = MICRO - self.futures.scenario.contract.residual_value as i64;
        Some(self.futures.ahead(packs)? * i128::from(kept) / i128::from(MICRO))
    }

    /// The last size that may cost no more than so much.
    pub(super) fn last_within(&self, cost: i128) -> u64 {
        let fits = |packs: u64| self.at_least(packs).is_some_and(|least| least <= cost);
        let last = self.tiers.iter().rev().find(|&&(first, _)| fits(first));
        last.map_or(0, |&(first, last)| {
            search::edge(first, last.unwrap_or(u64::MAX >> 1), fits)
        })
    }

    /// Weighs sizes until none that is left out can be better; false where that takes too many.
    fn by_bounds(
        &mut self,
        sizes: &mut Vec<u64>,
        most: u64,
        share: Option<u32>,
    ) -> Result<bool, Error> {
        let objective = self.objective;
        // Values of the mean are sums over the paths.
        let times = match objective {
            Objective::Cost => self.futures.paths as i128,
            Objective::Cvar { .. } | Objective::Regret => 1,
        };
        let futures = self.futures;
        let tiers = self.tiers.clone();
        let ahead = |packs: u64| futures.ahead(packs)?.checked_mul(times);
        let space = Space {
            tiers: &tiers,
            fewest: 1,
            most,
            ahead: &ahead,
        };
        let also = sizes.clone();
        let most_weighed = (BOUNDED / futures.paths.max(1)).clamp(EACH, EACH_OF_ANY) as usize;
        let mut weigh = |asked: &[u64]| -> Result<Vec<Scored>, Halt> {
            if sizes.len() + asked.len() > most_weighed {
                return Err(Halt::TooMany);
            }
            self.settle(asked).map_err(Halt::Failed)?;
            sizes.extend(asked);
            let scored = self.of(asked).map(|size| Scored {
                packs: size.purchase.packs,
                value: size.value(objective, &[]),
                is_allowed: is_allowed(size, share),
            });
            Ok(scored.collect())
        };
        let is_every = match search::least(&space, &also, &mut weigh) {
            Ok(_) => true,
            Err(Halt::TooMany) => false,
            Err(Halt::Failed(error)) => return Err(error),
        };
        *sizes = in_order(std::mem::take(sizes));
        if !is_every {
            let gaps = sizes.windows(2).map(|pair| pair[1] - pair[0]);
            let widest = gaps.max().unwrap_or(1);
            self.closer(sizes, widest, share, &[])?;
        }
        Ok(is_every)
    }

    /// Weighs an even grid, and then ever closer around the best of it.
    fn by_grid(
        &mut self,
        sizes: &mut Vec<u64>,
        most: u64,
        share: Option<u32>,
    ) -> Result<(), Error> {
        let step = most.div_ceil(GRID).max(1);
        sizes.extend((0..=most.div_ceil(step)).map(|k| k * step));
        self.settle(sizes)?;
        // The same for all rounds: what is best must not hang on where sizes are close together.
        let foresight = match self.objective {
            Objective::Regret => self.close_by(sizes)?,
            Objective::Cost | Objective::Cvar { .. } => Vec::new(),
        };
        self.closer(sizes, step, share, &foresight)
    }

    /// Weighs ever closer around the best of some sizes, from a step on, down to the pack.
    fn closer(
        &mut self,
        sizes: &mut Vec<u64>,
        mut step: u64,
        share: Option<u32>,
        foresight: &[i64],
    ) -> Result<(), Error> {
        const BEST: usize = 5;
        while step > 1 {
            *sizes = in_order(std::mem::take(sizes));
            let allowed = self.of(sizes).filter(|size| is_allowed(size, share));
            let value = |size: &SettledSize| size.value(self.objective, foresight);
            let scored = allowed.map(|size| (value(size), size.purchase.packs));
            let best = in_order_of(scored).into_iter().take(BEST);
            let finer = step.div_ceil(8);
            let around = best.flat_map(|packs| {
                let from = packs.saturating_sub(step);
                (from..=packs + step).step_by(finer as usize)
            });
            sizes.extend(around);
            sizes.retain(|&packs| self.futures.holds(packs));
            self.settle(sizes)?;
            step = finer;
        }
        *sizes = in_order(std::mem::take(sizes));
        Ok(())
    }
}

/// Sizes by their value, the best first; of equal ones the smallest.
fn in_order_of(scored: impl Iterator<Item = (i128, u64)>) -> Vec<u64> {
    let mut scored: Vec<(i128, u64)> = scored.collect();
    scored.sort_unstable();
    scored.into_iter().map(|(_, packs)| packs).collect()
}

/// Why sizes are weighed no further.
enum Halt {
    TooMany,
    Failed(Error),
}
