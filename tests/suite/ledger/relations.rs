//! Relations that hold between two settlements, path by path, on a thousand random contracts each:
//! no figure is known beforehand, only how one must stand to the other.
//!
//! A relation that a mechanism breaks for good reason (a breaker serves less when more is wanted) is
//! asked of cases without that mechanism; what is taken out is said in each test.

use flexcast::demand::{Future, Occurrence};
use flexcast::ledger::{Line, PriceList, Purchase, Settlement, Terms};
use flexcast::scenario::{
    Commit, Direction, Discount, Expiry, Grant, IncidentResponse, OnExhaustion, Payment, Rollover,
    Scenario, Step, Team,
};
use flexcast::units::{Credits, MICRO, Money};

use super::random::{Dice, case};

/// Cases that each relation is asked of.
const CASES: u64 = 1_000;

/// Larger than anything in a case.
const PLENTY: i64 = 1_000_000 * MICRO;

/// A contract and one future of its demand.
#[derive(Clone)]
struct Case {
    scenario: Scenario,
    purchases: Vec<Purchase>,
    base: Vec<Vec<i64>>,
    incident: Vec<Vec<i64>>,
    lumps: Vec<Vec<i64>>,
    occurrences: Vec<Occurrence>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let (scenario, purchases, future) = case(seed);
        let of = |days: &dyn Fn(usize) -> Vec<i64>| (0..future.workloads()).map(days).collect();
        let days = future.days();
        Self {
            base: of(&|w| future.base(w).to_vec()),
            incident: of(&|w| future.incident(w).to_vec()),
            lumps: of(&|w| match future.lumps(w) {
                [] => vec![0; days],
                lumps => lumps.to_vec(),
            }),
            occurrences: future.occurrences().to_vec(),
            scenario,
            purchases,
        }
    }

    /// A case changed for a test.
    fn but(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    /// Without anything that makes demand wait or end.
    fn unpaused(mut self) -> Self {
        self.scenario.contract.soft_cap = 0;
        self.scenario.governance.circuit_breaker = None;
        self.scenario.governance.incident_response = None;
        self
    }

    /// Prepaid, and served beyond the grants at the price of overage, whatever it comes to.
    fn with_overage(mut self) -> Self {
        let contract = &mut self.scenario.contract;
        contract.payment = Payment::PrePurchase;
        contract.on_exhaustion = OnExhaustion::Overage;
        contract.overage_cap = None;
        self
    }

    /// One priority, nothing promotional: what ends first burns first.
    fn in_order_of_expiry(mut self) -> Self {
        self.scenario.contract.free_credits = Credits::ZERO;
        for grant in &mut self.scenario.contract.grants {
            (grant.priority, grant.promotional) = (10, false);
        }
        self
    }

    fn buys(&mut self, packs: impl Fn(u64) -> u64) {
        let prices = PriceList::new(&self.scenario.contract);
        for purchase in &mut self.purchases {
            *purchase = prices.purchase(packs(purchase.packs)).unwrap();
        }
    }

    fn future(&self) -> Future {
        let months = self.scenario.horizon.months();
        Future::written(&self.base, &self.incident, &self.occurrences, months)
            .with_lumps(&self.lumps)
    }

    fn terms(&self) -> Terms {
        Terms::buying(&self.scenario, &self.purchases).expect("small numbers")
    }

    fn settle(&self) -> Settlement {
        let mut books = Settlement::default();
        self.terms().settle(0, &self.future(), &mut books).unwrap();
        books
    }

    fn journal(&self) -> Vec<Line> {
        self.terms().journal(0, &self.future()).unwrap()
    }

    fn days(&self) -> usize {
        self.scenario.horizon.days()
    }

    /// First day of the terms that begin within the horizon.
    fn term_starts(&self) -> impl Iterator<Item = usize> {
        let months = self.scenario.horizon.months();
        let starts = (0..months).step_by(self.scenario.contract.term_months);
        starts.map(|month| self.scenario.horizon.month(month).start)
    }
}

fn sum<T: Copy + Into<i128>>(values: impl IntoIterator<Item = T>) -> i128 {
    values.into_iter().map(Into::into).sum()
}

fn wanted(books: &Settlement) -> i128 {
    sum(books.wanted.iter().map(|day| day.micro()))
}

fn consumed(books: &Settlement) -> i128 {
    sum(books.months.iter().map(|month| month.consumed.micro()))
}

fn overage(books: &Settlement) -> i128 {
    sum(books.months.iter().map(|month| month.overage.micro()))
}

fn served(books: &Settlement) -> i128 {
    consumed(books) + overage(books)
}

fn unserved(books: &Settlement) -> i128 {
    sum(books.unserved.iter().map(|cell| cell.micro()))
}

fn averted(books: &Settlement) -> i128 {
    sum(books.averted.iter().map(|cell| cell.micro()))
}

fn spend(books: &Settlement) -> i128 {
    sum(books.spend_to_date.last().map(|spend| spend.micro()))
}

fn expired(books: &Settlement) -> i128 {
    books.expired.micro().into()
}

/// The day, or one beyond all days.
fn dry(books: &Settlement) -> usize {
    books.exhausted.unwrap_or(usize::MAX)
}

/// What of the books does not depend on the order or the names of workloads and teams.
fn totals(books: &Settlement) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        books.wanted.clone(),
        books.balance.clone(),
        books.spend_to_date.clone(),
        books.months.clone(),
        (books.exhausted, books.unused, books.expired),
        (
            books.converted,
            books.licences,
            unserved(books),
            averted(books),
        ),
        books.overage_without_incidents,
    )
}

/// Asks a relation of every case; `dice` are the test's own.
fn holds(relation: impl Fn(Case, &mut Dice)) {
    for seed in 0..CASES {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let asked = std::panic::AssertUnwindSafe(|| relation(Case::new(seed), &mut dice));
        let outcome = std::panic::catch_unwind(asked);
        assert!(outcome.is_ok(), "case {seed}");
    }
}

// Demand.

#[test]
fn without_demand_nothing_is_used_and_only_what_was_signed_is_paid() {
    holds(|case, _| {
        let idle = case.but(|case| {
            for days in case
                .base
                .iter_mut()
                .chain(&mut case.incident)
                .chain(&mut case.lumps)
            {
                days.fill(0);
            }
        });
        let books = idle.settle();
        assert_eq!(
            (served(&books), unserved(&books), averted(&books)),
            (0, 0, 0)
        );
        assert_eq!((books.exhausted, overage(&books)), (None, 0));
        // At least the purchases; whatever demand there is adds to it.
        let bought = sum(case.purchases.iter().map(|purchase| purchase.cost.micro()));
        assert!(spend(&books) >= bought);
        let unrestrained = |case: Case| case.unpaused().with_overage();
        let (idle, busy) = (unrestrained(idle).settle(), unrestrained(case).settle());
        assert!(spend(&idle) <= spend(&busy));
    });
}

/// Not with pauses, which serve less when more is wanted.
#[test]
fn more_demand_never_costs_less_nor_serves_less_nor_leaves_more_unused() {
    holds(|case, dice| {
        let case = case.unpaused();
        let more = case.but(|case| {
            let workload = dice.pick(case.base.len() as u64) as usize;
            let day = dice.pick(case.base[0].len() as u64) as usize;
            case.base[workload][day] += dice.something(20);
        });
        for mode in [
            OnExhaustion::Overage,
            OnExhaustion::Block,
            OnExhaustion::Grace(300_000),
        ] {
            let [a, b] = [&case, &more].map(|case| {
                case.but(|case| case.scenario.contract.on_exhaustion = mode.clone())
                    .settle()
            });
            assert!(spend(&b) >= spend(&a));
            assert!(served(&b) >= served(&a));
            if case.scenario.contract.payment == Payment::PrePurchase {
                assert!(dry(&b) <= dry(&a));
            }
        }
    });
}

#[test]
fn what_is_wanted_later_does_not_change_what_was_booked_before() {
    holds(|case, dice| {
        let day = dice.pick(case.days() as u64) as usize;
        let other = case.but(|case| {
            for days in &mut case.base {
                for credits in &mut days[day..] {
                    *credits = dice.something(5);
                }
            }
        });
        let (a, b) = (case.settle(), other.settle());
        assert_eq!(a.balance[..day], b.balance[..day]);
        assert_eq!(a.spend_to_date[..day], b.spend_to_date[..day]);
        let before = |books: &Settlement| -> Vec<Option<usize>> {
            let days = books.watched.iter().chain([&books.exhausted]);
            days.map(|reached| reached.filter(|&reached| reached < day))
                .collect()
        };
        assert_eq!(before(&a), before(&b));
    });
}

#[test]
fn a_workload_that_wants_nothing_changes_nothing() {
    holds(|case, dice| {
        let other = case.but(|case| {
            let place = dice.pick(case.base.len() as u64 + 1) as usize;
            let days = case.days();
            let mut idle = case.scenario.workloads[0].clone();
            idle.name = "idle".to_owned();
            idle.critical = dice.one_in(2);
            case.scenario.workloads.insert(place, idle);
            for book in [&mut case.base, &mut case.incident, &mut case.lumps] {
                book.insert(place, vec![0; days]);
            }
            for incident in &mut case.scenario.incidents {
                for workload in &mut incident.workloads {
                    *workload += usize::from(*workload >= place);
                }
            }
        });
        assert_eq!(totals(&case.settle()), totals(&other.settle()));
    });
}

/// Not with a response to incidents, whose parts are rounded workload by workload.
#[test]
fn a_workload_in_two_parts_is_one_workload() {
    holds(|mut case, dice| {
        case.scenario.governance.incident_response = None;
        let parted = case.but(|case| {
            let whole = dice.pick(case.base.len() as u64) as usize;
            let mut twin = case.scenario.workloads[whole].clone();
            twin.name.push('2');
            case.scenario.workloads.push(twin);
            case.lumps.iter_mut().for_each(|days| days.fill(0));
            case.lumps.push(vec![0; case.days()]);
            for book in [&mut case.base, &mut case.incident] {
                let third: Vec<i64> = book[whole].iter().map(|credits| credits / 3).collect();
                let rest = book[whole].iter().zip(&third);
                book[whole] = rest.map(|(credits, third)| credits - third).collect();
                book.push(third);
            }
        });
        assert_eq!(totals(&case.settle()), totals(&parted.settle()));
    });
}

#[test]
fn the_order_of_workloads_teams_and_grants_does_not_matter() {
    holds(|case, _| {
        let turned = case.but(|case| {
            let count = case.base.len();
            case.scenario.workloads.reverse();
            for book in [&mut case.base, &mut case.incident, &mut case.lumps] {
                book.reverse();
            }
            for incident in &mut case.scenario.incidents {
                for workload in &mut incident.workloads {
                    *workload = count - 1 - *workload;
                }
                incident.workloads.sort_unstable();
            }
            let teams = case.scenario.teams.len();
            case.scenario.teams.reverse();
            for workload in &mut case.scenario.workloads {
                workload.team = teams - 1 - workload.team;
            }
            case.scenario.contract.grants.reverse();
        });
        let (a, b) = (case.settle(), turned.settle());
        assert_eq!(totals(&a), totals(&b));
        let reached = |case: &Case, books: &Settlement| {
            let watches = case.terms().watches;
            let mut reached: Vec<_> = watches
                .iter()
                .zip(&books.watched)
                .map(|(watch, day)| {
                    let team = watch
                        .team
                        .map(|team| case.scenario.teams[team].name.clone());
                    (team, format!("{:?}", watch.mark), *day)
                })
                .collect();
            reached.sort();
            reached
        };
        assert_eq!(reached(&case, &a), reached(&turned, &b));
    });
}

#[test]
fn the_buffers_of_an_earlier_path_do_not_show() {
    let mut books = Settlement::default();
    for seed in 0..CASES {
        let case = Case::new(seed);
        case.terms().settle(0, &case.future(), &mut books).unwrap();
        let fresh = case.settle();
        assert_eq!(totals(&books), totals(&fresh), "case {seed}");
        assert_eq!(books.watched, fresh.watched, "case {seed}");
        assert_eq!(books.unserved, fresh.unserved, "case {seed}");
        assert_eq!(books.averted, fresh.averted, "case {seed}");
    }
}

/// Up to the last day, at whose end a term or its renewal may end. Budgets are of the horizon.
#[test]
fn a_longer_horizon_keeps_the_first_days() {
    holds(|mut case, _| {
        case.scenario.budget = flexcast::scenario::Budget::default();
        case.lumps.iter_mut().for_each(|lumps| lumps.fill(0));
        // With grants in the new month only, there would be something to be shares of.
        if case.terms().granted() == Credits::ZERO {
            return;
        }
        let longer = case.but(|case| {
            let months = case.scenario.horizon.months() + 1;
            let start = case.scenario.horizon.start();
            let horizon = flexcast::scenario::Horizon::new(start, months);
            case.scenario.horizon = horizon.expect("a short horizon");
            let days = case.scenario.horizon.days();
            for book in [&mut case.base, &mut case.incident] {
                book.iter_mut().for_each(|book| book.resize(days, MICRO));
            }
            case.lumps
                .iter_mut()
                .for_each(|lumps| lumps.resize(days, 0));
            let terms = months.div_ceil(case.scenario.contract.term_months);
            let last = *case.purchases.last().unwrap();
            case.purchases.resize(terms, last);
        });
        let (a, b) = (case.settle(), longer.settle());
        let upto = case.days() - 1;
        assert_eq!(a.balance[..upto], b.balance[..upto]);
        assert_eq!(a.spend_to_date[..upto], b.spend_to_date[..upto]);
    });
}

// Money.

/// Prices of whole units for packs of one credit, so that nothing is rounded; without discounts
/// and conversions, which round.
#[test]
fn prices_times_k_is_cost_times_k_exactly() {
    holds(|mut case, dice| {
        let whole = |money: &mut Money| {
            *money = Money::from_micro((money.micro() / MICRO + 1) * MICRO);
        };
        let each = |case: &mut Case, change: &dyn Fn(&mut Money)| {
            let contract = &mut case.scenario.contract;
            change(&mut contract.pack_price);
            change(&mut contract.overage_pack_price);
            if let Payment::PreCommit(commit) = &mut contract.payment {
                change(&mut commit.amount);
                change(&mut commit.pack_price);
                change(&mut commit.monthly_minimum);
            }
            match &mut contract.on_exhaustion {
                OnExhaustion::TopUp(rule) => {
                    change(&mut rule.pack_price);
                    rule.spending_cap.iter_mut().for_each(change);
                }
                OnExhaustion::StepUp(steps) => {
                    steps
                        .iter_mut()
                        .for_each(|step| change(&mut step.price_per_month));
                }
                _ => {}
            }
            contract
                .seat_allowance
                .iter_mut()
                .for_each(|seats| change(&mut seats.cost));
            contract.overage_cap.iter_mut().for_each(change);
            contract
                .grants
                .iter_mut()
                .for_each(|grant| change(&mut grant.cost));
            let budget = &mut case.scenario.budget;
            budget.amount.iter_mut().for_each(change);
            budget.monthly.iter_mut().for_each(change);
        };
        case.scenario.contract.pack = Credits::from_micro(MICRO);
        case.scenario.contract.discounts.clear();
        case.scenario.conversions.clear();
        each(&mut case, &whole);
        case.buys(|packs| packs);
        let k = dice.between(2, 100);
        let dearer = case.but(|case| {
            each(case, &|money| *money = Money::from_micro(money.micro() * k));
            case.buys(|packs| packs);
        });
        let (a, b) = (case.settle(), dearer.settle());
        assert_eq!(a.balance, b.balance);
        assert_eq!(a.exhausted, b.exhausted);
        for (cheap, dear) in a.spend_to_date.iter().zip(&b.spend_to_date) {
            assert_eq!(cheap.micro() * k, dear.micro());
        }
    });
}

#[test]
fn a_higher_price_of_overage_changes_the_bill_and_nothing_else() {
    holds(|case, dice| {
        let case = case.but(|case| {
            case.scenario.contract.overage_cap = None;
            case.scenario.budget = flexcast::scenario::Budget::default();
        });
        let dearer = case.but(|case| {
            let price = &mut case.scenario.contract.overage_pack_price;
            *price = Money::from_micro(price.micro() + dice.something(10));
        });
        let (a, b) = (case.settle(), dearer.settle());
        assert_eq!(a.balance, b.balance);
        assert_eq!((overage(&a), a.exhausted), (overage(&b), b.exhausted));
        assert!(spend(&b) >= spend(&a));
    });
}

#[test]
fn months_sum_to_the_horizon_and_parts_to_the_whole() {
    holds(|case, _| {
        let books = case.settle();
        let months = case.scenario.horizon.months();
        let paid = sum(books.months.iter().map(|month| month.spend.micro()));
        assert_eq!(paid, spend(&books));
        assert!(books.spend_to_date.is_sorted());
        assert_eq!(
            wanted(&books),
            served(&books) + unserved(&books) + averted(&books)
        );
        let bill = sum(books.months.iter().map(|month| month.overage_spend.micro()));
        let price = case.terms().prices.overage;
        let overage = i64::try_from(overage(&books)).unwrap();
        assert_eq!(
            Some(bill),
            price
                .of(Credits::from_micro(overage))
                .map(|m| m.micro().into())
        );
        for (month, entry) in books.months.iter().enumerate() {
            let last = case.scenario.horizon.month(month).end - 1;
            assert_eq!(entry.balance, books.balance[last]);
        }
        assert_eq!(books.unused, books.expired + *books.balance.last().unwrap());
        for (workload, book) in case.base.iter().enumerate() {
            for month in 0..months {
                let days = case.scenario.horizon.month(month);
                let own = sum(book[days.clone()].iter().copied())
                    + sum(case.incident[workload][days].iter().copied());
                let cell = |cells: &[Credits]| {
                    cells
                        .get(workload * months + month)
                        .map_or(0, |c| c.micro())
                };
                let lost = cell(&books.unserved) + cell(&books.averted);
                assert!((0..=own).contains(&lost.into()));
            }
        }
    });
}

#[test]
fn the_journal_tells_the_books() {
    holds(|case, _| {
        let (books, lines) = (case.settle(), case.journal());
        let paid = sum(lines.iter().map(|line| line.money.micro()));
        assert_eq!(paid, spend(&books));
        for (day, &balance) in books.balance.iter().enumerate() {
            let last = lines.iter().rfind(|line| line.day <= day);
            assert_eq!(
                last.map_or(Credits::ZERO, |line| line.balance),
                balance,
                "day {day}"
            );
        }
        assert!(lines.is_sorted_by_key(|line| line.day));
    });
}

#[test]
fn a_tier_that_takes_nothing_off_is_no_tier_and_more_never_costs_more_each() {
    holds(|case, dice| {
        let contract = &case.scenario.contract;
        let prices = PriceList::new(contract);
        let mut tiered = contract.clone();
        tiered.discounts.clear();
        let plain = PriceList::new(&tiered);
        tiered.discounts.push(Discount {
            from: Credits::from_micro(dice.something(50)),
            off: 0,
        });
        let idle = PriceList::new(&tiered);
        let mut last = f64::INFINITY;
        for packs in 1..60 {
            assert_eq!(idle.purchase(packs), plain.purchase(packs));
            let each = prices.purchase(packs).unwrap().per_credit().unwrap();
            // Costs are rounded to a millionth.
            assert!(each <= last + 1e-6, "{packs}");
            last = last.min(each);
        }
    });
}

// Grants.

#[test]
fn a_grant_in_two_identical_halves_is_one_grant() {
    holds(|case, dice| {
        let whole = Grant {
            credits: Credits::from_micro(2 * dice.something(20)),
            from_day: dice.between(-5, case.days() as i64),
            to_day: case.days() as i64 + dice.between(-3, 30),
            priority: dice.of(&[0, 10, 11]),
            cost: Money::from_micro(2 * dice.amount(10)),
            promotional: dice.one_in(2),
        };
        let whole = Grant {
            from_day: whole.from_day.min(whole.to_day),
            ..whole
        };
        let half = Grant {
            credits: Credits::from_micro(whole.credits.micro() / 2),
            cost: Money::from_micro(whole.cost.micro() / 2),
            ..whole
        };
        let one = case.but(|case| case.scenario.contract.grants.push(whole));
        let two = case.but(|case| case.scenario.contract.grants.extend([half, half]));
        assert_eq!(totals(&one.settle()), totals(&two.settle()));
    });
}

#[test]
fn grants_conversions_and_steps_of_nothing_change_nothing() {
    holds(|case, _| {
        let other = case.but(|case| {
            case.scenario.contract.grants.push(Grant {
                credits: Credits::ZERO,
                from_day: 0,
                to_day: 3,
                priority: 5,
                cost: Money::ZERO,
                promotional: true,
            });
            for direction in [Direction::ToCredits, Direction::ToLicences] {
                case.scenario
                    .conversions
                    .push(flexcast::scenario::Conversion {
                        day: 0,
                        licences: 0,
                        value: Money::ZERO,
                        ratio: 1_000_000,
                        direction,
                    });
            }
            case.scenario
                .conversions
                .sort_by_key(|conversion| conversion.day);
        });
        assert_eq!(totals(&case.settle()), totals(&other.settle()));
    });
}

/// Without rollover, and where what ends first burns first.
#[test]
fn longer_expiry_never_expires_more() {
    holds(|case, dice| {
        let mut case = case.unpaused().with_overage().in_order_of_expiry();
        let contract = &mut case.scenario.contract;
        contract.rollover = Rollover::default();
        contract.monthly_allocation = None;
        case.scenario.conversions.clear();
        let longer = case.but(|case| {
            for grant in &mut case.scenario.contract.grants {
                if grant.to_day >= 0 {
                    grant.to_day += dice.between(0, 40);
                }
            }
        });
        let (a, b) = (case.settle(), longer.settle());
        assert!(expired(&b) <= expired(&a));
        assert!(overage(&b) <= overage(&a));
        let [monthly, term, never] = [Expiry::Monthly, Expiry::Term, Expiry::Never].map(|expiry| {
            case.but(|case| case.scenario.contract.expiry = expiry)
                .settle()
        });
        assert!(expired(&term) <= expired(&monthly) && expired(&never) <= expired(&term));
        assert!(overage(&term) <= overage(&monthly) && overage(&never) <= overage(&term));
    });
}

/// What survives never serves less: shares, limits, renewal and days of grace.
#[test]
fn more_rollover_never_means_more_overage() {
    holds(|case, dice| {
        let mut case = case.unpaused().with_overage().in_order_of_expiry();
        case.scenario.contract.monthly_allocation = None;
        case.scenario.conversions.clear();
        let share = dice.share();
        case.scenario.contract.rollover = Rollover {
            share,
            most: Some(dice.credits(20)),
            needs_renewal: true,
            grace_days: dice.pick(4) as usize,
        };
        let few = case.settle();
        let more = |change: &dyn Fn(&mut Rollover)| {
            let books = case
                .but(|case| change(&mut case.scenario.contract.rollover))
                .settle();
            assert!(overage(&books) <= overage(&few));
            assert!(consumed(&books) >= consumed(&few));
            books
        };
        more(&|rollover| rollover.share = share + (1_000_000 - share) / 2);
        more(&|rollover| rollover.needs_renewal = false);
        let unlimited = more(&|rollover| rollover.most = None);
        let plenty = more(&|rollover| rollover.most = Some(Credits::from_micro(PLENTY)));
        assert_eq!(totals(&unlimited), totals(&plenty));
        more(&|rollover| rollover.grace_days += 9);
        more(&|rollover| rollover.grace_days += 400);
    });
}

/// Not with steps, whose first one holds only where nothing else is granted, and not with a monthly
/// allocation, by which the date is not a matter of the balance alone.
#[test]
fn more_credits_never_bring_exhaustion_forward_nor_overage_up() {
    holds(|case, dice| {
        let mut case = case.unpaused().with_overage();
        case.scenario.contract.monthly_allocation = None;
        case.scenario.contract.rollover.needs_renewal = false;
        case.scenario.contract.free_credits += Credits::from_micro(MICRO);
        let few = case.settle();
        let extra = dice.credits(40);
        let packs = 1 + dice.pick(5);
        let more_free = case.but(|case| case.scenario.contract.free_credits += extra);
        let more_packs = case.but(|case| case.buys(|bought| bought + packs));
        for more in [more_free.settle(), more_packs.settle()] {
            assert!(dry(&more) >= dry(&few));
            assert!(overage(&more) <= overage(&few));
        }
    });
}

#[test]
fn an_earlier_purchase_where_nothing_expires_never_brings_exhaustion_forward() {
    holds(|case, dice| {
        let mut case = case.unpaused().with_overage();
        case.scenario.contract.monthly_allocation = None;
        case.scenario.contract.expiry = Expiry::Never;
        case.scenario.contract.seat_allowance = None;
        case.scenario.contract.free_credits = Credits::ZERO;
        case.scenario.conversions.clear();
        let days = case.days() as i64;
        let credits = dice.credits(40);
        let late = dice.between(1, days - 1);
        let [late, early] = [late, dice.between(0, late)].map(|from_day| {
            let mut case = case.clone();
            case.scenario.contract.grants.push(Grant {
                credits,
                from_day,
                to_day: days + 1_000,
                priority: 10,
                cost: Money::ZERO,
                promotional: false,
            });
            for grant in &mut case.scenario.contract.grants {
                grant.to_day = days + 1_000;
            }
            case.settle()
        });
        assert!(dry(&early) >= dry(&late));
        assert!(overage(&early) <= overage(&late));
    });
}

/// But for a renewal, which looks at the next term's purchase on the last day of this one, and for
/// steps, conversions and teams' shares of the term at hand, which it leaves alone.
#[test]
fn a_later_terms_purchase_does_not_reach_back() {
    holds(|mut case, dice| {
        case.scenario.contract.rollover.needs_renewal = false;
        // There is a grant in any case, so that there is always something to be shares of.
        case.scenario.contract.free_credits += Credits::from_micro(MICRO);
        let Some(start) = case.term_starts().nth(1) else {
            return;
        };
        let other = case.but(|case| {
            let prices = PriceList::new(&case.scenario.contract);
            for purchase in &mut case.purchases[1..] {
                *purchase = prices.purchase(purchase.packs + 1 + dice.pick(9)).unwrap();
            }
        });
        // Whether all that is bought comes by the month is a matter of the contract as a whole.
        if let OnExhaustion::Grace(_) = case.scenario.contract.on_exhaustion {
            return;
        }
        let (a, b) = (case.settle(), other.settle());
        assert_eq!(a.balance[..start], b.balance[..start]);
        assert_eq!(a.spend_to_date[..start], b.spend_to_date[..start]);
    });
}

#[test]
fn only_bought_credits_become_licences() {
    holds(|mut case, _| {
        // Free credits and promotional grants only: nothing to convert.
        case.buys(|_| 0);
        let contract = &mut case.scenario.contract;
        contract.seat_allowance = None;
        contract.on_exhaustion = OnExhaustion::Overage;
        for grant in &mut contract.grants {
            grant.promotional = true;
        }
        let conversions = &mut case.scenario.conversions;
        conversions.retain(|conversion| conversion.direction == Direction::ToLicences);
        let books = case.settle();
        assert_eq!(books.converted, Credits::ZERO);
        assert_eq!(books.licences, Money::ZERO);
        let never = case.but(|case| case.scenario.conversions.clear());
        assert_eq!(totals(&books), totals(&never.settle()));
    });
}

// Running out.

/// Serving more beyond the grants leaves the grants as they are.
#[test]
fn block_serves_no_more_than_grace_and_grace_no_more_than_overage() {
    holds(|case, dice| {
        let mut case = case.unpaused();
        case.scenario.contract.payment = Payment::PrePurchase;
        // What the allocation keeps from the grants is overage in every mode; with nothing granted all
        // use is billed.
        case.scenario.contract.monthly_allocation = None;
        case.scenario.contract.free_credits += Credits::from_micro(MICRO);
        let share = dice.share();
        let modes = [
            OnExhaustion::Block,
            OnExhaustion::Grace(0),
            OnExhaustion::Grace(share / 2),
            OnExhaustion::Grace(share),
            OnExhaustion::Grace(100 * MICRO as u64),
            OnExhaustion::Overage,
        ];
        // Burst depends on all that the term served.
        case.scenario.contract.burst = 0;
        let books = modes.map(|mode| {
            case.but(|case| case.scenario.contract.on_exhaustion = mode)
                .settle()
        });
        for pair in books.windows(2) {
            assert!(served(&pair[0]) <= served(&pair[1]));
            assert_eq!(consumed(&pair[0]), consumed(&pair[1]));
            assert_eq!(pair[0].exhausted, pair[1].exhausted);
        }
        assert_eq!(overage(&books[0]), 0);
        assert_eq!(totals(&books[0]), totals(&books[1]));
        case.scenario.contract.on_exhaustion = OnExhaustion::Overage;
        if i128::from(case.terms().granted().micro()) * 100 >= wanted(&books[5])
            && case.scenario.contract.term_months >= case.scenario.horizon.months()
            && case.scenario.contract.seat_allowance.is_none()
            && case.scenario.contract.expiry != Expiry::Monthly
        {
            assert_eq!(totals(&books[4]), totals(&books[5]));
        }
    });
}

/// Caps from nothing to none, ascending.
fn caps(dice: &mut Dice, most: i64) -> [Option<Money>; 5] {
    let cap = dice.money(most);
    let higher = Money::from_micro(cap.micro() + dice.something(most));
    let plenty = Money::from_micro(PLENTY);
    [
        Some(Money::ZERO),
        Some(cap),
        Some(higher),
        Some(plenty),
        None,
    ]
}

#[test]
fn an_overage_cap_of_nothing_serves_nothing_beyond_and_an_infinite_one_is_none() {
    holds(|case, dice| {
        let mut case = case.unpaused();
        // Burst depends on all that the term served.
        case.scenario.contract.burst = 0;
        // With nothing granted there is no overage to cap.
        case.scenario.contract.free_credits += Credits::from_micro(MICRO);
        let caps = caps(dice, 40);
        let books = caps.map(|cap| {
            case.but(|case| case.scenario.contract.overage_cap = cap)
                .settle()
        });
        for pair in books.windows(2) {
            assert!(served(&pair[0]) <= served(&pair[1]));
            assert!(spend(&pair[0]) <= spend(&pair[1]));
            assert_eq!(consumed(&pair[0]), consumed(&pair[1]));
        }
        for (cap, books) in caps.iter().zip(&books) {
            for month in &books.months {
                assert!(cap.is_none_or(|cap| month.overage_spend <= cap));
            }
        }
        let bill = sum(books[0]
            .months
            .iter()
            .map(|month| month.overage_spend.micro()));
        assert_eq!((bill, overage(&books[0])), (0, 0));
        assert_eq!(totals(&books[3]), totals(&books[4]));
    });
}

/// Credits that end with the term: where they last longer, a top-up more in this term can be one
/// less in the next.
#[test]
fn a_spending_cap_of_nothing_is_block_and_an_infinite_one_is_none() {
    holds(|case, dice| {
        let mut case = case.unpaused();
        let contract = &mut case.scenario.contract;
        contract.payment = Payment::PrePurchase;
        contract.expiry = Expiry::Term;
        contract.rollover = Rollover::default();
        contract.monthly_allocation = None;
        case.scenario.conversions.clear();
        // Top-ups can be granted, so that exhaustion is defined; here a grant sees to it too.
        case.scenario.contract.free_credits += Credits::from_micro(MICRO);
        let rule = flexcast::scenario::TopUp {
            below: dice.share() / 2,
            packs: 1 + dice.pick(4),
            pack_price: dice.price(10),
            spending_cap: None,
        };
        let caps = caps(dice, 60);
        let books = caps.map(|spending_cap| {
            let mode = OnExhaustion::TopUp(flexcast::scenario::TopUp {
                spending_cap,
                ..rule
            });
            case.but(|case| case.scenario.contract.on_exhaustion = mode)
                .settle()
        });
        let block = case
            .but(|case| case.scenario.contract.on_exhaustion = OnExhaustion::Block)
            .settle();
        assert_eq!(totals(&books[0]), totals(&block));
        assert_eq!(totals(&books[3]), totals(&books[4]));
        assert_eq!(served(&books[4]), wanted(&books[4]));
        for pair in books.windows(2) {
            assert!(consumed(&pair[0]) <= consumed(&pair[1]));
            assert!(dry(&pair[0]) <= dry(&pair[1]));
        }
        for (cap, books) in caps.iter().zip(&books) {
            let terms = case.purchases.len() as i128;
            let most = cap.map_or(i128::MAX, |cap| i128::from(cap.micro()) * terms);
            assert!(spend(books) - spend(&block) <= most);
        }
    });
}

#[test]
fn one_more_step_never_serves_less() {
    holds(|case, dice| {
        let mut case = case.unpaused();
        case.scenario.contract.payment = Payment::PrePurchase;
        case.scenario.contract.monthly_allocation = None;
        case.scenario.conversions.clear();
        // What survives of a larger step can spare the next term one.
        case.scenario.contract.rollover = Rollover::default();
        let step = |credits: i64, price: i64| Step {
            credits_per_month: Credits::from_micro(credits),
            price_per_month: Money::from_micro(price),
        };
        let (a, b) = (dice.something(20), dice.amount(10));
        let one = vec![step(a, b)];
        let two = vec![
            step(a, b),
            step(a + dice.something(30), b + dice.amount(10)),
        ];
        let mut three = two.clone();
        three.push(step(PLENTY, PLENTY));
        let books = [one, two, three].map(|steps| {
            case.but(|case| case.scenario.contract.on_exhaustion = OnExhaustion::StepUp(steps))
                .settle()
        });
        for pair in books.windows(2) {
            assert!(served(&pair[0]) <= served(&pair[1]));
            assert!(spend(&pair[0]) <= spend(&pair[1]));
            assert!(dry(&pair[0]) <= dry(&pair[1]));
        }
        assert_eq!(served(&books[2]), wanted(&books[2]));
        assert_eq!(overage(&books[2]), 0);
    });
}

#[test]
fn a_monthly_allocation_that_is_never_used_up_is_none() {
    holds(|mut case, dice| {
        // Alerts, teams and guardrails have shares of the allocation.
        case.scenario.governance.circuit_breaker = None;
        case.scenario.governance.incident_response = None;
        let [none, plenty] = [None, Some(Credits::from_micro(PLENTY))].map(|allocation| {
            case.but(|case| case.scenario.contract.monthly_allocation = allocation)
                .settle()
        });
        assert_eq!(totals(&none), totals(&plenty));
        // The lower the allocation, the more of the use is overage.
        let case = case.unpaused().with_overage();
        let high = dice.credits(60);
        let low = Credits::from_micro(high.micro() / 2);
        let [low, high, none] = [Some(low), Some(high), None].map(|allocation| {
            case.but(|case| {
                let contract = &mut case.scenario.contract;
                contract.monthly_allocation = allocation;
                contract.burst = 0;
                contract.rollover = Rollover::default();
                case.scenario.conversions.clear();
            })
            .settle()
        });
        assert!(overage(&low) >= overage(&none) && overage(&high) >= overage(&none));
    });
}

#[test]
fn burst_never_lets_a_month_draw_more_than_it_allows() {
    holds(|mut case, dice| {
        let allocation = dice.credits(40);
        case.scenario.contract.monthly_allocation = Some(allocation);
        let share = dice.share();
        case.scenario.contract.burst = share;
        let books = case.settle();
        let most = i128::from(allocation.micro()) * i128::from(1_000_000 + share) + 500_000;
        for month in &books.months {
            assert!(i128::from(month.consumed.micro()) <= most / 1_000_000);
        }
        case.scenario.contract.burst = 0;
        for month in &case.settle().months {
            assert!(month.consumed <= allocation);
        }
    });
}

#[test]
fn grants_that_cover_all_leave_nothing_unserved() {
    holds(|case, _| {
        let mut case = case.unpaused();
        case.scenario.contract.monthly_allocation = None;
        case.scenario.contract.overage_cap = None;
        let books = case.settle();
        if books.exhausted.is_none() && case.terms().has_grants() {
            assert_eq!(unserved(&books), 0);
            assert_eq!(consumed(&books), wanted(&books));
        }
        // The day it is dry, something was wanted, and it is billed or goes unserved.
        if let Some(day) = books.exhausted {
            assert!(consumed(&books) < wanted(&books));
            assert!(books.wanted[day] > Credits::ZERO);
        }
    });
}

// Commitments.

#[test]
fn a_commitment_to_nothing_is_pay_as_you_go() {
    holds(|mut case, _| {
        case.buys(|_| 0);
        case.scenario.contract.payment = Payment::PreCommit(Commit {
            amount: Money::ZERO,
            pack_price: case.scenario.contract.overage_pack_price,
            monthly_minimum: Money::ZERO,
        });
        let free = case.but(|case| case.scenario.contract.payment = Payment::PayAsYouGo);
        assert_eq!(totals(&case.settle()), totals(&free.settle()));
    });
}

#[test]
fn a_higher_commitment_or_minimum_never_costs_less_and_is_always_met() {
    holds(|mut case, dice| {
        case.buys(|_| 0);
        case.scenario.budget = flexcast::scenario::Budget::default();
        let commit = Commit {
            amount: dice.money(150),
            pack_price: dice.price(10),
            monthly_minimum: dice.money(30),
        };
        let more = |money: Money, by: i64| Money::from_micro(money.micro() + by);
        let with = |commit| {
            case.but(|case| case.scenario.contract.payment = Payment::PreCommit(commit))
                .settle()
        };
        let books = with(commit);
        let dearer = with(Commit {
            amount: more(commit.amount, dice.something(50)),
            ..commit
        });
        let monthly = with(Commit {
            monthly_minimum: more(commit.monthly_minimum, dice.something(20)),
            ..commit
        });
        assert!(spend(&dearer) >= spend(&books) && spend(&monthly) >= spend(&books));
        assert_eq!(dearer.balance, books.balance);
        assert_eq!(overage(&monthly), overage(&books));
        for month in &books.months {
            assert!(month.spend >= commit.monthly_minimum);
        }
        let months = case.scenario.horizon.months();
        let whole_terms = (months / case.scenario.contract.term_months) as i128;
        assert!(spend(&books) >= whole_terms * i128::from(commit.amount.micro()));
    });
}

// Guardrails.

#[test]
fn nobody_waits_where_everything_is_critical() {
    holds(|mut case, _| {
        for workload in &mut case.scenario.workloads {
            workload.critical = true;
        }
        let without = case.but(|case| {
            case.scenario.contract.soft_cap = 0;
            case.scenario.governance.circuit_breaker = None;
        });
        let (a, b) = (case.settle(), without.settle());
        assert_eq!(totals(&a), totals(&b));
    });
}

/// Where overage is billed without a cap, only pauses leave anything unserved.
#[test]
fn pauses_only_stop_what_is_not_critical() {
    holds(|case, dice| {
        let mut case = case.with_overage();
        case.scenario.contract.soft_cap = dice.share();
        case.scenario.governance.circuit_breaker = Some(dice.share().max(1));
        let books = case.settle();
        let months = case.scenario.horizon.months();
        for (workload, model) in case.scenario.workloads.iter().enumerate() {
            let cells = books
                .unserved
                .get(workload * months..(workload + 1) * months);
            if model.critical {
                assert_eq!(sum(cells.unwrap_or_default().iter().map(|c| c.micro())), 0);
            }
        }
        case.scenario.contract.soft_cap = 0;
        case.scenario.governance.circuit_breaker = None;
        assert_eq!(unserved(&case.settle()), 0);
    });
}

#[test]
fn a_response_averts_incidents_only_and_never_before_its_alert() {
    holds(|mut case, dice| {
        let alert = dice.share().max(1) as f64 / 1e6;
        case.scenario.governance.alerts = vec![alert];
        case.scenario.governance.incident_response = Some(IncidentResponse {
            alert,
            days: dice.pick(5) as usize,
        });
        let books = case.settle();
        let extra = sum(case.incident.iter().flatten().copied());
        assert!(averted(&books) <= extra);
        let watches = case.terms().watches;
        let whole = watches.iter().position(|watch| watch.team.is_none());
        if whole.is_none_or(|index| books.watched[index].is_none()) {
            assert_eq!(averted(&books), 0);
        }
        // One that comes after the horizon is none; nor is there one without incidents.
        let late = case.but(|case| {
            case.scenario.governance.incident_response = Some(IncidentResponse {
                alert,
                days: case.days(),
            });
        });
        let none = case.but(|case| case.scenario.governance.incident_response = None);
        assert_eq!(totals(&late.settle()), totals(&none.settle()));
        let calm = case.but(|case| {
            case.occurrences.clear();
            for days in case.incident.iter_mut().chain(&mut case.lumps) {
                days.fill(0);
            }
        });
        assert_eq!(averted(&calm.settle()), 0);
    });
}

#[test]
fn a_higher_threshold_is_never_reached_earlier() {
    holds(|case, _| {
        let books = case.settle();
        let watches = case.terms().watches;
        let reached: Vec<_> = watches.iter().zip(&books.watched).collect();
        for pair in reached.windows(2) {
            let ((a, before), (b, after)) = (pair[0], pair[1]);
            if let (flexcast::ledger::Mark::Alert(low), flexcast::ledger::Mark::Alert(high)) =
                (a.mark, b.mark)
                && a.team == b.team
            {
                assert!(low < high);
                assert!(before.unwrap_or(usize::MAX) <= after.unwrap_or(usize::MAX));
            }
        }
    });
}

/// Without breakers and reviews, which answer to the shares.
#[test]
fn a_larger_buffer_never_puts_a_teams_alert_off() {
    holds(|mut case, dice| {
        case.scenario.governance.circuit_breaker = None;
        case.scenario.governance.review_months = None;
        let buffer = case.scenario.governance.buffer;
        let larger = case.but(|case| {
            case.scenario.governance.buffer = buffer + dice.pick(1_000_000 - buffer);
        });
        let (a, b) = (case.settle(), larger.settle());
        assert_eq!(totals(&a), totals(&b));
        let watches = case.terms().watches;
        for ((watch, a), b) in watches.iter().zip(&a.watched).zip(&b.watched) {
            let day = |day: &Option<usize>| day.unwrap_or(usize::MAX);
            match watch.team {
                None => assert_eq!(a, b),
                Some(_) => assert!(day(b) <= day(a)),
            }
        }
    });
}

#[test]
fn a_review_has_nothing_to_rebalance_for_one_team() {
    holds(|mut case, _| {
        for workload in &mut case.scenario.workloads {
            workload.team = 0;
        }
        case.scenario.teams = vec![Team {
            name: "all".to_owned(),
            share: Some(700_000),
            owner: None,
        }];
        let with = case.but(|case| case.scenario.governance.review_months = Some(1));
        case.scenario.governance.review_months = None;
        let (a, b) = (case.settle(), with.settle());
        assert_eq!(totals(&a), totals(&b));
        assert_eq!(a.watched, b.watched);
    });
}

#[test]
fn teams_without_shares_have_no_guardrails() {
    holds(|mut case, _| {
        for team in &mut case.scenario.teams {
            team.share = None;
        }
        let without = case.but(|case| {
            case.scenario.governance.circuit_breaker = None;
            case.scenario.governance.review_months = None;
            case.scenario.governance.buffer = 0;
        });
        let (a, b) = (case.settle(), without.settle());
        assert_eq!(totals(&a), totals(&b));
        assert_eq!(a.watched, b.watched);
    });
}

/// What a path comes to.
fn in_all(books: &Settlement) -> [i128; 6] {
    [
        books.paid.micro(),
        books.beyond.micro(),
        books.lost.micro(),
        books.unused.micro(),
        books.unused_of_term.micro(),
        books.expired.micro(),
    ]
    .map(i128::from)
}

#[test]
fn totals_are_those_of_the_days() {
    // As written, and without what looks at single days, so that stretches are booked as one under every rule.
    let stretches = std::cell::RefCell::new([0; 5]);
    let looked_at = std::cell::RefCell::new([0; 4]);
    holds(|case, dice| {
        let mut plain = case.clone().unpaused();
        if dice.one_in(4) {
            plain = plain.with_overage();
        } else {
            plain.scenario.contract.monthly_allocation = None;
        }
        let bare = plain.but(|case| {
            case.scenario.contract.grants.clear();
            case.scenario.contract.rollover.grace_days = 0;
        });
        for case in [case, plain, bare] {
            let books = case.settle();
            let whole = [
                spend(&books),
                overage(&books),
                unserved(&books),
                books.unused.micro().into(),
                books.unused_of_term.micro().into(),
                expired(&books),
            ];
            assert_eq!(in_all(&books), whole);
            let mut totals = Settlement::default();
            let future = case.future();
            totals.meet(&future).unwrap();
            // Twice: another contract may have been settled in the same books.
            for _ in 0..2 {
                case.terms().settle_totals(0, &future, &mut totals).unwrap();
                assert_eq!(in_all(&totals), whole);
            }
            assert!(totals.months.is_empty() && totals.balance.is_empty());
            let governance = &case.scenario.governance;
            let looks = [
                case.scenario.contract.soft_cap > 0,
                governance.circuit_breaker.is_some(),
                governance.incident_response.is_some(),
                averted(&books) > 0,
            ];
            for (count, looks) in looked_at.borrow_mut().iter_mut().zip(looks) {
                *count += i32::from(looks);
            }
            if !looks[..3].contains(&true) {
                let rule = match case.scenario.contract.on_exhaustion {
                    OnExhaustion::Overage => 0,
                    OnExhaustion::Block => 1,
                    OnExhaustion::Grace(_) => 2,
                    OnExhaustion::TopUp(_) => 3,
                    OnExhaustion::StepUp(_) => 4,
                };
                stretches.borrow_mut()[rule] += 1;
            }
        }
    });
    let stretches = stretches.into_inner();
    assert!(stretches.iter().all(|&count| count > 100), "{stretches:?}");
    let looked_at = looked_at.into_inner();
    assert!(looked_at.iter().all(|&count| count > 30), "{looked_at:?}");
}
