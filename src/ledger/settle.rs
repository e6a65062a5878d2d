//! One path against the terms: which grant pays, what runs over, what is left.

use crate::demand::Future;
use crate::error::Error;
use crate::ledger::{Allocation, Terms};
use crate::scenario::Horizon;
use crate::units::{Credits, MICRO, Money};

/// The books of one settled path; its buffers are reused from path to path.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// Credits wanted on each day.
    pub wanted: Vec<Credits>,
    /// Balance of the grants at the end of each day, after that day's expiry.
    pub balance: Vec<Credits>,
    /// Everything paid up to the end of each day.
    pub spend_to_date: Vec<Money>,
    /// The books of each month.
    pub months: Vec<MonthBooks>,
    /// First day whose demand the grants could not cover in full.
    pub exhausted: Option<usize>,
    /// First day on which each alert's threshold was reached, in the order of the terms' alerts.
    pub alerts: Vec<Option<usize>>,
    /// Credits that expired within the horizon, plus the balance on its last day.
    pub unused: Credits,
    /// Credits that would have run over had there been no incidents.
    pub overage_without_incidents: Credits,
}

/// The books of one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthBooks {
    /// Credits served from grants.
    pub consumed: Credits,
    /// Credits served beyond the grants; all use where nothing is granted.
    pub overage: Credits,
    /// Balance of the grants at the end of the month's last day, after its expiry.
    pub balance: Credits,
    /// Paid in this month: purchases and overage.
    pub spend: Money,
    /// Paid for overage in this month; all use where nothing is granted.
    pub overage_spend: Money,
}

impl Terms {
    /// Settles one future. Grants are drawn down in order, free credits first; what is left at the
    /// end of the term's last day expires; what the grants cannot cover is overage, billed by the
    /// credit and rounded cumulatively, so that months sum to the whole.
    ///
    /// # Errors
    /// [`Error::Overflow`] when a sum passes what 64 bits hold.
    ///
    /// # Panics
    /// When credits are not conserved: that is our mistake, and no figure may come of it.
    pub fn settle(
        &self,
        path: u64,
        future: &Future,
        horizon: &Horizon,
        books: &mut Settlement,
    ) -> Result<(), Error> {
        let overflow = Error::Overflow { path: Some(path) };
        self.book(future, horizon, books).ok_or(overflow)
    }

    fn book(&self, future: &Future, horizon: &Horizon, books: &mut Settlement) -> Option<()> {
        let base = add_up(future, &mut books.wanted)?;
        let granted = self.granted();
        books.overage_without_incidents = base.saturating_less(granted);
        books.balance.clear();
        books.spend_to_date.clear();
        books.months.clear();
        books.exhausted = None;
        let (mut used, mut consumed, mut paid) = (Credits::ZERO, Credits::ZERO, Money::ZERO);
        let mut expired = Credits::ZERO;
        for month in 0..horizon.months() {
            let mut entry = MonthBooks::default();
            let (consumed_before, overage_before, paid_before) = (consumed, used - consumed, paid);
            for day in horizon.month(month) {
                used = used.checked_add(books.wanted[day])?;
                if self.has_grants() && used > granted && books.exhausted.is_none() {
                    books.exhausted = Some(day);
                }
                consumed = used.min(granted);
                paid = self.prices.overage.of(used - consumed)?;
                let mut balance = granted - consumed;
                if day + 1 == horizon.days() {
                    expired = balance;
                    balance = Credits::ZERO;
                }
                books.balance.push(balance);
                books
                    .spend_to_date
                    .push(self.purchase.cost.checked_add(paid)?);
                entry.balance = balance;
            }
            entry.consumed = consumed - consumed_before;
            entry.overage = (used - consumed) - overage_before;
            entry.overage_spend = paid - paid_before;
            entry.spend = entry.overage_spend;
            if month == 0 {
                entry.spend = entry.spend.checked_add(self.purchase.cost)?;
            }
            books.months.push(entry);
        }
        let closing = *books.balance.last()?;
        books.unused = expired + closing;
        assert_eq!(
            granted,
            consumed + expired + closing,
            "credits are conserved on every path"
        );
        self.watch(horizon, books);
        Some(())
    }

    /// First days on which the thresholds are reached.
    fn watch(&self, horizon: &Horizon, books: &mut Settlement) {
        let Settlement {
            alerts,
            wanted,
            spend_to_date,
            ..
        } = books;
        alerts.clear();
        for &threshold in &self.alerts {
            alerts.push(match self.allocation {
                Allocation::None => None,
                Allocation::Grants(granted) => {
                    let level = level(threshold, granted.micro());
                    let mut used = 0;
                    wanted.iter().position(|day| {
                        used += day.micro();
                        used >= level
                    })
                }
                Allocation::Budget(amount) => {
                    let level = level(threshold, amount.micro());
                    spend_to_date
                        .iter()
                        .position(|spent| spent.micro() >= level)
                }
                Allocation::MonthlyBudget(amount) => {
                    let level = level(threshold, amount.micro());
                    (0..horizon.months()).find_map(|month| {
                        let days = horizon.month(month);
                        let before = match days.start {
                            0 => 0,
                            first => spend_to_date[first - 1].micro(),
                        };
                        let reached = |&day: &usize| spend_to_date[day].micro() - before >= level;
                        days.into_iter().find(reached)
                    })
                }
            });
        }
    }
}

/// The smallest whole millionth at or above `share` of `of`.
fn level(share: f64, of: i64) -> i64 {
    let micro_share = (share * MICRO as f64).round() as i128;
    let exact = micro_share * i128::from(of);
    let level = exact.div_euclid(i128::from(MICRO)) + i128::from(exact % i128::from(MICRO) != 0);
    i64::try_from(level).unwrap_or(i64::MAX)
}

/// Sums the workloads' demand by day into `wanted`; returns the demand without incidents.
fn add_up(future: &Future, wanted: &mut Vec<Credits>) -> Option<Credits> {
    wanted.clear();
    wanted.resize(future.days(), Credits::ZERO);
    let mut without_incidents = Credits::ZERO;
    for workload in 0..future.workloads() {
        let days = future.base(workload).iter().zip(future.incident(workload));
        for (sum, (&base, &incident)) in wanted.iter_mut().zip(days) {
            let base = Credits::from_micro(base);
            without_incidents = without_incidents.checked_add(base)?;
            *sum = sum
                .checked_add(base)?
                .checked_add(Credits::from_micro(incident))?;
        }
    }
    Some(without_incidents)
}
