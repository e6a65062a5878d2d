//! How sure the paths of a run make of a size: errors of means, and intervals of order statistics.

use super::Sizing;
use crate::decide::sizing::{Difference, Objective};
use crate::ledger::Purchase;
use crate::summarise::parts::{spread_ranks, wider};
use crate::summarise::ranks::{LEVEL, Proportion, Spread, Z95, percentile_rank, rank_interval};
use crate::summarise::statistics::skewness;
use crate::summarise::tail;
use crate::units::MICRO;

impl Sizing<'_> {
    /// What it would be worth to know the demand before buying: the mean regret of a size, with its
    /// interval.
    pub fn foresight_worth(&self, purchase: &Purchase) -> Difference {
        self.mean_with_interval(|place| self.regret(purchase, place))
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

    /// Half of the objective's 95% interval at a purchase.
    pub fn objective_half_width(&self, objective: Objective, purchase: &Purchase) -> Option<f64> {
        let n = self.len();
        match objective {
            Objective::Cost => self.error_of_cost(purchase).map(|error| error.half_width()),
            Objective::Cvar { alpha } => {
                let beyond = self.beyond_quantile(purchase, alpha);
                self.error(beyond).map(|error| error.half_width())
            }
            Objective::Regret => {
                let mut regrets = self.regrets(purchase);
                regrets.sort_unstable_by(f64::total_cmp);
                let (_, high) = rank_interval(n as u64, 0.95, LEVEL)?;
                let own = percentile_rank(n as u64, 95);
                Some(regrets[high as usize - 1] - regrets[own as usize - 1])
            }
        }
    }

    /// What a demand, by its place, adds to the mean of the worst costs: (cost - q)⁺/(1 - alpha). The tail mean
    /// is least over all q of q and the mean of that, at the quantile, so that the error of q hardly counts.
    fn beyond_quantile(&self, purchase: &Purchase, alpha: u32) -> impl Fn(usize) -> f64 {
        let n = self.len();
        let (whole, _) = tail::worst(n, alpha);
        let quantile = self.cost(purchase, self.demand[n - 1 - whole.min(n - 1)]);
        let share = 1.0 - f64::from(alpha) / MICRO as f64;
        move |place| (self.cost(purchase, self.demand[place]) - quantile).max(0.0) / share
    }

    /// Mean of the worst costs of `a`, the share 1 - alpha of them, minus that of `b`, with its interval on
    /// the same paths.
    pub fn tail_difference(&self, alpha: u32, a: &Purchase, b: &Purchase) -> Difference {
        let mean = self.worst(a, alpha) - self.worst(b, alpha);
        let of_a = self.beyond_quantile(a, alpha);
        let of_b = self.beyond_quantile(b, alpha);
        let half = self.error(|place| of_a(place) - of_b(place));
        let half = half.map(|error| error.half_width());
        Difference {
            mean,
            interval: half.map(|half| (mean - half, mean + half)),
        }
    }

    /// Their share, with its error.
    pub(super) fn share_over(&self, over: usize, limit: i64) -> Proportion {
        let share = Proportion::new(over as u64, self.len() as u64);
        if self.is_independent() {
            return share;
        }
        let is_above = |place: usize| f64::from(u8::from(self.demand[place] > limit));
        Proportion {
            spread: self.error(is_above),
            independent: share.paths / self.terms as u64,
            ..share
        }
    }

    /// True where every demand is independent of every other.
    fn is_independent(&self) -> bool {
        self.terms == 1 && self.labels.are_independent()
    }

    /// Error of the mean cost of a purchase. Cost is linear in D on either side of Q, so that of
    /// independent paths its variance follows from sums of the demands above Q and of their squares.
    pub(super) fn error_of_cost(&self, purchase: &Purchase) -> Option<Spread> {
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
    pub(super) fn error(&self, value: impl Fn(usize) -> f64) -> Option<Spread> {
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

    /// Skewness of the cost of a purchase, of that of a path's terms together; `None` where it is the same on every path,
    /// and of paths that are not independent.
    pub fn skewness_of_cost(&self, purchase: &Purchase) -> Option<f64> {
        if !self.labels.are_independent() {
            return None;
        }
        let cost = |place: usize| self.cost(purchase, self.demand[place]);
        if self.terms == 1 {
            return skewness((0..self.len()).map(cost));
        }
        let mut sums = vec![0.0; self.len() / self.terms];
        for (place, &path) in self.path_of.iter().enumerate() {
            sums[path as usize] += cost(place);
        }
        skewness(sums.iter().copied())
    }

    /// Ranks (from 1) between which a quantile of demand lies at 95%; `estimate` stands for it.
    pub(super) fn rank_interval(&self, quantile: f64, estimate: i64) -> Option<(u64, u64)> {
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
}
