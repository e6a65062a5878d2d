//! Rules of the contract and of governance, each worked out by hand on a few days.

use flexcast::demand::{Future, Impact, Occurrence};
use flexcast::scenario::{
    Commit, Conversion, Direction, Expiry, Grant, IncidentResponse, OnExhaustion, Payment,
    Rollover, Scenario, Step, TopUp,
};
use flexcast::units::{MICRO, Money};

use super::agreed;
use super::naive::{Books, Mark};
use super::vectors::{balance, credits, credits_by_month, deal, dollars, first, spend};
use crate::ask;

/// One workload's day and whole credits.
type Use = (usize, usize, i64);

/// Some months with several workloads, each a name, a team and whether it is critical.
fn several(start: &str, months: usize, workloads: &[(&str, &str, bool)]) -> Scenario {
    let tables = workloads.iter().map(|(name, team, critical)| {
        format!(
            "[[workload]]\nname = \"{name}\"\nteam = \"{team}\"\ncritical = {critical}\n\
             units_per_month = 1\n"
        )
    });
    let body: String = tables.collect();
    let plain = deal(start, months);
    Scenario {
        contract: plain.contract,
        ..ask::scenario(&ask::plain(start, months, &body))
    }
}

/// What is used without incidents: workload, day, whole credits.
fn settle(scenario: &Scenario, packs: &[u64], used: &[Use]) -> Books {
    let mut base = vec![vec![0; scenario.horizon.days()]; scenario.workloads.len()];
    for &(workload, day, whole) in used {
        base[workload][day] += whole * MICRO;
    }
    let nothing = vec![vec![0; scenario.horizon.days()]; base.len()];
    let months = scenario.horizon.months();
    agreed(
        scenario,
        packs,
        &Future::written(&base, &nothing, &[], months),
    )
}

/// Unserved whole credits of each workload in a month.
fn unserved(books: &Books, month: usize) -> Vec<f64> {
    let workloads = books.lost.iter();
    workloads
        .map(|lost| ask::whole(lost[month].unserved))
        .collect()
}

/// First day of a watch.
fn reached(books: &Books, team: Option<usize>, mark: Mark) -> Option<usize> {
    let watch = |watch: &&super::naive::Watch| watch.team == team && watch.mark == mark;
    books.watches.iter().find(watch).expect("a watch").day
}

#[test]
fn a_burst_draws_the_pool_while_the_term_is_within_its_purchase() {
    // 25 credits for two months, 10 a month, half as much in a burst.
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.monthly_allocation = Some(credits(10));
    scenario.contract.burst = 500_000;
    let february = first(&scenario, 1);
    // 12: 10 and 2 of the burst. 5: the other 3, and 2 beyond. Then 17 are used: of the next 20
    // the allocation pays 10, which leaves nothing of the 25 for a burst.
    let books = settle(
        &scenario,
        &[25],
        &[(0, 0, 12), (0, 1, 5), (0, february, 20)],
    );
    assert_eq!(
        credits_by_month(&books),
        [[15.0, 2.0, 0.0], [10.0, 10.0, 0.0]]
    );
    assert_eq!(balance(&books, 1), 10.0);
    assert_eq!(books.exhausted, Some(february), "20 are more than 10");
}

#[test]
fn what_the_allocation_keeps_from_topped_up_grants_is_overage() {
    let mut scenario = deal("2026-01-01", 1);
    scenario.contract.monthly_allocation = Some(credits(12));
    scenario.contract.on_exhaustion = OnExhaustion::TopUp(TopUp {
        below: 0,
        packs: 1,
        pack_price: dollars(3),
        spending_cap: Some(dollars(3)),
    });
    // 10 bought. Of 20, the grants may pay 12: 1 is topped up for $3, the cap; 11 are paid, 1 goes
    // unserved, and the 8 above the allocation are billed.
    let books = settle(&scenario, &[10], &[(0, 4, 20)]);
    assert_eq!(credits_by_month(&books), [[11.0, 8.0, 1.0]]);
    assert_eq!(spend(&books), [10.0 + 3.0 + 8.0]);
}

#[test]
fn what_is_not_critical_waits_below_the_soft_cap() {
    let workloads = [("a", "t", true), ("b", "t", false)];
    let mut scenario = several("2026-01-01", 1, &workloads);
    scenario.contract.soft_cap = 500_000;
    // 10 bought: 5 left are not below half of them, 4 are.
    let used = [(0, 0, 5), (1, 1, 1), (0, 2, 1), (1, 2, 1), (1, 3, 2)];
    let books = settle(&scenario, &[10], &used);
    assert_eq!(unserved(&books, 0), [0.0, 3.0]);
    assert_eq!(balance(&books, 3), 3.0);
}

#[test]
fn what_the_grants_cannot_cover_is_taken_from_the_back() {
    let workloads = [
        ("n2", "t", false),
        ("c2", "t", true),
        ("n1", "t", false),
        ("c1", "t", true),
    ];
    let mut scenario = several("2026-01-01", 1, &workloads);
    scenario.contract.on_exhaustion = OnExhaustion::Block;
    let used = [(0, 7, 4), (1, 7, 4), (2, 7, 4), (3, 7, 4)];
    // 10 for c1, c2, n1, n2 in turn: 4, 4, 2, 0.
    let books = settle(&scenario, &[10], &used);
    assert_eq!(unserved(&books, 0), [4.0, 0.0, 2.0, 0.0]);
    let books = settle(&scenario, &[7], &used);
    assert_eq!(unserved(&books, 0), [4.0, 1.0, 4.0, 0.0]);
}

#[test]
fn breakers_follow_the_split_and_reviews_move_it() {
    let workloads = [("x", "x", false), ("y", "y", true)];
    let mut scenario = several("2026-01-01", 3, &workloads);
    scenario.contract.monthly_allocation = Some(credits(100));
    scenario.teams[0].share = Some(600_000);
    scenario.teams[1].share = Some(300_000);
    scenario.governance.alerts = vec![0.5];
    scenario.governance.buffer = 100_000;
    scenario.governance.circuit_breaker = Some(500_000);
    scenario.governance.review_months = Some(1);
    let (february, march) = (first(&scenario, 1), first(&scenario, 2));
    let used = [
        // 90 after the buffer, 81 for both: 54 and 27. x trips at 27, and waits until February.
        (0, 2, 26),
        (0, 3, 1),
        (0, 4, 8),
        (1, 5, 9),
        (0, 30, 8),
        // Used 27 to 9: 60.75 and 20.25. x trips at 30.375, y exceeds 20.25.
        (0, february, 30),
        (0, february + 1, 1),
        (0, february + 2, 1),
        (1, february + 3, 20),
        (1, february + 4, 1),
        // Nothing in March.
        (1, march, 0),
    ];
    let books = settle(&scenario, &[1_000], &used);
    assert_eq!(
        [0, 1, 2].map(|month| unserved(&books, month)[0]),
        [16.0, 1.0, 0.0]
    );
    let half = Mark::Alert(500_000);
    assert_eq!(reached(&books, None, half), Some(february + 3));
    assert_eq!(reached(&books, Some(0), half), Some(3));
    assert_eq!(reached(&books, Some(1), half), Some(february + 3));
    assert_eq!(reached(&books, Some(0), Mark::Exceeds), None);
    assert_eq!(reached(&books, Some(1), Mark::Exceeds), Some(february + 4));
}

#[test]
fn a_terms_grants_are_split_over_all_its_months() {
    // 120 for four months, of which three are forecast: 30 a month. The team's term is 120 x 0.5,
    // the half of it 30; its breaker of the month trips at 15.
    let workloads = [("x", "x", false)];
    let mut scenario = several("2026-01-01", 3, &workloads);
    scenario.contract.term_months = 4;
    scenario.teams[0].share = Some(500_000);
    scenario.governance.alerts = vec![0.5];
    scenario.governance.circuit_breaker = Some(1_000_000);
    let february = first(&scenario, 1);
    let used = [
        (0, 0, 15),
        (0, 1, 2),
        (0, february, 14),
        (0, february + 1, 1),
    ];
    let books = settle(&scenario, &[120], &used);
    assert_eq!(unserved(&books, 0), [2.0]);
    let half = Mark::Alert(500_000);
    assert_eq!(reached(&books, Some(0), half), Some(february + 1));
    assert_eq!(reached(&books, None, half), None);
}

#[test]
fn without_grants_the_budget_is_watched() {
    // $2 a credit as it goes; $100 for two months: $50 a month for the one team, which trips there.
    let workloads = [("x", "x", false)];
    let mut scenario = several("2026-01-01", 2, &workloads);
    scenario.contract.payment = Payment::PayAsYouGo;
    scenario.contract.overage_pack_price = dollars(2);
    scenario.budget.amount = Some(dollars(100));
    scenario.teams[0].share = Some(1_000_000);
    scenario.governance.alerts = vec![0.8];
    scenario.governance.circuit_breaker = Some(1_000_000);
    let february = first(&scenario, 1);
    let used = [(0, 3, 25), (0, 4, 1), (0, february, 15), (0, 50, 9)];
    let books = settle(&scenario, &[], &used);
    assert_eq!(unserved(&books, 0), [1.0]);
    assert_eq!(spend(&books), [50.0, 48.0]);
    let most = Mark::Alert(800_000);
    assert_eq!(reached(&books, None, most), Some(february));
    assert_eq!(reached(&books, Some(0), most), Some(february));
    assert_eq!(reached(&books, Some(0), Mark::Exceeds), None);
    // With neither grants nor a budget there is nothing to watch.
    scenario.budget.amount = None;
    assert!(settle(&scenario, &[], &used).watches.is_empty());
}

/// Incidents over one workload, days of a 30-day month.
fn incidents(effects: &[(usize, usize, Impact)]) -> (Scenario, Vec<Occurrence>) {
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 1\n\
        [[incident]]\nname = \"i\"\nworkload = \"w\"\nper_year = 1\ndays = 1\nmultiplier = 2\n";
    let mut scenario = Scenario {
        contract: deal("2026-04-01", 1).contract,
        ..ask::scenario(&ask::plain("2026-04-01", 1, body))
    };
    scenario.governance.alerts = vec![0.5];
    scenario.governance.incident_response = Some(IncidentResponse {
        alert: 0.5,
        days: 1,
    });
    let occurrence = |&(from_day, to_day, effect): &(usize, usize, Impact)| Occurrence {
        incident: 0,
        from_day,
        to_day,
        effect,
    };
    (scenario, effects.iter().map(occurrence).collect())
}

#[test]
fn a_response_ends_the_incidents_that_run_and_spares_those_that_begin_later() {
    let (scenario, occurrences) = incidents(&[
        (0, 10, Impact::Multiplier(2.0)),
        (3, 10, Impact::Multiplier(3.0)),
        (4, 6, Impact::Multiplier(1.5)),
    ]);
    // 10 a day. Multiplied: x2 for three days, x6, x9 for two, x6 for four.
    let mut incident = vec![0; 30];
    let more = [10, 10, 10, 50, 80, 80, 50, 50, 50, 50];
    for (day, more) in incident.iter_mut().zip(more) {
        *day = more * MICRO;
    }
    let base = vec![vec![10 * MICRO; 30]];
    let future = Future::written(&base, &[incident], &occurrences, 1);
    let books = agreed(&scenario, &[100], &future);
    // 20, 40, 60: half of 100 on day 2. Day 3 still costs; on days 4 and 5 the third incident is
    // left, which adds half of the base where all three add eight times: 80 x 0.0625 = 5.
    assert_eq!(reached(&books, None, Mark::Alert(500_000)), Some(2));
    assert_eq!(books.lost[0][0].averted, (75 + 75 + 4 * 50) * MICRO);
    assert_eq!(books.lost[0][0].unserved, 0);
    // 60 + 60 + 15 + 15 + 24 x 10 = 390, less the 100; without incidents 300 less 100.
    assert_eq!(books.months[0].overage, 290 * MICRO);
    assert_eq!(books.overage_without_incidents, 200 * MICRO);
}

#[test]
fn lumps_are_averted_by_their_actions() {
    // Two lumps of 3 and 1 actions a day; the first runs when the response comes.
    let (scenario, occurrences) = incidents(&[
        (0, 20, Impact::ActionsPerDay(3.0)),
        (2, 20, Impact::ActionsPerDay(1.0)),
    ]);
    let mut lumps = vec![0; 30];
    lumps[0] = 6 * MICRO;
    lumps[2] = 8 * MICRO;
    let incident = vec![lumps.clone()];
    let base = vec![vec![0; 30]];
    let future = Future::written(&base, &incident, &occurrences, 1).with_lumps(&[lumps]);
    // 6 of 10 on day 0; the first lump ends with day 1; of the 8 on day 2 a quarter is left.
    let books = agreed(&scenario, &[10], &future);
    assert_eq!(books.lost[0][0].averted, 6 * MICRO);
    assert_eq!(books.months[0].consumed, 8 * MICRO);
}

#[test]
fn licences_convert_both_ways_at_the_list_price() {
    let mut scenario = deal("2026-01-01", 1);
    scenario.contract.pack_price = dollars(2);
    scenario.contract.free_credits = credits(7);
    let conversion = |day, value, ratio, direction| Conversion {
        day,
        licences: 1,
        value: dollars(value),
        ratio,
        direction,
    };
    // $100 x 0.8 at $2 a credit are 40 credits. $12 at one for two take $24 of credits: 12. Then
    // $100 are asked for, and 28 bought credits are left: $56, worth $28. The free ones stay.
    scenario.conversions = vec![
        conversion(2, 100, 800_000, Direction::ToCredits),
        conversion(3, 12, 500_000, Direction::ToLicences),
        conversion(4, 100, 500_000, Direction::ToLicences),
        conversion(40, 100, 500_000, Direction::ToCredits),
    ];
    let books = settle(&scenario, &[], &[]);
    let days = [1, 2, 3, 4].map(|day| balance(&books, day));
    assert_eq!(days, [7.0, 47.0, 35.0, 7.0]);
    assert_eq!(books.converted, 40 * MICRO);
    assert_eq!(books.licences, 40 * MICRO);
    assert_eq!(spend(&books), [0.0]);
    assert_eq!(books.unused, 7 * MICRO);
}

#[test]
fn the_rest_stays_usable_for_its_days_of_grace() {
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.term_months = 1;
    scenario.contract.rollover = Rollover {
        share: 500_000,
        grace_days: 2,
        ..Rollover::default()
    };
    // Of 10, 5 survive until the end of February and 5 for two days more; 3 of these are used.
    let books = settle(&scenario, &[10], &[(0, 32, 3)]);
    let days = [30, 31, 32].map(|day| balance(&books, day));
    assert_eq!(days, [10.0, 10.0, 5.0]);
    // At the end of the horizon half of the 5 survive again; the rest, in its grace, is left too.
    assert_eq!(books.expired, 2 * MICRO);
    assert_eq!(balance(&books, 58), 5.0);
}

#[test]
fn a_cut_term_is_not_trued_up() {
    let mut scenario = deal("2026-01-01", 3);
    scenario.contract.term_months = 2;
    scenario.contract.payment = Payment::PreCommit(Commit {
        amount: dollars(100),
        pack_price: dollars(1),
        monthly_minimum: dollars(10),
    });
    let books = settle(&scenario, &[], &[(0, 0, 30)]);
    assert_eq!(spend(&books), [30.0, 70.0, 10.0]);
}

#[test]
fn a_grant_that_can_be_used_on_a_terms_first_day_only_keeps_the_first_step_waiting() {
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.term_months = 1;
    let step = |whole: i64, price: i64| Step {
        credits_per_month: credits(whole),
        price_per_month: dollars(price),
    };
    scenario.contract.on_exhaustion = OnExhaustion::StepUp(vec![step(10, 5)]);
    scenario.contract.grants = vec![Grant {
        credits: credits(3),
        from_day: 5,
        to_day: 31,
        priority: 10,
        cost: Money::ZERO,
        promotional: true,
    }];
    // The second term has no need of the step: it wants no more than is left of the grant.
    let books = settle(&scenario, &[0, 0], &[(0, 31, 2)]);
    assert_eq!(spend(&books), [0.0, 0.0]);
    // A day later there is no grant: the step holds from the first day.
    scenario.contract.grants[0].to_day = 30;
    let books = settle(&scenario, &[0, 0], &[(0, 31, 2)]);
    assert_eq!(spend(&books), [0.0, 5.0]);
}

#[test]
fn of_grants_that_end_together_the_one_that_began_earlier_burns_first() {
    // Both end on 31 March; what is left of the purchase rolls over, of the grant nothing does.
    let mut scenario = deal("2026-01-01", 3);
    scenario.contract.rollover.share = MICRO as u64;
    let last = scenario.horizon.days() as i64 - 1;
    scenario.contract.grants = vec![Grant {
        credits: credits(100),
        from_day: -100,
        to_day: last,
        priority: 10,
        cost: Money::ZERO,
        promotional: false,
    }];
    let books = settle(&scenario, &[100], &[(0, 10, 96)]);
    assert_eq!(books.expired, 4 * MICRO);
    assert_eq!(balance(&books, last as usize), 100.0);
    // Had it begun on the second day, the purchase would have burnt.
    scenario.contract.grants[0].from_day = 1;
    let books = settle(&scenario, &[100], &[(0, 10, 96)]);
    assert_eq!(books.expired, 100 * MICRO);
}

#[test]
fn one_maximum_goes_for_all_that_rolls_over_on_a_day() {
    // On 28 February a monthly part of 10 ends, and so do 20 converted credits, with the term.
    let mut scenario = deal("2026-01-01", 3);
    scenario.contract.term_months = 2;
    scenario.contract.expiry = Expiry::Monthly;
    scenario.contract.rollover = Rollover {
        share: MICRO as u64,
        most: Some(credits(15)),
        ..Rollover::default()
    };
    scenario.conversions = vec![Conversion {
        day: 40,
        licences: 1,
        value: Money::from_micro(20 * scenario.contract.pack_price.micro()),
        ratio: MICRO as u64,
        direction: Direction::ToCredits,
    }];
    scenario.contract.pack = credits(1);
    let books = settle(&scenario, &[20, 0], &[]);
    // January's 10 roll into February; then 20 monthly and 20 of the term end, and 15 survive.
    assert_eq!(balance(&books, 31 + 28 - 1), 15.0);
    assert_eq!(books.expired, 25 * MICRO + 15 * MICRO - books.balance[89]);
}

#[test]
fn a_term_in_which_no_grant_begins_has_nothing_to_be_shares_of() {
    let mut scenario = several("2026-01-01", 2, &[("w", "team", false)]);
    scenario.contract.term_months = 1;
    scenario.contract.grants = vec![Grant {
        credits: credits(1_000),
        from_day: 0,
        to_day: 100,
        priority: 10,
        cost: Money::ZERO,
        promotional: true,
    }];
    scenario.teams[0].share = Some(MICRO as u64);
    scenario.governance.circuit_breaker = Some(900_000);
    scenario.governance.alerts = vec![0.5];
    let books = settle(
        &scenario,
        &[0, 0],
        &[(0, 3, 100), (0, 40, 100), (0, 50, 100)],
    );
    assert_eq!(unserved(&books, 1), [0.0]);
    assert_eq!(reached(&books, None, Mark::Alert(500_000)), None);
    assert_eq!(reached(&books, Some(0), Mark::Exceeds), None);
    assert_eq!(books.exhausted, None);
}
