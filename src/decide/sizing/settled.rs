//! Sizes whose cost the ledger has worked out, path by path.

use super::regret::{Shortfall, beyond_percentile};
use super::{Candidate, Difference, Objective};
use crate::decide::compare::paired;
use crate::ledger::Purchase;
use crate::summarise::ranks::{
    LEVEL, Proportion, RESOLVED, Z95, is_resolved, percentile_rank, rank_interval,
};
use crate::summarise::statistics::{Moments, mean_and_error, skewness};
use crate::summarise::tail::{self, ALPHA_95};
use crate::units::{MICRO, Money};

/// One size as settled on every path.
#[derive(Clone, Debug, PartialEq)]
pub struct SettledSize {
    /// What is bought for each term.
    pub purchase: Purchase,
    /// Everything paid, less what unused bought credits are worth, in micro-units of money, by path.
    pub costs: Vec<i64>,
    /// Whether anything is or can be granted.
    pub has_grants: bool,
    /// Paths with an overage.
    pub over: u64,
    /// Sum over the paths of the credits beyond the grants, in millionths.
    pub overage: i128,
    /// The same of granted credits that expired or were left.
    pub unused: i128,
    /// The same of credits wanted and neither served nor averted by a response.
    pub unserved: i128,
}

/// Sizes that the ledger has settled on the same paths.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Ascending.
    sizes: Vec<SettledSize>,
    /// The least cost of each path among all sizes that were tried.
    foresight: Vec<i64>,
    /// Mean credits of the horizon beyond the free ones, and terms in it.
    mean_demand: f64,
    terms: usize,
}

impl SettledSize {
    /// What sizes are compared by: for the mean the sum of the costs, else the objective, in micro-units
    /// of money.
    pub fn value(&self, objective: Objective, foresight: &[i64]) -> i128 {
        let n = self.costs.len();
        match objective {
            Objective::Cost => self.costs.iter().map(|&cost| i128::from(cost)).sum(),
            Objective::Cvar { alpha } => {
                let mut costs = self.costs.clone();
                costs.sort_unstable();
                (tail::worst_mean(&costs, alpha) * MICRO as f64).round() as i128
            }
            Objective::Regret => {
                let mut regrets: Vec<i64> = self.regrets(foresight).collect();
                let rank = percentile_rank(n as u64, 95) as usize;
                i128::from(*regrets.select_nth_unstable(rank - 1).1)
            }
        }
    }

    /// What each path adds to the mean of the worst costs: (cost - q)⁺/(1 - alpha), q the quantile, in whole
    /// units of money.
    fn beyond_quantile(&self, alpha: u32) -> Vec<f64> {
        let units = |micro: i64| micro as f64 / MICRO as f64;
        let n = self.costs.len();
        let (whole, _) = tail::worst(n, alpha);
        let mut costs = self.costs.clone();
        let place = n - 1 - whole.min(n - 1);
        let quantile = units(*costs.select_nth_unstable(place).1);
        let share = 1.0 - f64::from(alpha) / MICRO as f64;
        let beyond = |&cost: &i64| (units(cost) - quantile).max(0.0) / share;
        self.costs.iter().map(beyond).collect()
    }

    /// The objective in whole units of money.
    pub fn objective(&self, objective: Objective, foresight: &[i64]) -> f64 {
        let value = self.value(objective, foresight) as f64 / MICRO as f64;
        match objective {
            Objective::Cost => value / self.costs.len() as f64,
            Objective::Cvar { .. } | Objective::Regret => value,
        }
    }

    /// Half of the objective's 95% interval, in whole units of money; `None` for too few paths.
    pub fn half_width(&self, objective: Objective, foresight: &[i64]) -> Option<f64> {
        let units = |micro: i64| micro as f64 / MICRO as f64;
        let n = self.costs.len();
        match objective {
            Objective::Cost => {
                let costs: Vec<f64> = self.costs.iter().map(|&cost| units(cost)).collect();
                mean_and_error(&costs).1.map(|error| Z95 * error)
            }
            Objective::Cvar { alpha } => {
                let beyond = self.beyond_quantile(alpha);
                mean_and_error(&beyond).1.map(|error| Z95 * error)
            }
            Objective::Regret => {
                let mut regrets: Vec<i64> = self.regrets(foresight).collect();
                regrets.sort_unstable();
                let (_, high) = rank_interval(n as u64, 0.95, LEVEL)?;
                let own = percentile_rank(n as u64, 95);
                let at = |rank: u64| units(regrets[rank as usize - 1]);
                Some(at(high) - at(own))
            }
        }
    }

    /// Mean cost of this size minus that of another on the same paths, with its paired interval; `None`
    /// without paths.
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        Some(paired(&self.costs, &other.costs)?.into())
    }

    /// The same of the mean of the worst costs, the share 1 - alpha of them.
    pub fn tail_difference(&self, alpha: u32, other: &Self) -> Difference {
        let tail = |size: &Self| size.objective(Objective::Cvar { alpha }, &[]);
        let mean = tail(self) - tail(other);
        let mine = self.beyond_quantile(alpha).into_iter();
        let apart = mine.zip(other.beyond_quantile(alpha)).map(|(a, b)| a - b);
        let apart: Vec<f64> = apart.collect();
        let half = mean_and_error(&apart).1.map(|error| Z95 * error);
        Difference {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
        }
    }

    /// What each path regrets, in millionths of a unit of money.
    fn regrets<'a>(&'a self, foresight: &'a [i64]) -> impl Iterator<Item = i64> + 'a {
        let pairs = self.costs.iter().zip(foresight);
        pairs.map(|(cost, least)| cost - least)
    }

    /// 95th percentile of regret of this size minus that of another on the same paths, with its interval for two sizes
    /// that were not chosen by these; without one for fewer than ten paths beyond the percentile.
    pub fn regret_difference(&self, other: &Self, foresight: &[i64]) -> Difference {
        let beyond = |size: &Self| {
            let regrets = size.regrets(foresight);
            beyond_percentile(regrets.map(|micro| micro as f64 / MICRO as f64).collect())
        };
        let (mine, others) = (beyond(self), beyond(other));
        let mean = mine.0 - others.0;
        let apart = mine.1.iter().zip(&others.1).map(|(a, b)| a - b);
        let apart: Vec<f64> = apart.collect();
        let error = mean_and_error(&apart).1;
        let half = error.filter(|_| is_resolved(apart.len() as u64, 95));
        let half = half.map(|error| Z95 * error);
        Difference {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
        }
    }

    /// By how much this size holds fewer paths within the 95th percentile of the best one's regret; `None` for fewer than
    /// ten paths beyond it.
    pub fn shortfall(&self, best: &Self, foresight: &[i64]) -> Option<Shortfall> {
        let count = self.costs.len();
        if !is_resolved(count as u64, 95) {
            return None;
        }
        let radius = best.value(Objective::Regret, foresight);
        let inside = |micro: i64| i128::from(micro) <= radius;
        let pairs = best.regrets(foresight).zip(self.regrets(foresight));
        let less: Vec<f64> = pairs
            .map(|(best, own)| f64::from(i8::from(inside(best)) - i8::from(inside(own))))
            .collect();
        let (share, error) = mean_and_error(&less);
        Some(Shortfall {
            share,
            half_width: Z95 * error?,
            count,
        })
    }

    /// Whether this size is worse than the best one by no more than a share of what tells two sizes apart at 95%,
    /// in mean cost or in the mean of the worst costs; true for too few paths to tell.
    ///
    /// Where the cost is quadratic around its true minimum, the difference of two sizes over their distance is
    /// its slope half way between them, and that is 0 at the minimum: with the best of the sample at one end,
    /// a difference that cannot be told from 0 says that the middle cannot be told from the minimum. A size x
    /// away costs d = H x²/2 more, with an error s = τ H |x|: half of 1.96 s is what the one 1.96 τ away has.
    pub fn is_near(&self, objective: Objective, best: &Self, share: f64) -> bool {
        let difference = match objective {
            Objective::Cvar { alpha } => Some(self.tail_difference(alpha, best)),
            Objective::Cost | Objective::Regret => self.difference(best),
        };
        difference.is_none_or(|Difference { mean, interval }| {
            interval.is_none_or(|(_, high)| mean <= share * (high - mean))
        })
    }
}

/// The least cost of each path among some sizes, which are settled on the same paths.
pub fn least_costs<'a>(sizes: impl IntoIterator<Item = &'a SettledSize>) -> Vec<i64> {
    let mut sizes = sizes.into_iter();
    let mut least = sizes.next().map_or(Vec::new(), |first| first.costs.clone());
    for size in sizes {
        for (least, &cost) in least.iter_mut().zip(&size.costs) {
            *least = (*least).min(cost);
        }
    }
    least
}

impl Settled {
    /// Sizes in any order, each once, on the same paths; `foresight` is the least cost of each path that
    /// any size has, `mean_demand` the mean credits of the horizon's `terms` beyond the free ones.
    ///
    /// # Panics
    /// When there are no sizes or they differ in paths.
    pub fn new(
        mut sizes: Vec<SettledSize>,
        foresight: Vec<i64>,
        mean_demand: f64,
        terms: usize,
    ) -> Self {
        assert!(!sizes.is_empty(), "nothing is a size too");
        assert!(sizes.iter().all(|size| size.costs.len() == foresight.len()));
        sizes.sort_unstable_by_key(|size| size.purchase.packs);
        Self {
            sizes,
            foresight,
            mean_demand,
            terms,
        }
    }

    fn size(&self, packs: u64) -> Option<&SettledSize> {
        let place = self
            .sizes
            .binary_search_by_key(&packs, |size| size.purchase.packs);
        place.ok().map(|place| &self.sizes[place])
    }

    /// All sizes, ascending.
    pub fn packs(&self) -> impl Iterator<Item = u64> {
        self.sizes.iter().map(|size| size.purchase.packs)
    }

    /// Evaluates a size; `None` for one that was not settled.
    pub fn weigh(&self, objective: Objective, packs: u64) -> Option<Candidate> {
        let size = self.size(packs)?;
        let paths = size.costs.len() as u64;
        let n = paths as f64;
        let mut costs = size.costs.clone();
        costs.sort_unstable();
        let money = |micro: i64| Money::from_micro(micro).to_f64();
        let mut moments = Moments::default();
        size.costs.iter().for_each(|&cost| moments.add(cost));
        let error = moments.error();
        let at = |percent| {
            let rank = percentile_rank(paths, percent) as usize;
            is_resolved(paths, percent).then(|| money(costs[rank - 1]))
        };
        let bought = size.purchase.credits.to_f64() * self.terms as f64;
        let is_resolved_objective = match objective {
            Objective::Cost => true,
            Objective::Cvar { alpha } => tail::worst(costs.len(), alpha).0 as u64 >= RESOLVED,
            Objective::Regret => is_resolved(paths, 95),
        };
        let credits = |sum: i128| sum as f64 / n / MICRO as f64;
        let foresight = &self.foresight;
        let worst = || size.objective(Objective::Cvar { alpha: ALPHA_95 }, foresight);
        Some(Candidate {
            purchase: size.purchase,
            share_of_mean: (self.mean_demand > 0.0).then(|| bought / self.mean_demand),
            cost_mean: moments.mean()?,
            cost_mean_se: error.map(|error| error.error),
            cost_mean_half_width: error.map(|error| error.half_width()),
            cost_p50: at(50),
            cost_p95: at(95),
            cost_cvar95: is_resolved(paths, 95).then(worst),
            objective: is_resolved_objective.then(|| size.objective(objective, foresight)),
            overage: Proportion::new(size.over, paths),
            has_grants: Some(size.has_grants),
            overage_credits_mean: credits(size.overage),
            unused_credits_mean: credits(size.unused),
            unserved_credits_mean: credits(size.unserved),
            regret_mean: self.foresight_worth(packs)?.mean.max(0.0),
        })
    }

    /// Mean cost of `a` minus that of `b`, with its paired interval; `None` for sizes that were not
    /// settled.
    pub fn difference(&self, a: u64, b: u64) -> Option<Difference> {
        self.size(a)?.difference(self.size(b)?)
    }

    /// Mean of the worst costs of `a`, the share 1 - alpha of them, minus that of `b`, with its paired
    /// interval; `None` for sizes that were not settled.
    pub fn tail_difference(&self, alpha: u32, a: u64, b: u64) -> Option<Difference> {
        Some(self.size(a)?.tail_difference(alpha, self.size(b)?))
    }

    /// 95th percentile of regret of `a` minus that of `b`, with its interval for two sizes that were not chosen by these
    /// paths; `None` for sizes that were not settled.
    pub fn regret_difference(&self, a: u64, b: u64) -> Option<Difference> {
        Some(
            self.size(a)?
                .regret_difference(self.size(b)?, &self.foresight),
        )
    }

    /// The mean regret of a size, with its interval.
    pub fn foresight_worth(&self, packs: u64) -> Option<Difference> {
        Some(paired(&self.size(packs)?.costs, &self.foresight)?.into())
    }

    /// The skewness of a size's cost; `None` where it is the same on every path.
    pub fn skewness(&self, packs: u64) -> Option<f64> {
        skewness(self.size(packs)?.costs.iter().map(|&cost| cost as f64))
    }

    /// Half of the objective's 95% interval at a size.
    pub fn half_width(&self, objective: Objective, packs: u64) -> Option<f64> {
        self.size(packs)?.half_width(objective, &self.foresight)
    }
}
