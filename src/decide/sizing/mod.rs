//! The pre-purchase that costs least, exactly, on the simulated paths.
//!
//! With D a path's credits beyond the free ones, p(Q) the price per credit of a purchase of Q, o the
//! price of a credit beyond it and v = r p(Q) what an unused one is worth at the end (r the residual
//! value, below 1),
//!
//! cost(Q) = p(Q) Q + o (D - Q)⁺ - v (Q - D)⁺.
//!
//! Within a price tier the mean of this is convex in Q and least at the order statistic of D at the
//! newsvendor ratio (o - p)/(o - v), rounded to whole packs on either side; each tier's edges are
//! candidates too. Where o = p nothing should be bought, whatever r, since v < p. Costs are compared as
//! exact integers; equal ones go to the smaller size.
//! Arrow, Harris & Marschak, Econometrica 19 (1951) 250; Zipkin, Foundations of Inventory
//! Management (2000), section 6.4.

use crate::ledger::{PriceList, Purchase};
use crate::randomness::Sampling;
use crate::summarise::parts::Labels;
use crate::summarise::ranks::{Proportion, Spread, Z95, is_resolved, percentile_rank};
use crate::units::{Credits, MICRO};

/// Term demand beyond the free credits on every path, ready to be sized.
#[derive(Clone, Debug)]
pub struct Sizing<'a> {
    prices: &'a PriceList,
    /// Worth of an unused credit as a share of its price, in millionths.
    residual: u64,
    /// Price tiers as ranges of packs: first, and last unless it has none.
    tiers: Vec<(u64, Option<u64>)>,
    /// Ascending, in micro-credits.
    demand: Vec<i64>,
    /// Which part of the run each of them comes from.
    labels: Labels,
    /// Sum of the `k` largest demands, k = 0..=n.
    largest: Vec<i128>,
    /// Mean over the paths of what the best size would have cost, had it been known.
    foresight: f64,
}

/// One size, evaluated on all paths. Costs in whole units of money, `None` where not resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What is bought.
    pub purchase: Purchase,
    /// Share of the mean demand beyond the free credits; `None` where that is 0.
    pub share_of_mean: Option<f64>,
    /// Mean cost of the term.
    pub cost_mean: f64,
    /// Its standard error.
    pub cost_mean_se: Option<f64>,
    /// Half-width of its 95% interval.
    pub cost_mean_half_width: Option<f64>,
    /// Median cost.
    pub cost_p50: Option<f64>,
    /// 95th percentile of cost.
    pub cost_p95: Option<f64>,
    /// Mean cost of the worst 5% of paths.
    pub cost_cvar95: Option<f64>,
    /// Paths on which demand passes the purchase.
    pub overage: Proportion,
    /// Mean credits beyond the purchase.
    pub overage_credits_mean: f64,
    /// Mean credits bought and not used.
    pub unused_credits_mean: f64,
    /// Mean of cost minus the cost with foresight.
    pub regret_mean: f64,
}

/// A difference of two sizes' costs on the same paths, in whole units of money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean.
    pub mean: f64,
    /// 95% interval of the mean; `None` for fewer than two paths.
    pub interval: Option<(f64, f64)>,
}

/// Parts of a unit in which the fractions of exact costs are counted: millionths of millionths.
const WHOLE: i128 = 1_000_000_000_000;

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
        mut demand: Vec<i64>,
        sampling: Sampling,
    ) -> Self {
        assert!(!demand.is_empty(), "a forecast has paths");
        let mut labels = Labels::new(sampling, demand.len());
        labels.sort(&mut demand);
        let mut largest = vec![0];
        let mut sum = 0;
        for &credits in demand.iter().rev() {
            sum += i128::from(credits);
            largest.push(sum);
        }
        let mut sizing = Self {
            prices,
            residual,
            tiers: tiers(prices),
            demand,
            labels,
            largest,
            foresight: 0.0,
        };
        let costs = sizing.demand.iter().map(|&d| sizing.foresight_cost(d));
        sizing.foresight = costs.sum::<f64>() / sizing.demand.len() as f64;
        sizing
    }

    /// The size of least mean cost, in packs; `None` where the costs cannot be compared in 128
    /// bits.
    pub fn optimum(&self) -> Option<u64> {
        self.least(self.tiers.iter().flat_map(|&tier| self.candidates(tier)))
    }

    /// The sizes of a tier that can be best and that the ledger's integers hold: its edges, and the
    /// whole packs on either side of the fractile.
    fn candidates(&self, (first, last): (u64, Option<u64>)) -> impl Iterator<Item = u64> {
        let fractile = self.fractile_packs(first);
        let sizes = [Some(first), Some(fractile), fractile.checked_add(1), last];
        let clamped = sizes
            .into_iter()
            .flatten()
            .map(move |packs| packs.clamp(first, last.unwrap_or(u64::MAX)));
        clamped.filter(|&packs| self.prices.purchase(packs).is_some())
    }

    /// The size of least total cost; of equal ones the smaller.
    fn least(&self, sizes: impl Iterator<Item = u64>) -> Option<u64> {
        let costs = sizes.map(|packs| Some((self.total_cost(packs)?, packs)));
        let costs = costs.collect::<Option<Vec<_>>>()?;
        costs.into_iter().min().map(|(_, packs)| packs)
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
            let best = self.least(self.candidates(tier));
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
        let n = self.demand.len();
        let rank = ((n as f64 * ratio).ceil() as usize).clamp(1, n);
        let estimate = self.demand[rank - 1];
        let (low, high) = self.labels.rank_interval(&self.demand, ratio, estimate)?;
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

    /// Evaluates a size; `None` where its cost does not fit the ledger's integers.
    pub fn evaluate(&self, packs: u64) -> Option<Candidate> {
        let purchase = self.prices.purchase(packs)?;
        let paths = self.demand.len() as u64;
        let n = paths as f64;
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over) as f64;
        let bought = purchase.credits.micro() as f64;
        let mean_demand = self.largest[self.demand.len()] as f64 / n;
        let price = self.prices.overage.per_credit() / MICRO as f64;
        let fixed = purchase.cost.to_f64();
        let unused = ((bought - mean_demand) + excess / n).max(0.0) / MICRO as f64;
        let cost_mean = fixed + price * excess / n - self.worth(&purchase) * unused;
        let cost_at = |percent| {
            let rank = percentile_rank(paths, percent) as usize;
            is_resolved(paths, percent).then(|| self.cost(&purchase, self.demand[rank - 1]))
        };
        let error = self.error(|d| self.cost(&purchase, d));
        let limit = purchase.credits.micro();
        Some(Candidate {
            purchase,
            share_of_mean: (mean_demand > 0.0).then(|| bought / mean_demand),
            cost_mean,
            cost_mean_se: error.map(|error| error.error),
            cost_mean_half_width: error.map(|error| error.half_width()),
            cost_p50: cost_at(50),
            cost_p95: cost_at(95),
            cost_cvar95: is_resolved(paths, 95).then(|| self.cvar95(&purchase)),
            overage: self.labels.share_above(&self.demand, limit),
            overage_credits_mean: excess / n / MICRO as f64,
            unused_credits_mean: unused,
            regret_mean: (cost_mean - self.foresight).max(0.0),
        })
    }

    /// Mean cost of `a` minus that of `b` on the same paths, with its paired interval.
    pub fn difference(&self, a: &Purchase, b: &Purchase) -> Difference {
        let difference = |d| self.cost(a, d) - self.cost(b, d);
        let n = self.demand.len() as f64;
        let mean = self.demand.iter().map(|&d| difference(d)).sum::<f64>() / n;
        let half = self.error(difference).map(|error| error.half_width());
        Difference {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
        }
    }

    /// Sizes of a cost curve: about 40 from nothing to beyond what nearly every path needs, every
    /// edge of a tier, and `also`; ascending, each once.
    pub fn curve(&self, also: &[u64]) -> Vec<u64> {
        const STEPS: u64 = 40;
        let n = self.demand.len() as u64;
        let high = self.demand[percentile_rank(n, 99) as usize - 1];
        let widest = also.iter().copied().max().unwrap_or(0);
        let most = self.prices.packs_for(Credits::from_micro(high)).max(widest);
        let step = most.div_ceil(STEPS).max(1);
        let mut sizes: Vec<u64> = (0..=most.div_ceil(step)).map(|k| k * step).collect();
        let edges = self.tiers.iter().map(|&(first, _)| first);
        sizes.extend(edges.filter(|&first| first <= most + step));
        sizes.extend_from_slice(also);
        sizes.sort_unstable();
        sizes.dedup();
        sizes
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
    /// with P(D <= Q) at or above the ratio, by its exact rank ceil(n (o - p)/(o - v)).
    fn fractile_packs(&self, first: u64) -> u64 {
        let n = self.demand.len() as i128;
        let (saved, spread) = self.margin(first);
        if saved <= 0 {
            return first;
        }
        let rank = (n * saved + spread - 1) / spread;
        (self.demand[rank as usize - 1] / self.prices.pack.micro()).unsigned_abs()
    }

    /// Paths whose demand passes `credits`.
    fn over(&self, credits: Credits) -> usize {
        self.demand.len() - self.demand.partition_point(|&d| d <= credits.micro())
    }

    /// Sum over the paths of (D - Q)⁺.
    fn excess(&self, credits: Credits, over: usize) -> i128 {
        self.largest[over] - i128::from(credits.micro()) * over as i128
    }

    /// Sum of the paths' costs times the pack size, exactly: comparable between sizes. The second
    /// number counts the fraction, in 10⁻¹², that a residual value may leave.
    fn total_cost(&self, packs: u64) -> Option<(i128, i128)> {
        let purchase = self.prices.purchase(packs)?;
        let over = self.over(purchase.credits);
        let excess = self.excess(purchase.credits, over);
        let price = i128::from(self.prices.overage.pack_price.micro());
        let bought = i128::from(purchase.cost.micro())
            .checked_mul(self.demand.len() as i128)?
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
    fn total_worth(&self, purchase: &Purchase, excess: i128) -> Option<(i128, i128)> {
        if self.residual == 0 {
            return Some((0, 0));
        }
        let n = self.demand.len();
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
    fn cost(&self, purchase: &Purchase, d: i64) -> f64 {
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

    /// Mean of the worst n(1 - 0.95) costs, the last one weighted by the fraction.
    fn cvar95(&self, purchase: &Purchase) -> f64 {
        let n = self.demand.len();
        let worst = n as f64 * 0.05;
        let whole = worst.floor() as usize;
        let top = &self.demand[n - whole..];
        let sum: f64 = top.iter().map(|&d| self.cost(purchase, d)).sum();
        let rest = worst - whole as f64;
        let next = if rest > 0.0 {
            self.cost(purchase, self.demand[n - whole - 1])
        } else {
            0.0
        };
        (sum + rest * next) / worst
    }

    /// Error of the mean of a value over all paths.
    fn error(&self, value: impl Fn(i64) -> f64) -> Option<Spread> {
        if !self.labels.are_independent() {
            return self.labels.spread(&self.demand, value);
        }
        let n = self.demand.len() as f64;
        if self.demand.len() < 2 {
            return None;
        }
        let mean = self.demand.iter().map(|&d| value(d)).sum::<f64>() / n;
        let squares = self
            .demand
            .iter()
            .map(|&d| (value(d) - mean) * (value(d) - mean));
        Some(Spread {
            error: (squares.sum::<f64>() / (n - 1.0) / n).sqrt(),
            width: Z95,
        })
    }
}

fn tiers(prices: &PriceList) -> Vec<(u64, Option<u64>)> {
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

impl Candidate {
    /// Paths with an overage, where `free` credits are granted beside the purchase; `None` where
    /// nothing is granted and overage is not defined.
    pub fn overage_beyond(&self, free: Credits) -> Option<Proportion> {
        (free > Credits::ZERO || self.purchase.packs > 0).then_some(self.overage)
    }
}

#[cfg(test)]
mod tests;
