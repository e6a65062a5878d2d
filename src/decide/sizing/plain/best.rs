//! Which size is best.
//!
//! Within a price tier the mean cost is convex in Q and least at the order statistic of D at the
//! newsvendor ratio (o - p)/(o - v), rounded to whole packs on either side; each tier's edges are
//! candidates too. Where o = p nothing should be bought, whatever r, since v < p. Costs are compared as
//! exact integers; equal ones go to the smaller size.
//! Arrow, Harris & Marschak, Econometrica 19 (1951) 250; Zipkin, Foundations of Inventory
//! Management (2000), section 6.4.
//!
//! Cost never falls in D, so the worst paths are those of the largest D whatever Q: their mean cost is
//! that of a newsvendor with the largest demands only, least at the fractile 1 - (1 - alpha)(p - v)/(o - v)
//! of all. R. T. Rockafellar & S. Uryasev, J. Banking & Finance 26 (2002) 1443; J. Gotoh & Y. Takano, Eur.
//! J. Oper. Res. 179 (2007) 320. A limit on the share of paths with an overage is a least size, an order
//! statistic too.

use super::{Sizing, Value};
use crate::decide::sizing::search::{self, Scored, Space};
use crate::decide::sizing::{Objective, most_over};
use crate::ledger::Purchase;
use crate::summarise::ranks::percentile_rank;
use crate::summarise::tail;
use crate::units::{Credits, MICRO};

impl Sizing<'_> {
    /// The size of least mean cost, in packs; `None` where the costs cannot be compared in 128
    /// bits.
    pub fn optimum(&self) -> Option<u64> {
        self.best(Objective::Cost, None)
    }

    /// The best size, in packs, of those that have an overage on no more than a share of paths, in
    /// millionths; `None` where the values cannot be compared in 128 bits, or the ledger's integers hold no
    /// such size.
    pub fn best(&self, objective: Objective, max_overage: Option<u32>) -> Option<u64> {
        self.best_from(objective, max_overage.map_or(0, |share| self.fewest(share)))
    }

    /// The best size of no fewer packs than so many; `None` as [`best`](Self::best) is.
    pub fn best_from(&self, objective: Objective, fewest: u64) -> Option<u64> {
        if objective == Objective::Regret {
            return self.least_regret(&self.tiers, fewest);
        }
        let sizes = self.tiers.iter();
        let sizes = sizes.flat_map(|&tier| self.candidates(tier, objective, fewest));
        self.least(objective, sizes)
    }

    /// The fewest packs that leave no more than a share of paths, in millionths, with an overage.
    pub fn fewest(&self, share: u32) -> u64 {
        let over = most_over(self.len(), share);
        let place = self.len().checked_sub(over + 1);
        let reached = place.map_or(0, |place| self.demand[place]);
        self.prices.packs_for(Credits::from_micro(reached))
    }

    /// The fewest packs for the ends of the 95% interval of the demand that [`fewest`](Self::fewest)
    /// covers; `None` where there are too few paths beyond it.
    pub fn fewest_interval(&self, share: u32) -> Option<(u64, u64)> {
        let over = most_over(self.len(), share);
        let place = self.len().checked_sub(over + 1)?;
        let quantile = 1.0 - f64::from(share) / MICRO as f64;
        let (low, high) = self.rank_interval(quantile, self.demand[place])?;
        let packs = |rank: u64| {
            let demand = Credits::from_micro(self.demand[rank as usize - 1]);
            self.prices.packs_for(demand)
        };
        Some((packs(low), packs(high)))
    }

    /// The sizes of a tier from `fewest` on that can be best and that the ledger's integers hold: its
    /// edges, and the whole packs on either side of the fractile.
    fn candidates(
        &self,
        (first, last): (u64, Option<u64>),
        objective: Objective,
        fewest: u64,
    ) -> impl Iterator<Item = u64> {
        let fractile = self.fractile_packs(first, objective);
        let lowest = first.max(fewest);
        let sizes = [Some(lowest), Some(fractile), fractile.checked_add(1), last];
        let is_open = last.is_none_or(|last| lowest <= last);
        let clamped = sizes
            .into_iter()
            .flatten()
            .filter(move |_| is_open)
            .map(move |packs| packs.clamp(lowest, last.unwrap_or(u64::MAX)));
        clamped.filter(|&packs| self.prices.purchase(packs).is_some())
    }

    /// The size of least value; of equal ones the smaller.
    fn least(&self, objective: Objective, sizes: impl Iterator<Item = u64>) -> Option<u64> {
        let values = sizes.map(|packs| Some((self.value(objective, packs)?, packs)));
        let values = values.collect::<Option<Vec<_>>>()?;
        values.into_iter().min().map(|(_, packs)| packs)
    }

    /// What sizes are compared by: for the mean the exact total cost, else the objective in millionths of
    /// a unit of money.
    fn value(&self, objective: Objective, packs: u64) -> Option<Value> {
        match objective {
            Objective::Cost => self.total_cost(packs),
            Objective::Cvar { .. } | Objective::Regret => {
                let purchase = self.prices.purchase(packs)?;
                let value = self.objective(objective, &purchase) * MICRO as f64;
                Some((value.round() as i128, 0))
            }
        }
    }

    /// The size from which on a pack more is a loss on every path: it holds all demand and lies in the last of some
    /// tiers.
    fn enough(&self, tiers: &[(u64, Option<u64>)], fewest: u64) -> u64 {
        let most = self.demand[self.len() - 1];
        let most = self.prices.packs_for(Credits::from_micro(most));
        let last = tiers.last().map_or(0, |&(first, _)| first);
        most.max(last).max(fewest)
    }

    /// The size of some tiers, from `fewest` on, whose 95th percentile of regret is least; of equal ones the smallest.
    pub(super) fn least_regret(&self, tiers: &[(u64, Option<u64>)], fewest: u64) -> Option<u64> {
        let most = self.enough(tiers, fewest);
        // Where a pack ahead saves nothing the smallest size of the tier is best on every path. The search
        // would weigh them all: its bound says nothing where sizes are equally good.
        let tiers = tiers.iter().map(|&(first, last)| {
            let least = first.max(fewest);
            let is_open = last.is_none_or(|last| least <= last);
            match self.margin(first) {
                (saved, _) if saved <= 0 && is_open => (least, Some(least)),
                _ => (first, last),
            }
        });
        let tiers: Vec<(u64, Option<u64>)> = tiers.collect();
        let space = Space {
            tiers: &tiers,
            fewest,
            most,
            ahead: &|packs| Some(i128::from(self.prices.purchase(packs)?.cost.micro())),
        };
        let mut weigh = |sizes: &[u64]| -> Result<Vec<Scored>, ()> {
            let scored = sizes.iter().filter_map(|&packs| {
                Some(Scored {
                    packs,
                    value: self.value(Objective::Regret, packs)?.0,
                    is_allowed: packs >= fewest,
                })
            });
            Ok(scored.collect())
        };
        search::least(&space, &[], &mut weigh).ok().flatten()
    }

    /// Ranges of sizes, in packs, that the run cannot tell at 95% from the best by mean cost, or by the mean of
    /// the worst costs: in the best one's own tier the rank interval of the fractile that is best there, and the
    /// same in every other tier whose best size is not worse for certain (paired interval). An end that only
    /// rounding to packs brings in, and that is worse for certain, is left out. The size of least regret is no
    /// fractile: its ranges are those of the sizes whose paths with little regret are hardly fewer. `None` where
    /// there are too few paths to tell.
    pub fn ranges(&self, objective: Objective) -> Option<Vec<(u64, u64)>> {
        if objective == Objective::Regret {
            return self.regret_ranges();
        }
        let optimum = self.prices.purchase(self.best(objective, None)?)?;
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &tier in &self.tiers {
            let best = self.least(objective, self.candidates(tier, objective, 0));
            let Some(best) = best.and_then(|packs| self.prices.purchase(packs)) else {
                continue;
            };
            if best != optimum && self.is_worse(objective, &best, &optimum) {
                continue;
            }
            let (low, high) = self.range_around(objective, &best, tier)?;
            match ranges.last_mut() {
                Some((_, before)) if *before + 1 >= low => *before = high,
                _ => ranges.push((low, high)),
            }
        }
        Some(ranges)
    }

    fn range_around(
        &self,
        objective: Objective,
        best: &Purchase,
        tier: (u64, Option<u64>),
    ) -> Option<(u64, u64)> {
        let (first, last) = tier;
        let ratio = self.ratio(first);
        if ratio <= 0.0 {
            return Some((best.packs, best.packs));
        }
        // Of the worst paths only so many are above it as of all paths for the mean.
        let fractile = match objective {
            Objective::Cost | Objective::Regret => ratio,
            Objective::Cvar { alpha } => {
                1.0 - (1.0 - f64::from(alpha) / MICRO as f64) * (1.0 - ratio)
            }
        };
        let n = self.len();
        let rank = ((n as f64 * fractile).ceil() as usize).clamp(1, n);
        let (low, high) = self.rank_interval(fractile, self.demand[rank - 1])?;
        let packs = |rank: u64| {
            let packs = self.demand[rank as usize - 1] / self.prices.pack.micro();
            packs.unsigned_abs()
        };
        let bound = |packs: u64| packs.clamp(first, last.unwrap_or(u64::MAX));
        let (mut low, mut high) = (bound(packs(low)), bound(packs(high) + 1));
        let is_worse = |packs: u64| {
            let size = self.prices.purchase(packs);
            size.is_none_or(|size| self.is_worse(objective, &size, best))
        };
        if low < best.packs && is_worse(low) {
            low += 1;
        }
        if high > best.packs && is_worse(high) {
            high -= 1;
        }
        Some((low.min(best.packs), high.max(best.packs)))
    }

    /// True when `a` is worse than `b`, for certain at 95%.
    fn is_worse(&self, objective: Objective, a: &Purchase, b: &Purchase) -> bool {
        let difference = match objective {
            Objective::Cvar { alpha } => self.tail_difference(alpha, a, b),
            Objective::Cost | Objective::Regret => self.difference(a, b),
        };
        difference.interval.is_some_and(|(low, _)| low > 0.0)
    }

    /// Sizes from `fewest` on whose objective is at most `most`, as ranges of packs; `optimum` is the best of all.
    ///
    /// Mean and tail mean are convex in a tier, so that the range around the tier's best is all there is. A percentile
    /// of regret has humps: its sizes are found by bounds.
    pub fn within(
        &self,
        objective: Objective,
        (fewest, optimum): (u64, u64),
        most: f64,
    ) -> Vec<(u64, u64)> {
        if objective == Objective::Regret {
            return self.within_regret(fewest, most);
        }
        let fits = |packs: u64| {
            let purchase = self.prices.purchase(packs);
            purchase.is_some_and(|purchase| self.objective(objective, &purchase) <= most)
        };
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &(first, last) in &self.tiers {
            let is_here = (first..=last.unwrap_or(u64::MAX)).contains(&optimum);
            let best = match is_here {
                true => Some(optimum),
                false => {
                    let candidates = self.candidates((first, last), objective, fewest);
                    self.least(objective, candidates)
                }
            };
            let Some(best) = best.filter(|&packs| fits(packs)) else {
                continue;
            };
            let low = search::edge(best, first.max(fewest), fits);
            let high = search::edge(best, last.unwrap_or(u64::MAX >> 1), fits);
            match ranges.last_mut() {
                Some((_, before)) if *before + 1 >= low => *before = high,
                _ => ranges.push((low, high)),
            }
        }
        ranges
    }

    /// Sizes from `fewest` on whose 95th percentile of regret is at most `most`, as ranges of packs. Where these are
    /// too many to decide each, a gap between two that are counts as one.
    fn within_regret(&self, fewest: u64, most: f64) -> Vec<(u64, u64)> {
        /// Regrets that are sorted at most, beside the fewest sizes.
        const SORTED: usize = 20_000_000;
        let enough = self.enough(&self.tiers, fewest);
        let space = Space {
            tiers: &self.tiers,
            fewest,
            most: enough,
            ahead: &|packs| Some(i128::from(self.prices.purchase(packs)?.cost.micro())),
        };
        let most = (most * MICRO as f64).round() as i128;
        let weigh = |packs: u64| Some(self.value(Objective::Regret, packs)?.0);
        let tries = (SORTED / self.len()).clamp(128, 2_048);
        let mut ranges = search::within(&space, most, tries, weigh);
        if let Some((_, last)) = ranges.last_mut().filter(|range| range.1 == enough) {
            let fits = |packs: u64| weigh(packs).is_some_and(|value| value <= most);
            *last = search::edge(enough, u64::MAX >> 1, fits);
        }
        ranges
    }

    /// Sizes of a cost curve: about 40 from nothing to beyond what nearly every path needs, every
    /// edge of a tier, and `also`; ascending, each once.
    pub fn curve(&self, also: &[u64]) -> Vec<u64> {
        let high = self.demand[percentile_rank(self.len() as u64, 99) as usize - 1];
        let high = self.prices.packs_for(Credits::from_micro(high));
        search::curve(&self.tiers, high, also)
    }

    /// The newsvendor ratio (o - p)/(o - v) in the tier that starts at `first` packs.
    fn ratio(&self, first: u64) -> f64 {
        let (saved, spread) = self.margin(first);
        if spread > 0 {
            saved as f64 / spread as f64
        } else {
            0.0
        }
    }

    /// o - p and o - v for a pack's worth, exactly, in a common unit.
    fn margin(&self, first: u64) -> (i128, i128) {
        let edge = Credits::from_micro(self.prices.pack.micro().saturating_mul(first as i64));
        let p = i128::from(self.prices.pack_price.micro()) * self.kept(edge);
        let v = p * i128::from(self.residual);
        let (p, unit) = (p * i128::from(MICRO), i128::from(MICRO) * i128::from(MICRO));
        let o = i128::from(self.prices.overage.pack_price().micro()) * unit;
        (o - p, o - v)
    }

    /// Whole packs at or just below the fractile of demand that is best in a tier: the smallest Q
    /// that as few of the worst paths pass as pays, m (p - v)/(o - v) of the m worst. For the mean all
    /// paths count: Q has the exact rank ceil(n (o - p)/(o - v)).
    fn fractile_packs(&self, first: u64, objective: Objective) -> u64 {
        let (saved, spread) = self.margin(first);
        if saved <= 0 {
            return first;
        }
        let above = match objective {
            Objective::Cost | Objective::Regret => {
                let n = self.len() as i128;
                n - (n * saved + spread - 1) / spread
            }
            // Exactly: a rank too many would be a demand that costs the same, and more packs.
            Objective::Cvar { alpha } => {
                let (whole, rest) = tail::worst(self.len(), alpha);
                let worst = whole as i128 * i128::from(MICRO) + i128::from(rest);
                let shared = gcd(saved, spread);
                let (pays, all) = ((spread - saved) / shared, spread / shared);
                match worst.checked_mul(pays) {
                    Some(product) => product / all / i128::from(MICRO),
                    None => (worst as f64 / MICRO as f64 * (pays as f64 / all as f64)) as i128,
                }
            }
        };
        let place = (self.len() - 1).saturating_sub(usize::try_from(above).unwrap_or(0));
        (self.demand[place] / self.prices.pack.micro()).unsigned_abs()
    }
}

/// The greatest common divisor of two numbers above 0.
fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
