//! Who waits, what is averted, what is watched: alerts, teams, breakers, responses.

use super::{Book, Demand};
use crate::ledger::governance::{self, Allocation, Mark, level, millionths};
use crate::ledger::journal::{Entry, Listener, Reason};
use crate::units::{Credits, Money};

impl<L: Listener> Book<'_, L> {
    /// Levels of the watches in the period at hand, and of the breakers in the month.
    pub(super) fn set_levels(&mut self) -> Option<()> {
        self.set_breakers()?;
        let months = self.terms.horizon.months();
        let months = self
            .terms
            .allocation
            .period(self.month, self.term(), months);
        let is_allocated = self.whole_allocation() > 0;
        for (index, watch) in self.terms.watches.iter().enumerate() {
            let allocation = match watch.team {
                None => self.whole_allocation(),
                Some(team) => {
                    let place = self.terms.shares.places[team]?;
                    let standing = &self.books.scratch.standing;
                    standing.allocation(place, months.clone())?
                }
            };
            let reached = match watch.mark {
                Mark::Alert(share) => level(millionths(share), allocation),
                Mark::Share => allocation.saturating_add(1),
            };
            self.books.scratch.levels[index] = match is_allocated {
                true => reached.max(1),
                false => i64::MAX,
            };
        }
        self.next_level = self.lowest_level(&self.terms.watches_of_whole);
        for (place, watches) in self.terms.shares.watches.iter().enumerate() {
            let lowest = self.lowest_level(watches);
            self.books.scratch.standing.next_level[place] = lowest;
        }
        Some(())
    }

    pub(super) fn set_breakers(&mut self) -> Option<()> {
        let Some(share) = self.terms.governance.circuit_breaker else {
            return Some(());
        };
        let is_allocated = self.whole_allocation() > 0;
        let standing = &mut self.books.scratch.standing;
        for place in 0..self.terms.shares.teams.len() {
            let allocation = standing.allocation(place, self.month..self.month + 1)?;
            standing.breaker_level[place] = match is_allocated {
                true => level(share as i64, allocation).max(1),
                false => i64::MAX,
            };
        }
        Some(())
    }

    /// The lowest level of some watches that has not been reached.
    fn lowest_level(&self, watches: &[usize]) -> i64 {
        let open = watches.iter().filter(|&&w| self.books.watched[w].is_none());
        let levels = open.map(|&w| self.books.scratch.levels[w]);
        levels.min().unwrap_or(i64::MAX)
    }

    pub(super) fn set_response_level(&mut self) {
        if let Some(response) = self.terms.governance.incident_response
            && self.terms.allocation != Allocation::None
        {
            let allocation = self.whole_allocation();
            self.response_level = match allocation {
                0 => i64::MAX,
                _ => level(millionths(response.alert), allocation).max(1),
            };
            self.has_responded = false;
        }
    }

    fn whole_allocation(&self) -> i64 {
        match self.terms.allocation {
            Allocation::Month(credits) => credits.micro(),
            Allocation::Term => self.term().granted.micro(),
            Allocation::Budget(amount) | Allocation::MonthlyBudget(amount) => amount.micro(),
            Allocation::None => 0,
        }
    }

    /// What the workloads want of a day once ended incidents are averted and those that wait are
    /// told to.
    pub(super) fn admit(&mut self, day: usize) -> Option<Credits> {
        let terms = self.terms;
        let is_low = self.lots.balance().micro() < self.soft_floor;
        let months = terms.horizon.months();
        let (mut all, mut averted) = (Credits::ZERO, Credits::ZERO);
        let (mut low, mut tripped) = (Credits::ZERO, Credits::ZERO);
        for workload in 0..self.future.workloads() {
            let mut wanted = Credits::from_micro(self.future.base(workload)[day]);
            if self.demand == Demand::Whole {
                wanted += Credits::from_micro(self.future.incident(workload)[day]);
                let ended = &self.books.scratch.ended;
                if ended.any() {
                    let over = ended.averted(&terms.hits, self.future, workload, day);
                    if L::KEEPS {
                        self.books.averted[workload * months + self.month] += over;
                    }
                    averted += over;
                    wanted -= over;
                }
            }
            let breaker = || {
                let place = terms.places[workload];
                place.is_some_and(|place| self.books.scratch.standing.tripped[place])
            };
            if terms.waits[workload] && (is_low || breaker()) {
                match is_low {
                    true => low += wanted,
                    false => tripped += wanted,
                }
                if L::KEEPS {
                    self.books.unserved[workload * months + self.month] += wanted;
                }
                wanted = Credits::ZERO;
            }
            self.books.scratch.admitted[workload] = wanted;
            all += wanted;
        }
        self.averted += averted;
        self.unserved += low + tripped;
        if averted > Credits::ZERO {
            self.post(day, Entry::Averted, Credits::ZERO - averted, Money::ZERO);
        }
        for (reason, credits) in [(Reason::SoftCap, low), (Reason::Breaker, tripped)] {
            if credits > Credits::ZERO {
                let entry = Entry::Unserved { reason };
                self.post(day, entry, Credits::ZERO - credits, Money::ZERO);
            }
        }
        Some(all)
    }

    /// Shares what was served out to the workloads in their order; the rest of each goes unserved.
    pub(super) fn share_out(&mut self, served: Credits) {
        let terms = self.terms;
        let months = terms.horizon.months();
        let mut rest = served;
        for &workload in &terms.serving {
            let wanted = self.books.scratch.admitted[workload];
            let part = wanted.min(rest);
            rest -= part;
            if L::KEEPS && wanted > part {
                self.books.unserved[workload * months + self.month] += wanted - part;
            }
            if let Some(place) = terms.places[workload] {
                self.books.scratch.standing.serve(place, part);
            }
        }
    }

    /// Use of the whole in the allocation's period.
    pub(super) fn measure(&self) -> i64 {
        match self.terms.allocation {
            Allocation::Month(_) => self.month_served.micro(),
            Allocation::Term => self.term_served.micro(),
            Allocation::Budget(_) => self.spend.micro(),
            Allocation::MonthlyBudget(_) => (self.spend - self.spend_before).micro(),
            Allocation::None => 0,
        }
    }

    pub(super) fn watch(&mut self, day: usize) -> Option<()> {
        let is_watched = L::KEEPS && !self.terms.watches.is_empty();
        if !is_watched && self.response_level == i64::MAX {
            return Some(());
        }
        let used = self.measure();
        if is_watched && used >= self.next_level {
            let terms = self.terms;
            self.reach(day, &terms.watches_of_whole, used);
            self.next_level = self.lowest_level(&terms.watches_of_whole);
        }
        if is_watched && !self.terms.shares.is_empty() {
            let terms = self.terms;
            for (place, watches) in terms.shares.watches.iter().enumerate() {
                let credits = self.books.scratch.standing.period[place];
                let price = &terms.prices.overage;
                let used = governance::measured(terms.allocation, credits, price)?;
                if used >= self.books.scratch.standing.next_level[place] {
                    self.reach(day, watches, used);
                    let lowest = self.lowest_level(watches);
                    self.books.scratch.standing.next_level[place] = lowest;
                }
            }
        }
        if used >= self.response_level && !self.has_responded {
            self.has_responded = true;
            let response = self.terms.governance.incident_response;
            let days = response.map_or(0, |response| response.days);
            self.books.scratch.responses.push(day + days);
            let entry = Entry::ResponseCalled { days };
            self.post(day, entry, Credits::ZERO, Money::ZERO);
        }
        let scratch = &mut self.books.scratch;
        if self.demand == Demand::Whole && scratch.responses.contains(&day) {
            let count = scratch.ended.end(self.future, day);
            if count > 0 {
                let entry = Entry::IncidentsEnded { count };
                self.post(day, entry, Credits::ZERO, Money::ZERO);
            }
        }
        Some(())
    }

    /// Marks those of some watches that use has reached.
    fn reach(&mut self, day: usize, watches: &[usize], used: i64) {
        for &index in watches {
            let watch = self.terms.watches[index];
            let is_reached = used >= self.books.scratch.levels[index];
            if self.books.watched[index].is_some() || !is_reached {
                continue;
            }
            self.books.watched[index] = Some(day);
            let entry = match (watch.mark, watch.team) {
                (Mark::Share, Some(team)) => Entry::ShareExceeded { team },
                (Mark::Alert(threshold), team) => Entry::Alert { team, threshold },
                (Mark::Share, None) => continue,
            };
            self.post(day, entry, Credits::ZERO, Money::ZERO);
        }
    }

    /// Trips the breakers of the teams that have used up their share of the month.
    pub(super) fn trip(&mut self, day: usize) -> Option<()> {
        let terms = self.terms;
        if day as i64 == self.month_end() {
            return Some(());
        }
        for (place, &team) in terms.shares.teams.iter().enumerate() {
            let standing = &self.books.scratch.standing;
            if standing.tripped[place] {
                continue;
            }
            let credits = standing.month[place];
            let used = governance::measured(terms.allocation, credits, &terms.prices.overage)?;
            if used >= standing.breaker_level[place] {
                self.books.scratch.standing.tripped[place] = true;
                let entry = Entry::BreakerTripped { team };
                self.post(day, entry, Credits::ZERO, Money::ZERO);
            }
        }
        Some(())
    }
}
