//! What ends at the end of a day, and what of it survives.

use super::Book;
use crate::ledger::journal::{Entry, Listener};
use crate::ledger::lots::{Lot, NO_END, Renewal};
use crate::ledger::schedule::bought;
use crate::units::{Credits, MICRO, Money, scale};

impl<L: Listener> Book<'_, L> {
    /// Closes the grants that end today; part of bought credits may survive.
    pub(super) fn end_grants(&mut self, day: usize) -> Option<()> {
        let mut ended = std::mem::take(&mut self.books.scratch.ended_lots);
        self.lots.end(day as i64, &mut ended);
        let mut lost = Credits::ZERO;
        for lot in ended.iter().filter(|lot| lot.renewal == Renewal::None) {
            lost += lot.left;
            if lot.is_of_term {
                self.books.expired_of_term += lot.left;
            }
            self.listener.burnt(lot.number, lot.left);
        }
        let rule = self.terms.contract.rollover;
        let mut room = rule.most.unwrap_or(Credits::from_micro(i64::MAX));
        let mut surviving = [(Credits::ZERO, Credits::ZERO); 3];
        let kinds = [Renewal::Month, Renewal::Term, Renewal::Year];
        for (renewal, survives) in kinds.into_iter().zip(&mut surviving) {
            let (rolled, kept, rest) = self.roll_over(day, renewal, &ended, room)?;
            room -= rolled;
            *survives = (rolled, kept);
            lost += rest;
        }
        if lost > Credits::ZERO {
            self.books.expired += lost;
            self.post(day, Entry::Expired, Credits::ZERO - lost, Money::ZERO);
        }
        for (rolled, kept) in surviving {
            if rolled > Credits::ZERO {
                let entry = Entry::RolledOver { credits: rolled };
                self.post(day, entry, Credits::ZERO, Money::ZERO);
            }
            if kept > Credits::ZERO {
                let entry = Entry::InGrace { credits: kept };
                self.post(day, entry, Credits::ZERO, Money::ZERO);
            }
        }
        self.books.scratch.ended_lots = ended;
        Some(())
    }

    /// Renews what survives of bought credits that end today with one kind of period, as far as there
    /// is `room`; returns what rolled over, what is kept for days of grace, and what is lost at once.
    fn roll_over(
        &mut self,
        day: usize,
        renewal: Renewal,
        ended: &[Lot],
        room: Credits,
    ) -> Option<(Credits, Credits, Credits)> {
        let rule = self.terms.contract.rollover;
        let of_kind = || ended.iter().filter(|lot| lot.renewal == renewal);
        let left: Credits = of_kind().map(|lot| lot.left).sum();
        if left == Credits::ZERO {
            return Some((left, left, left));
        }
        let is_of_term = of_kind().any(|lot| lot.is_of_term);
        let mut rolled = Credits::ZERO;
        if rule.share > 0 && self.is_renewed(day) {
            rolled = Credits::from_micro(scale(left.micro(), rule.share as i64, MICRO)?);
            rolled = rolled.min(room);
        }
        let next_day = day as i64 + 1;
        let rolled_to = match rolled {
            Credits::ZERO => None,
            rolled => {
                let last_day = self.next_period_ends(day, renewal)?;
                let mut lot = bought(rolled, next_day, last_day, renewal);
                lot.is_of_term = is_of_term;
                Some(self.reopen(lot)?)
            }
        };
        let rest = left - rolled;
        let in_grace = rule.grace_days > 0 && rest > Credits::ZERO;
        let grace_to = match in_grace {
            true => {
                let last_day = day as i64 + rule.grace_days as i64;
                let mut lot = bought(rest, next_day, last_day, Renewal::None);
                lot.is_of_term = is_of_term;
                Some(self.reopen(lot)?)
            }
            false => None,
        };
        // For what the credits had cost: the first to burn are the first to survive.
        let mut surviving = rolled;
        for lot in of_kind() {
            let survives = surviving.min(lot.left);
            surviving -= survives;
            if let Some(to) = rolled_to {
                self.listener.moved(lot.number, to, survives);
            }
            match grace_to {
                Some(to) => self.listener.moved(lot.number, to, lot.left - survives),
                None => self.listener.burnt(lot.number, lot.left - survives),
            }
        }
        if !in_grace && is_of_term {
            self.books.expired_of_term += rest;
        }
        Some(match in_grace {
            true => (rolled, rest, Credits::ZERO),
            false => (rolled, Credits::ZERO, rest),
        })
    }

    /// Opens a grant for credits that were granted before.
    fn reopen(&mut self, lot: Lot) -> Option<u32> {
        let number = self.lots.open(lot)?;
        self.listener.opened(number, Credits::ZERO, Money::ZERO);
        Some(number)
    }

    /// Whether what is left at the end of a day may survive it.
    fn is_renewed(&self, day: usize) -> bool {
        let term = self.term();
        if !self.terms.contract.rollover.needs_renewal || day as i64 != term.last_day {
            return true;
        }
        let next = self.terms.schedule.terms.get(self.term + 1);
        next.is_some_and(|next| next.purchase.credits >= term.purchase.credits)
    }

    /// The last day of the period into which something survives.
    fn next_period_ends(&self, day: usize, renewal: Renewal) -> Option<i64> {
        let horizon = &self.terms.horizon;
        let before = |month: usize| horizon.first_day(month).map_or(NO_END, |first| first - 1);
        Some(match renewal {
            Renewal::None => day as i64,
            Renewal::Month => before(self.month + 2),
            Renewal::Term => before((self.term + 2) * self.terms.contract.term_months),
            Renewal::Year => {
                let anniversary = horizon.year_after(day as i64 + 1);
                anniversary.map_or(NO_END, |first| first - 1)
            }
        })
    }
}
