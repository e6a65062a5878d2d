//! What a contract grants and when, as far as no path can change it.

use crate::ledger::journal::Entry;
use crate::ledger::lots::{Lot, NO_END, Renewal};
use crate::ledger::prices::{PriceList, Purchase};
use crate::scenario::{Contract, Conversion, Direction, Expiry, Horizon, OnExhaustion, Scenario};
use crate::units::{Credits, MICRO, Money, part, quotient};

/// Priority of what is bought.
const BOUGHT: u64 = 10;

/// A term of the contract, as far as it begins within the horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Its months, counted from the start; the last ones may lie beyond the horizon.
    pub months: std::ops::Range<usize>,
    /// Its last day, which may lie beyond the horizon.
    pub last_day: i64,
    /// What is bought ahead for it.
    pub purchase: Purchase,
    /// What is granted in it, also beyond the horizon: top-ups and later steps aside.
    pub granted: Credits,
    /// The first step holds from its first day, because nothing else is granted.
    pub begins_on_a_step: bool,
}

/// Something that is booked at the start of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Booking {
    /// A payment, and a grant if credits come with it at once.
    Grant {
        /// As the journal tells it.
        entry: Entry,
        /// What is paid on this day.
        paid: Money,
        /// What the credits have cost, whenever that was paid.
        cost: Money,
        /// What is granted; its number is given when it is opened.
        lot: Option<Lot>,
    },
    /// The monthly credits of the step that holds, if one does.
    Step,
    /// Credits become licences.
    GiveBack(Conversion),
}

/// Everything that is certain to come, by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Terms that begin within the horizon.
    pub terms: Vec<Term>,
    /// Bookings within the horizon, ascending by day, those of one day in order.
    pub bookings: Vec<(usize, Booking)>,
    /// What is granted in each month of the horizon, steps aside.
    pub monthly: Vec<Credits>,
    /// What is granted within the horizon.
    pub granted: Credits,
    /// Something is bought, and all that is bought comes by the month.
    pub by_month: bool,
}

/// What the contract grants on one day, in the order of booking.
struct Builder<'a> {
    contract: &'a Contract,
    horizon: &'a Horizon,
    bookings: Vec<(i64, Booking)>,
}

impl Schedule {
    /// The schedule of a scenario's contract, whose purchases are known; `None` where a sum passes
    /// the ledger's integers.
    pub fn new(scenario: &Scenario, purchases: &[Purchase]) -> Option<Self> {
        let horizon = &scenario.horizon;
        let contract = &scenario.contract;
        let mut builder = Builder {
            contract,
            horizon,
            bookings: Vec::new(),
        };
        let mut terms = Vec::new();
        for (index, &purchase) in purchases.iter().enumerate() {
            let first = index * contract.term_months;
            let months = first..first + contract.term_months;
            terms.push(Term {
                last_day: builder.last_day(months.end)?,
                months,
                purchase,
                granted: Credits::ZERO,
                begins_on_a_step: false,
            });
        }
        let first_term_ends = terms.first()?.last_day;
        builder.free(first_term_ends);
        for term in &terms {
            builder.purchase(term)?;
        }
        for month in 0..terms.last()?.months.end {
            builder.month(month)?;
        }
        for index in 0..contract.grants.len() {
            builder.further(index);
        }
        for &conversion in &scenario.conversions {
            let term = terms.iter().find(|term| term.last_day >= conversion.day);
            let end = term.map_or(NO_END, |term| term.last_day);
            builder.conversion(conversion, end)?;
        }
        builder.finish(terms)
    }

    /// Purchases of the terms that begin within the horizon.
    pub fn purchases(
        contract: &Contract,
        horizon: &Horizon,
        packs: impl Fn(std::ops::Range<usize>) -> u64,
        prices: &PriceList,
    ) -> Option<Vec<Purchase>> {
        let firsts = (0..horizon.months()).step_by(contract.term_months);
        let months = firsts.map(|first| first..first + contract.term_months);
        months
            .map(|months| prices.purchase(packs(months)))
            .collect()
    }
}

impl Builder<'_> {
    /// The day before a month begins.
    fn last_day(&self, month: usize) -> Option<i64> {
        Some(self.horizon.first_day(month)? - 1)
    }

    fn add(&mut self, day: i64, entry: Entry, [paid, cost]: [Money; 2], lot: Option<Lot>) {
        let booking = Booking::Grant {
            entry,
            paid,
            cost,
            lot,
        };
        self.bookings.push((day, booking));
    }

    fn free(&mut self, last_day: i64) {
        let free = self.contract.free_credits;
        if free > Credits::ZERO {
            let mut lot = bought(free, 0, last_day, Renewal::None);
            (lot.priority, lot.is_promotional) = (0, true);
            self.add(0, Entry::Free, [Money::ZERO; 2], Some(lot));
        }
    }

    fn purchase(&mut self, term: &Term) -> Option<()> {
        let Purchase {
            packs,
            credits,
            cost,
        } = term.purchase;
        if packs == 0 {
            return Some(());
        }
        let day = self.horizon.first_day(term.months.start)?;
        let entry = Entry::Purchased { packs };
        if self.contract.expiry != Expiry::Monthly {
            let (last_day, renewal) = lasting(self.contract, self.horizon, day, term.last_day);
            let mut lot = bought(credits, day, last_day, renewal);
            lot.is_of_term = true;
            self.add(day, entry, [cost; 2], Some(lot));
            return Some(());
        }
        self.add(day, entry, [cost, Money::ZERO], None);
        for (place, month) in term.months.clone().enumerate() {
            let of = |whole: i64| part(whole, place, term.months.len());
            let credits = Credits::from_micro(of(credits.micro())?);
            let cost = Money::from_micro(of(cost.micro())?);
            let (day, last) = (self.horizon.first_day(month)?, self.last_day(month + 1)?);
            let mut lot = bought(credits, day, last, Renewal::Month);
            lot.is_of_term = true;
            self.add(day, Entry::MonthlyPart, [Money::ZERO, cost], Some(lot));
        }
        Some(())
    }

    /// Seats and the place of the step.
    fn month(&mut self, month: usize) -> Option<()> {
        let (day, last) = (self.horizon.first_day(month)?, self.last_day(month + 1)?);
        if let Some(allowance) = self.contract.seat_allowance {
            let lot = bought(allowance.credits, day, last, Renewal::Month);
            let entry = Entry::Seats {
                seats: allowance.seats,
            };
            self.add(day, entry, [allowance.cost; 2], Some(lot));
        }
        if matches!(self.contract.on_exhaustion, OnExhaustion::StepUp(_)) {
            self.bookings.push((day, Booking::Step));
        }
        Some(())
    }

    fn further(&mut self, index: usize) {
        let grant = &self.contract.grants[index];
        if grant.to_day < 0 || grant.credits == Credits::ZERO && grant.cost == Money::ZERO {
            return;
        }
        let lot = Lot {
            number: 0,
            left: grant.credits,
            priority: grant.priority,
            first_day: grant.from_day,
            last_day: grant.to_day,
            is_promotional: grant.promotional,
            is_of_term: false,
            renewal: Renewal::None,
        };
        // What began before the start has been paid.
        let paid = match grant.from_day {
            ..0 => Money::ZERO,
            _ => grant.cost,
        };
        let entry = Entry::Granted { grant: index };
        self.add(grant.from_day.max(0), entry, [paid, grant.cost], Some(lot));
    }

    fn conversion(&mut self, conversion: Conversion, term_ends: i64) -> Option<()> {
        if conversion.day < 0 {
            return Some(());
        }
        match conversion.direction {
            Direction::ToLicences => {
                let booking = Booking::GiveBack(conversion);
                self.bookings.push((conversion.day, booking));
            }
            Direction::ToCredits => {
                let credits = converted(self.contract, &conversion)?;
                let (last_day, renewal) =
                    lasting(self.contract, self.horizon, conversion.day, term_ends);
                let lot = bought(credits, conversion.day, last_day, renewal);
                let entry = Entry::Converted {
                    licences: conversion.licences,
                };
                let cost = [Money::ZERO, conversion.value];
                self.add(conversion.day, entry, cost, Some(lot));
            }
        }
        Some(())
    }

    fn finish(mut self, terms: Vec<Term>) -> Option<Schedule> {
        // Stable: on one day, in the order in which they were added; what is given back comes last.
        self.bookings
            .sort_by_key(|&(day, booking)| (day, matches!(booking, Booking::GiveBack(_))));
        let by_month = self.comes_by_month();
        let mut schedule = Schedule {
            terms,
            bookings: Vec::new(),
            monthly: vec![Credits::ZERO; self.horizon.months()],
            granted: Credits::ZERO,
            by_month,
        };
        self.add_up(&mut schedule)?;
        self.begin_on_steps(&mut schedule)?;
        let horizon = self.horizon;
        let bookings = self.bookings.into_iter();
        let within = bookings.filter_map(|(day, booking)| Some((within(horizon, day)?, booking)));
        schedule.bookings = within.collect();
        Some(schedule)
    }

    /// The grants, each with its first day.
    fn grants(&self) -> impl Iterator<Item = (i64, Entry, Lot)> {
        self.bookings
            .iter()
            .filter_map(|&(day, booking)| match booking {
                Booking::Grant {
                    entry,
                    lot: Some(lot),
                    ..
                } => Some((day, entry, lot)),
                _ => None,
            })
    }

    /// Something is bought within the horizon, and all of it comes by the month.
    fn comes_by_month(&self) -> bool {
        let bought = self.grants().filter(|&(day, entry, lot)| {
            let is_bought = !matches!(entry, Entry::Free | Entry::Granted { .. });
            is_bought && lot.left > Credits::ZERO && within(self.horizon, day).is_some()
        });
        let mut by_month = bought.map(|(_, _, lot)| lot.renewal == Renewal::Month);
        by_month.next() == Some(true) && by_month.all(|by_month| by_month)
    }

    /// What is granted in each term, in each month and within the horizon.
    fn add_up(&self, schedule: &mut Schedule) -> Option<()> {
        for (day, _, lot) in self.grants() {
            let mut terms = schedule.terms.iter_mut();
            if let Some(term) = terms.find(|term| day <= term.last_day) {
                term.granted = term.granted.checked_add(lot.left)?;
            }
            if let Some(day) = within(self.horizon, day) {
                let monthly = &mut schedule.monthly[self.horizon.month_of(day)];
                *monthly = monthly.checked_add(lot.left)?;
                schedule.granted = schedule.granted.checked_add(lot.left)?;
            }
        }
        Some(())
    }

    /// The first step holds from the first day of each term in which nothing else can be used.
    fn begin_on_steps(&self, schedule: &mut Schedule) -> Option<()> {
        let OnExhaustion::StepUp(steps) = &self.contract.on_exhaustion else {
            return Some(());
        };
        let step = steps.first()?.credits_per_month;
        for term in &mut schedule.terms {
            let first_day = self.horizon.first_day(term.months.start)?;
            let is_usable = |(day, _, lot): (i64, Entry, Lot)| {
                lot.left > Credits::ZERO && day <= term.last_day && lot.last_day >= first_day
            };
            if self.grants().any(is_usable) {
                continue;
            }
            term.begins_on_a_step = true;
            for month in term.months.clone() {
                term.granted = term.granted.checked_add(step)?;
                if month < self.horizon.months() {
                    schedule.granted = schedule.granted.checked_add(step)?;
                }
            }
        }
        Some(())
    }
}

/// A day counted from the start, if it lies within the horizon.
fn within(horizon: &Horizon, day: i64) -> Option<usize> {
    let day = usize::try_from(day).ok()?;
    (day < horizon.days()).then_some(day)
}

/// A grant of bought credits.
pub fn bought(credits: Credits, first_day: i64, last_day: i64, renewal: Renewal) -> Lot {
    Lot {
        number: 0,
        left: credits,
        priority: BOUGHT,
        first_day,
        last_day,
        is_promotional: false,
        is_of_term: false,
        renewal,
    }
}

/// How long credits last that are bought on a day and are no monthly part: last usable day, and
/// what their rest may survive into.
pub fn lasting(contract: &Contract, horizon: &Horizon, day: i64, term_ends: i64) -> (i64, Renewal) {
    match contract.expiry {
        Expiry::Term | Expiry::Monthly => (term_ends, Renewal::Term),
        Expiry::TwelveMonths => {
            let year_after = horizon.year_after(day);
            (year_after.map_or(NO_END, |day| day - 1), Renewal::Year)
        }
        Expiry::Never => (NO_END, Renewal::None),
    }
}

/// Credits that licences become, at the list price of a pack.
fn converted(contract: &Contract, conversion: &Conversion) -> Option<Credits> {
    let value = i128::from(conversion.value.micro()) * i128::from(conversion.ratio);
    let price = i128::from(contract.pack_price.micro()) * i128::from(MICRO);
    let credits = value.checked_mul(i128::from(contract.pack.micro()))?;
    quotient(credits, price).map(Credits::from_micro)
}

/// Credits that licences of a value ask for, or as many as there can be.
pub fn asked_back(contract: &Contract, conversion: &Conversion) -> Credits {
    let value = i128::from(conversion.value.micro()) * i128::from(MICRO);
    let price = i128::from(contract.pack_price.micro()) * i128::from(conversion.ratio);
    let credits = value.checked_mul(i128::from(contract.pack.micro()));
    let credits = credits.and_then(|credits| quotient(credits, price));
    Credits::from_micro(credits.unwrap_or(i64::MAX))
}

/// The value of the licences that credits become, at the list price of a pack.
pub fn licences_for(
    contract: &Contract,
    conversion: &Conversion,
    credits: Credits,
) -> Option<Money> {
    let worth = i128::from(credits.micro()) * i128::from(contract.pack_price.micro());
    let value = worth.checked_mul(i128::from(conversion.ratio))?;
    let of = i128::from(contract.pack.micro()) * i128::from(MICRO);
    quotient(value, of).map(Money::from_micro)
}
