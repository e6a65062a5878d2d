//! The ledger: one future settled against one contract, in integers, without randomness.
//!
//! [`Terms`] is a contract resolved for running: what is granted, what it cost, what the rest
//! costs. [`Terms::settle`] books one [`Future`] day by day. On every path, exactly,
//!
//! granted + purchased = consumed from grants + expired + closing balance, and wanted = served.

use crate::scenario::{Payment, Prepurchase, Scenario};
use crate::units::{Credits, Money};

mod journal;
mod prices;
mod settle;

pub use journal::{Entry, Line, journal};
pub use prices::{Price, PriceList, Purchase};
pub use settle::{MonthBooks, Settlement};

/// A contract resolved for running.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What each size costs, and what lies beyond.
    pub prices: PriceList,
    /// Credits granted once at the start.
    pub free: Credits,
    /// What is bought ahead at the start.
    pub purchase: Purchase,
    /// Thresholds as shares of the allocation, ascending.
    pub alerts: Vec<f64>,
    /// What the thresholds are shares of.
    pub allocation: Allocation,
}

/// What alerts are shares of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// The term's grants, against credits used.
    Grants(Credits),
    /// The budget of the horizon, against spend to date.
    Budget(Money),
    /// The budget of each month, against that month's spend.
    MonthlyBudget(Money),
    /// Nothing: there are no alerts.
    None,
}

/// The market's rule of thumb, in millionths: buy 80% of what the plan wants.
pub const RULE_80: u64 = 800_000;

impl Terms {
    /// Resolves a scenario's contract. `plan` is what the single-number plan wants over the term;
    /// `None` where the purchase does not fit the ledger's integers.
    pub fn new(scenario: &Scenario, plan: Credits) -> Option<Self> {
        let contract = &scenario.contract;
        let prices = PriceList::new(contract);
        let packs = match (contract.payment, contract.prepurchase) {
            (Payment::PayAsYouGo | Payment::PreCommit(_), _) => 0,
            (Payment::PrePurchase, Prepurchase::Packs(packs)) => packs,
            (Payment::PrePurchase, Prepurchase::ShareOfPlan(share)) => {
                prices.packs_for_share(plan.saturating_less(contract.free_credits), share)
            }
        };
        let purchase = prices.purchase(packs)?;
        let granted = contract.free_credits.checked_add(purchase.credits)?;
        let allocation = if granted > Credits::ZERO {
            Allocation::Grants(granted)
        } else if let Some(amount) = scenario.budget.amount {
            Allocation::Budget(amount)
        } else if let Some(amount) = scenario.budget.monthly {
            Allocation::MonthlyBudget(amount)
        } else {
            Allocation::None
        };
        Some(Self {
            prices,
            free: contract.free_credits,
            purchase,
            alerts: match allocation {
                Allocation::None => Vec::new(),
                _ => scenario.governance.alerts.clone(),
            },
            allocation,
        })
    }

    /// What `prepurchase = "80%"` would buy, in packs.
    pub fn rule_80_packs(&self, plan: Credits) -> u64 {
        self.prices
            .packs_for_share(plan.saturating_less(self.free), RULE_80)
    }

    /// Credits that are granted over the term: free and bought.
    pub fn granted(&self) -> Credits {
        self.free + self.purchase.credits
    }

    /// True when something is granted, so that exhaustion and overage are defined.
    pub fn has_grants(&self) -> bool {
        self.granted() > Credits::ZERO
    }
}
