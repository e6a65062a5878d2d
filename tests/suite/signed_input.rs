//! What is accepted of what was signed, and what it means.

use flexcast::scenario::{
    Commit, Contract, Conversion, Direction, Expiry, Extras, Governance, Grant, IncidentResponse,
    OnExhaustion, Payment, Prepurchase, Rollover, SeatAllowance, Step, Team, TopUp,
};
use flexcast::units::{Credits, MICRO, Money};

use crate::patch::{GOOD, SHORT, SIGNED, accepted, replaced};

fn credits(whole: i64) -> Credits {
    Credits::from_micro(whole * MICRO)
}

fn money(whole: i64) -> Money {
    Money::from_micro(whole * MICRO)
}

/// The contract of everything signed after some `--set`s.
fn contract(sets: &[&str]) -> Contract {
    accepted(SIGNED, sets).contract
}

#[test]
fn every_key_of_a_contract_is_read() {
    let contract = contract(&[]);
    let discounts = contract.discounts.clone();
    let expected = Contract {
        pack: credits(100_000),
        pack_price: money(500),
        free_credits: credits(100_000),
        payment: Payment::PrePurchase,
        prepurchase: Prepurchase::Packs(12),
        discounts,
        overage_pack_price: money(650),
        term_months: 6,
        expiry: Expiry::Monthly,
        rollover: Rollover {
            share: 100_000,
            most: Some(credits(50_000)),
            needs_renewal: true,
            grace_days: 30,
        },
        on_exhaustion: OnExhaustion::TopUp(TopUp {
            below: 100_000,
            packs: 5,
            pack_price: Money::from_micro(480_500_000),
            spending_cap: Some(money(20_000)),
        }),
        // 50 x 2,500.5 credits, 50 x 0.1.
        seat_allowance: Some(SeatAllowance {
            seats: 50,
            credits: credits(125_025),
            cost: money(5),
        }),
        monthly_allocation: Some(credits(250_000)),
        burst: 150_000,
        overage_cap: Some(money(1_000)),
        soft_cap: 50_000,
        residual_value: 400_000,
        grants: vec![
            // December has 31 days; 31 March is day 89; 10,000 x 0.0047 = 47.
            Grant {
                credits: credits(10_000),
                from_day: -31,
                to_day: 89,
                priority: 5,
                cost: money(47),
                promotional: true,
            },
            Grant {
                credits: credits(20_000),
                from_day: 31,
                to_day: 395,
                priority: 10,
                cost: Money::ZERO,
                promotional: false,
            },
        ],
    };
    assert_eq!(contract, expected);
}

#[test]
fn everything_signed_gives_no_warning() {
    assert_eq!(accepted(SIGNED, &[]).warnings, Vec::<String>::new());
}

#[test]
fn what_is_not_written_of_a_contract_is_off() {
    let scenario = accepted(SHORT, &["months=7"]);
    let expected = Contract {
        term_months: 7,
        ..Contract::default()
    };
    assert_eq!(scenario.contract, expected);
    let default = Contract::default();
    assert_eq!(
        (default.pack, default.pack_price),
        (credits(100_000), money(500))
    );
    assert_eq!(default.prepurchase, Prepurchase::Packs(0));
    assert_eq!(
        (default.payment, default.expiry),
        (Payment::PrePurchase, Expiry::Term)
    );
    assert_eq!(default.rollover, Rollover::default());
    assert_eq!(default.on_exhaustion, OnExhaustion::Overage);
    assert_eq!(
        (default.seat_allowance, default.monthly_allocation),
        (None, None)
    );
    assert_eq!(
        (default.burst, default.soft_cap, default.residual_value),
        (0, 0, 0)
    );
    assert_eq!((default.overage_cap, default.grants), (None, Vec::new()));
    assert_eq!(scenario.extras, Extras::default());
    assert_eq!(scenario.conversions, Vec::new());
}

#[test]
fn a_written_contract_has_the_same_defaults() {
    let written = accepted(SHORT, &["contract.prepurchase=0"]).contract;
    assert_eq!(written, accepted(SHORT, &[]).contract);
}

#[test]
fn each_expiry_has_its_word() {
    let expiry = |word: &str| contract(&[&format!("contract.expiry={word}")]).expiry;
    assert_eq!(expiry("term"), Expiry::Term);
    assert_eq!(expiry("monthly"), Expiry::Monthly);
    assert_eq!(expiry("12 months"), Expiry::TwelveMonths);
    assert_eq!(expiry("never"), Expiry::Never);
}

#[test]
fn each_mode_of_exhaustion_takes_its_companions() {
    let mode = |sets: &[&str]| contract(sets).on_exhaustion;
    assert_eq!(
        mode(&["contract.on_exhaustion=overage"]),
        OnExhaustion::Overage
    );
    assert_eq!(mode(&["contract.on_exhaustion=block"]), OnExhaustion::Block);
    assert_eq!(
        mode(&["contract.on_exhaustion=grace"]),
        OnExhaustion::Grace(250_000)
    );
    assert_eq!(
        mode(&["contract.on_exhaustion=grace", "contract.grace=0.1"]),
        OnExhaustion::Grace(100_000)
    );
    let steps = "contract.steps=[{ credits_per_month = 1e5, price_per_month = 450.5 }, \
                 { credits_per_month = 2e5, price_per_month = 450.5 }]";
    let step = |thousands: i64| Step {
        credits_per_month: credits(thousands * 1_000),
        price_per_month: Money::from_micro(450_500_000),
    };
    assert_eq!(
        mode(&["contract.on_exhaustion=step-up", steps]),
        OnExhaustion::StepUp(vec![step(100), step(200)])
    );
}

#[test]
fn a_top_up_costs_a_pack_and_has_no_cap_unless_written() {
    let sets = [
        "contract.top_up={ below = 0.25, packs = 1 }",
        "contract.pack_price=420.5",
    ];
    let expected = TopUp {
        below: 250_000,
        packs: 1,
        pack_price: Money::from_micro(420_500_000),
        spending_cap: None,
    };
    assert_eq!(contract(&sets).on_exhaustion, OnExhaustion::TopUp(expected));
}

#[test]
fn a_commitment_replaces_the_purchase() {
    let off = ["contract.prepurchase=0", "contract.on_exhaustion=overage"];
    // A cap on overage contradicts a commitment.
    let uncapped = SIGNED.replace("overage_cap            = 1_000\n", "");
    let commit = |value: &str| {
        let commit = format!("contract.commit={value}");
        let sets = [off[0], off[1], "contract.payment=pre-commit", &commit];
        accepted(&uncapped, &sets).contract.payment
    };
    let expected = |monthly_minimum| {
        Payment::PreCommit(Commit {
            amount: money(60_000),
            pack_price: Money::from_micro(449_900_000),
            monthly_minimum,
        })
    };
    let plain = commit("{ amount = 60_000, pack_price = 449.9 }");
    assert_eq!(plain, expected(Money::ZERO));
    // Twelve minimums may come to more than the amount.
    let minimum = commit("{ amount = 60_000, pack_price = 449.9, monthly_minimum = 9_000 }");
    assert_eq!(minimum, expected(money(9_000)));
    let use_alone = contract(&[off[0], off[1], "contract.payment=pay-as-you-go"]).payment;
    assert_eq!(use_alone, Payment::PayAsYouGo);
}

#[test]
fn shares_are_read_exactly() {
    let contract = contract(&[
        "contract.soft_cap=0.1",
        "contract.burst=1.000001",
        "contract.rollover=1e-6",
        "contract.residual_value=0.95",
    ]);
    assert_eq!((contract.soft_cap, contract.burst), (100_000, 1_000_001));
    assert_eq!(
        (contract.rollover.share, contract.residual_value),
        (1, 950_000)
    );
}

#[test]
fn the_cost_of_a_grant_is_rounded_half_up() {
    let cost = |credits: &str, unit_cost: &str| {
        let grants = format!(
            "contract.grants=[{{ credits = {credits}, from = 2026-01-01, expires = 2026-01-01, \
             unit_cost = {unit_cost} }}]"
        );
        contract(&[&grants]).grants[0].cost.micro()
    };
    // 0.5 x 0.000001 is half a millionth, 0.4 x 0.000001 less than half.
    assert_eq!(cost("0.5", "0.000001"), 1);
    assert_eq!(cost("0.4", "0.000001"), 0);
    assert_eq!(cost("1.5", "0.000001"), 2);
    assert_eq!(cost("0", "5"), 0);
}

#[test]
fn conversions_come_in_the_order_of_their_days() {
    let expected = [
        // 1 July is day 181, 1 September day 243; 30 x 1,200.25 and 20 x 1,500.
        Conversion {
            day: 181,
            licences: 30,
            value: Money::from_micro(36_007_500_000),
            ratio: 1_000_000,
            direction: Direction::ToCredits,
        },
        Conversion {
            day: 243,
            licences: 20,
            value: money(30_000),
            ratio: 850_000,
            direction: Direction::ToLicences,
        },
    ];
    assert_eq!(accepted(SIGNED, &[]).conversions, expected);
}

#[test]
fn conversions_of_one_day_keep_the_order_of_the_file() {
    let text = SIGNED.replace("2026-09-01", "2026-07-01");
    let licences: Vec<u64> = accepted(&text, &[])
        .conversions
        .iter()
        .map(|conversion| conversion.licences)
        .collect();
    assert_eq!(licences, [20, 30]);
}

#[test]
fn extras_are_shares_and_a_sum() {
    let expected = Extras {
        data_cloud: 100_000,
        support: 300_000,
        agent_build: money(100_001),
    };
    assert_eq!(accepted(SIGNED, &[]).extras, expected);
}

#[test]
fn guardrails_are_off_unless_written_but_for_the_alerts() {
    let expected = Governance {
        alerts: vec![0.5, 0.75, 0.9],
        circuit_breaker: Some(900_000),
        incident_response: Some(IncidentResponse {
            alert: 0.75,
            days: 2,
        }),
        buffer: 150_000,
        review_months: Some(3),
    };
    assert_eq!(accepted(SIGNED, &[]).governance, expected);
    let defaults = accepted(SHORT, &[]).governance;
    assert_eq!(defaults, Governance::default());
    assert_eq!(defaults.alerts, [0.5, 0.75, 0.9]);
    let off = (
        defaults.circuit_breaker,
        defaults.incident_response,
        defaults.review_months,
    );
    assert_eq!((off, defaults.buffer), ((None, None, None), 0));
}

#[test]
fn teams_keep_the_order_of_the_workloads() {
    let team = |name: &str, share, owner: Option<&str>| Team {
        name: name.to_owned(),
        share,
        owner: owner.map(str::to_owned),
    };
    let care = team("Care", Some(700_000), Some("Head of care"));
    let office = team("Back office", Some(300_000), None);
    assert_eq!(accepted(SIGNED, &[]).teams, [care, office]);
    let plain = [team("Care", None, None), team("faq bot", None, None)];
    assert_eq!(accepted(GOOD, &[]).teams, plain);
}

#[test]
fn ten_tenths_are_one_pool() {
    // 0.1 ten times is more than 1 in floating point.
    let workload = |k: usize| format!("[[workload]]\nname = \"w{k}\"\nunits_per_month = 10\n");
    let team = |k: usize| format!("[[team]]\nname = \"w{k}\"\nshare = 0.1\n");
    let tables: String = (0..10).map(|k| workload(k) + &team(k)).collect();
    let text = format!("name = \"a\"\nstart = 2026-01-01\n{tables}");
    let teams = accepted(&text, &[]).teams;
    assert!(teams.iter().all(|team| team.share == Some(100_000)));
}

#[test]
fn set_changes_what_was_signed_by_name() {
    let scenario = accepted(
        SIGNED,
        &[
            "team.Care.share=0.6",
            "team.Back office.owner=Nora",
            "contract.top_up.below=0.2",
            "extras.agent_build.count=3",
            "governance.incident_response.days=5",
            "contract.term_months=24",
        ],
    );
    assert_eq!(scenario.teams[0].share, Some(600_000));
    assert_eq!(scenario.teams[1].owner.as_deref(), Some("Nora"));
    assert_eq!(scenario.contract.term_months, 24);
    assert_eq!(scenario.extras.agent_build.micro(), 150_001_500_000);
    let OnExhaustion::TopUp(top_up) = scenario.contract.on_exhaustion else {
        panic!("no top-up");
    };
    assert_eq!(top_up.below, 200_000);
}

#[test]
fn a_precise_overage_probability_takes_any_kind_of_grant() {
    let precise = "simulation.precision={ overage_probability = 0.1 }";
    let top_up = "contract.top_up={ below = 0.1, packs = 5 }";
    let steps = "contract.steps=[{ credits_per_month = 1, price_per_month = 1 }]";
    for set in [
        "contract.free_credits=1",
        "contract.prepurchase=80%",
        "contract.grants=[{ credits = 1, from = 2026-03-01, expires = 2027-03-01 }]",
        "contract.seat_allowance={ seats = 1, credits_per_month = 1, price_per_month = 0 }",
        "conversion=[{ date = 2026-03-01, licences = 1, value_each = 1 }]",
    ] {
        accepted(SHORT, &[precise, set]);
    }
    accepted(SHORT, &[precise, top_up, "contract.on_exhaustion=top-up"]);
    accepted(SHORT, &[precise, steps, "contract.on_exhaustion=step-up"]);
    for set in [
        top_up,
        steps,
        "contract.seat_allowance={ seats = 1, credits_per_month = 0, price_per_month = 1 }",
        "contract.grants=[{ credits = 1, from = 2020-03-01, expires = 2020-03-02 }]",
        "conversion=[{ date = 2020-03-01, licences = 1, value_each = 1 }]",
        "conversion=[{ date = 2026-03-01, licences = 1, value_each = 1, to = \"licences\" }]",
    ] {
        let problems = crate::patch::refused(SHORT, &[precise, set]);
        assert_eq!(problems.list.len(), 1, "{problems}");
    }
}

#[test]
fn overage_defaults_to_the_price_of_a_pack() {
    let scenario = accepted(&format!("{SHORT}[contract]\npack_price = 420.5\n"), &[]);
    assert_eq!(scenario.contract.overage_pack_price.micro(), 420_500_000);
}

#[test]
fn a_prepurchase_is_rounded_up_to_packs() {
    let packs = |value: &str| {
        accepted(&replaced("\"80%\"", value), &[])
            .contract
            .prepurchase
    };
    assert_eq!(packs("1_200_000"), Prepurchase::Packs(12));
    assert_eq!(packs("1_200_000.5"), Prepurchase::Packs(13));
    assert_eq!(packs("\"82.5%\""), Prepurchase::ShareOfPlan(825_000));
    assert_eq!(packs("\"0%\""), Prepurchase::Packs(0));
}

#[test]
fn discounts_are_sorted_and_exact() {
    let text = replaced(
        "[{ from = 1_000_000, off = 0.20 }, { from = 10_000_000, off = 0.25 }]",
        "[{ from = 2e6, off = 0.123456 }, { from = 1_000_000, off = 0.1 }]",
    );
    let discounts = accepted(&text, &[]).contract.discounts;
    let offs: Vec<u64> = discounts.iter().map(|d| d.off).collect();
    assert_eq!(offs, [100_000, 123_456]);
}
