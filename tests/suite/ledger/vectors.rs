//! Figures that vendors, standards and other ledgers publish, reproduced from their contracts.
//!
//! The demand is written by hand; a credit is whatever the source counts in. Every ledger must keep
//! the same books of every one of them.

use flexcast::demand::Future;
use flexcast::forecast;
use flexcast::scenario::{
    Commit, Discount, Expiry, Grant, OnExhaustion, Payment, Rollover, Scenario, SeatAllowance,
    Step, TopUp,
};
use flexcast::units::{Credits, MICRO, Money};

use super::agreed;
use super::naive::Books;
use crate::ask;

pub(super) fn credits(whole: i64) -> Credits {
    Credits::from_micro(whole * MICRO)
}

pub(super) fn dollars(whole: i64) -> Money {
    Money::from_micro(whole * MICRO)
}

/// Some months of one workload; a pack of one credit for one unit of money.
pub(super) fn deal(start: &str, months: usize) -> Scenario {
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 1\n";
    let mut scenario = ask::scenario(&ask::plain(start, months, body));
    scenario.contract.pack = credits(1);
    scenario.contract.pack_price = dollars(1);
    scenario.contract.overage_pack_price = dollars(1);
    scenario
}

/// A grant that can be used on days `from..=to`.
pub(super) fn grant(whole: i64, from: i64, to: i64) -> Grant {
    Grant {
        credits: credits(whole),
        from_day: from,
        to_day: to,
        priority: 10,
        cost: Money::ZERO,
        promotional: false,
    }
}

/// A pool that comes every month, for what it costs every month.
fn monthly(whole: i64, cost: i64) -> Option<SeatAllowance> {
    Some(SeatAllowance {
        seats: 1,
        credits: credits(whole),
        cost: dollars(cost),
    })
}

/// The first day of a month.
pub(super) fn first(scenario: &Scenario, month: usize) -> usize {
    scenario.horizon.month(month).start
}

/// The last day of a month.
fn last(scenario: &Scenario, month: usize) -> usize {
    scenario.horizon.month(month).end - 1
}

/// Settles what one workload uses, whole credits by day; see [`agreed`].
fn settle(scenario: &Scenario, packs: &[u64], used: &[(usize, i64)]) -> Books {
    let mut base = vec![0; scenario.horizon.days()];
    for &(day, whole) in used {
        base[day] += whole * MICRO;
    }
    let nothing = vec![vec![0; base.len()]];
    let future = Future::written(&[base], &nothing, &[], scenario.horizon.months());
    agreed(scenario, packs, &future)
}

/// Cash by month, in whole units where it is whole.
pub(super) fn spend(books: &Books) -> Vec<f64> {
    let months = books.months.iter();
    months.map(|month| ask::whole(month.spend)).collect()
}

/// Credits by month that grants paid for, those beyond them, and those that went unserved.
pub(super) fn credits_by_month(books: &Books) -> Vec<[f64; 3]> {
    let months = books.months.iter().zip(&books.lost[0]);
    months
        .map(|(month, lost)| [month.consumed, month.overage, lost.unserved].map(ask::whole))
        .collect()
}

/// Balance at the end of a day.
pub(super) fn balance(books: &Books, day: usize) -> f64 {
    ask::whole(books.balance[day])
}

// FOCUS: spend agreements and virtual currencies (reference 5.3, "FOCUS ledger vectors").

/// $1,200 over a year; use of 48, 120 and 60, then none.
fn spend_agreement(monthly_minimum: i64) -> Books {
    let mut scenario = deal("2025-04-01", 12);
    scenario.contract.payment = Payment::PreCommit(Commit {
        amount: dollars(1_200),
        pack_price: dollars(1),
        monthly_minimum: dollars(monthly_minimum),
    });
    let used = [
        (first(&scenario, 0), 48),
        (last(&scenario, 1), 120),
        (first(&scenario, 2) + 9, 60),
    ];
    settle(&scenario, &[], &used)
}

#[test]
fn an_unmet_spend_agreement_ends_with_a_fee_of_972() {
    // FOCUS A1, in arrears: 1,200 - 48 - 120 - 60 = 972.
    let books = spend_agreement(0);
    let mut expected = vec![0.0; 12];
    expected[..3].copy_from_slice(&[48.0, 120.0, 60.0]);
    expected[11] = 972.0;
    assert_eq!(spend(&books), expected);
    let billed: i64 = books.months.iter().map(|month| month.overage_spend).sum();
    assert_eq!(billed, 228 * MICRO, "the fee is no bill for use");
}

#[test]
fn a_monthly_minimum_counts_towards_the_agreement() {
    // FOCUS A2, $60 a month: 12 more in the first month, none in the next two, 60 in each of eight,
    // and 480 at the end: 1,200 in all.
    let books = spend_agreement(60);
    let mut expected = vec![60.0; 12];
    expected[1] = 120.0;
    expected[11] = 480.0;
    assert_eq!(spend(&books), expected);
    assert_eq!(expected.iter().sum::<f64>(), 1_200.0);
    assert_eq!(books.months[0].overage_spend, 48 * MICRO);
    assert_eq!(books.months[11].overage_spend, 0);
}

#[test]
fn a_prepaid_agreement_bills_nothing_more() {
    // FOCUS B1: the same use of a purchase: 1,200 at once, then nothing; 972 are never used.
    let scenario = deal("2025-04-01", 12);
    let used = [
        (0, 48),
        (first(&scenario, 1), 120),
        (first(&scenario, 2), 60),
    ];
    let books = settle(&scenario, &[1_200], &used);
    let mut expected = vec![0.0; 12];
    expected[0] = 1_200.0;
    assert_eq!(spend(&books), expected);
    assert_eq!(books.unused, 972 * MICRO);
    assert_eq!(books.expired, 972 * MICRO);
}

#[test]
fn tokens_are_rated_before_they_are_priced() {
    // FOCUS virtual currency: 245 x 1 + 5 x 2 + 120 x 3 = 615 tokens; $2 a token makes 1,230, $1
    // makes 615; the third rate at 2 makes 495 tokens.
    let text = |rate: u32, price: u32| {
        let uses = [("small", 245), ("medium", 5), ("large", 120)];
        let workloads = uses.map(|(name, units)| {
            format!(
                "[[workload]]\nname = \"{name}\"\noperation = \"{name}\"\n\
                 units_per_month = {units}\n"
            )
        });
        format!(
            "name = \"t\"\nstart = 2025-04-01\nmonths = 1\n\
             [rate_card]\nsmall = 1\nmedium = 2\nlarge = {rate}\n\
             {}[contract]\npack = 1\npack_price = {price}\n",
            workloads.concat()
        )
    };
    for (rate, price, tokens, cost) in [(3, 2, 615, 1_230), (3, 1, 615, 615), (2, 1, 495, 495)] {
        let plan = forecast::point(&ask::scenario(&text(rate, price)))
            .unwrap()
            .plan;
        assert_eq!((plan.credits, plan.spend), (credits(tokens), dollars(cost)));
    }
}

#[test]
fn tokens_beyond_the_grant_cost_the_list_price_or_a_top_up() {
    // FOCUS virtual currency: 1,500 tokens beyond the grant at $2 = 3,000; a top-up of 25,000
    // tokens = 50,000.
    let mut scenario = deal("2025-04-01", 1);
    scenario.contract.pack_price = dollars(2);
    scenario.contract.overage_pack_price = dollars(2);
    let books = settle(&scenario, &[10_000], &[(20, 11_500)]);
    assert_eq!(books.months[0].overage_spend, 3_000 * MICRO);
    assert_eq!(spend(&books), [23_000.0]);
    assert_eq!(books.exhausted, Some(20));

    scenario.contract.on_exhaustion = OnExhaustion::TopUp(TopUp {
        below: 0,
        packs: 25_000,
        pack_price: dollars(2),
        spending_cap: None,
    });
    let books = settle(&scenario, &[10_000], &[(20, 11_500)]);
    assert_eq!(spend(&books), [70_000.0]);
    assert_eq!(credits_by_month(&books), [[11_500.0, 0.0, 0.0]]);
    assert_eq!(books.unused, 23_500 * MICRO);
    assert_eq!(books.exhausted, None);
}

#[test]
fn a_commitment_by_the_hour_carries_nothing_over() {
    // FOCUS hourly commitment of $1: use of 0.75 leaves 0.25 unused, use of 1.50 pays 0.50 on
    // demand. AWS and Azure savings plans: a grant for each interval; the shortest here is a day,
    // so a day stands for the hour. Hours of a day, and capacity (Azure PTU), cannot be expressed.
    let mut scenario = deal("2025-04-01", 1);
    scenario.contract.grants = (0..30)
        .map(|day| Grant {
            cost: dollars(100),
            ..grant(100, day, day)
        })
        .collect();
    let books = settle(&scenario, &[], &[(3, 75), (4, 150)]);
    assert_eq!(credits_by_month(&books), [[175.0, 50.0, 0.0]]);
    assert_eq!(books.expired, (28 * 100 + 25) * MICRO);
    assert_eq!(spend(&books), [3_050.0]);
    assert!(books.balance.iter().all(|&left| left == 0));
    assert_eq!(books.exhausted, Some(4));
}

// Ledgers of billing systems (reference 4 and 5.3).

#[test]
fn what_is_left_of_a_month_joins_the_next() {
    // Zuora: 1,000 a month, 800 used: the next period has 1,200. (Its limit on the number of
    // periods that credits may roll over cannot be expressed.)
    let mut scenario = deal("2026-01-01", 3);
    scenario.contract.pack = credits(1_000);
    scenario.contract.expiry = Expiry::Monthly;
    scenario.contract.rollover.share = 1_000_000;
    let books = settle(&scenario, &[3], &[(10, 800)]);
    assert_eq!(balance(&books, last(&scenario, 0)), 200.0);
    assert_eq!(balance(&books, first(&scenario, 1)), 1_200.0);
    assert_eq!(balance(&books, first(&scenario, 2)), 2_200.0);
    assert_eq!(books.expired, 0, "the horizon ends before the next period");
}

#[test]
fn grants_burn_in_the_order_that_other_ledgers_agree_on() {
    // OpenMeter, TestPrioritizeGrants: created-first, cursor-a, cursor-b, later-expiration,
    // no-expiration, lower-priority. Ten credits each, in another order here. The first three end
    // on the same day, so no figure can tell them apart; lower-priority ends with them.
    let later = Grant {
        priority: 20,
        ..grant(10, 2, 20)
    };
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.grants = vec![
        later,
        grant(10, 2, 1_000_000),
        grant(10, 2, 25),
        grant(10, 2, 20),
        grant(10, 2, 20),
        grant(10, 1, 20),
    ];
    let expected = [
        // left to expire on day 20, on day 25, and never
        [40, 10, 10],
        [30, 10, 10],
        [20, 10, 10],
        [10, 10, 10],
        [10, 0, 10],
        [10, 0, 0],
        [0, 0, 0],
    ];
    for (burnt, [early, late, never]) in expected.into_iter().enumerate() {
        let books = settle(&scenario, &[], &[(15, 10 * burnt as i64)]);
        let left = [19, 20, 25].map(|day| books.balance[day] / MICRO);
        assert_eq!(
            left,
            [early + late + never, late + never, never],
            "{burnt} grants burnt"
        );
        assert_eq!(books.expired, (early + late) * MICRO);
    }
}

#[test]
fn promotional_credits_burn_before_paid_ones_that_end_with_them() {
    // Stigg's order: promotional before paid. Only what is bought converts back to licences, or
    // survives: of 10 + 10 that end together and 10 used, all that is bought is left and survives.
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.term_months = 1;
    scenario.contract.rollover.share = 1_000_000;
    scenario.contract.grants = vec![Grant {
        promotional: true,
        ..grant(10, 0, 30)
    }];
    let books = settle(&scenario, &[10], &[(7, 10)]);
    assert_eq!(balance(&books, 30), 10.0);
    assert_eq!(books.expired, 0);
}

#[test]
fn credit_is_drawn_before_the_rest_is_invoiced_or_blocked() {
    // Kong: a charge of 100 against a balance of 40. credit_then_invoice: 60 are invoiced.
    // credit_only: they are blocked. Its grants have a cost per unit: 40 at 0.50 are 20.
    let mut scenario = deal("2026-01-01", 1);
    scenario.contract.grants = vec![Grant {
        cost: dollars(20),
        ..grant(40, 0, 1_000)
    }];
    let books = settle(&scenario, &[], &[(12, 100)]);
    assert_eq!(credits_by_month(&books), [[40.0, 60.0, 0.0]]);
    assert_eq!(books.months[0].overage_spend, 60 * MICRO);
    assert_eq!(spend(&books), [80.0]);
    scenario.contract.on_exhaustion = OnExhaustion::Block;
    let books = settle(&scenario, &[], &[(12, 100)]);
    assert_eq!(credits_by_month(&books), [[40.0, 0.0, 60.0]]);
    assert_eq!(spend(&books), [20.0]);
    assert_eq!(books.exhausted, Some(12));
}

// Credit systems (reference 2, one row each).

#[test]
fn capacity_rolls_over_only_into_a_renewal_of_the_same_size() {
    // Snowflake capacity: 1,000 a year, 700 used; renewed for 1,000 the other 300 stay, for 999
    // they are lost. Beyond the capacity, on-demand monthly in arrears.
    let mut scenario = deal("2026-01-01", 24);
    scenario.contract.term_months = 12;
    scenario.contract.overage_pack_price = dollars(2);
    scenario.contract.rollover = Rollover {
        share: 1_000_000,
        needs_renewal: true,
        ..Rollover::default()
    };
    let used = [(100, 700), (first(&scenario, 20), 1_310)];
    let renewed = settle(&scenario, &[1_000, 1_000], &used);
    assert_eq!(balance(&renewed, first(&scenario, 12)), 1_300.0);
    assert_eq!(renewed.months[20].overage_spend, 20 * MICRO);
    let smaller = settle(&scenario, &[1_000, 999], &used);
    assert_eq!(balance(&smaller, first(&scenario, 12)), 999.0);
    assert_eq!(smaller.expired, 300 * MICRO);
    assert_eq!(smaller.months[20].overage_spend, 622 * MICRO);
}

#[test]
fn a_pool_of_commit_units_lasts_its_year_whatever_the_pace() {
    // Azure Databricks DBCU: one pool for the year, no expiry by the hour, pay as you go beyond.
    let scenario = deal("2026-01-01", 12);
    let used = [(0, 800), (first(&scenario, 11), 300)];
    let books = settle(&scenario, &[1_000], &used);
    assert_eq!(balance(&books, last(&scenario, 10)), 200.0);
    assert_eq!(books.months[11].overage, 100 * MICRO);
    assert_eq!(books.exhausted, Some(first(&scenario, 11)));
    // DBU are weighted: 100 hours of all-purpose at 0.55 and 100 of jobs at 0.30 are 85.
    let text = "name = \"t\"\nstart = 2026-01-01\nmonths = 1\n\
        [rate_card]\nall_purpose = 0.55\njobs = 0.30\n\
        [[workload]]\nname = \"a\"\noperation = \"all_purpose\"\nunits_per_month = 100\n\
        [[workload]]\nname = \"j\"\noperation = \"jobs\"\nunits_per_month = 100\n";
    let plan = forecast::point(&ask::scenario(text)).unwrap().plan;
    assert_eq!(plan.credits, credits(85));
}

/// Commit units of 100 credits at $1, 5% off from 3,000 units, 6% from 15,000.
fn commit_units(months: usize) -> Scenario {
    let mut scenario = deal("2026-01-01", months);
    scenario.contract.pack = credits(100);
    scenario.contract.term_months = 12;
    let tier = |units: i64, off| Discount {
        from: credits(100 * units),
        off,
    };
    scenario.contract.discounts = vec![tier(3_000, 50_000), tier(15_000, 60_000)];
    scenario
}

#[test]
fn a_purchase_plan_takes_its_tier_off_every_unit() {
    // Microsoft Copilot Credit P3: 1,500,000 credits are $15,000 as they go, $14,100 in tier 2;
    // 3,000 units are $2,850.
    let scenario = commit_units(12);
    let used = [(5, 1_500_000)];
    assert_eq!(spend(&settle(&scenario, &[15_000], &used))[0], 14_100.0);
    assert_eq!(spend(&settle(&scenario, &[3_000], &[]))[0], 2_850.0);
    let mut as_they_go = scenario;
    as_they_go.contract.payment = Payment::PayAsYouGo;
    let books = settle(&as_they_go, &[], &used);
    assert_eq!(spend(&books)[0], 15_000.0);
    assert_eq!(
        books.exhausted, None,
        "nothing is granted, nothing runs out"
    );
}

#[test]
fn a_purchase_plan_is_used_or_lost_and_renews_itself() {
    // Microsoft Copilot Credit P3: one year, use it or lose it, renewed automatically.
    let scenario = commit_units(24);
    let books = settle(&scenario, &[3_000, 3_000], &[(40, 250_000)]);
    assert_eq!(books.expired, (50_000 + 300_000) * MICRO);
    assert_eq!(balance(&books, last(&scenario, 11)), 0.0);
    assert_eq!(balance(&books, first(&scenario, 12)), 300_000.0);
    assert_eq!(spend(&books)[12], 2_850.0);
}

#[test]
fn a_capacity_pack_resets_monthly_and_blocks_at_125_percent() {
    // Copilot capacity pack: $200 for 25,000 credits a month; blocked at 31,250. Credits up to
    // there cost what is agreed, here a cent each; with a pay-as-you-go meter linked nothing is
    // blocked.
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.pack = credits(100);
    scenario.contract.seat_allowance = monthly(25_000, 200);
    scenario.contract.on_exhaustion = OnExhaustion::Grace(250_000);
    let used = [(3, 20_000), (20, 20_000), (40, 10_000)];
    let books = settle(&scenario, &[], &used);
    assert_eq!(
        credits_by_month(&books),
        [[25_000.0, 6_250.0, 8_750.0], [10_000.0, 0.0, 0.0]]
    );
    assert_eq!(spend(&books), [262.5, 200.0]);
    assert_eq!(books.expired, 15_000 * MICRO);
    scenario.contract.on_exhaustion = OnExhaustion::Overage;
    let linked = settle(&scenario, &[], &used);
    assert_eq!(credits_by_month(&linked)[0], [25_000.0, 15_000.0, 0.0]);
}

#[test]
fn seats_pool_their_credits_until_the_end_of_the_month() {
    // GitHub Copilot: 100 Business seats x 1,900 = a pool of 190,000 a month, forfeited at its
    // end; then a cent each, or up to a budget: $10 = 1,000 credits; or blocked.
    let mut scenario = deal("2026-06-01", 2);
    scenario.contract.pack = credits(100);
    scenario.contract.seat_allowance = Some(SeatAllowance {
        seats: 100,
        credits: credits(100 * 1_900),
        cost: Money::ZERO,
    });
    let used = [(4, 150_000), (34, 100_000), (50, 100_000)];
    let books = settle(&scenario, &[], &used);
    assert_eq!(balance(&books, 0), 190_000.0);
    assert_eq!(balance(&books, first(&scenario, 1)), 190_000.0);
    assert_eq!(books.expired, 40_000 * MICRO);
    assert_eq!(spend(&books), [0.0, 100.0]);
    scenario.contract.overage_cap = Some(dollars(10));
    let capped = settle(&scenario, &[], &used);
    assert_eq!(capped.months[1].overage, 1_000 * MICRO);
    assert_eq!(capped.months[1].overage_spend, 10 * MICRO);
    assert_eq!(capped.lost[0][1].unserved, 9_000 * MICRO);
    scenario.contract.on_exhaustion = OnExhaustion::Block;
    let blocked = settle(&scenario, &[], &used);
    assert_eq!(credits_by_month(&blocked)[1], [190_000.0, 0.0, 10_000.0]);
}

#[test]
fn a_larger_package_holds_for_the_rest_of_the_term() {
    // HubSpot credits: 5,000 for $45, 30,000 for $270 a month; running out upgrades for the rest of
    // the term, and beyond the last package use pauses.
    let mut scenario = deal("2026-01-01", 4);
    scenario.contract.term_months = 3;
    let step = |whole, price| Step {
        credits_per_month: credits(whole),
        price_per_month: dollars(price),
    };
    scenario.contract.on_exhaustion =
        OnExhaustion::StepUp(vec![step(5_000, 45), step(30_000, 270)]);
    let used = [
        (9, 4_000),
        (first(&scenario, 1) + 9, 6_000),
        (first(&scenario, 2), 31_000),
        (first(&scenario, 3), 1_000),
    ];
    let books = settle(&scenario, &[], &used);
    assert_eq!(
        credits_by_month(&books),
        [
            [4_000.0, 0.0, 0.0],
            [6_000.0, 0.0, 0.0],
            [30_000.0, 0.0, 1_000.0],
            [1_000.0, 0.0, 0.0]
        ]
    );
    assert_eq!(spend(&books), [45.0, 45.0 + 225.0, 270.0, 45.0]);
    assert_eq!(books.exhausted, Some(first(&scenario, 2)));
}

#[test]
fn outcomes_beyond_the_contracted_quantity_are_billed_or_stop() {
    // Intercom Fin: $0.99 an outcome, a contracted quantity a month, more is billed monthly; a hard
    // limit stops.
    let mut scenario = deal("2026-01-01", 2);
    let price = Money::from_micro(990_000);
    scenario.contract.pack_price = price;
    scenario.contract.overage_pack_price = price;
    scenario.contract.expiry = Expiry::Monthly;
    let used = [(8, 120), (35, 30)];
    let books = settle(&scenario, &[200], &used);
    assert_eq!(
        credits_by_month(&books),
        [[100.0, 20.0, 0.0], [30.0, 0.0, 0.0]]
    );
    assert_eq!(spend(&books), [198.0 + 19.8, 0.0]);
    assert_eq!(books.expired, 70 * MICRO);
    scenario.contract.on_exhaustion = OnExhaustion::Block;
    let limited = settle(&scenario, &[200], &used);
    assert_eq!(credits_by_month(&limited)[0], [100.0, 0.0, 20.0]);
}

#[test]
fn included_use_comes_first_and_on_demand_up_to_a_limit() {
    // Cursor Pro: $20 of use a month included, none rolls over; then on demand at the price of the
    // use itself up to a spend limit, here $10.
    let mut scenario = deal("2026-01-31", 2);
    scenario.contract.seat_allowance = monthly(20, 20);
    scenario.contract.overage_cap = Some(dollars(10));
    let used = [(2, 5), (20, 30), (first(&scenario, 1), 12)];
    let books = settle(&scenario, &[], &used);
    assert_eq!(
        credits_by_month(&books),
        [[20.0, 10.0, 5.0], [12.0, 0.0, 0.0]]
    );
    assert_eq!(spend(&books), [30.0, 20.0]);
    assert_eq!(books.exhausted, Some(20));
}

#[test]
fn every_prepaid_amount_has_twelve_months_of_its_own() {
    // OpenAI prepaid: 12 months from each purchase, free credits first, recharged automatically.
    // $10 on 15 January 2025 and $10 when less than $2 are left, on 10 March.
    let mut scenario = deal("2025-01-15", 18);
    scenario.contract.free_credits = credits(5);
    scenario.contract.expiry = Expiry::TwelveMonths;
    scenario.contract.on_exhaustion = OnExhaustion::TopUp(TopUp {
        below: 200_000,
        packs: 10,
        pack_price: dollars(1),
        spending_cap: Some(dollars(10)),
    });
    let day = |date: jiff::civil::Date| scenario.horizon.day_of(date) as usize;
    let recharge = day(jiff::civil::date(2025, 3, 10));
    let books = settle(&scenario, &[10], &[(0, 5), (recharge, 9)]);
    assert_eq!(balance(&books, recharge - 1), 10.0, "free credits first");
    assert_eq!(balance(&books, recharge), 11.0);
    let end = day(jiff::civil::date(2026, 1, 14));
    assert_eq!(
        [balance(&books, end - 1), balance(&books, end)],
        [11.0, 10.0]
    );
    let end = day(jiff::civil::date(2026, 3, 9));
    assert_eq!(
        [balance(&books, end - 1), balance(&books, end)],
        [10.0, 0.0]
    );
    assert_eq!(spend(&books).iter().sum::<f64>(), 20.0);
}

#[test]
fn half_of_a_months_allowance_rolls_over_at_most() {
    // Mintlify: up to half the monthly allowance rolls over: of 900 unused 500 stay, of 300 all.
    let mut scenario = deal("2026-01-01", 2);
    scenario.contract.seat_allowance = monthly(1_000, 0);
    scenario.contract.rollover = Rollover {
        share: 1_000_000,
        most: Some(credits(500)),
        ..Rollover::default()
    };
    let next = |used| {
        let books = settle(&scenario, &[], &[(3, used)]);
        balance(&books, first(&scenario, 1))
    };
    assert_eq!([next(100), next(700)], [1_500.0, 1_300.0]);
    // Then 1,500 less 500 used: again no more than 500.
    let books = settle(&scenario, &[], &[(3, 100), (40, 500)]);
    assert_eq!(balance(&books, last(&scenario, 1)), 500.0);
}

#[test]
fn a_monthly_reset_leaves_what_was_topped_up() {
    // Replit and Miro: $20 a month with $25 of use, reset monthly; top-ups of $10 stay for the term.
    let mut scenario = deal("2026-01-01", 3);
    scenario.contract.seat_allowance = monthly(25, 20);
    scenario.contract.on_exhaustion = OnExhaustion::TopUp(TopUp {
        below: 0,
        packs: 10,
        pack_price: dollars(1),
        spending_cap: None,
    });
    let books = settle(&scenario, &[], &[(6, 10), (20, 18), (40, 5)]);
    // 25 + 10 - 28 = 7 in the first month, all of them topped up; they last into the third.
    assert_eq!(balance(&books, last(&scenario, 0)), 7.0);
    assert_eq!(balance(&books, 40), 27.0);
    assert_eq!(balance(&books, last(&scenario, 1)), 7.0);
    assert_eq!(spend(&books), [30.0, 20.0, 20.0]);
    assert_eq!(books.exhausted, None);
}

#[test]
fn net_savings_are_gross_savings_less_waste() {
    // IBM: a commitment of $10,000 covers $15,000 of on-demand use and 5% go unused: 5,000 gross
    // less 500 waste = 4,500.
    let mut scenario = deal("2026-01-01", 12);
    scenario.contract.pack = credits(15_000);
    scenario.contract.pack_price = dollars(10_000);
    scenario.contract.overage_pack_price = dollars(15_000);
    let books = settle(&scenario, &[1], &[(200, 14_250)]);
    let paid = spend(&books).iter().sum::<f64>();
    let waste = ask::whole(books.unused) * paid / 15_000.0;
    assert_eq!((15_000.0 - paid) - waste, 4_500.0);
}
