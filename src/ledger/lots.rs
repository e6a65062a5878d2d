//! Grants that are open: what burns first, what ends today, what survives.

use crate::units::Credits;

/// A last usable day that never comes.
pub const NO_END: i64 = i64::MAX;

/// What the unused credits of a grant may survive into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing: it ends for good.
    None,
    /// The next month.
    Month,
    /// The next term.
    Term,
    /// Twelve months more.
    Year,
}

/// An open grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its number, in order of booking.
    pub number: u32,
    /// Credits that are left.
    pub left: Credits,
    /// Lower ones burn first.
    pub priority: u64,
    /// First usable day, counted from the start.
    pub first_day: i64,
    /// Last usable day, counted from the start; [`NO_END`] for none.
    pub last_day: i64,
    /// Free or promotional, not bought.
    pub is_promotional: bool,
    /// Bought for a term, ahead or as a top-up, or what survived of such credits: what sizing counts as
    /// worth something when it is not used.
    pub is_of_term: bool,
    /// What its unused credits may survive into.
    pub renewal: Renewal,
}

impl Lot {
    /// Priority, earliest end, promotional before paid, earliest start, order of booking.
    fn burns_before(&self, other: &Self) -> bool {
        let key = |lot: &Self| {
            let is_paid = !lot.is_promotional;
            (
                lot.priority,
                lot.last_day,
                is_paid,
                lot.first_day,
                lot.number,
            )
        };
        key(self) < key(other)
    }
}

/// The open grants of a path in the order in which they burn.
#[derive(Clone, Debug)]
pub struct Lots {
    /// The one that burns first comes last.
    lots: Vec<Lot>,
    balance: Credits,
    next_end: i64,
    booked: u32,
}

impl Default for Lots {
    fn default() -> Self {
        Self {
            lots: Vec::new(),
            balance: Credits::ZERO,
            next_end: NO_END,
            booked: 0,
        }
    }
}

impl Lots {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.lots.clear();
        self.balance = Credits::ZERO;
        self.next_end = NO_END;
        self.booked = 0;
    }

    /// Credits that are left in all of them.
    pub fn balance(&self) -> Credits {
        self.balance
    }

    /// The same, counted again.
    pub fn left(&self) -> Credits {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    /// Credits that are left of those bought for a term.
    pub fn left_of_term(&self) -> Credits {
        let of_term = self.lots.iter().filter(|lot| lot.is_of_term);
        of_term.map(|lot| lot.left).sum()
    }

    /// The first day at whose end some grant ends.
    pub fn next_end(&self) -> i64 {
        self.next_end
    }

    /// Opens a grant and returns its number; `None` where the balance passes 64 bits.
    pub fn open(&mut self, lot: Lot) -> Option<u32> {
        let number = self.booked;
        self.booked += 1;
        self.balance = self.balance.checked_add(lot.left)?;
        self.next_end = self.next_end.min(lot.last_day);
        let lot = Lot { number, ..lot };
        let place = self.lots.partition_point(|other| !other.burns_before(&lot));
        self.lots.insert(place, lot);
        Some(number)
    }

    /// Burns credits in order, no more than the balance; tells each grant's number and part.
    pub fn burn(&mut self, credits: Credits, mut burnt: impl FnMut(u32, Credits)) {
        let mut rest = credits;
        while rest > Credits::ZERO {
            let lot = self.lots.last_mut().expect("no more than the balance");
            let part = rest.min(lot.left);
            lot.left -= part;
            rest -= part;
            burnt(lot.number, part);
            if lot.left == Credits::ZERO {
                self.lots.pop();
            }
        }
        self.balance -= credits;
    }

    /// Burns each day's credits from the grant that burns first, as long as it holds more than the
    /// day wants and all days together want less than `most`; appends the balance after each of
    /// these days and returns what they burnt.
    pub fn burn_days(
        &mut self,
        wanted: &[Credits],
        most: Credits,
        balances: &mut Vec<Credits>,
    ) -> Credits {
        let Some(lot) = self.lots.last_mut() else {
            return Credits::ZERO;
        };
        let opening = self.balance;
        let limit = lot.left.min(most);
        let mut used = Credits::ZERO;
        for &day in wanted {
            let upto = used + day;
            if upto >= limit {
                break;
            }
            used = upto;
            balances.push(opening - used);
        }
        lot.left -= used;
        self.balance -= used;
        used
    }

    /// Takes credits from bought grants only, in order, as far as they last; returns how many.
    pub fn take_bought(
        &mut self,
        credits: Credits,
        mut taken: impl FnMut(u32, Credits),
    ) -> Credits {
        let mut rest = credits;
        for lot in self.lots.iter_mut().rev() {
            if !lot.is_promotional {
                let part = rest.min(lot.left);
                lot.left -= part;
                rest -= part;
                taken(lot.number, part);
            }
        }
        self.lots.retain(|lot| lot.left > Credits::ZERO);
        self.balance -= credits - rest;
        credits - rest
    }

    /// Closes the grants that end at the end of a day and hands them out, in the order in which
    /// they burn.
    pub fn end(&mut self, day: i64, ended: &mut Vec<Lot>) {
        ended.clear();
        ended.extend(self.lots.iter().rev().filter(|lot| lot.last_day <= day));
        self.lots.retain(|lot| lot.last_day > day);
        let left: Credits = ended.iter().map(|lot| lot.left).sum();
        self.balance -= left;
        let ends = self.lots.iter().map(|lot| lot.last_day);
        self.next_end = ends.min().unwrap_or(NO_END);
    }
}
