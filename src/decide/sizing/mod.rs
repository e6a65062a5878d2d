//! The pre-purchase that is best, on the simulated paths.
//!
//! With D a path's credits of a term beyond the free ones, p(Q) the price per credit of a purchase of Q,
//! o the price of a credit beyond it and v = r p(Q) what an unused one is worth at the end (r the
//! residual value, below 1),
//!
//! cost(Q) = p(Q) Q + o (D - Q)⁺ - v (Q - D)⁺.
//!
//! [`Sizing`] weighs sizes by this formula, exactly, on order statistics of D. Where a contract or its
//! guardrails make more of a path than its D, [`Settled`] weighs sizes by what the ledger says each of
//! them costs, and [`search`] finds the best of them. [`Sizes`] is the answer, whichever way it was found.

use crate::decide::compare::Paired;
use crate::ledger::Purchase;
use crate::summarise::ranks::Proportion;
use crate::units::{Credits, MICRO};

mod answer;
mod plain;
mod planned;
mod regret;
pub mod search;
mod settled;

pub use answer::{CutTerm, Named, Sizes, Weigh, joined, near, turned, widened};
pub use plain::{Sizing, tiers};
pub use planned::{Planned, PlannedCost};
pub use regret::Shortfall;
pub use settled::{Settled, SettledSize, least_costs};

/// What the best size is best at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// The least expected cost.
    #[default]
    Cost,
    /// The least mean cost of the worst paths, the share 1 - alpha of them; alpha in millionths.
    Cvar {
        /// Above 0 and below a million.
        alpha: u32,
    },
    /// The least 95th percentile of regret: cost minus what the best size for the path would have cost.
    Regret,
}

impl Objective {
    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Cvar { .. } => "cvar",
            Self::Regret => "regret",
        }
    }
}

/// What is asked of the sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// What the best size is best at.
    pub objective: Objective,
    /// Most of the paths that may have an overage, in millionths.
    pub max_overage: Option<u32>,
    /// A size to evaluate, in packs.
    pub at: Option<u64>,
    /// A share of paths with an overage, in millionths, of which the smallest size that has no more is
    /// asked.
    pub invert: Option<u32>,
    /// Months between the reviews of a purchase in stages, at least 1.
    pub stages: Option<usize>,
}

/// One size, evaluated on all paths. Costs in whole units of money, `None` where not resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What is bought for each term.
    pub purchase: Purchase,
    /// Share of the mean demand beyond the free credits; `None` where that is 0.
    pub share_of_mean: Option<f64>,
    /// Mean cost.
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
    /// What the objective is about: the mean cost, the mean of the worst, or the 95th percentile of regret.
    pub objective: Option<f64>,
    /// Paths on which demand passes the purchase.
    pub overage: Proportion,
    /// Whether anything is or can be granted under a contract that was settled with this size; `None`
    /// where that follows from the purchase and the free credits.
    pub has_grants: Option<bool>,
    /// Mean credits beyond the purchase.
    pub overage_credits_mean: f64,
    /// Mean credits bought and not used.
    pub unused_credits_mean: f64,
    /// Mean credits wanted and not served.
    pub unserved_credits_mean: f64,
    /// Mean of cost minus the cost with foresight.
    pub regret_mean: f64,
}

impl Candidate {
    /// Paths with an overage, where `free` credits are granted beside the purchase; `None` where
    /// nothing is granted and overage is not defined.
    pub fn overage_beyond(&self, free: Credits) -> Option<Proportion> {
        let follows = free > Credits::ZERO || self.purchase.packs > 0;
        self.has_grants.unwrap_or(follows).then_some(self.overage)
    }
}

/// A difference of two sizes' costs on the same paths, in whole units of money.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Mean.
    pub mean: f64,
    /// 95% interval of the mean; `None` for fewer than two paths.
    pub interval: Option<(f64, f64)>,
}

impl From<Paired> for Difference {
    fn from(paired: Paired) -> Self {
        Self {
            mean: paired.mean,
            interval: paired.interval,
        }
    }
}

/// How the sizes were gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searched {
    /// None can be better: by order statistics, by bounds, or because each was tried.
    All,
    /// So many were tried, evenly and then around the best; one between them may be better.
    Some(u64),
}

/// Most paths that may be over, of `paths` and a share in millionths.
pub fn most_over(paths: usize, share: u32) -> usize {
    (paths as u128 * u128::from(share) / MICRO as u128) as usize
}

#[cfg(test)]
mod tests;
