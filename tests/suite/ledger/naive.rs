//! A ledger without any thought for speed: the rules of METHODS, "From demand to money", read
//! line by line.
//!
//! It shares nothing with the library's settlement but the units' [`scale`], the horizon and the
//! purchases. A plain list of lots is sorted every day; every sum over a month, a term or a team is
//! added up again from the days; a team's allocation is worked out from the whole history whenever
//! somebody asks. All amounts are counts of millionths.
//!
//! Where the rules leave a choice, the comment that begins with "Choice:" says which was taken.

use std::collections::BTreeMap;
use std::ops::Range;

use flexcast::demand::{Future, Impact};
use flexcast::ledger::Purchase;
use flexcast::scenario::{
    Commit, Contract, Direction, Expiry, Horizon, OnExhaustion, Payment, Scenario,
};
use flexcast::units::{MICRO, scale};
use jiff::ToSpan;

/// All that two ledgers are compared on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Credits wanted on each day.
    pub(crate) wanted: Vec<i64>,
    /// Balance at the end of each day, after its expiry.
    pub(crate) balance: Vec<i64>,
    /// Everything paid up to the end of each day.
    pub(crate) spend_to_date: Vec<i64>,
    /// By month.
    pub(crate) months: Vec<Month>,
    /// By workload and month.
    pub(crate) lost: Vec<Vec<Lost>>,
    /// First day on which demand was more than the grants held.
    pub(crate) exhausted: Option<usize>,
    /// Expired within the horizon, plus the balance on its last day.
    pub(crate) unused: i64,
    /// Expired within the horizon.
    pub(crate) expired: i64,
    /// Credits converted to licences.
    pub(crate) converted: i64,
    /// Value of the licences received for them.
    pub(crate) licences: i64,
    /// For the whole each alert; for each team with a share each alert; for each of these teams
    /// whether it exceeds its share. Empty where there is no allocation.
    pub(crate) watches: Vec<Watch>,
    /// Overage of the same future without its incidents.
    pub(crate) overage_without_incidents: i64,
}

impl Books {
    /// The first thing in which these books differ from those expected.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        fn list<T: PartialEq + std::fmt::Debug>(what: &str, a: &[T], b: &[T]) -> Option<String> {
            if a.len() != b.len() {
                return Some(format!("{what}: {} instead of {}", a.len(), b.len()));
            }
            let place = a.iter().zip(b).position(|(a, b)| a != b)?;
            Some(format!(
                "{what}[{place}]: {:?} instead of {:?}",
                a[place], b[place]
            ))
        }
        fn one<T: PartialEq + std::fmt::Debug>(what: &str, a: &T, b: &T) -> Option<String> {
            (a != b).then(|| format!("{what}: {a:?} instead of {b:?}"))
        }
        list("wanted", &self.wanted, &expected.wanted)
            .or_else(|| list("balance", &self.balance, &expected.balance))
            .or_else(|| {
                list(
                    "spend_to_date",
                    &self.spend_to_date,
                    &expected.spend_to_date,
                )
            })
            .or_else(|| list("months", &self.months, &expected.months))
            .or_else(|| list("lost", &self.lost, &expected.lost))
            .or_else(|| list("watches", &self.watches, &expected.watches))
            .or_else(|| one("exhausted", &self.exhausted, &expected.exhausted))
            .or_else(|| one("books", self, expected))
    }
}

/// The books of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Month {
    /// Credits paid by grants.
    pub(crate) consumed: i64,
    /// Credits served beyond the grants.
    pub(crate) overage: i64,
    /// Balance at the end of its last day.
    pub(crate) balance: i64,
    /// Cash.
    pub(crate) spend: i64,
    /// The bill for use beyond the grants, without monthly minimum and true-up.
    pub(crate) overage_spend: i64,
}

/// What a workload wanted in a month and did not get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Paused, blocked or beyond a cap.
    pub(crate) unserved: i64,
    /// Demand of incidents that a response had ended.
    pub(crate) averted: i64,
}

/// A threshold and the first day at whose end it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// Index into the scenario's teams; `None` for the whole.
    pub(crate) team: Option<usize>,
    /// Which threshold.
    pub(crate) mark: Mark,
    /// First day.
    pub(crate) day: Option<usize>,
}

/// A threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// At or above this many millionths of the allocation.
    Alert(u64),
    /// Above the allocation.
    Exceeds,
}

/// How often each mechanism acted, by name.
pub(crate) type Notes = BTreeMap<&'static str, u64>;

/// Settles one future. `purchases[t]` is what is bought in term t.
pub(crate) fn settle(scenario: &Scenario, purchases: &[Purchase], future: &Future) -> Books {
    settle_and_note(scenario, purchases, future).0
}

/// The same, and what happened on the way.
pub(crate) fn settle_and_note(
    scenario: &Scenario,
    purchases: &[Purchase],
    future: &Future,
) -> (Books, Notes) {
    let mut ledger = Ledger::new(scenario, purchases, future);
    (0..ledger.days).for_each(|day| ledger.day(day));
    let mut books = ledger.books();

    let base: Vec<Vec<i64>> = (0..future.workloads())
        .map(|workload| future.base(workload).to_vec())
        .collect();
    let nothing = vec![vec![0; future.days()]; base.len()];
    let calm = Future::written(&base, &nothing, &[], scenario.horizon.months());
    let mut other = Ledger::new(scenario, purchases, &calm);
    (0..other.days).for_each(|day| other.day(day));
    books.overage_without_incidents = other.books().months.iter().map(|m| m.overage).sum();
    (books, ledger.notes)
}

/// How long credits last, and so what follows when they survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Month,
    Term,
    TwelveMonths,
    /// Nothing of it survives: free credits, further grants, what is in its days of grace.
    Once,
}

/// Credits that belong together.
#[derive(Clone, Copy, Debug)]
struct Lot {
    left: i64,
    priority: u64,
    /// When it began, below 0 before the start.
    begun: i64,
    /// First and last usable day; no last one: for ever.
    first: usize,
    last: Option<usize>,
    /// Free credits count as such.
    promotional: bool,
    period: Period,
    /// Order of booking.
    order: usize,
}

/// Where a grant stands in the order of booking on its day; steps come before further grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Free,
    Purchase,
    Seats,
    Step,
    Further,
    Conversion,
}

/// A grant that is known from the start.
#[derive(Clone, Copy, Debug)]
struct Planned {
    source: Source,
    lot: Lot,
}

/// What the thresholds are shares of.
#[derive(Clone, Copy, Debug)]
enum Pool {
    Nothing,
    /// `monthly_allocation`.
    Monthly(i64),
    /// The term's grants.
    Term,
    /// Money for the horizon.
    Budget(i64),
    /// Money for each month.
    MonthlyBudget(i64),
}

struct Ledger<'a> {
    scenario: &'a Scenario,
    contract: &'a Contract,
    purchases: &'a [Purchase],
    future: &'a Future,
    /// Reaches beyond the horizon, to the end of the term after the last.
    calendar: Horizon,
    days: usize,
    months: usize,
    planned: Vec<Planned>,

    lots: Vec<Lot>,
    booked: usize,
    /// The step that holds, and in which term.
    step: Option<(usize, usize)>,
    /// The last day on which each occurrence costs, where a response ends it.
    ended: Vec<Option<usize>>,

    /// By workload and day.
    served: Vec<Vec<i64>>,
    unserved: Vec<Vec<i64>>,
    averted: Vec<Vec<i64>>,
    /// By day.
    granted: Vec<i64>,
    consumed: Vec<i64>,
    overage: Vec<i64>,
    bill: Vec<i64>,
    minimum: Vec<i64>,
    top_up_spend: Vec<i64>,
    /// Overage that grace was good for.
    grace_used: Vec<i64>,
    cash: Vec<i64>,
    expired: Vec<i64>,
    converted: Vec<i64>,
    balance: Vec<i64>,
    licences: i64,
    exhausted: Option<usize>,
    watches: Vec<Watch>,
    notes: Notes,
}

/// The smallest whole millionth at or above a share.
fn level(amount: i64, share: u64) -> i64 {
    let exact = i128::from(amount) * i128::from(share);
    i64::try_from((exact + 999_999) / 1_000_000).unwrap()
}

/// A share that the scenario holds as a floating-point number, in millionths.
fn micro_share(share: f64) -> u64 {
    (share * 1e6).round() as u64
}

/// A share of an amount, to the nearest millionth.
fn share_of(amount: i64, share: u64) -> i64 {
    scale(amount, i64::try_from(share).unwrap(), MICRO).unwrap()
}

/// Part `k` of `n` equal ones.
fn part(amount: i64, k: usize, n: usize) -> i64 {
    let upto = |k: usize| scale(amount, k as i64, n as i64).unwrap();
    upto(k + 1) - upto(k)
}

/// A fraction to the nearest whole number, half up.
fn nearest(numerator: i128, denominator: i128) -> i64 {
    i64::try_from((numerator + denominator / 2) / denominator).unwrap()
}

impl<'a> Ledger<'a> {
    fn new(scenario: &'a Scenario, purchases: &'a [Purchase], future: &'a Future) -> Self {
        let contract = &scenario.contract;
        let (days, months) = (scenario.horizon.days(), scenario.horizon.months());
        let terms = months.div_ceil(contract.term_months);
        assert_eq!(purchases.len(), terms, "a purchase for each term");
        assert_eq!(future.days(), days, "a future of the horizon's length");
        let reach = (terms + 1) * contract.term_months + 1;
        let by_day = || vec![0; days];
        let by_workload = || vec![vec![0; days]; scenario.workloads.len()];
        let mut ledger = Self {
            scenario,
            contract,
            purchases,
            future,
            calendar: Horizon::new(scenario.horizon.start(), reach).unwrap(),
            days,
            months,
            planned: Vec::new(),
            lots: Vec::new(),
            booked: 0,
            step: None,
            ended: vec![None; future.occurrences().len()],
            served: by_workload(),
            unserved: by_workload(),
            averted: by_workload(),
            granted: by_day(),
            consumed: by_day(),
            overage: by_day(),
            bill: by_day(),
            minimum: by_day(),
            top_up_spend: by_day(),
            grace_used: by_day(),
            cash: by_day(),
            expired: by_day(),
            converted: by_day(),
            balance: by_day(),
            licences: 0,
            exhausted: None,
            watches: Vec::new(),
            notes: Notes::new(),
        };
        ledger.plan();
        ledger.watches = ledger.blank_watches();
        ledger
    }

    fn note(&mut self, what: &'static str) {
        *self.notes.entry(what).or_default() += 1;
    }

    // Time.

    fn month_of(&self, day: usize) -> usize {
        self.calendar.month_of(day)
    }

    fn term_of(&self, day: usize) -> usize {
        self.month_of(day) / self.contract.term_months
    }

    fn last_of_month(&self, month: usize) -> usize {
        self.calendar.month(month).end - 1
    }

    /// Months of a term, those beyond the horizon too.
    fn months_of_term(&self, term: usize) -> Range<usize> {
        term * self.contract.term_months..(term + 1) * self.contract.term_months
    }

    fn first_of_term(&self, term: usize) -> usize {
        self.calendar.month(self.months_of_term(term).start).start
    }

    fn last_of_term(&self, term: usize) -> usize {
        self.last_of_month(self.months_of_term(term).end - 1)
    }

    /// The days of a month or term that lie in the horizon.
    fn within(&self, days: Range<usize>) -> Range<usize> {
        days.start.min(self.days)..days.end.min(self.days)
    }

    fn days_of_month(&self, month: usize) -> Range<usize> {
        self.within(self.calendar.month(month))
    }

    fn days_of_term(&self, term: usize) -> Range<usize> {
        self.within(self.first_of_term(term)..self.last_of_term(term) + 1)
    }

    /// The days of a term, those beyond the horizon too.
    fn whole_term(&self, term: usize) -> Range<usize> {
        self.first_of_term(term)..self.last_of_term(term) + 1
    }

    /// The day before the same date twelve months on.
    fn last_of_twelve_months(&self, first: usize) -> usize {
        let date = self.calendar.date(first);
        let anniversary = date.checked_add(12.months()).unwrap();
        usize::try_from(self.calendar.day_of(anniversary)).unwrap() - 1
    }

    // What is granted.

    /// Last usable day and period of top-ups and conversions that come on a day.
    fn lasts(&self, day: usize) -> (Option<usize>, Period) {
        match self.contract.expiry {
            Expiry::Term | Expiry::Monthly => {
                (Some(self.last_of_term(self.term_of(day))), Period::Term)
            }
            Expiry::TwelveMonths => (Some(self.last_of_twelve_months(day)), Period::TwelveMonths),
            Expiry::Never => (None, Period::Once),
        }
    }

    fn paid_lot(left: i64, first: usize, (last, period): (Option<usize>, Period)) -> Lot {
        Lot {
            left,
            priority: 10,
            begun: first as i64,
            first,
            last,
            promotional: false,
            period,
            order: 0,
        }
    }

    /// Writes down every grant that is known from the start, and pays for it.
    ///
    /// What a cut last term grants beyond the horizon is written down too: the term's grants, which
    /// alerts, grace and teams have shares of, are those of the whole term. It is never paid.
    fn plan(&mut self) {
        let contract = self.contract;
        let free = Lot {
            priority: 0,
            promotional: true,
            ..Self::paid_lot(
                contract.free_credits.micro(),
                0,
                (Some(self.last_of_term(0)), Period::Once),
            )
        };
        self.planned.push(Planned {
            source: Source::Free,
            lot: free,
        });
        for (term, purchase) in self.purchases.iter().enumerate() {
            let first = self.first_of_term(term);
            self.cash[first] += purchase.cost.micro();
            let credits = purchase.credits.micro();
            let lots = match contract.expiry {
                Expiry::Monthly => self
                    .months_of_term(term)
                    .map(|month| {
                        let credits =
                            part(credits, month % contract.term_months, contract.term_months);
                        let last = Some(self.last_of_month(month));
                        let first = self.calendar.month(month).start;
                        Self::paid_lot(credits, first, (last, Period::Month))
                    })
                    .collect(),
                _ => vec![Self::paid_lot(credits, first, self.lasts(first))],
            };
            let source = Source::Purchase;
            self.planned
                .extend(lots.into_iter().map(|lot| Planned { source, lot }));
        }
        if let Some(seats) = contract.seat_allowance {
            for month in 0..self.months_of_term(self.purchases.len() - 1).end {
                let first = self.calendar.month(month).start;
                if month < self.months {
                    self.cash[first] += seats.cost.micro();
                }
                let lasts = (Some(self.last_of_month(month)), Period::Month);
                self.planned.push(Planned {
                    source: Source::Seats,
                    lot: Self::paid_lot(seats.credits.micro(), first, lasts),
                });
            }
        }
        for grant in &contract.grants {
            // Nothing is left of a grant that has ended.
            let (Ok(last), first) = (
                usize::try_from(grant.to_day),
                grant.from_day.max(0) as usize,
            ) else {
                continue;
            };
            if (0..self.days as i64).contains(&grant.from_day) {
                self.cash[first] += grant.cost.micro();
            }
            self.planned.push(Planned {
                source: Source::Further,
                lot: Lot {
                    priority: grant.priority,
                    begun: grant.from_day,
                    promotional: grant.promotional,
                    ..Self::paid_lot(grant.credits.micro(), first, (Some(last), Period::Once))
                },
            });
        }
        for conversion in &self.scenario.conversions {
            // Choice: a conversion before the start or beyond the last term does not happen.
            let last = self.last_of_term(self.purchases.len() - 1);
            let Some(day) = usize::try_from(conversion.day).ok().filter(|&d| d <= last) else {
                continue;
            };
            if conversion.direction == Direction::ToCredits {
                // Choice: rounded once, at the end.
                let credits = nearest(
                    i128::from(conversion.value.micro())
                        * i128::from(conversion.ratio)
                        * i128::from(contract.pack.micro()),
                    i128::from(MICRO) * i128::from(contract.pack_price.micro()),
                );
                self.planned.push(Planned {
                    source: Source::Conversion,
                    lot: Self::paid_lot(credits, day, self.lasts(day)),
                });
            }
        }
        self.planned.retain(|planned| planned.lot.left > 0);
    }

    /// Whether the first step holds from a term's first day: nothing else that is granted can be
    /// used on any day of it.
    fn begins_with_a_step(&self, term: usize) -> bool {
        let days = self.whole_term(term);
        matches!(self.contract.on_exhaustion, OnExhaustion::StepUp(_))
            && !self.planned.iter().any(|planned| {
                planned.lot.first < days.end
                    && planned.lot.last.is_none_or(|last| last >= days.start)
            })
    }

    /// What is granted on some days, as the allocation counts it: no top-ups, later steps or
    /// credits that survived an expiry.
    fn granted_in(&self, days: Range<usize>) -> i64 {
        let mut sum = 0;
        for planned in &self.planned {
            if days.contains(&planned.lot.first) {
                sum += planned.lot.left;
            }
        }
        if let OnExhaustion::StepUp(steps) = &self.contract.on_exhaustion {
            for month in 0..self.months_of_term(self.purchases.len() - 1).end {
                let first = self.calendar.month(month).start;
                if days.contains(&first) && self.begins_with_a_step(self.term_of(first)) {
                    sum += steps[0].credits_per_month.micro();
                }
            }
        }
        sum
    }

    /// Whether anything can be granted, so that exhaustion is defined.
    fn grants_something(&self) -> bool {
        self.planned
            .iter()
            .any(|planned| planned.lot.first < self.days)
            || matches!(
                self.contract.on_exhaustion,
                OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_)
            )
    }

    /// Choice: whether bought credits come by the month is a matter of the contract as a whole,
    /// not of each term; licences converted to credits are bought and do not; where nothing is
    /// bought the term counts.
    fn comes_by_the_month(&self) -> bool {
        let within = self
            .planned
            .iter()
            .filter(|planned| planned.lot.first < self.days);
        let mut bought = within.filter(|planned| {
            matches!(
                planned.source,
                Source::Purchase | Source::Seats | Source::Conversion
            )
        });
        let any = bought.clone().next().is_some();
        any && bought.all(|planned| planned.lot.period == Period::Month)
    }

    fn book(&mut self, day: usize, lot: Lot) {
        self.granted[day] += lot.left;
        self.keep(lot);
    }

    /// Puts credits into the list as the last booked.
    fn keep(&mut self, mut lot: Lot) {
        lot.order = self.booked;
        self.booked += 1;
        self.lots.push(lot);
    }

    fn holds(&self) -> i64 {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    fn in_burn_order(&mut self) -> impl Iterator<Item = &mut Lot> {
        self.lots.retain(|lot| lot.left > 0);
        self.lots.sort_by_key(|lot| {
            (
                lot.priority,
                lot.last.unwrap_or(usize::MAX),
                !lot.promotional,
                lot.begun,
                lot.order,
            )
        });
        self.lots.iter_mut()
    }

    /// Takes credits out of the lots that `from` admits; returns how many there were.
    fn burn(&mut self, wanted: i64, from: impl Fn(&Lot) -> bool) -> i64 {
        let mut missing = wanted;
        for lot in self.in_burn_order().filter(|lot| from(lot)) {
            let taken = missing.min(lot.left);
            lot.left -= taken;
            missing -= taken;
        }
        wanted - missing
    }

    // A day.

    fn day(&mut self, day: usize) {
        self.book_grants(day);
        self.convert_to_licences(day);
        let demand = self.demand(day);
        let total: i64 = demand.iter().sum();

        // The grants pay what they hold, but no more than the month's allocation.
        let asked = total.min(self.allocation_left(day));
        self.top_up(day, asked);
        self.step_up(day, asked);
        let holds = self.holds();
        if self.grants_something() && total > holds && self.exhausted.is_none() {
            self.exhausted = Some(day);
        }
        let paid = self.burn(asked.min(holds), |_| true);
        self.consumed[day] = paid;
        let month = self.days_of_month(self.month_of(day)).start;
        let paid_this_month: i64 = self.consumed[month..=day].iter().sum();
        let allocation = self.contract.monthly_allocation;
        if allocation.is_some_and(|allocation| paid_this_month > allocation.micro()) {
            self.note("burst");
        }
        self.overage[day] = self.overage(day, total - paid, total - asked);
        let before = self.price_of_use(self.overage[..day].iter().sum());
        let after = self.price_of_use(self.overage[..=day].iter().sum());
        self.bill[day] = after - before;
        self.cash[day] += after - before;
        self.serve(day, &demand, total - paid - self.overage[day]);

        self.expire(day);
        self.true_up(day);
        self.balance[day] = self.holds();
        self.watch(day);
        self.respond(day);
    }

    fn book_grants(&mut self, day: usize) {
        let mut today: Vec<Planned> = self
            .planned
            .iter()
            .filter(|planned| planned.lot.first == day)
            .copied()
            .collect();
        let (month, term) = (self.month_of(day), self.term_of(day));
        if let OnExhaustion::StepUp(steps) = &self.contract.on_exhaustion
            && day == self.calendar.month(month).start
        {
            if self.step.is_none_or(|(_, since)| since != term) {
                self.step = self.begins_with_a_step(term).then_some((0, term));
                if self.step.is_some() {
                    self.note("first step from the start");
                }
            }
            if let Some((step, _)) = self.step {
                let credits = steps[step].credits_per_month.micro();
                self.cash[day] += steps[step].price_per_month.micro();
                let lasts = (Some(self.last_of_month(month)), Period::Month);
                today.push(Planned {
                    source: Source::Step,
                    lot: Self::paid_lot(credits, day, lasts),
                });
            }
        }
        today.sort_by_key(|planned| planned.source);
        for planned in today {
            match planned.source {
                Source::Conversion => self.note("licences to credits"),
                Source::Further => self.note("further grant"),
                Source::Seats => self.note("seats"),
                Source::Free => self.note("free credits"),
                Source::Purchase if day > 0 && day == self.first_of_term(term) => {
                    self.note("purchase of a later term");
                }
                _ => {}
            }
            self.book(day, planned.lot);
        }
    }

    /// Choice: what is asked for is the value of the licences received, so the credits given up
    /// are that value over the ratio, at the list price, to the nearest millionth. Further grants
    /// count as bought unless they are promotional.
    fn convert_to_licences(&mut self, day: usize) {
        let (pack, pack_price) = (
            i128::from(self.contract.pack.micro()),
            i128::from(self.contract.pack_price.micro()),
        );
        for conversion in &self.scenario.conversions {
            if conversion.day != day as i64 || conversion.direction != Direction::ToLicences {
                continue;
            }
            let (value, ratio) = (
                i128::from(conversion.value.micro()),
                i128::from(conversion.ratio),
            );
            let asked = nearest(value * i128::from(MICRO) * pack, ratio * pack_price);
            let given = self.burn(asked, |lot| !lot.promotional);
            self.converted[day] += given;
            self.licences += nearest(
                i128::from(given) * pack_price * ratio,
                pack * i128::from(MICRO),
            );
            self.note("credits to licences");
            if given < asked {
                self.note("credits to licences cut short");
            }
        }
    }

    /// What each workload may use today, after what is averted and who waits.
    fn demand(&mut self, day: usize) -> Vec<i64> {
        let balance = self.holds();
        let reference = self.reference(day);
        let is_low = balance < level(reference, self.contract.soft_cap);
        let mut demand = Vec::new();
        for (index, workload) in self.scenario.workloads.iter().enumerate() {
            let averted = self.averted_today(index, day);
            self.averted[index][day] = averted;
            let wanted = self.future.base(index)[day] + self.future.incident(index)[day] - averted;
            let is_tripped = self.breaker_tripped(workload.team, day);
            if !workload.critical && (is_low || is_tripped) {
                self.unserved[index][day] = wanted;
                if wanted > 0 {
                    self.note(if is_low {
                        "soft pause"
                    } else {
                        "breaker pause"
                    });
                }
                demand.push(0);
            } else {
                demand.push(wanted);
            }
        }
        demand
    }

    /// The purchase that `below` and `soft_cap` are shares of.
    fn reference(&self, day: usize) -> i64 {
        let term_months = self.contract.term_months;
        let credits = self.purchases[self.term_of(day)].credits.micro();
        match self.contract.expiry {
            Expiry::Monthly => part(credits, self.month_of(day) % term_months, term_months),
            _ => credits,
        }
    }

    /// The part of a day's incident demand that has been ended.
    ///
    /// Choice: a share is of the occurrences that hit the workload today, those that come as
    /// multipliers and those that come as lumps apart; where nothing of a kind hits it today,
    /// nothing is averted.
    fn averted_today(&mut self, workload: usize, day: usize) -> i64 {
        let (mut product, mut product_left) = (1.0_f64, 1.0_f64);
        let (mut actions, mut actions_left) = (0.0_f64, 0.0_f64);
        let (mut multipliers, mut multipliers_left, mut lumps_left) = (0, 0, 0);
        let mut ended = 0;
        for (occurrence, last) in self.future.occurrences().iter().zip(&self.ended) {
            let hits = &self.scenario.incidents[occurrence.incident].workloads;
            if !hits.contains(&workload) || !(occurrence.from_day..occurrence.to_day).contains(&day)
            {
                continue;
            }
            let is_left = last.is_none_or(|last| day <= last);
            ended += usize::from(!is_left);
            match occurrence.effect {
                Impact::Multiplier(factor) => {
                    multipliers += 1;
                    product *= factor;
                    if is_left {
                        multipliers_left += 1;
                        product_left *= factor;
                    }
                }
                Impact::ActionsPerDay(more) => {
                    actions += more;
                    if is_left {
                        lumps_left += 1;
                        actions_left += more;
                    }
                }
            }
        }
        if ended == 0 {
            return 0;
        }
        let lump = self.future.lumps(workload).get(day).copied().unwrap_or(0);
        let multiplied = self.future.incident(workload)[day] - lump;
        let kept = |amount: i64, share: f64| {
            let billionths = ((share * 1e9).round() as i64).clamp(0, 1_000_000_000);
            scale(amount, billionths, 1_000_000_000).unwrap()
        };
        let multiplied_left = if multipliers > 0 && multipliers_left == 0 {
            0
        } else if product <= 1.0 {
            multiplied
        } else {
            kept(multiplied, (product_left - 1.0) / (product - 1.0))
        };
        let lump_left = if actions <= 0.0 {
            lump
        } else if lumps_left == 0 {
            0
        } else {
            kept(lump, actions_left / actions)
        };
        let averted = multiplied + lump - multiplied_left - lump_left;
        if averted > 0 {
            self.note("averted");
        }
        if averted > 0 && multiplied_left > 0 && multiplied_left < multiplied {
            self.note("multiplied demand averted in part");
        }
        if averted > 0 && lump_left > 0 && lump_left < lump {
            self.note("lumps averted in part");
        }
        averted
    }

    /// What the month's allocation still lets the grants pay today.
    ///
    /// Choice: the burst of a month is a share of its allocation once, however many days draw on
    /// it; what today draws from the allocation itself counts as use of the term before the burst.
    fn allocation_left(&self, day: usize) -> i64 {
        let Some(allocation) = self.contract.monthly_allocation else {
            return i64::MAX;
        };
        let allocation = allocation.micro();
        let month = self.days_of_month(self.month_of(day));
        let paid: i64 = self.consumed[month.start..day].iter().sum();
        let plain = (allocation - paid).max(0);
        let burst = share_of(allocation, self.contract.burst) - (paid - allocation).max(0);
        let term = self.term_of(day);
        let purchase = self.purchases[term].credits.micro();
        let used = self.served_in(self.first_of_term(term)..day, |_| true);
        let within = (purchase - used - plain).max(0);
        let burst = burst.min(within).max(0);
        plain + burst
    }

    /// Choice: top-ups and steps come whatever the payment, and top-ups on days without use too.
    fn top_up(&mut self, day: usize, asked: i64) {
        let OnExhaustion::TopUp(top_up) = &self.contract.on_exhaustion else {
            return;
        };
        let packs = i64::try_from(top_up.packs).unwrap();
        let price = top_up.pack_price.micro() * packs;
        let threshold = level(self.reference(day), top_up.below);
        let term = self.days_of_term(self.term_of(day));
        while self.holds() - asked < threshold {
            let spent: i64 = self.top_up_spend[term.start..=day].iter().sum();
            if top_up
                .spending_cap
                .is_some_and(|cap| spent + price > cap.micro())
            {
                self.note("top-up refused");
                return;
            }
            self.top_up_spend[day] += price;
            self.cash[day] += price;
            let credits = self.contract.pack.micro() * packs;
            self.book(day, Self::paid_lot(credits, day, self.lasts(day)));
            self.note("top-up");
        }
    }

    fn step_up(&mut self, day: usize, asked: i64) {
        let contract = self.contract;
        let OnExhaustion::StepUp(steps) = &contract.on_exhaustion else {
            return;
        };
        let (month, term) = (self.month_of(day), self.term_of(day));
        while self.holds() < asked {
            let next = self.step.map_or(0, |(step, _)| step + 1);
            if next >= steps.len() {
                self.note("beyond the last step");
                return;
            }
            let (mut credits, mut price) = (
                steps[next].credits_per_month.micro(),
                steps[next].price_per_month.micro(),
            );
            if next > 0 {
                credits -= steps[next - 1].credits_per_month.micro();
                price -= steps[next - 1].price_per_month.micro();
            }
            self.step = Some((next, term));
            self.cash[day] += price;
            let lasts = (Some(self.last_of_month(month)), Period::Month);
            self.book(day, Self::paid_lot(credits, day, lasts));
            self.note("step");
        }
    }

    /// How much is served of what the grants do not pay. `above` is what the monthly allocation
    /// keeps from them: that is overage whatever happens to the rest.
    fn overage(&mut self, day: usize, rest: i64, above: i64) -> i64 {
        let uncovered = rest - above;
        let is_billed = self.contract.payment != Payment::PrePurchase || !self.grants_something();
        let beyond = match &self.contract.on_exhaustion {
            _ if is_billed => uncovered,
            OnExhaustion::Overage => uncovered,
            OnExhaustion::Block => 0,
            OnExhaustion::Grace(share) => {
                let period = if self.comes_by_the_month() {
                    self.days_of_month(self.month_of(day))
                } else {
                    self.whole_term(self.term_of(day))
                };
                let limit = share_of(self.granted_in(period.clone()), *share);
                let used: i64 = self.grace_used[period.start..day].iter().sum();
                uncovered.min((limit - used).max(0))
            }
            OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_) => 0,
        };
        let served = above + beyond;
        if rest > served {
            self.note(match self.contract.on_exhaustion {
                OnExhaustion::Grace(_) => "beyond grace",
                _ => "blocked",
            });
        }
        if served > 0 {
            self.note(match self.contract.on_exhaustion {
                _ if self.contract.payment != Payment::PrePurchase => "billed on use",
                OnExhaustion::Grace(_) => "grace",
                OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_) => "above the allocation",
                _ => "overage",
            });
        }
        let billable = self.billable(day, served);
        if billable < served {
            self.note("overage cap");
        }
        self.grace_used[day] = (billable - above).max(0);
        billable
    }

    /// As much of `more` credits as may be billed today: the bill of everything to date less the
    /// bill up to last month stays within the cap.
    fn billable(&self, day: usize, more: i64) -> i64 {
        // With nothing granted there is no overage to cap.
        let Some(cap) = self
            .contract
            .overage_cap
            .filter(|_| self.grants_something())
        else {
            return more;
        };
        let month = self.days_of_month(self.month_of(day));
        let last_month = self.price_of_use(self.overage[..month.start].iter().sum());
        let so_far: i64 = self.overage[..day].iter().sum();
        let this_month: i64 = self.overage[month.start..day].iter().sum();
        // Neither the rounded bill nor the exact one of the month's credits passes the cap.
        let price = i128::from(self.unit_price());
        let pack = i128::from(self.contract.pack.micro());
        let fits = |credits: i64| {
            self.price_of_use(so_far + credits) - last_month <= cap.micro()
                && i128::from(this_month + credits) * price <= i128::from(cap.micro()) * pack
        };
        if fits(more) {
            return more;
        }
        // The largest number that fits, by halving: `low` fits, `high` does not.
        let (mut low, mut high) = (0, more);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    fn commit(&self) -> Option<Commit> {
        match self.contract.payment {
            Payment::PreCommit(commit) => Some(commit),
            Payment::PrePurchase | Payment::PayAsYouGo => None,
        }
    }

    /// What credits cost that are billed one by one.
    fn price_of_use(&self, credits: i64) -> i64 {
        scale(credits, self.unit_price(), self.contract.pack.micro()).unwrap()
    }

    /// The price of a pack's worth of them.
    fn unit_price(&self) -> i64 {
        self.commit()
            .map_or(self.contract.overage_pack_price, |commit| commit.pack_price)
            .micro()
    }

    /// Takes what goes unserved from the back: critical first, then by name.
    fn serve(&mut self, day: usize, demand: &[i64], unserved: i64) {
        let workloads = &self.scenario.workloads;
        let mut order: Vec<usize> = (0..workloads.len()).collect();
        order.sort_by_key(|&index| (!workloads[index].critical, &workloads[index].name));
        let mut missing = unserved;
        for &index in order.iter().rev() {
            let taken = missing.min(demand[index]);
            missing -= taken;
            self.unserved[index][day] += taken;
            self.served[index][day] = demand[index] - taken;
        }
        assert_eq!(missing, 0);
    }

    /// What happens to credits on their last usable day.
    ///
    /// Choice: the rest in its days of grace is one lot too, first usable tomorrow and booked
    /// after what survives; what lasts a month comes before what lasts a term, and that before what
    /// lasts twelve months. With `rollover_needs_renewal`, on the last day of a term nothing
    /// survives, whatever its period; its days of grace it has all the same.
    fn expire(&mut self, day: usize) {
        let rollover = self.contract.rollover;
        let term = self.term_of(day);
        let mut may_survive = true;
        if rollover.needs_renewal && day == self.last_of_term(term) {
            let is_renewed = self.first_of_term(term + 1) < self.days
                && self.purchases[term + 1].credits >= self.purchases[term].credits;
            may_survive = is_renewed;
        }
        let mut room = rollover
            .most
            .map_or(i64::MAX, flexcast::units::Credits::micro);
        for period in [
            Period::Month,
            Period::Term,
            Period::TwelveMonths,
            Period::Once,
        ] {
            let mut left = 0;
            for lot in &mut self.lots {
                if lot.last == Some(day) && lot.period == period {
                    left += lot.left;
                    lot.left = 0;
                }
            }
            if left == 0 {
                continue;
            }
            if period == Period::Once {
                self.expired[day] += left;
                self.note("expired");
                continue;
            }
            let mut survives = share_of(left, rollover.share);
            if room < survives {
                self.note("rollover at its most");
            }
            survives = survives.min(room);
            if !may_survive {
                if survives > 0 {
                    self.note("not renewed");
                }
                survives = 0;
            }
            room -= survives;
            if survives > 0 {
                self.note(match period {
                    Period::Month => "rollover of a month",
                    Period::Term => "rollover of a term",
                    _ => "rollover of twelve months",
                });
                let tomorrow = day + 1;
                let last = match period {
                    Period::Month => self.last_of_month(self.month_of(tomorrow)),
                    Period::Term => self.last_of_term(self.term_of(tomorrow)),
                    _ => self.last_of_twelve_months(tomorrow),
                };
                self.keep(Self::paid_lot(survives, tomorrow, (Some(last), period)));
            }
            let rest = left - survives;
            if rest > 0 && rollover.grace_days > 0 {
                self.note("days of grace");
                let last = Some(day + rollover.grace_days);
                self.keep(Self::paid_lot(rest, day + 1, (last, Period::Once)));
            } else if rest > 0 {
                self.note("expired");
                self.expired[day] += rest;
            }
        }
    }

    /// The monthly minimum and what is missing to the commitment.
    fn true_up(&mut self, day: usize) {
        let Some(commit) = self.commit() else {
            return;
        };
        let month = self.month_of(day);
        if day == self.last_of_month(month) {
            let billed: i64 = self.bill[self.days_of_month(month)].iter().sum();
            self.minimum[day] = (commit.monthly_minimum.micro() - billed).max(0);
            self.cash[day] += self.minimum[day];
            if self.minimum[day] > 0 {
                self.note("monthly minimum");
            }
        }
        let term = self.term_of(day);
        if day == self.last_of_term(term) {
            let days = self.days_of_term(term);
            let billed: i64 = self.bill[days.clone()].iter().sum();
            let topped_up: i64 = self.minimum[days].iter().sum();
            let missing = (commit.amount.micro() - billed - topped_up).max(0);
            self.cash[day] += missing;
            if missing > 0 {
                self.note("true-up");
            }
        }
    }

    // Governance.

    /// Credits served on some days to the workloads of some teams.
    fn served_in(&self, days: Range<usize>, of: impl Fn(usize) -> bool) -> i64 {
        let workloads = self.scenario.workloads.iter().zip(&self.served);
        workloads
            .filter(|(workload, _)| of(workload.team))
            .map(|(_, served)| served[days.clone()].iter().sum::<i64>())
            .sum()
    }

    /// Choice: grants are what the allocation counts; a horizon with nothing but top-ups or later
    /// steps goes by the budget.
    fn pool(&self) -> Pool {
        let budget = self.scenario.budget;
        if let Some(credits) = self.contract.monthly_allocation {
            Pool::Monthly(credits.micro())
        } else if self.granted_in(0..self.days) > 0 {
            Pool::Term
        } else if let Some(money) = budget.amount {
            Pool::Budget(money.micro())
        } else if let Some(money) = budget.monthly {
            Pool::MonthlyBudget(money.micro())
        } else {
            Pool::Nothing
        }
    }

    fn is_money(&self) -> bool {
        matches!(self.pool(), Pool::Budget(_) | Pool::MonthlyBudget(_))
    }

    /// The months over which use is added up, those beyond the horizon too.
    fn period(&self, day: usize) -> Range<usize> {
        let month = self.month_of(day);
        match self.pool() {
            Pool::Nothing | Pool::Monthly(_) | Pool::MonthlyBudget(_) => month..month + 1,
            Pool::Term => self.months_of_term(self.term_of(day)),
            Pool::Budget(_) => 0..self.months,
        }
    }

    /// The days of the period up to `day`.
    fn period_to_date(&self, day: usize) -> Range<usize> {
        self.calendar.month(self.period(day).start).start..day + 1
    }

    /// The allocation of the whole in the period of a day.
    ///
    /// A term without grants in a horizon with grants has an allocation of 0, which nothing reaches.
    fn whole_allocation(&self, day: usize) -> i64 {
        match self.pool() {
            Pool::Nothing => 0,
            Pool::Monthly(amount) | Pool::Budget(amount) | Pool::MonthlyBudget(amount) => amount,
            Pool::Term => self.granted_in(self.whole_term(self.term_of(day))),
        }
    }

    /// Choice: spend at the end of a day has that day's monthly minimum and true-up in it.
    fn whole_use(&self, day: usize) -> i64 {
        let days = self.period_to_date(day);
        if self.is_money() {
            self.cash[days].iter().sum()
        } else {
            self.served_in(days, |_| true)
        }
    }

    /// Choice: no use is no use in the unit that is compared, credits or money.
    fn reached(used: i64, allocation: i64, share: u64) -> bool {
        used > 0 && used >= level(allocation, share)
    }

    fn whole_reaches(&self, day: usize, share: u64) -> bool {
        let allocation = self.whole_allocation(day);
        allocation > 0 && Self::reached(self.whole_use(day), allocation, share)
    }

    /// Teams with a share, in order of name.
    fn sharers(&self) -> Vec<usize> {
        let teams = &self.scenario.teams;
        let mut sharers: Vec<usize> = (0..teams.len())
            .filter(|&team| teams[team].share.is_some())
            .collect();
        sharers.sort_by_key(|&team| &teams[team].name);
        sharers
    }

    /// By what the pool is split in a month, for each of the teams with a share.
    fn weights(&self, month: usize) -> Vec<i64> {
        let sharers = self.sharers();
        let share = |&team: &usize| self.scenario.teams[team].share.unwrap() as i64;
        let mut weights: Vec<i64> = sharers.iter().map(share).collect();
        if let Some(every) = self.scenario.governance.review_months {
            for review in (1..).map(|n| n * every).take_while(|&r| r <= month) {
                let first = self.calendar.month(review - every).start;
                let days = first..self.calendar.month(review).start;
                let used: Vec<i64> = sharers
                    .iter()
                    .map(|&team| self.served_in(days.clone(), |other| other == team))
                    .collect();
                if used.iter().sum::<i64>() > 0 {
                    weights = used;
                }
            }
        }
        weights
    }

    /// What a month has to share out, before the buffer.
    fn pool_of_month(&self, month: usize) -> i64 {
        let term_months = self.contract.term_months;
        match self.pool() {
            Pool::Nothing => 0,
            Pool::Monthly(amount) | Pool::MonthlyBudget(amount) => amount,
            Pool::Term => {
                let granted = self.granted_in(self.whole_term(month / term_months));
                part(granted, month % term_months, term_months)
            }
            Pool::Budget(amount) => part(amount, month, self.months),
        }
    }

    /// A team's allocation in a month, seen from a month that is not later than today's.
    ///
    /// Choice: shares that are all 0 give every team nothing.
    fn team_month(&self, team: usize, month: usize, weights: &[i64]) -> i64 {
        let sharers = self.sharers();
        let shares: u64 = sharers
            .iter()
            .map(|&team| self.scenario.teams[team].share.unwrap())
            .sum();
        let pool = share_of(
            self.pool_of_month(month),
            1_000_000 - self.scenario.governance.buffer,
        );
        let together = share_of(pool, shares);
        let total: i64 = weights.iter().sum();
        if total == 0 {
            return 0;
        }
        let place = sharers.iter().position(|&other| other == team).unwrap();
        let upto = |n: usize| scale(together, weights[..n].iter().sum(), total).unwrap();
        upto(place + 1) - upto(place)
    }

    /// A team's allocation in the period of a day: past months as they were, this one and those to
    /// come at today's split.
    fn team_allocation(&self, team: usize, day: usize, weights: &[Vec<i64>]) -> i64 {
        let today = self.month_of(day);
        self.period(day)
            .map(|month| self.team_month(team, month, &weights[month.min(today)]))
            .sum()
    }

    /// What a team used on some days, in the unit of the allocation.
    fn team_use(&self, team: usize, days: Range<usize>) -> i64 {
        let credits = self.served_in(days, |other| other == team);
        if self.is_money() {
            self.price_of_use(credits)
        } else {
            credits
        }
    }

    /// Whether a team's breaker had tripped in this month by the end of yesterday.
    fn breaker_tripped(&self, team: usize, day: usize) -> bool {
        let Some(share) = self.scenario.governance.circuit_breaker else {
            return false;
        };
        if matches!(self.pool(), Pool::Nothing) || self.scenario.teams[team].share.is_none() {
            return false;
        }
        let month = self.month_of(day);
        let used = self.team_use(team, self.calendar.month(month).start..day);
        let allocation = self.team_month(team, month, &self.weights(month));
        self.whole_allocation(day) > 0 && Self::reached(used, allocation, share)
    }

    fn blank_watches(&self) -> Vec<Watch> {
        if matches!(self.pool(), Pool::Nothing) {
            return Vec::new();
        }
        let teams = &self.scenario.teams;
        let sharers: Vec<Option<usize>> = (0..teams.len())
            .filter(|&team| teams[team].share.is_some())
            .map(Some)
            .collect();
        let blank = |team, mark| Watch {
            team,
            mark,
            day: None,
        };
        let mut watches = Vec::new();
        for &team in [None].iter().chain(&sharers) {
            for &share in &self.scenario.governance.alerts {
                watches.push(blank(team, Mark::Alert(micro_share(share))));
            }
        }
        watches.extend(sharers.iter().map(|&team| blank(team, Mark::Exceeds)));
        watches
    }

    fn watch(&mut self, day: usize) {
        let weights: Vec<Vec<i64>> = (0..=self.month_of(day))
            .map(|month| self.weights(month))
            .collect();
        if weights.windows(2).any(|pair| pair[0] != pair[1]) {
            self.note("review");
        }
        let mut watches = self.watches.clone();
        for watch in &mut watches {
            let (used, allocation) = match watch.team {
                None => (self.whole_use(day), self.whole_allocation(day)),
                Some(team) => (
                    self.team_use(team, self.period_to_date(day)),
                    self.team_allocation(team, day, &weights),
                ),
            };
            let is_reached = match watch.mark {
                Mark::Alert(share) => Self::reached(used, allocation, share),
                Mark::Exceeds => used > allocation,
            };
            // Where nothing is allocated there is nothing to reach.
            let is_reached = is_reached && self.whole_allocation(day) > 0;
            if is_reached && watch.day.is_none() {
                watch.day = Some(day);
            }
        }
        self.watches = watches;
    }

    /// Ends the incidents that run at the end of a day which lies the response's days after a
    /// crossing.
    ///
    /// Choice: the crossing is of the period in which it lies, the ending may come in the next.
    fn respond(&mut self, day: usize) {
        let Some(response) = self.scenario.governance.incident_response else {
            return;
        };
        if matches!(self.pool(), Pool::Nothing) {
            return;
        }
        let share = micro_share(response.alert);
        let Some(crossing) = day.checked_sub(response.days) else {
            return;
        };
        let begins_period = self.period_to_date(crossing).start == crossing;
        let crosses = self.whole_reaches(crossing, share)
            && (begins_period || !self.whole_reaches(crossing - 1, share));
        if !crosses {
            return;
        }
        self.note("response");
        for (occurrence, ended) in self.future.occurrences().iter().zip(&mut self.ended) {
            if (occurrence.from_day..occurrence.to_day).contains(&day) && ended.is_none() {
                *ended = Some(day);
            }
        }
    }

    // The books.

    fn books(&self) -> Books {
        let wanted: Vec<i64> = (0..self.days)
            .map(|day| {
                (0..self.future.workloads())
                    .map(|w| self.future.base(w)[day] + self.future.incident(w)[day])
                    .sum()
            })
            .collect();
        let sum = |by_day: &[i64]| by_day.iter().sum::<i64>();
        let closing = self.balance[self.days - 1];
        assert_eq!(
            sum(&self.granted),
            sum(&self.consumed) + sum(&self.expired) + sum(&self.converted) + closing,
            "granted + bought = consumed + expired + converted + closing balance"
        );
        for day in 0..self.days {
            for w in 0..self.future.workloads() {
                let (served, unserved) = (self.served[w][day], self.unserved[w][day]);
                let averted = self.averted[w][day];
                assert!(served >= 0 && unserved >= 0 && averted >= 0);
                assert_eq!(
                    self.future.base(w)[day] + self.future.incident(w)[day],
                    served + unserved + averted,
                    "wanted = served + unserved + averted"
                );
            }
            assert_eq!(
                self.served_in(day..day + 1, |_| true),
                self.consumed[day] + self.overage[day]
            );
        }
        let months = (0..self.months).map(|month| self.days_of_month(month));
        Books {
            balance: self.balance.clone(),
            spend_to_date: (0..self.days).map(|day| sum(&self.cash[..=day])).collect(),
            months: months
                .clone()
                .map(|days| Month {
                    consumed: sum(&self.consumed[days.clone()]),
                    overage: sum(&self.overage[days.clone()]),
                    balance: self.balance[days.end - 1],
                    spend: sum(&self.cash[days.clone()]),
                    overage_spend: sum(&self.bill[days]),
                })
                .collect(),
            lost: (0..self.future.workloads())
                .map(|w| {
                    months
                        .clone()
                        .map(|days| Lost {
                            unserved: sum(&self.unserved[w][days.clone()]),
                            averted: sum(&self.averted[w][days]),
                        })
                        .collect()
                })
                .collect(),
            exhausted: self.exhausted,
            unused: sum(&self.expired) + closing,
            expired: sum(&self.expired),
            converted: sum(&self.converted),
            licences: self.licences,
            watches: self.watches.clone(),
            overage_without_incidents: 0,
            wanted,
        }
    }
}
