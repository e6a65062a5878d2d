//! What a scenario buys that buys another size in each term, beside one size for all.

use super::{Difference, Named, Objective, SettledSize, Sizing, widened};
use crate::ledger::Purchase;
use crate::randomness::Sampling;
use crate::summarise::parts::Labels;
use crate::summarise::ranks::Z95;
use crate::summarise::statistics::mean_and_error;
use crate::units::MICRO;

/// What is bought for each term, where that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Packs, by term.
    pub packs: Vec<u64>,
    /// What that costs over the horizon; `None` where a term was left out of the sizes.
    pub cost: Option<PlannedCost>,
}

/// What it costs over the horizon to buy another size in each term, and one size in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedCost {
    /// Mean cost of what is planned.
    pub planned_mean: f64,
    /// The same of the best size in each term.
    pub optimum_mean: f64,
    /// The second minus the first on the same paths, both less what unused credits are worth.
    pub optimum_minus_planned: Difference,
    /// Mean credits that go unserved as planned.
    pub unserved_credits_mean: f64,
}

impl Planned {
    /// What is bought, `beside` being what that costs beside a size in each term.
    pub fn new(
        purchases: &[Purchase],
        (named, objective): (&Named, Objective),
        beside: impl Fn(u64) -> Option<PlannedCost>,
    ) -> Self {
        let apart = |packs: u64| Some(beside(packs)?.optimum_minus_planned);
        let widened = widened(named.optimum, named.ends(objective).as_deref(), apart);
        Self {
            packs: purchases.iter().map(|purchase| purchase.packs).collect(),
            cost: beside(named.optimum)
                .zip(widened)
                .map(|(cost, optimum_minus_planned)| PlannedCost {
                    optimum_minus_planned,
                    ..cost
                }),
        }
    }
}

impl Sizing<'_> {
    /// What purchases, one for each term, cost beside one of them all for each; demands in the order of paths and
    /// terms.
    pub fn planned(
        &self,
        optimum: &Purchase,
        purchases: &[Purchase],
        demand: &[i64],
        sampling: Sampling,
    ) -> PlannedCost {
        let paths = demand.chunks_exact(purchases.len());
        let costs: Vec<(f64, f64)> = paths
            .map(|terms| {
                let pairs = terms.iter().zip(purchases);
                pairs.fold((0.0, 0.0), |(planned, best), (&demand, purchase)| {
                    (
                        planned + self.cost(purchase, demand),
                        best + self.cost(optimum, demand),
                    )
                })
            })
            .collect();
        let count = costs.len();
        let apart: Vec<f64> = costs.iter().map(|(planned, best)| best - planned).collect();
        let (mean, error) = mean_and_error(&apart);
        let labels = Labels::new(sampling, count);
        let half = match labels.are_independent() {
            true => error.map(|error| Z95 * error),
            false => labels
                .spread_by_place(count, |path| apart[path])
                .map(|spread| spread.half_width()),
        };
        let planned_mean = costs.iter().map(|(planned, _)| planned).sum::<f64>() / count as f64;
        PlannedCost {
            planned_mean,
            optimum_mean: planned_mean + mean,
            optimum_minus_planned: Difference {
                mean,
                interval: half.map(|half| (mean - half, mean + half)),
            },
            unserved_credits_mean: 0.0,
        }
    }
}

impl SettledSize {
    /// What this costs, settled as planned, beside the best size; `None` without paths.
    pub fn planned(&self, optimum: &Self) -> Option<PlannedCost> {
        let apart = optimum.difference(self)?;
        let count = self.costs.len() as f64;
        let sum: i128 = self.costs.iter().map(|&cost| i128::from(cost)).sum();
        let planned_mean = sum as f64 / count / MICRO as f64;
        Some(PlannedCost {
            planned_mean,
            optimum_mean: planned_mean + apart.mean,
            optimum_minus_planned: apart,
            unserved_credits_mean: self.unserved as f64 / count / MICRO as f64,
        })
    }
}
