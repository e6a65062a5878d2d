//! Sizes whose cost follows from a term's demand alone: the demands in order, and what a size costs on
//! them.

use super::{Candidate, Objective};
use crate::ledger::{PriceList, Purchase};
use crate::randomness::Sampling;
use crate::summarise::parts::Labels;
use crate::summarise::ranks::{Proportion, RESOLVED, is_resolved, percentile_rank};
use crate::summarise::tail::{self, ALPHA_95};
use crate::units::{Credits, MICRO};

mod best;
mod errors;
mod regret;

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

    /// The objective of a purchase, in whole units of money.
    pub fn objective(&self, objective: Objective, purchase: &Purchase) -> f64 {
        match objective {
            Objective::Cost => self.mean_cost(purchase),
            Objective::Cvar { alpha } => self.worst(purchase, alpha),
            Objective::Regret => self.regret_p95(purchase),
        }
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

    /// What a discount leaves of the list price, in millionths.
    fn kept(&self, credits: Credits) -> i128 {
        i128::from(MICRO) - i128::from(self.prices.off(credits))
    }

    /// Paths whose demand passes `credits`.
    fn over(&self, credits: Credits) -> usize {
        self.len() - self.demand.partition_point(|&d| d <= credits.micro())
    }

    /// Paths on which any term's demand passes a purchase; `None` for one term, whose share says it, and where
    /// paths are not independent.
    pub fn any_over(&self, purchase: &Purchase) -> Option<Proportion> {
        if self.terms == 1 || !self.labels.are_independent() {
            return None;
        }
        let mut is_over = vec![false; self.len() / self.terms];
        let over = self.over(purchase.credits);
        for &path in &self.path_of[self.len() - over..] {
            is_over[path as usize] = true;
        }
        let hits = is_over.iter().filter(|&&is_over| is_over).count();
        Some(Proportion::new(hits as u64, is_over.len() as u64))
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
        let price = i128::from(self.prices.overage.pack_price().micro());
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
        let mut regrets = self.regrets(purchase);
        let rank = percentile_rank(self.len() as u64, 95) as usize;
        let (_, value, _) = regrets.select_nth_unstable_by(rank - 1, f64::total_cmp);
        *value
    }

    /// Cost minus cost with foresight, in the order of the demands.
    fn regrets(&self, purchase: &Purchase) -> Vec<f64> {
        (0..self.len())
            .map(|place| self.regret(purchase, place))
            .collect()
    }

    /// The same of one demand, by its place. To the millionth of a unit of money: what costs the same is no regret,
    /// whatever the rounding of the costs.
    fn regret(&self, purchase: &Purchase, place: usize) -> f64 {
        let regret = self.cost(purchase, self.demand[place]) - self.foresight[place];
        (regret * MICRO as f64).round() / MICRO as f64
    }

    /// The purchase of so many packs.
    pub fn purchase(&self, packs: u64) -> Option<Purchase> {
        self.prices.purchase(packs)
    }
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
