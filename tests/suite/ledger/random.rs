//! Contracts and demands that nobody would think of: numbers so small and so round that edges are
//! hit all the time, and in every other case fractions so awkward that nothing comes out even.

use std::fmt::Write;

use flexcast::demand::{Future, Impact, Occurrence};
use flexcast::ledger::{PriceList, Purchase};
use flexcast::scenario::{
    Budget, Commit, Contract, Conversion, Direction, Discount, Expiry, Governance, Grant,
    IncidentResponse, OnExhaustion, Payment, Prepurchase, Rollover, Scenario, SeatAllowance, Step,
    TopUp,
};
use flexcast::units::{Credits, MICRO, Money};

use super::LEDGERS;
use super::naive::{self, Notes};
use crate::ask;

/// Cases that the ledgers are compared on.
const CASES: u64 = 2_000;

/// Random numbers from a seed, the same for ever.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    state: u64,
    /// Nothing but whole credits, whole money and round shares.
    is_whole: bool,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Self {
            state: seed,
            is_whole: false,
        };
        dice.is_whole = dice.one_in(2);
        dice
    }

    /// The mixing function known as SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of 0..n.
    pub(crate) fn pick(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// One of low..=high.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.pick((high - low + 1).unsigned_abs()) as i64
    }

    /// True in one of `n` cases.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.pick(n) == 0
    }

    pub(super) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.pick(items.len() as u64) as usize]
    }

    fn maybe<T>(&mut self, one_in: u64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(one_in).then(|| value(self))
    }

    /// Millionths of at most `most` whole units.
    pub(super) fn amount(&mut self, most: i64) -> i64 {
        let whole = self.between(0, most) * MICRO;
        match self.is_whole {
            true => whole,
            false => match self.pick(6) {
                0 => whole,
                1 => whole + 1,
                2 => (whole - 1).max(0),
                3 => self.between(0, 9),
                _ => self.between(0, most * MICRO),
            },
        }
    }

    /// The same, above 0.
    pub(super) fn something(&mut self, most: i64) -> i64 {
        match (self.amount(most), self.is_whole) {
            (0, true) => MICRO,
            (0, false) => 1,
            (amount, _) => amount,
        }
    }

    pub(super) fn credits(&mut self, most: i64) -> Credits {
        Credits::from_micro(self.amount(most))
    }

    pub(super) fn money(&mut self, most: i64) -> Money {
        Money::from_micro(self.amount(most))
    }

    pub(super) fn price(&mut self, most: i64) -> Money {
        Money::from_micro(self.something(most))
    }

    /// A share in millionths, at most 1,000,000.
    pub(super) fn share(&mut self) -> u64 {
        match self.is_whole {
            true => self.of(&[0, 250_000, 500_000, 750_000, 1_000_000]),
            false => match self.pick(3) {
                0 => self.of(&[1, 333_333, 499_999, 500_001, 666_667, 999_999, 1_000_000]),
                _ => self.pick(1_000_001),
            },
        }
    }
}

/// A contract and one future of its demand.
pub(super) fn case(seed: u64) -> (Scenario, Vec<Purchase>, Future) {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let mut scenario = demand(dice);
    let months = scenario.horizon.months();
    let count = scenario.workloads.len() as i64;
    scenario.contract = contract(dice, &scenario);
    let terms = months.div_ceil(scenario.contract.term_months);

    // About what a term wants, or some of it; the same each term, or not.
    let prices = PriceList::new(&scenario.contract);
    let wanted = count * 45 * scenario.contract.term_months as i64;
    let most = (wanted * MICRO / scenario.contract.pack.micro()).max(1);
    let is_bought = scenario.contract.payment == Payment::PrePurchase && !dice.one_in(5);
    let steady = dice.between(0, most) as u64;
    let varies = dice.one_in(3);
    let purchases: Vec<Purchase> = (0..terms)
        .map(|_| {
            let packs = match (is_bought, varies) {
                (false, _) => 0,
                (true, false) => steady,
                (true, true) => dice.between(0, most) as u64,
            };
            prices.purchase(packs).expect("small numbers")
        })
        .collect();
    scenario.contract.prepurchase = match varies {
        false => Prepurchase::Packs(purchases[0].packs),
        true => Prepurchase::ShareOfPlan(800_000),
    };
    scenario.conversions = conversions(dice, &scenario);
    scenario.budget = Budget {
        amount: dice.maybe(3, |dice| dice.money(90)),
        monthly: dice.maybe(3, |dice| dice.money(30)),
    };
    scenario.governance = governance(dice);
    let mut left = 1_000_000;
    for team in &mut scenario.teams {
        team.share = dice.maybe(2, |dice| dice.share().min(left));
        left -= team.share.unwrap_or(0);
    }
    let future = future(dice, &scenario);
    (scenario, purchases, future)
}

/// A horizon, workloads, teams and incidents. What demand they describe does not matter.
fn demand(dice: &mut Dice) -> Scenario {
    let start = dice.of(&[
        "2026-01-01",
        "2026-01-31",
        "2028-02-29",
        "2026-11-30",
        "2027-03-15",
        "2026-08-31",
        "2025-12-31",
    ]);
    let months = match dice.one_in(10) {
        true => dice.between(13, 27),
        false => dice.between(1, 6),
    } as usize;
    let workloads = dice.between(1, 4) as usize;
    let mut body = String::new();
    // Names whose order is not that of the file.
    for name in &["m", "c", "z", "a"][..workloads] {
        let team = dice.of(&["north", "south", "east"]);
        let critical = !dice.one_in(2);
        writeln!(
            body,
            "[[workload]]\nname = \"{name}\"\nteam = \"{team}\"\ncritical = {critical}\n\
             units_per_month = 30"
        )
        .unwrap();
    }
    for incident in 0..dice.pick(4) {
        writeln!(body, "[[incident]]\nname = \"i{incident}\"").unwrap();
        match dice.pick(3) {
            0 => writeln!(
                body,
                "workload = \"m\"\nper_year = 1\ndays = 2\nextra_actions = 9"
            ),
            1 => writeln!(
                body,
                "workload = \"m\"\nper_year = 1\ndays = 2\nmultiplier = 2"
            ),
            _ => writeln!(body, "chance = 0.5\nmultiplier = 2"),
        }
        .unwrap();
    }
    ask::scenario(&ask::plain(start, months, &body))
}

fn contract(dice: &mut Dice, scenario: &Scenario) -> Contract {
    let months = scenario.horizon.months();
    let days = scenario.horizon.days() as i64;
    let count = scenario.workloads.len() as i64;
    // About half of what all workloads want in a month.
    let month = 22 * count;
    let pack = dice.of(&[1, 1, 3, 7, 10, 40]);
    let payment = match dice.pick(6) {
        0 => Payment::PayAsYouGo,
        1 => Payment::PreCommit(Commit {
            amount: dice.money(150),
            pack_price: dice.price(12),
            monthly_minimum: dice.money(30),
        }),
        _ => Payment::PrePurchase,
    };
    let on_exhaustion = match dice.pick(6) {
        0 => OnExhaustion::Overage,
        1 => OnExhaustion::Block,
        2 => OnExhaustion::Grace(dice.share()),
        3 | 4 => OnExhaustion::TopUp(TopUp {
            below: match dice.one_in(3) {
                true => 0,
                false => dice.share(),
            },
            packs: 1 + dice.pick(4),
            pack_price: dice.price(10),
            spending_cap: dice.maybe(2, |dice| dice.money(120)),
        }),
        _ => OnExhaustion::StepUp(steps(dice, month)),
    };
    let starts = dice.between(-40, 20);
    let grants = (0..dice.pick(5).saturating_sub(1))
        .map(|_| {
            let from_day = dice.between(starts, days + 10);
            Grant {
                credits: dice.credits(month),
                from_day,
                to_day: from_day + dice.of(&[0, 1, 6, 30, 45, 400]),
                priority: dice.of(&[0, 5, 10, 10, 11]),
                cost: dice.money(20),
                promotional: dice.one_in(2),
            }
        })
        .collect();
    Contract {
        pack: Credits::from_micro(pack * MICRO),
        pack_price: dice.price(10),
        free_credits: dice
            .maybe(3, |dice| dice.credits(month))
            .unwrap_or(Credits::ZERO),
        payment,
        prepurchase: Prepurchase::Packs(0),
        discounts: match dice.one_in(3) {
            true => vec![Discount {
                from: Credits::from_micro(dice.something(month)),
                off: dice.share().min(900_000),
            }],
            false => Vec::new(),
        },
        overage_pack_price: dice.price(12),
        term_months: match dice.one_in(3) {
            true => months,
            false => dice.of(&[1, 1, 2, 2, 3, 4]),
        },
        expiry: match months > 12 && !dice.one_in(3) {
            true => Expiry::TwelveMonths,
            false => dice.of(&[
                Expiry::Term,
                Expiry::Term,
                Expiry::Monthly,
                Expiry::Monthly,
                Expiry::TwelveMonths,
                Expiry::Never,
            ]),
        },
        rollover: match dice.one_in(2) {
            true => Rollover {
                share: dice.share(),
                most: dice.maybe(3, |dice| dice.credits(month)),
                needs_renewal: dice.one_in(3),
                grace_days: dice.of(&[0, 0, 1, 5, 40]),
            },
            false => Rollover::default(),
        },
        on_exhaustion,
        seat_allowance: dice.maybe(4, |dice| SeatAllowance {
            seats: 1,
            credits: dice.credits(month),
            cost: dice.money(30),
        }),
        monthly_allocation: dice.maybe(4, |dice| dice.credits(2 * month)),
        burst: dice.maybe(2, Dice::share).unwrap_or(0),
        overage_cap: dice.maybe(4, |dice| dice.money(40)),
        soft_cap: dice.maybe(3, Dice::share).unwrap_or(0),
        residual_value: 0,
        grants,
    }
}

/// Steps that rise in credits and do not fall in price.
fn steps(dice: &mut Dice, month: i64) -> Vec<Step> {
    let (mut credits, mut price) = (0, 0);
    (0..=dice.pick(3))
        .map(|_| {
            credits += dice.something(month);
            price += dice.amount(20);
            Step {
                credits_per_month: Credits::from_micro(credits),
                price_per_month: Money::from_micro(price),
            }
        })
        .collect()
}

fn conversions(dice: &mut Dice, scenario: &Scenario) -> Vec<Conversion> {
    let days = scenario.horizon.days() as i64;
    let mut conversions: Vec<Conversion> = (0..dice.pick(5).saturating_sub(2))
        .map(|_| Conversion {
            day: dice.between(-3, days + 3),
            licences: 1,
            value: dice.money(40),
            ratio: match dice.one_in(2) {
                true => 1_000_000,
                false => dice.share().max(1) + dice.pick(2) * 500_000,
            },
            direction: match dice.one_in(2) {
                true => Direction::ToCredits,
                false => Direction::ToLicences,
            },
        })
        .collect();
    conversions.sort_by_key(|conversion| conversion.day);
    conversions
}

fn governance(dice: &mut Dice) -> Governance {
    let mut alerts: Vec<f64> = (0..dice.pick(4))
        .map(|_| dice.share().max(1) as f64 / 1e6)
        .collect();
    alerts.sort_by(f64::total_cmp);
    alerts.dedup();
    Governance {
        alerts,
        circuit_breaker: dice.maybe(2, |dice| dice.share().max(1)),
        incident_response: dice.maybe(2, |dice| IncidentResponse {
            alert: dice.share().max(1) as f64 / 1e6,
            days: dice.of(&[0, 0, 1, 2, 9]),
        }),
        buffer: dice.maybe(2, |dice| dice.share().min(999_999)).unwrap_or(0),
        review_months: dice.maybe(2, |dice| dice.pick(3) as usize + 1),
    }
}

/// Demand that fits the incidents: multiplied demand only where a multiplier above 1 runs, lumps
/// only where lumps fall.
fn future(dice: &mut Dice, scenario: &Scenario) -> Future {
    let days = scenario.horizon.days();
    let mut occurrences = Vec::new();
    for (incident, model) in scenario.incidents.iter().enumerate() {
        let in_lumps = matches!(
            &model.kind,
            flexcast::scenario::IncidentKind::Arrivals {
                effect: flexcast::scenario::Effect::ExtraActions(_),
                ..
            }
        );
        let is_condition = matches!(
            &model.kind,
            flexcast::scenario::IncidentKind::Condition { .. }
        );
        for _ in 0..if is_condition { 1 } else { dice.pick(5) } {
            let from_day = match is_condition {
                true => 0,
                false => dice.pick(days as u64) as usize,
            };
            let lasts = match is_condition {
                true => days,
                false => dice.between(1, 25) as usize,
            };
            occurrences.push(Occurrence {
                incident,
                from_day,
                to_day: (from_day + lasts).min(days),
                effect: match in_lumps {
                    true => Impact::ActionsPerDay(dice.of(&[0.0, 0.1, 1.0, 2.5])),
                    false => Impact::Multiplier(dice.of(&[1.0, 1.1, 1.5, 2.0, 3.0])),
                },
            });
        }
    }
    let mut base = vec![vec![0; days]; scenario.workloads.len()];
    let (mut incident, mut lumps) = (base.clone(), base.clone());
    for workload in 0..base.len() {
        let idle = dice.between(1, 4) as u64;
        for day in 0..days {
            if !dice.one_in(idle) {
                base[workload][day] = dice.amount(3);
            }
            let (mut product, mut actions) = (1.0_f64, 0.0);
            for occurrence in &occurrences {
                let hits = &scenario.incidents[occurrence.incident].workloads;
                if hits.contains(&workload)
                    && (occurrence.from_day..occurrence.to_day).contains(&day)
                {
                    match occurrence.effect {
                        Impact::Multiplier(factor) => product *= factor,
                        Impact::ActionsPerDay(more) => actions += more,
                    }
                }
            }
            if product > 1.0 {
                incident[workload][day] =
                    (base[workload][day] as f64 * (product - 1.0)).round() as i64;
            }
            if actions > 0.0 {
                lumps[workload][day] = dice.amount(4);
                incident[workload][day] += lumps[workload][day];
            }
        }
    }
    let months = scenario.horizon.months();
    let future = Future::written(&base, &incident, &occurrences, months);
    match lumps.iter().flatten().any(|&lump| lump > 0) {
        true => future.with_lumps(&lumps),
        false => future,
    }
}

#[test]
fn every_mechanism_acts_and_credits_are_conserved() {
    // The naive ledger checks both conservation laws of every case itself.
    let mut cases = Notes::new();
    for seed in 0..CASES {
        let (scenario, purchases, future) = case(seed);
        let (books, notes) = naive::settle_and_note(&scenario, &purchases, &future);
        let months = scenario.horizon.months();
        let clamped = (0..months).any(|month| {
            let first = scenario.horizon.month(month).start;
            scenario.horizon.date(first).day() != scenario.horizon.start().day()
        });
        let mut seen = |what| *cases.entry(what).or_default() += 1;
        notes.into_keys().for_each(&mut seen);
        let reached = |team: bool, exceeds: bool| {
            books.watches.iter().any(|watch| {
                watch.day.is_some()
                    && watch.team.is_some() == team
                    && (watch.mark == naive::Mark::Exceeds) == exceeds
            })
        };
        let figures = [
            ("exhausted", books.exhausted.is_some()),
            ("cut last term", months % scenario.contract.term_months > 0),
            ("clamped months", clamped),
            ("alert", reached(false, false)),
            ("team alert", reached(true, false)),
            ("team exceeds its share", reached(true, true)),
            (
                "no overage without incidents",
                books.overage_without_incidents == 0
                    && books.months.iter().any(|month| month.overage > 0),
            ),
        ];
        let happened = figures.into_iter().filter(|&(_, happened)| happened);
        happened.for_each(|(what, _)| seen(what));
    }
    let floors = [
        ("above the allocation", 50),
        ("alert", 700),
        ("averted", 200),
        ("beyond grace", 60),
        ("beyond the last step", 60),
        ("billed on use", 250),
        ("blocked", 150),
        ("breaker pause", 200),
        ("burst", 40),
        ("clamped months", 500),
        ("credits to licences", 250),
        ("credits to licences cut short", 150),
        ("cut last term", 300),
        ("days of grace", 150),
        ("exhausted", 500),
        ("expired", 700),
        ("first step from the start", 30),
        ("free credits", 400),
        ("further grant", 600),
        ("grace", 70),
        ("licences to credits", 250),
        ("lumps averted in part", 20),
        ("monthly minimum", 120),
        ("multiplied demand averted in part", 40),
        ("no overage without incidents", 50),
        ("not renewed", 60),
        ("overage", 80),
        ("overage cap", 70),
        ("purchase of a later term", 250),
        ("response", 400),
        ("review", 250),
        ("rollover at its most", 40),
        ("rollover of a month", 130),
        ("rollover of a term", 100),
        ("rollover of twelve months", 8),
        ("seats", 300),
        ("soft pause", 70),
        ("step", 90),
        ("team alert", 500),
        ("team exceeds its share", 500),
        ("top-up", 250),
        ("top-up refused", 80),
        ("true-up", 90),
    ];
    for (what, floor) in floors {
        let count = cases.get(what).copied().unwrap_or(0);
        assert!(count >= floor, "{what}: {count} of {floor}, {cases:#?}");
    }
}

#[test]
fn the_ledgers_agree_on_every_case() {
    for (name, ledger) in LEDGERS {
        let Some(ledger) = ledger else { continue };
        if name == "naive" {
            continue;
        }
        for seed in 0..CASES {
            let (scenario, purchases, future) = case(seed);
            let expected = naive::settle(&scenario, &purchases, &future);
            let books = ledger(&scenario, &purchases, &future);
            let difference = books.difference(&expected);
            assert_eq!(difference, None, "{name}, case {seed}");
        }
    }
}
