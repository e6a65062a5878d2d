//! One path against the terms, day by day: which grant pays, what runs over, what waits, what is
//! left. The rules are those of METHODS.md, in their order.

use crate::demand::Future;
use crate::ledger::governance::{Allocation, Ended, Standing};
use crate::ledger::journal::{Entry, Listener, Nobody, OnlySums, OnlyTotals};
use crate::ledger::lots::{Lot, Lots};
use crate::ledger::{Term, Terms};
use crate::scenario::{OnExhaustion, Payment};
use crate::units::{Credits, Money};

mod bookings;
mod exhaustion;
mod expiry;
mod guardrails;
mod stretches;

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
    /// Credits wanted and not served, workload-major, then by month; empty where the terms serve
    /// everything.
    pub unserved: Vec<Credits>,
    /// Credits of incidents that a response ended, likewise.
    pub averted: Vec<Credits>,
    /// First day whose demand the grants could not cover in full.
    pub exhausted: Option<usize>,
    /// First day of each of the terms' watches.
    pub watched: Vec<Option<usize>>,
    /// Credits that expired within the horizon.
    pub expired: Credits,
    /// Those, plus the balance on the last day.
    pub unused: Credits,
    /// The part of `expired` that was bought for a term, ahead or as a top-up.
    pub expired_of_term: Credits,
    /// The same of `unused`.
    pub unused_of_term: Credits,
    /// Credits that became licences.
    pub converted: Credits,
    /// What these licences are worth.
    pub licences: Money,
    /// Paid to raise bills to a monthly minimum or a commitment.
    pub raised: Money,
    /// Paid for top-ups.
    pub topped_up: Money,
    /// Everything paid.
    pub paid: Money,
    /// Credits served beyond the grants; all use where nothing is granted.
    pub beyond: Credits,
    /// Credits wanted and neither served nor averted.
    pub lost: Credits,
    /// Credits that would have run over had there been no incidents.
    pub overage_without_incidents: Credits,
    /// What each workload wants up to the start of each day and of the one after the last, in micro-credits,
    /// workload-major; filled by [`meet`](Self::meet).
    sums: Vec<i64>,
    scratch: Scratch,
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
    /// Paid in this month.
    pub spend: Money,
    /// Billed in this month for use beyond the grants; all use where nothing is granted.
    pub overage_spend: Money,
}

/// What a path needs while it is booked.
#[derive(Clone, Debug, Default)]
struct Scratch {
    lots: Lots,
    ended_lots: Vec<Lot>,
    standing: Standing,
    ended: Ended,
    /// Days at whose end a response ends what runs.
    responses: Vec<usize>,
    /// Level of each watch in the period at hand.
    levels: Vec<i64>,
    /// What each workload wants of the day, pauses and ended incidents aside.
    admitted: Vec<Credits>,
    /// Books of the same path without its incidents.
    shadow: Option<Box<Settlement>>,
}

impl Settlement {
    /// Takes what a future wants, once for any number of contracts under which its totals are settled; `None`
    /// where a sum passes 64 bits.
    pub fn meet(&mut self, future: &Future) -> Option<()> {
        future.add_up(&mut self.wanted)?;
        self.sums.clear();
        for workload in 0..future.workloads() {
            let days = future.base(workload).iter().zip(future.incident(workload));
            let mut sum = 0;
            self.sums.push(sum);
            // No more than the sum of all days and workloads, which fits.
            self.sums.extend(days.map(|(base, incident)| {
                sum += base + incident;
                sum
            }));
        }
        Some(())
    }
}

impl Terms {
    /// Books a path with and, where that takes more than a subtraction, without its incidents.
    pub(super) fn book(
        &self,
        future: &Future,
        books: &mut Settlement,
        listener: &mut impl Listener,
    ) -> Option<()> {
        let base = self.book_whole(future, books, listener)?;
        let without = if self.is_plain {
            base.saturating_less(self.granted())
        } else if !has_incidents(future) {
            overage(books)
        } else {
            let mut shadow = books.scratch.shadow.take().unwrap_or_default();
            shadow.wanted.clear();
            shadow.wanted.resize(future.days(), Credits::ZERO);
            for workload in 0..future.workloads() {
                for (sum, &base) in shadow.wanted.iter_mut().zip(future.base(workload)) {
                    *sum += Credits::from_micro(base);
                }
            }
            Book::run(self, future, Demand::Base, &mut shadow, &mut Nobody)?;
            let without = overage(&shadow);
            books.scratch.shadow = Some(shadow);
            without
        };
        books.overage_without_incidents = without;
        Some(())
    }

    /// Books a path as it is; returns the demand without incidents.
    pub(super) fn book_whole(
        &self,
        future: &Future,
        books: &mut Settlement,
        listener: &mut impl Listener,
    ) -> Option<Credits> {
        let base = future.add_up(&mut books.wanted)?;
        Book::run(self, future, Demand::Whole, books, listener)?;
        Some(base)
    }

    /// Books a path whose demand by day is in the books already, for its totals.
    pub(super) fn book_totals(&self, future: &Future, books: &mut Settlement) -> Option<()> {
        match self.days_add_up {
            true => Book::run(self, future, Demand::Whole, books, &mut OnlyTotals),
            false => Book::run(self, future, Demand::Whole, books, &mut OnlySums),
        }
    }
}

fn overage(books: &Settlement) -> Credits {
    books.months.iter().map(|month| month.overage).sum()
}

fn has_incidents(future: &Future) -> bool {
    let mut hit = (0..future.workloads()).filter(|&w| future.is_hit(w));
    hit.any(|w| future.incident(w).iter().any(|&credits| credits != 0))
}

/// Which demand is booked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    Whole,
    Base,
}

/// A path being booked.
struct Book<'a, L> {
    terms: &'a Terms,
    future: &'a Future,
    demand: Demand,
    listener: &'a mut L,
    books: &'a mut Settlement,
    lots: Lots,
    /// Use has to be known by workload.
    by_workload: bool,
    /// Nothing but grants, alerts and the calendar can make one day differ from the next.
    is_quiet: bool,
    /// Place in the schedule's bookings.
    next_booking: usize,
    /// Index of the term.
    term: usize,
    month: usize,
    /// Granted, consumed, served beyond the grants, unserved and averted so far.
    granted: Credits,
    consumed: Credits,
    billed: Credits,
    unserved: Credits,
    averted: Credits,
    /// Paid, and billed for use, so far.
    spend: Money,
    bill: Money,
    /// Drawn from grants and served in the month; served in the term.
    month_drawn: Credits,
    month_served: Credits,
    term_served: Credits,
    /// Figures at the start of the month.
    billed_before: Credits,
    spend_before: Money,
    bill_before: Money,
    /// Overage in the period of the grace.
    grace_used: Credits,
    /// Paid for top-ups in the term.
    topped_up: Money,
    step: Option<usize>,
    /// Balances below which non-critical workloads wait and packs are bought, in micro-credits.
    soft_floor: i64,
    top_up_floor: i64,
    /// Billed and raised to the minimum in the term, up to the last month's end.
    committed: Money,
    /// The lowest level of the whole's watches that have not been reached.
    next_level: i64,
    response_level: i64,
    has_responded: bool,
}

impl<'a, L: Listener> Book<'a, L> {
    fn run(
        terms: &'a Terms,
        future: &'a Future,
        demand: Demand,
        books: &'a mut Settlement,
        listener: &'a mut L,
    ) -> Option<()> {
        let mut lots = std::mem::take(&mut books.scratch.lots);
        lots.clear();
        let mut book = Self {
            by_workload: L::BY_DAY && (terms.may_withhold || !terms.shares.is_empty()),
            is_quiet: terms.contract.monthly_allocation.is_none()
                && !terms.contract.on_exhaustion.is_buying(),
            terms,
            future,
            demand,
            listener,
            books,
            lots,
            next_booking: 0,
            term: 0,
            month: 0,
            granted: Credits::ZERO,
            consumed: Credits::ZERO,
            billed: Credits::ZERO,
            unserved: Credits::ZERO,
            averted: Credits::ZERO,
            spend: Money::ZERO,
            bill: Money::ZERO,
            month_drawn: Credits::ZERO,
            month_served: Credits::ZERO,
            term_served: Credits::ZERO,
            billed_before: Credits::ZERO,
            spend_before: Money::ZERO,
            bill_before: Money::ZERO,
            grace_used: Credits::ZERO,
            topped_up: Money::ZERO,
            step: None,
            soft_floor: 0,
            top_up_floor: 0,
            committed: Money::ZERO,
            next_level: i64::MAX,
            response_level: i64::MAX,
            has_responded: false,
        };
        book.open()?;
        for month in 0..terms.horizon.months() {
            book.open_month(month)?;
            let days = terms.horizon.month(month);
            let mut day = days.start;
            while day < days.end {
                day = book.quiet_days(day, days.end - 1);
                day = book.served_days(day, days.end - 1);
                day = book.days(day)? + 1;
            }
            if L::KEEPS {
                book.close_month();
            }
        }
        book.close();
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        let Settlement {
            balance,
            spend_to_date,
            months,
            unserved,
            averted,
            watched,
            scratch,
            ..
        } = &mut *self.books;
        balance.clear();
        spend_to_date.clear();
        months.clear();
        let cells = match self.terms.may_withhold && L::KEEPS {
            true => self.future.workloads() * self.terms.horizon.months(),
            false => 0,
        };
        for cells_of in [unserved, averted] {
            cells_of.clear();
            cells_of.resize(cells, Credits::ZERO);
        }
        watched.clear();
        watched.resize(self.terms.watches.len(), None);
        scratch.levels.clear();
        scratch.levels.resize(self.terms.watches.len(), i64::MAX);
        scratch.responses.clear();
        scratch.ended.open(self.future);
        if self.by_workload {
            scratch.admitted.clear();
            scratch
                .admitted
                .resize(self.future.workloads(), Credits::ZERO);
            scratch.standing.open(&self.terms.shares)?;
        }
        let books = &mut *self.books;
        books.exhausted = None;
        books.expired = Credits::ZERO;
        books.expired_of_term = Credits::ZERO;
        books.converted = Credits::ZERO;
        books.licences = Money::ZERO;
        books.raised = Money::ZERO;
        books.topped_up = Money::ZERO;
        Some(())
    }

    fn term(&self) -> &'a Term {
        &self.terms.schedule.terms[self.term]
    }

    fn post(&mut self, day: usize, entry: Entry, credits: Credits, money: Money) {
        let balance = self.lots.balance();
        self.listener.post(day, entry, credits, money, balance);
    }

    fn pay(&mut self, money: Money) -> Option<()> {
        self.spend = self.spend.checked_add(money)?;
        Some(())
    }

    /// Begins a month, and with it a term or a period of the allocation.
    fn open_month(&mut self, month: usize) -> Option<()> {
        let terms = self.terms;
        self.month = month;
        self.month_drawn = Credits::ZERO;
        self.month_served = Credits::ZERO;
        self.billed_before = self.billed;
        self.spend_before = self.spend;
        self.bill_before = self.bill;
        let begins_term = month.is_multiple_of(terms.contract.term_months);
        if begins_term {
            self.term = month / terms.contract.term_months;
            self.term_served = Credits::ZERO;
            self.topped_up = Money::ZERO;
            self.committed = Money::ZERO;
            self.step = self.term().begins_on_a_step.then_some(0);
        }
        self.set_floors()?;
        if begins_term || self.terms.schedule.by_month {
            self.grace_used = Credits::ZERO;
        }
        let begins_period = match terms.allocation {
            Allocation::Month(_) | Allocation::MonthlyBudget(_) => true,
            Allocation::Term => begins_term,
            Allocation::Budget(_) | Allocation::None => month == 0,
        };
        if self.by_workload && !terms.shares.is_empty() {
            let standing = &mut self.books.scratch.standing;
            standing.open_month();
            if begins_period {
                standing.open_period();
            }
            let is_due = |every: usize| month > 0 && month.is_multiple_of(every);
            if terms.governance.review_months.is_some_and(is_due)
                && standing.review(&terms.shares, month)?
            {
                let day = terms.horizon.month(month).start;
                self.post(day, Entry::Reviewed, Credits::ZERO, Money::ZERO);
            }
        }
        if L::KEEPS && (begins_period || !terms.shares.is_empty()) {
            self.set_levels()?;
        } else if L::BY_DAY {
            self.set_breakers()?;
        }
        if L::BY_DAY && begins_period {
            self.set_response_level();
        }
        Some(())
    }

    /// Books one day, or where only totals are asked for all that are alike, as if they were one; returns the
    /// last of them.
    fn days(&mut self, day: usize) -> Option<usize> {
        while let Some(&(due, booking)) = self.terms.schedule.bookings.get(self.next_booking)
            && due == day
        {
            self.next_booking += 1;
            self.book(day, booking)?;
        }
        let last = self.last_alike(day);
        let demand = match self.by_workload {
            true => self.admit(day)?,
            false if L::BY_DAY => self.books.wanted[day],
            false => self.books.wanted[day..=last].iter().copied().sum(),
        };
        let need = demand.min(self.allowed(demand)?);
        match &self.terms.contract.on_exhaustion {
            OnExhaustion::TopUp(_) => self.top_up(day, need)?,
            OnExhaustion::StepUp(_) => self.step_up(day, need)?,
            OnExhaustion::Overage | OnExhaustion::Block | OnExhaustion::Grace(_) => {}
        }
        let balance = self.lots.balance();
        let used = need.min(balance);
        if used > Credits::ZERO {
            let listener = &mut *self.listener;
            self.lots
                .burn(used, |number, credits| listener.burnt(number, credits));
            self.consumed += used;
            self.month_drawn += used;
            self.post(day, Entry::Used, Credits::ZERO - used, Money::ZERO);
        }
        if demand > balance && self.books.exhausted.is_none() && self.terms.has_grants() {
            self.books.exhausted = Some(day);
            self.post(day, Entry::Exhausted, Credits::ZERO, Money::ZERO);
        }
        let mut served = used;
        if demand > used {
            served += self.beyond(day, demand, need, used)?;
        }
        self.month_served += served;
        self.term_served += served;
        if self.by_workload {
            self.share_out(served);
        }
        self.end_day(last)?;
        Some(last)
    }

    /// The last day of the month at hand, counted from the start.
    fn month_end(&self) -> i64 {
        self.terms.horizon.month(self.month).end as i64 - 1
    }

    /// Alerts, responses and breakers, expiry, minimum and true-up.
    fn end_day(&mut self, day: usize) -> Option<()> {
        let is_last = day as i64 == self.month_end();
        if self.lots.next_end() <= day as i64 {
            self.end_grants(day)?;
        }
        if is_last && let Payment::PreCommit(commit) = self.terms.contract.payment {
            let bill = self.bill - self.bill_before;
            let raised = commit.monthly_minimum.saturating_less(bill);
            self.raise(day, Entry::MonthlyMinimum, raised)?;
            self.committed = self.committed.checked_add(bill + raised)?;
            if day as i64 == self.term().last_day {
                let missing = commit.amount.saturating_less(self.committed);
                self.raise(day, Entry::TrueUp, missing)?;
            }
        }
        if !L::BY_DAY {
            return Some(());
        }
        self.watch(day)?;
        if self.terms.governance.circuit_breaker.is_some() && !self.terms.shares.is_empty() {
            self.trip(day)?;
        }
        if L::KEEPS {
            self.books.balance.push(self.lots.balance());
            self.books.spend_to_date.push(self.spend);
        }
        Some(())
    }

    fn raise(&mut self, day: usize, entry: Entry, money: Money) -> Option<()> {
        if money > Money::ZERO {
            self.pay(money)?;
            self.books.raised = self.books.raised.checked_add(money)?;
            self.post(day, entry, Credits::ZERO, money);
        }
        Some(())
    }

    fn close_month(&mut self) {
        let before = |of: fn(&MonthBooks) -> Credits, months: &[MonthBooks]| -> Credits {
            months.iter().map(of).sum()
        };
        let months = &self.books.months;
        let consumed = self.consumed - before(|month| month.consumed, months);
        let overage = self.billed - before(|month| month.overage, months);
        self.books.months.push(MonthBooks {
            consumed,
            overage,
            balance: self.lots.balance(),
            spend: self.spend - self.spend_before,
            overage_spend: self.bill - self.bill_before,
        });
    }

    /// Closes the books, which must balance.
    fn close(mut self) {
        // Counted lot by lot, not as the bookings have it.
        let closing = self.lots.left();
        let books = &mut *self.books;
        books.unused = books.expired + closing;
        books.unused_of_term = books.expired_of_term + self.lots.left_of_term();
        books.paid = self.spend;
        books.beyond = self.billed;
        books.lost = self.unserved;
        assert_eq!(
            self.granted,
            self.consumed + books.expired + books.converted + closing,
            "credits granted are used, lost, converted or still there, on every path"
        );
        let wanted: Credits = books.wanted.iter().copied().sum();
        assert_eq!(
            wanted,
            self.consumed + self.billed + self.unserved + self.averted,
            "credits wanted are served, unserved or averted, on every path"
        );
        books.scratch.lots = std::mem::take(&mut self.lots);
    }
}
