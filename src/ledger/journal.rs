//! A settled path told as a journal: every event a dated line with the running balance.

use crate::ledger::{Settlement, Terms};
use crate::scenario::Horizon;
use crate::units::{Credits, Money};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    /// Free credits were granted.
    Granted,
    /// Packs were bought.
    Purchased {
        /// Whole packs.
        packs: u64,
    },
    /// Credits were used from grants.
    Used,
    /// The grants could not cover the day in full.
    Exhausted,
    /// Credits were used beyond the grants.
    Overage,
    /// Credits were used and billed, where nothing is granted.
    Billed,
    /// An alert's threshold was reached.
    Alert {
        /// Share of the allocation.
        threshold: f64,
    },
    /// What was left was lost.
    Expired,
}

/// One line of the journal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Day of the horizon.
    pub day: usize,
    /// What happened.
    pub entry: Entry,
    /// Credits moved: in above 0, out below; for an alert, none.
    pub credits: Credits,
    /// Money paid.
    pub money: Money,
    /// Balance of the grants afterwards.
    pub balance: Credits,
}

/// The lines of a settled path, in order.
pub fn journal(terms: &Terms, books: &Settlement, horizon: &Horizon) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut balance = Credits::ZERO;
    if terms.free > Credits::ZERO {
        balance += terms.free;
        lines.push(line(0, Entry::Granted, terms.free, Money::ZERO, balance));
    }
    let purchase = terms.purchase;
    if purchase.packs > 0 {
        balance += purchase.credits;
        let entry = Entry::Purchased {
            packs: purchase.packs,
        };
        lines.push(line(0, entry, purchase.credits, purchase.cost, balance));
    }
    let mut paid = purchase.cost;
    for day in 0..horizon.days() {
        let consumed = books.wanted[day].min(balance);
        let over = books.wanted[day] - consumed;
        balance -= consumed;
        if consumed > Credits::ZERO {
            lines.push(line(
                day,
                Entry::Used,
                Credits::ZERO - consumed,
                Money::ZERO,
                balance,
            ));
        }
        if books.exhausted == Some(day) && terms.has_grants() {
            lines.push(line(
                day,
                Entry::Exhausted,
                Credits::ZERO,
                Money::ZERO,
                balance,
            ));
        }
        let money = books.spend_to_date[day] - paid;
        paid = books.spend_to_date[day];
        if over > Credits::ZERO {
            let entry = match terms.has_grants() {
                true => Entry::Overage,
                false => Entry::Billed,
            };
            lines.push(line(day, entry, Credits::ZERO - over, money, balance));
        }
        for (&threshold, &reached) in terms.alerts.iter().zip(&books.alerts) {
            if reached == Some(day) {
                let entry = Entry::Alert { threshold };
                lines.push(line(day, entry, Credits::ZERO, Money::ZERO, balance));
            }
        }
        if balance > books.balance[day] {
            let lost = balance - books.balance[day];
            balance = books.balance[day];
            lines.push(line(
                day,
                Entry::Expired,
                Credits::ZERO - lost,
                Money::ZERO,
                balance,
            ));
        }
    }
    lines
}

fn line(day: usize, entry: Entry, credits: Credits, money: Money, balance: Credits) -> Line {
    Line {
        day,
        entry,
        credits,
        money,
        balance,
    }
}
