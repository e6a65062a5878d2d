//! Days that are booked together: quiet ones, and those of which only the sum counts.

use super::Book;
use crate::ledger::journal::Listener;
use crate::units::Credits;

impl<L: Listener> Book<'_, L> {
    /// Books the days from `first` on, up to `last`, on which the first grant pays for everything
    /// and nothing else happens: most days of most paths. Returns the first day that is not so.
    pub(super) fn quiet_days(&mut self, first: usize, last: usize) -> usize {
        if L::LISTENS || !L::BY_DAY || self.by_workload || !self.is_quiet {
            return first;
        }
        let next_booking = self.terms.schedule.bookings.get(self.next_booking);
        let due = next_booking.map_or(last, |&(day, _)| day);
        let ends = usize::try_from(self.lots.next_end()).unwrap_or(last);
        let limit = last.min(due).min(ends);
        let until_alert = match self.terms.allocation.is_money() {
            true => i64::MAX,
            false => self.next_level.saturating_sub(self.measure()),
        };
        let most = Credits::from_micro(until_alert);
        let wanted = self.books.wanted.get(first..limit).unwrap_or_default();
        let used = self.lots.burn_days(wanted, most, &mut self.books.balance);
        let days = self.books.balance.len() - first;
        self.books
            .spend_to_date
            .extend(std::iter::repeat_n(self.spend, days));
        self.consumed += used;
        self.month_drawn += used;
        self.month_served += used;
        self.term_served += used;
        first + days
    }

    /// The last of the days from `day` on that nothing parts: no booking, no end of a grant or month.
    pub(super) fn last_alike(&self, day: usize) -> usize {
        if L::BY_DAY {
            return day;
        }
        let next = self.terms.schedule.bookings.get(self.next_booking);
        let until_booking = next.map_or(usize::MAX, |&(due, _)| due - 1);
        let until_end = usize::try_from(self.lots.next_end()).unwrap_or(usize::MAX);
        let month_end = self.terms.horizon.month(self.month).end - 1;
        let last = until_booking.min(until_end).min(month_end).max(day);
        match self.next_step() {
            Some(_) => self.last_covered(day, last),
            None => last,
        }
    }

    /// The last of some days, from the first on, whose demand the balance covers; the first one where it covers
    /// none.
    fn last_covered(&self, first: usize, last: usize) -> usize {
        let mut left = self.lots.balance();
        let is_covered = |wanted: &&Credits| {
            let covers = **wanted <= left;
            left = left.saturating_less(**wanted);
            covers
        };
        let days = &self.books.wanted[first..=last];
        let covered = days.iter().take_while(is_covered).count();
        first + covered.saturating_sub(1)
    }
}
