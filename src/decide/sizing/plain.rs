//! Sizes whose cost follows from a term's demand alone.
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

use super::search::{self, Scored, Space};
use super::{Candidate, Difference, Objective, most_over};
use crate::ledger::{PriceList, Purchase};
use crate::randomness::Sampling;
use crate::summarise::parts::{Labels, spread_ranks, wider};
use crate::summarise::ranks::{
    LEVEL, Proportion, RESOLVED, Spread, Z95, is_resolved, percentile_rank, rank_interval,
};
use crate::summarise::tail::{self, ALPHA_95};
use crate::units::{Credits, MICRO};

/// Demand of terms beyond the free credits on every path, ready to be sized.
///
/// Several terms of a path pool their demands: each is one of the demands, figures are those of a term,
/// and errors know that terms of one path belong together.
#[derive(Clone, Debug)]
pub struct Sizing<'a> {
    prices: &'a PriceList,
    /// Worth of an unused credit as a share of its price, in millionths.
    residual: u64,
    /// Price tiers as ranges of packs: first, and last unless it has none.
    tiers: Vec<(u64, Option<u64>)>,
    /// Ascending, in micro-credits.
    demand: Vec<i64>,
    /// Terms on each path.
    terms: usize,
    /// Path of each demand; empty where each path has one term.
    path_of: Vec<u32>,
    /// Which part of the run each of them comes from.
    labels: Labels,
    /// Sum of the `k` largest demands, k = 0..=n.
    largest: Vec<i128>,
    /// Of the `k` largest, sums of what they differ by from the mean, in credits, and of its square.
    spreads: Vec<(f64, f64)>,
    /// What the best size would have cost on each path, had it been known, in the order of `demand`.
    foresight: Vec<f64>,
}

/// Parts of a unit in which the fractions of exact costs are counted: millionths of millionths.
const WHOLE: i128 = 1_000_000_000_000;

/// A value by which sizes are compared: whole units, and 10⁻¹² parts that a residual value may leave.
type Value = (i128, i128);

impl<'a> Sizing<'a> {
    /// Takes the demand beyond the free credits of every path, in micro-credits, in any order.
    ///
    /// # Panics
    /// When there are no paths.
    pub fn new(prices: &'a PriceList, demand: Vec<i64>) -> Self {
        Self::with_residual(prices, 0, demand)
    }

    /// The same where an unused credit is worth a share of its price, in millionths.
    ///
    /// # Panics
    /// When there are no paths.
    pub fn with_residual(prices: &'a PriceList, residual: u64, demand: Vec<i64>) -> Self {
        Self::sampled(prices, residual, demand, Sampling::Random)
    }

    /// The same of paths that are sampled like this, in their order.
    ///
    /// # Panics
    /// When there are no paths.
    pub fn sampled(
        prices: &'a PriceList,
        residual: u64,
        demand: Vec<i64>,
        sampling: Sampling,
    ) -> Self {
        Self::of_terms(prices, residual, demand, 1, sampling)
    }

    /// The same of several terms on each path, whose demands follow each other.
    ///
    /// # Panics
    /// When there are no paths, or demands that do not make whole paths.
    pub fn of_terms(
        prices: &'a PriceList,
        residual: u64,
        mut demand: Vec<i64>,
        terms: usize,
        sampling: Sampling,
    ) -> Self {
        assert!(!demand.is_empty(), "a forecast has paths");
        assert!(demand.len().is_multiple_of(terms), "whole paths");
        let mut labels = Labels::repeated(sampling, demand.len() / terms, terms);
        let mut path_of = Vec::new();
        if terms > 1 {
            let paths = (0..demand.len()).map(|place| (place / terms) as u32);
            let mut pairs: Vec<(i64, u32)> = demand.iter().copied().zip(paths).collect();
            // As the labels sort: by value, and of equal ones in any one order.
            pairs.sort_unstable();
            path_of = pairs.into_iter().map(|(_, path)| path).collect();
        }
        labels.sort(&mut demand);
        let mut largest = vec![0];
        let mut sum = 0;
        for &credits in demand.iter().rev() {
            sum += i128::from(credits);
            largest.push(sum);
        }
        let mean = sum as f64 / demand.len() as f64;
        let mut spreads = vec![(0.0, 0.0)];
        let (mut first, mut second) = (0.0, 0.0);
        for &credits in demand.iter().rev() {
            let off = (credits as f64 - mean) / MICRO as f64;
            first += off;
            second += off * off;
            spreads.push((first, second));
        }
        let mut sizing = Self {
            prices,
            residual,
            tiers: tiers(prices),
            demand,
            terms,
            path_of,
            labels,
            largest,
            spreads,
            foresight: Vec::new(),
        };
        let demand = sizing.demand.iter();
        sizing.foresight = demand.map(|&d| sizing.foresight_cost(d)).collect();
        sizing
    }

    /// Number of demands.
    fn len(&self) -> usize {
        self.demand.len()
    }

    /// The size of least mean cost, in packs; `None` where the costs cannot be compared in 128
    /// bits.
    pub fn optimum(&self) -> Option<u64> {
        self.best(Objective::Cost, None)
    }

    /// The best size, in packs, of those that have an overage on no more than a share of paths, in
    /// millionths; `None` where the values cannot be compared in 128 bits, or the ledger's integers hold no
    /// such size.
    pub fn best(&self, objective: Objective, max_overage: Option<u32>) -> Option<u64> {
        let fewest = max_overage.map_or(0, |share| self.fewest(share));
        if objective == Objective::Regret {
            return self.least_regret(fewest);
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

    /// The objective of a purchase, in whole units of money.
    fn objective(&self, objective: Objective, purchase: &Purchase) -> f64 {
        match objective {
            Objective::Cost => self.mean_cost(purchase),
            Objective::Cvar { alpha } => self.worst(purchase, alpha),
            Objective::Regret => self.regret_p95(purchase),
        }
    }

    fn least_regret(&self, fewest: u64) -> Option<u64> {
        let most = self.demand[self.len() - 1];
        let most = self.prices.packs_for(Credits::from_micro(most));
        let last = self.tiers.last().map_or(0, |&(first, _)| first);
        let space = Space {
            tiers: &self.tiers,
            fewest,
            // Beyond all demand a pack more is a loss on every path.
            most: most.max(last).max(fewest),
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

    /// Ranges of sizes, in packs, that the run cannot tell from the optimum at 95%: in the
    /// optimum's own tier the rank interval of the newsvendor fractile, and the same in every other
    /// tier whose best size does not cost more than the optimum for certain (paired interval). An
    /// end that only rounding to packs brings in, and that costs more for certain, is left out.
    /// `None` where there are too few paths to tell.
    pub fn optimum_ranges(&self) -> Option<Vec<(u64, u64)>> {
        let optimum = self.prices.purchase(self.optimum()?)?;
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &tier in &self.tiers {
            let best = self.least(Objective::Cost, self.candidates(tier, Objective::Cost, 0));
            let Some(best) = best.and_then(|packs| self.prices.purchase(packs)) else {
                continue;
            };
            if best != optimum && self.costs_more(&best, &optimum) {
                continue;
            }
            let (low, high) = self.range_around(&best, tier)?;
            match ranges.last_mut() {
                Some((_, before)) if *before + 1 >= low => *before = high,
                _ => ranges.push((low, high)),
            }
        }
        Some(ranges)
    }

    fn range_around(&self, best: &Purchase, tier: (u64, Option<u64>)) -> Option<(u64, u64)> {
        let (first, last) = tier;
        let ratio = self.ratio(first);
        if ratio <= 0.0 {
            return Some((best.packs, best.packs));
        }
        let n = self.len();
        let rank = ((n as f64 * ratio).ceil() as usize).clamp(1, n);
        let (low, high) = self.rank_interval(ratio, self.demand[rank - 1])?;
        let packs = |rank: u64| {
            let packs = self.demand[rank as usize - 1] / self.prices.pack.micro();
            packs.unsigned_abs()
        };
        let bound = |packs: u64| packs.clamp(first, last.unwrap_or(u64::MAX));
        let (mut low, mut high) = (bound(packs(low)), bound(packs(high) + 1));
        let is_worse = |packs: u64| {
            let size = self.prices.purchase(packs);
            size.is_none_or(|size| self.costs_more(&size, best))
        };
        if low < best.packs && is_worse(low) {
            low += 1;
        }
        if high > best.packs && is_worse(high) {
            high -= 1;
        }
        Some((low.min(best.packs), high.max(best.packs)))
    }

    /// True when `a` costs more than `b` on average, for certain at 95%.
    fn costs_more(&self, a: &Purchase, b: &Purchase) -> bool {
        let interval = self.difference(a, b).interval;
        interval.is_some_and(|(low, _)| low > 0.0)
    }

    /// Evaluates a size for the expected cost; `None` where its cost does not fit the ledger's integers.
    pub fn evaluate(&self, packs: u64) -> Option<Candidate> {
        self.weigh(Objective::Cost, packs)
    }

    /// Evaluates a size; `None` where its cost does not fit the ledger's integers.
    pub fn weigh(&self, objective: Objective, packs: u64) -> Option<Candidate> {
        let purchase = self.prices.purchase(packs)?;
        let demands = self.len() as u64;
        let n = demands as f64;
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over) as f64;
        let bought = purchase.credits.micro() as f64;
        let mean_demand = self.largest[self.len()] as f64 / n;
        let cost_mean = self.mean_cost(&purchase);
        let cost_at = |percent| {
            let rank = percentile_rank(demands, percent) as usize;
            is_resolved(demands, percent).then(|| self.cost(&purchase, self.demand[rank - 1]))
        };
        let error = self.error_of_cost(&purchase);
        let is_resolved_objective = match objective {
            Objective::Cost => true,
            Objective::Cvar { alpha } => tail::worst(self.len(), alpha).0 as u64 >= RESOLVED,
            Objective::Regret => is_resolved(demands, 95),
        };
        Some(Candidate {
            purchase,
            share_of_mean: (mean_demand > 0.0).then(|| bought / mean_demand),
            cost_mean,
            cost_mean_se: error.map(|error| error.error),
            cost_mean_half_width: error.map(|error| error.half_width()),
            cost_p50: cost_at(50),
            cost_p95: cost_at(95),
            cost_cvar95: is_resolved(demands, 95).then(|| self.worst(&purchase, ALPHA_95)),
            objective: is_resolved_objective.then(|| self.objective(objective, &purchase)),
            overage: self.share_over(over, purchase.credits.micro()),
            has_grants: None,
            overage_credits_mean: excess / n / MICRO as f64,
            unused_credits_mean: self.unused(&purchase),
            unserved_credits_mean: 0.0,
            regret_mean: self.regret_mean(cost_mean),
        })
    }

    /// Mean of cost minus the cost with foresight, for a size of this mean cost.
    fn regret_mean(&self, cost_mean: f64) -> f64 {
        let foresight = self.foresight.iter().sum::<f64>() / self.len() as f64;
        (cost_mean - foresight).max(0.0)
    }

    /// What it would be worth to know the demand before buying: the mean regret of a size, with its
    /// interval.
    pub fn foresight_worth(&self, purchase: &Purchase) -> Difference {
        let regret = |place: usize| self.cost(purchase, self.demand[place]) - self.foresight[place];
        self.mean_with_interval(regret)
    }

    /// Mean cost of `a` minus that of `b` on the same paths, with its paired interval.
    pub fn difference(&self, a: &Purchase, b: &Purchase) -> Difference {
        let difference = |place: usize| {
            let d = self.demand[place];
            self.cost(a, d) - self.cost(b, d)
        };
        self.mean_with_interval(difference)
    }

    fn mean_with_interval(&self, value: impl Fn(usize) -> f64) -> Difference {
        let mean = (0..self.len()).map(&value).sum::<f64>() / self.len() as f64;
        let half = self.error(value).map(|error| error.half_width());
        Difference {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
        }
    }

    /// Sizes from `fewest` on whose objective is at most `most`, as ranges of packs around the best of each
    /// tier; `optimum` is the best of all.
    ///
    /// Mean and tail mean are convex in a tier, so that each range is all there is. A percentile of regret is
    /// followed from the optimum outward as long as it stays below: other tiers, and sizes behind a hump, are
    /// left out.
    pub fn within(
        &self,
        objective: Objective,
        (fewest, optimum): (u64, u64),
        most: f64,
    ) -> Vec<(u64, u64)> {
        let fits = |packs: u64| {
            let purchase = self.prices.purchase(packs);
            purchase.is_some_and(|purchase| self.objective(objective, &purchase) <= most)
        };
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &(first, last) in &self.tiers {
            let is_here = (first..=last.unwrap_or(u64::MAX)).contains(&optimum);
            let best = match (is_here, objective) {
                (true, _) => Some(optimum),
                (false, Objective::Regret) => None,
                (false, _) => {
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
        let o = i128::from(self.prices.overage.pack_price.micro()) * unit;
        (o - p, o - v)
    }

    /// What a discount leaves of the list price, in millionths.
    fn kept(&self, credits: Credits) -> i128 {
        i128::from(MICRO) - i128::from(self.prices.off(credits))
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

    /// Paths whose demand passes `credits`.
    fn over(&self, credits: Credits) -> usize {
        self.len() - self.demand.partition_point(|&d| d <= credits.micro())
    }

    /// Their share, with its error.
    fn share_over(&self, over: usize, limit: i64) -> Proportion {
        let share = Proportion::new(over as u64, self.len() as u64);
        if self.is_independent() {
            return share;
        }
        let is_above = |place: usize| f64::from(u8::from(self.demand[place] > limit));
        Proportion {
            spread: self.error(is_above),
            ..share
        }
    }

    /// Sum over the paths of (D - Q)⁺.
    fn excess(&self, credits: Credits, over: usize) -> i128 {
        self.largest[over] - i128::from(credits.micro()) * over as i128
    }

    /// Mean cost, in whole units of money.
    fn mean_cost(&self, purchase: &Purchase) -> f64 {
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over) as f64;
        let price = self.prices.overage.per_credit() / MICRO as f64;
        let unused = self.unused(purchase);
        purchase.cost.to_f64() + price * excess / self.len() as f64 - self.worth(purchase) * unused
    }

    /// Mean credits bought and not used.
    fn unused(&self, purchase: &Purchase) -> f64 {
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over) as f64;
        let n = self.len() as f64;
        let mean_demand = self.largest[self.len()] as f64 / n;
        let bought = purchase.credits.micro() as f64;
        ((bought - mean_demand) + excess / n).max(0.0) / MICRO as f64
    }

    /// Sum of the paths' costs times the pack size, exactly: comparable between sizes. The second
    /// number counts the fraction, in 10⁻¹², that a residual value may leave.
    pub(super) fn total_cost(&self, packs: u64) -> Option<Value> {
        let purchase = self.prices.purchase(packs)?;
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over);
        let price = i128::from(self.prices.overage.pack_price.micro());
        let bought = i128::from(purchase.cost.micro())
            .checked_mul(self.len() as i128)?
            .checked_mul(i128::from(self.prices.pack.micro()))?;
        let cost = bought.checked_add(price.checked_mul(excess)?)?;
        let (whole, rest) = self.total_worth(&purchase, excess)?;
        // cost - whole - rest, as whole units and a fraction that is not negative.
        Some(match rest {
            0 => (cost.checked_sub(whole)?, 0),
            rest => (cost.checked_sub(whole)?.checked_sub(1)?, WHOLE - rest),
        })
    }

    /// Sum over the paths of v (Q - D)⁺ times the pack size, exactly: whole units and 10⁻¹² parts.
    fn total_worth(&self, purchase: &Purchase, excess: i128) -> Option<Value> {
        if self.residual == 0 {
            return Some((0, 0));
        }
        let n = self.len();
        let bought = i128::from(purchase.credits.micro()) * n as i128;
        let unused = bought - self.largest[n] + excess;
        let full = i128::from(self.prices.pack_price.micro()).checked_mul(unused)?;
        let share = self.kept(purchase.credits) * i128::from(self.residual);
        let rest = full % WHOLE * share;
        Some((full / WHOLE * share + rest / WHOLE, rest % WHOLE))
    }

    /// v: what an unused credit of a purchase is worth at the end.
    fn worth(&self, purchase: &Purchase) -> f64 {
        match self.residual {
            0 => 0.0,
            share => share as f64 / MICRO as f64 * purchase.per_credit().unwrap_or(0.0),
        }
    }

    /// Cost of a purchase on a path of demand `d`.
    pub fn cost(&self, purchase: &Purchase, d: i64) -> f64 {
        let beyond = d - purchase.credits.micro();
        let over = beyond.max(0) as f64 / MICRO as f64;
        let cost = purchase.cost.to_f64() + self.prices.overage.per_credit() * over;
        if self.residual == 0 {
            return cost;
        }
        cost - self.worth(purchase) * (-beyond).max(0) as f64 / MICRO as f64
    }

    /// Least cost of a path whose demand is known: all of each tier's sensible sizes.
    fn foresight_cost(&self, d: i64) -> f64 {
        let below = (d / self.prices.pack.micro()).unsigned_abs();
        let sizes = self.tiers.iter().flat_map(|&(first, last)| {
            [first, below, below + 1].map(|packs| packs.clamp(first, last.unwrap_or(u64::MAX)))
        });
        sizes
            .filter_map(|packs| Some(self.cost(&self.prices.purchase(packs)?, d)))
            .fold(f64::INFINITY, f64::min)
    }

    /// Mean of the worst n(1 - alpha) costs, the last one weighted by the fraction.
    fn worst(&self, purchase: &Purchase, alpha: u32) -> f64 {
        let n = self.len();
        let (whole, rest) = tail::worst(n, alpha);
        let over = self.over(purchase.credits).min(whole);
        // Micro-credits, in whole numbers.
        let above = self.excess(purchase.credits, over);
        let bought = i128::from(purchase.credits.micro()) * whole as i128;
        let unused = bought - self.largest[whole] + above;
        let price = self.prices.overage.per_credit();
        let beyond = price * (above as f64 / MICRO as f64)
            - self.worth(purchase) * (unused as f64 / MICRO as f64);
        let rest = f64::from(rest) / MICRO as f64;
        let next = match n.checked_sub(whole + 1) {
            Some(place) if rest > 0.0 => self.cost(purchase, self.demand[place]),
            _ => 0.0,
        };
        let sum = purchase.cost.to_f64() * whole as f64 + beyond + rest * next;
        sum / (whole as f64 + rest)
    }

    /// The 95th percentile of cost minus cost with foresight.
    fn regret_p95(&self, purchase: &Purchase) -> f64 {
        let regrets = self.demand.iter().zip(&self.foresight);
        let regrets = regrets.map(|(&d, foresight)| self.cost(purchase, d) - foresight);
        let mut regrets: Vec<f64> = regrets.collect();
        let rank = percentile_rank(self.len() as u64, 95) as usize;
        let (_, value, _) = regrets.select_nth_unstable_by(rank - 1, f64::total_cmp);
        *value
    }

    /// Half of the objective's 95% interval at a purchase.
    pub fn objective_half_width(&self, objective: Objective, purchase: &Purchase) -> Option<f64> {
        let cost = |place: usize| self.cost(purchase, self.demand[place]);
        let n = self.len();
        match objective {
            Objective::Cost => self.error_of_cost(purchase).map(|error| error.half_width()),
            Objective::Cvar { alpha } => {
                // The tail mean is least over all q of q + E(cost - q)⁺/(1 - alpha), at the quantile.
                let (whole, _) = tail::worst(n, alpha);
                let quantile = cost(n - 1 - whole.min(n - 1));
                let share = 1.0 - f64::from(alpha) / MICRO as f64;
                let beyond = |place: usize| (cost(place) - quantile).max(0.0) / share;
                self.error(beyond).map(|error| error.half_width())
            }
            Objective::Regret => {
                let pairs = (0..n).map(|place| cost(place) - self.foresight[place]);
                let mut regrets: Vec<f64> = pairs.collect();
                regrets.sort_unstable_by(f64::total_cmp);
                let (_, high) = rank_interval(n as u64, 0.95, LEVEL)?;
                let own = percentile_rank(n as u64, 95);
                Some(regrets[high as usize - 1] - regrets[own as usize - 1])
            }
        }
    }

    /// True where every demand is independent of every other.
    fn is_independent(&self) -> bool {
        self.terms == 1 && self.labels.are_independent()
    }

    /// Error of the mean cost of a purchase. Cost is linear in D on either side of Q, so that of
    /// independent paths its variance follows from sums of the demands above Q and of their squares.
    fn error_of_cost(&self, purchase: &Purchase) -> Option<Spread> {
        if !self.is_independent() {
            return self.error(|place| self.cost(purchase, self.demand[place]));
        }
        let count = self.len();
        if count < 2 {
            return None;
        }
        let n = count as f64;
        let mean_demand = self.largest[count] as f64 / n / MICRO as f64;
        let over = self.over(purchase.credits);
        let off = purchase.credits.to_f64() - mean_demand;
        // Sums of D - Q and of its square, over the paths above Q and over those below.
        let sums = |(first, second): (f64, f64), count: f64| {
            let square = second - 2.0 * off * first + count * off * off;
            (first - count * off, square.max(0.0))
        };
        let (all, above) = (self.spreads[count], self.spreads[over]);
        let below = (all.0 - above.0, all.1 - above.1);
        let (first, second) = sums(above, over as f64);
        let (first_below, second_below) = sums(below, n - over as f64);
        let (price, worth) = (self.prices.overage.per_credit(), self.worth(purchase));
        let sum = price * first + worth * first_below;
        let squares = price * price * second + worth * worth * second_below;
        let variance = (squares - sum * sum / n).max(0.0) / (n - 1.0);
        Some(Spread {
            error: (variance / n).sqrt(),
            width: Z95,
        })
    }

    /// Error of the mean of a value over all demands, by their places.
    fn error(&self, value: impl Fn(usize) -> f64) -> Option<Spread> {
        if !self.labels.are_independent() {
            return self.labels.spread_by_place(self.len(), value);
        }
        let paths = self.len() / self.terms;
        if paths < 2 {
            return None;
        }
        let n = paths as f64;
        let mean = (0..self.len()).map(&value).sum::<f64>() / self.len() as f64;
        let squares: f64 = if self.terms == 1 {
            let squares = (0..paths).map(|place| (value(place) - mean) * (value(place) - mean));
            squares.sum()
        } else {
            let mut sums = vec![0.0; paths];
            for (place, &path) in self.path_of.iter().enumerate() {
                sums[path as usize] += value(place);
            }
            let of_path = |sum: f64| sum / self.terms as f64 - mean;
            sums.into_iter()
                .map(|sum| of_path(sum) * of_path(sum))
                .sum()
        };
        Some(Spread {
            error: (squares / (n - 1.0) / n).sqrt(),
            width: Z95,
        })
    }

    /// Ranks (from 1) between which a quantile of demand lies at 95%; `estimate` stands for it.
    fn rank_interval(&self, quantile: f64, estimate: i64) -> Option<(u64, u64)> {
        if self.terms == 1 {
            return self.labels.rank_interval(&self.demand, quantile, estimate);
        }
        let share = |reached: &dyn Fn(i64) -> bool| {
            self.error(|place| f64::from(u8::from(reached(self.demand[place]))))
        };
        let up_to = share(&|value| value <= estimate)?;
        let below = share(&|value| value < estimate)?;
        spread_ranks(self.len() as u64, quantile, wider(up_to, below))
    }

    /// The purchase of so many packs.
    pub fn purchase(&self, packs: u64) -> Option<Purchase> {
        self.prices.purchase(packs)
    }
}

/// The greatest common divisor of two numbers above 0.
fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Price tiers as ranges of packs: first, and last unless it has none.
pub fn tiers(prices: &PriceList) -> Vec<(u64, Option<u64>)> {
    let edges = prices.discounts.iter();
    let mut firsts: Vec<u64> = std::iter::once(0)
        .chain(edges.map(|discount| prices.packs_for(discount.from)))
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let next = |index: usize| firsts.get(index + 1).map(|&first| first - 1);
    firsts
        .iter()
        .enumerate()
        .map(|(index, &first)| (first, next(index)))
        .collect()
}
