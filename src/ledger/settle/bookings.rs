//! What is due at the start of a day: grants, steps and credits given back.

use super::Book;
use crate::ledger::journal::{Entry, Listener};
use crate::ledger::lots::{Lot, Renewal};
use crate::ledger::schedule::{Booking, asked_back, bought, licences_for};
use crate::scenario::{Conversion, OnExhaustion};
use crate::units::{Credits, Money};

impl<L: Listener> Book<'_, L> {
    /// Books what is due at the start of a day.
    pub(super) fn book(&mut self, day: usize, booking: Booking) -> Option<()> {
        match booking {
            Booking::Grant {
                entry,
                paid,
                cost,
                lot,
            } => self.grant(day, entry, [paid, cost], lot),
            Booking::Step => {
                let (Some(step), OnExhaustion::StepUp(steps)) =
                    (self.step, &self.terms.contract.on_exhaustion)
                else {
                    return Some(());
                };
                let package = steps[step];
                let cost = package.price_per_month;
                let lot = bought(
                    package.credits_per_month,
                    day as i64,
                    self.month_end(),
                    Renewal::Month,
                );
                self.grant(day, Entry::Step { step }, [cost; 2], Some(lot))
            }
            Booking::GiveBack(conversion) => self.give_back(day, &conversion),
        }
    }

    /// Pays, and opens a grant if credits come with it.
    pub(super) fn grant(
        &mut self,
        day: usize,
        entry: Entry,
        [paid, cost]: [Money; 2],
        lot: Option<Lot>,
    ) -> Option<()> {
        self.pay(paid)?;
        let mut credits = Credits::ZERO;
        if let Some(lot) = lot {
            credits = lot.left;
            self.granted = self.granted.checked_add(credits)?;
            let number = self.lots.open(lot)?;
            self.listener.opened(number, credits, cost);
        }
        self.post(day, entry, credits, paid);
        Some(())
    }

    fn give_back(&mut self, day: usize, conversion: &Conversion) -> Option<()> {
        let contract = &self.terms.contract;
        let asked = asked_back(contract, conversion);
        let listener = &mut *self.listener;
        let credits = self
            .lots
            .take_bought(asked, |number, part| listener.burnt(number, part));
        let value = licences_for(contract, conversion, credits)?;
        self.books.converted += credits;
        self.books.licences = self.books.licences.checked_add(value)?;
        let entry = Entry::GivenBack { value };
        self.post(day, entry, Credits::ZERO - credits, Money::ZERO);
        Some(())
    }
}
