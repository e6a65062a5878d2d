//! What happens when the grants do not pay: allocations, top-ups, steps, overage, caps.

use super::Book;
use crate::ledger::governance::level;
use crate::ledger::journal::{Entry, Listener, Reason};
use crate::ledger::lots::Renewal;
use crate::ledger::schedule::{bought, lasting};
use crate::scenario::{Expiry, OnExhaustion, Payment};
use crate::units::{Credits, MICRO, Money, part, scale};

impl<L: Listener> Book<'_, L> {
    /// Balances below which non-critical workloads wait and packs are bought.
    pub(super) fn set_floors(&mut self) -> Option<()> {
        let contract = &self.terms.contract;
        let reference = self.reference()?.micro();
        self.soft_floor = level(contract.soft_cap as i64, reference);
        if let OnExhaustion::TopUp(rule) = &contract.on_exhaustion {
            self.top_up_floor = level(rule.below as i64, reference);
        }
        Some(())
    }

    /// What shares of "the purchase" are shares of: the term's, or the month's part of it.
    fn reference(&self) -> Option<Credits> {
        let term = self.term();
        let whole = term.purchase.credits;
        if self.terms.contract.expiry != Expiry::Monthly {
            return Some(whole);
        }
        let place = self.month - term.months.start;
        part(whole.micro(), place, term.months.len()).map(Credits::from_micro)
    }

    /// Most that the grants may pay of a day's demand under the monthly allocation.
    pub(super) fn allowed(&self, demand: Credits) -> Option<Credits> {
        let contract = &self.terms.contract;
        let Some(allocation) = contract.monthly_allocation else {
            return Some(demand);
        };
        let regular = allocation.saturating_less(self.month_drawn);
        if contract.burst == 0 {
            return Some(regular);
        }
        let burst = scale(allocation.micro(), contract.burst as i64, MICRO)?;
        let most = allocation.checked_add(Credits::from_micro(burst))?;
        let on_top = most.saturating_less(self.month_drawn.max(allocation));
        let served = self.term_served.checked_add(demand.min(regular))?;
        let within = self.term().purchase.credits.saturating_less(served);
        regular.checked_add(on_top.min(within))
    }

    /// Buys packs while the balance after today's use would be too low.
    pub(super) fn top_up(&mut self, day: usize, need: Credits) -> Option<()> {
        let OnExhaustion::TopUp(rule) = &self.terms.contract.on_exhaustion else {
            return Some(());
        };
        let floor = level(rule.below as i64, self.reference()?.micro());
        let short =
            i128::from(floor) + i128::from(need.micro()) - i128::from(self.lots.balance().micro());
        if short <= 0 {
            return Some(());
        }
        let packs = i128::from(rule.packs);
        let credits = i128::from(self.terms.prices.pack.micro()) * packs;
        let cost = i128::from(rule.pack_price.micro()) * packs;
        let mut times = (short + credits - 1) / credits;
        if let Some(cap) = rule.spending_cap {
            let left = cap.micro() - self.topped_up.micro();
            times = times.min(i128::from(left) / cost);
        }
        if times <= 0 {
            return Some(());
        }
        let all = |each: i128| i64::try_from(each.checked_mul(times)?).ok();
        let bought_for = Money::from_micro(all(cost)?);
        self.topped_up = self.topped_up.checked_add(bought_for)?;
        self.books.topped_up = self.books.topped_up.checked_add(bought_for)?;
        let credits = Credits::from_micro(all(credits)?);
        let contract = &self.terms.contract;
        let (last_day, renewal) = lasting(
            contract,
            &self.terms.horizon,
            day as i64,
            self.term().last_day,
        );
        let mut lot = bought(credits, day as i64, last_day, renewal);
        lot.is_of_term = true;
        let entry = Entry::ToppedUp {
            packs: u64::try_from(all(packs)?).ok()?,
        };
        self.grant(day, entry, [bought_for; 2], Some(lot))
    }

    /// Whether what the grants cannot cover goes unserved once nothing more is bought.
    pub(super) fn is_blocked(&self) -> bool {
        let contract = &self.terms.contract;
        matches!(
            contract.on_exhaustion,
            OnExhaustion::Block | OnExhaustion::TopUp(_)
        ) && contract.payment == Payment::PrePurchase
            && self.terms.has_grants()
    }

    /// Whether packs can still be bought in the term by rule.
    pub(super) fn may_top_up(&self) -> bool {
        let OnExhaustion::TopUp(rule) = &self.terms.contract.on_exhaustion else {
            return false;
        };
        let cost = i128::from(rule.pack_price.micro()) * i128::from(rule.packs);
        rule.spending_cap
            .is_none_or(|cap| i128::from(cap.micro() - self.topped_up.micro()) >= cost)
    }

    /// The step that running out moves to, if there is one.
    pub(super) fn next_step(&self) -> Option<usize> {
        let OnExhaustion::StepUp(steps) = &self.terms.contract.on_exhaustion else {
            return None;
        };
        let next = self.step.map_or(0, |step| step + 1);
        (next < steps.len()).then_some(next)
    }

    /// Moves to larger steps while the balance does not cover today's use.
    pub(super) fn step_up(&mut self, day: usize, need: Credits) -> Option<()> {
        let OnExhaustion::StepUp(steps) = &self.terms.contract.on_exhaustion else {
            return Some(());
        };
        while self.lots.balance() < need {
            let Some(next) = self.next_step() else {
                break;
            };
            let package = steps[next];
            let (held, paid) = match self.step {
                Some(step) => (steps[step].credits_per_month, steps[step].price_per_month),
                None => (Credits::ZERO, Money::ZERO),
            };
            let credits = package.credits_per_month - held;
            let cost = package.price_per_month - paid;
            let lot = bought(credits, day as i64, self.month_end(), Renewal::Month);
            let entry = Entry::SteppedUp { step: next };
            self.grant(day, entry, [cost; 2], Some(lot))?;
            self.step = Some(next);
        }
        Some(())
    }

    /// Serves, as far as the contract does, what the grants do not pay; returns how much.
    pub(super) fn beyond(
        &mut self,
        day: usize,
        demand: Credits,
        need: Credits,
        used: Credits,
    ) -> Option<Credits> {
        let contract = &self.terms.contract;
        let beyond = demand - used;
        // What the monthly allocation keeps from the grants is overage whatever happens to the rest.
        let (above, uncovered) = (demand - need, need - used);
        let is_prepaid = contract.payment == Payment::PrePurchase && self.terms.has_grants();
        let tolerated = match &contract.on_exhaustion {
            OnExhaustion::Grace(share) if is_prepaid => {
                let granted = match self.terms.schedule.by_month {
                    true => self.terms.schedule.monthly[self.month],
                    false => self.term().granted,
                };
                let most = scale(granted.micro(), *share as i64, MICRO)?;
                let left = Credits::from_micro(most).saturating_less(self.grace_used);
                uncovered.min(left)
            }
            OnExhaustion::Block | OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_)
                if is_prepaid =>
            {
                Credits::ZERO
            }
            _ => uncovered,
        };
        let allowed = above + tolerated;
        let price = &self.terms.prices.overage;
        let cap = contract.overage_cap.filter(|_| self.terms.has_grants());
        let billed = match cap {
            None => allowed,
            // Neither the rounded bill nor the exact one of the month's credits passes the cap.
            Some(cap) => {
                let rounded = price.most_for(self.bill_before.checked_add(cap)?);
                let exact = price.bought_for(cap);
                let used = self.billed - self.billed_before;
                allowed
                    .min(rounded.saturating_less(self.billed))
                    .min(exact.saturating_less(used))
            }
        };
        if billed > Credits::ZERO {
            self.billed += billed;
            self.grace_used += billed.saturating_less(above);
            let bill = price.of(self.billed)?;
            let money = bill - self.bill;
            self.bill = bill;
            self.pay(money)?;
            let entry = match self.terms.has_grants() {
                true => Entry::Overage,
                false => Entry::Billed,
            };
            self.post(day, entry, Credits::ZERO - billed, money);
        }
        let unserved = beyond - billed;
        self.unserved += unserved;
        let reasons = [
            (Reason::Blocked, beyond - allowed),
            (Reason::Capped, allowed - billed),
        ];
        for (reason, credits) in reasons {
            if credits > Credits::ZERO {
                let entry = Entry::Unserved { reason };
                self.post(day, entry, Credits::ZERO - credits, Money::ZERO);
            }
        }
        Some(billed)
    }
}
