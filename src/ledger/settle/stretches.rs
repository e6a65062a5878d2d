//! Days that are booked together: quiet ones, and those of which only the sum counts.

use super::{Book, Demand};
use crate::ledger::journal::Listener;
use crate::units::Credits;

impl<L: Listener> Book<'_, L> {
    /// Books the days from `first` on, up to `last`, on which the first grant pays for everything
    /// and nothing else happens: most days of most paths. Returns the first day that is not so.
    pub(super) fn quiet_days(&mut self, first: usize, last: usize) -> usize {
        if L::LISTENS || !L::KEEPS || self.by_workload || !self.is_quiet {
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

    /// Books the days from `first` on, up to `last`, on which the grants pay for all that is admitted, or for nothing,
    /// and no floor, level or limit is reached, where nothing is kept of them: the same workloads wait on each of
    /// these, so that only sums count, and those were added up once for all contracts. Returns the first day that is
    /// not so.
    ///
    /// Sums never fall from day to day, so that the last such day is found by halving.
    pub(super) fn served_days(&mut self, first: usize, last: usize) -> usize {
        let terms = self.terms;
        if L::KEEPS
            || !self.by_workload
            || self.demand != Demand::Whole
            || terms.allocation.is_money()
        {
            return first;
        }
        let limit = self.limit(first, last);
        if limit <= first {
            return first;
        }
        let balance = self.lots.balance().micro();
        let above_soft = balance - self.soft_floor;
        // As long as nothing is bought the balance does not rise above it again.
        let is_low = above_soft < 0;
        let may_top_up = self.may_top_up();
        let is_dry = balance == 0 && !may_top_up && self.is_blocked();
        let drawn = self.month_drawn.micro();
        let allocation = terms.contract.monthly_allocation;
        let within = allocation.map_or(i64::MAX, |allocation| allocation.micro() - drawn);
        let most = if is_dry {
            within
        } else {
            let kept = if may_top_up { self.top_up_floor } else { 0 };
            let quietly = match self.has_responded {
                true => i64::MAX,
                false => (self.response_level - 1).saturating_sub(self.measure()),
            };
            (balance - kept).min(within).min(quietly)
        };
        let mut fits = |until: usize| {
            let admitted = self.admitted(first, until, is_low);
            if admitted > most || is_dry {
                return admitted <= most;
            }
            // What is used before a day decides who waits on it.
            self.trips_none() && (is_low || self.admitted(first, until - 1, false) <= above_soft)
        };
        let (mut good, mut bad) = (first, limit + 1);
        let mut next = limit;
        while good + 1 < bad {
            match fits(next) {
                true => good = next,
                false => bad = next,
            }
            next = good.midpoint(bad);
        }
        if good == first {
            return first;
        }
        let used = match is_dry {
            true => Credits::ZERO,
            false => Credits::from_micro(self.admitted(first, good, is_low)),
        };
        if used > Credits::ZERO {
            let listener = &mut *self.listener;
            self.lots
                .burn(used, |number, credits| listener.burnt(number, credits));
            self.consumed += used;
            self.month_drawn += used;
            self.month_served += used;
            self.term_served += used;
            let standing = &mut self.books.scratch.standing;
            for place in 0..standing.some_days.len() {
                standing.serve(place, Credits::from_micro(standing.some_days[place]));
            }
        }
        let wanted: Credits = self.books.wanted[first..good].iter().copied().sum();
        self.unserved += wanted - used;
        good
    }

    /// The first day from one on that has to be looked at by itself: the last one of its month, and any on which
    /// something is booked or ends, a response ends incidents, or one that has been ended would have run.
    fn limit(&self, first: usize, last: usize) -> usize {
        let next_booking = self.terms.schedule.bookings.get(self.next_booking);
        let due = next_booking.map_or(last, |&(day, _)| day);
        let ends = usize::try_from(self.lots.next_end()).unwrap_or(last);
        let scratch = &self.books.scratch;
        let called = scratch.responses.iter().copied();
        let called = called.filter(|&day| day >= first).min();
        let averted = match scratch.ended.any() {
            true => scratch.ended.next_day(self.future, first),
            false => None,
        };
        let others = called.unwrap_or(last).min(averted.unwrap_or(last));
        last.min(due).min(ends).min(others)
    }

    /// What the workloads that do not wait want from one day on until before another, in all and, put aside, by
    /// team; in micro-credits.
    fn admitted(&mut self, from: usize, until: usize, is_low: bool) -> i64 {
        let terms = self.terms;
        let days = self.future.days() + 1;
        let standing = &mut self.books.scratch.standing;
        standing.some_days.fill(0);
        let mut all = 0;
        for (workload, sums) in self.books.sums.chunks_exact(days).enumerate() {
            let place = terms.places[workload];
            let is_tripped = place.is_some_and(|place| standing.tripped[place]);
            if terms.waits[workload] && (is_low || is_tripped) {
                continue;
            }
            let wanted = sums[until] - sums[from];
            if let Some(place) = place {
                standing.some_days[place] += wanted;
            }
            all += wanted;
        }
        all
    }

    /// Whether what was put aside by team trips no breaker.
    fn trips_none(&self) -> bool {
        if self.terms.governance.circuit_breaker.is_none() {
            return true;
        }
        let standing = &self.books.scratch.standing;
        (0..standing.some_days.len()).all(|place| {
            let used = standing.month[place].micro() + standing.some_days[place];
            standing.tripped[place] || used < standing.breaker_level[place]
        })
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
