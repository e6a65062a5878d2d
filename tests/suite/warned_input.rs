//! What is accepted but probably not meant: each warning names its remedy. The snapshot is what a
//! user reads.

use crate::patch::{EXAMPLE, SHORT, SIGNED, accepted};

#[test]
fn warnings_name_what_is_probably_not_meant() {
    let tail = "[[incident]]\nname = \"idle\"\nper_year = 0\ndays = 1\nmultiplier = 2\n\
                [[event]]\nname = \"past\"\nfrom = 2020-01-01\nto = 2020-01-02\nmultiplier = 2\n\
                [[rate_change]]\noperation = \"action\"\nfrom = 2030-01-01\ncredits = 24\n";
    let warnings = accepted(&format!("{SHORT}{tail}"), &[]).warnings;
    assert_eq!(warnings.len(), 5, "{warnings:#?}");
    assert!(warnings[0].contains("no spread"));
    assert!(warnings[0].contains("daily_cv 0.2-0.4") && warnings[0].contains("agent_cv 1.6-4"));
    assert!(warnings[1].contains("buying ahead cannot pay at these prices"));
    assert!(warnings[2].contains("`past`"));
    assert!(warnings[3].contains("rate_change.action.2030-01-01"));
    assert!(warnings[4].contains("`idle`"));
}

/// What is said of a scenario after some `--set`s, beside what is said of it without.
fn said(text: &str, sets: &[&str]) -> String {
    let before = accepted(text, &[]).warnings;
    let mut lines = format!("{}\n", sets.join(" "));
    for warning in accepted(text, sets).warnings {
        if !before.contains(&warning) {
            lines.push_str(&format!("  {warning}\n"));
        }
    }
    lines
}

#[test]
fn keys_without_effect_are_named() {
    let steps = "contract.steps=[{ credits_per_month = 1, price_per_month = 1 }]";
    let commit = "contract.commit={ amount = 60_000, pack_price = 450 }";
    let bare: &[&[&str]] = &[
        &["contract.top_up={ below = 0.1, packs = 5 }"],
        &[steps],
        &["contract.steps=[]"],
        &["contract.grace=0.25"],
        &[
            "contract.grace=0.25",
            "contract.on_exhaustion=block",
            "contract.free_credits=1",
        ],
        &["contract.on_exhaustion=block"],
        &["contract.on_exhaustion=grace"],
        &[commit],
        &[commit, "contract.payment=pay-as-you-go"],
        &[
            commit,
            "contract.payment=pre-commit",
            "contract.overage_pack_price=650",
        ],
        &["contract.burst=0.15"],
        &[
            "contract.burst=1.15",
            "contract.monthly_allocation=5",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.on_exhaustion=grace",
            "contract.grace=1.25",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.on_exhaustion=grace",
            "contract.grace=1",
            "contract.prepurchase=1e6",
        ],
        &["extras.data_cloud_share=1.3", "extras.support_share=5"],
        &["contract.rollover_max=5"],
        &["contract.rollover_needs_renewal=true"],
        &[
            "contract.rollover_needs_renewal=true",
            "contract.rollover=0.5",
        ],
        &[
            "contract.rollover=0.5",
            "contract.grace_days=30",
            "contract.expiry=never",
        ],
        &[
            "contract.rollover=0.5",
            "contract.grace_days=30",
            "contract.expiry=never",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.rollover=0.5",
            "contract.rollover_max=5",
            "contract.grace_days=30",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.rollover=0.5",
            "contract.expiry=12 months",
            "contract.term_months=6",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.rollover=0.5",
            "contract.expiry=monthly",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.rollover=0.5",
            "contract.term_months=6",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.overage_cap=5",
            "contract.on_exhaustion=block",
            "contract.free_credits=1",
        ],
        &["contract.overage_cap=5"],
        &["contract.overage_cap=5", "contract.on_exhaustion=block"],
        &["contract.overage_cap=5", "contract.payment=pay-as-you-go"],
        &[
            "contract.overage_cap=5",
            "contract.payment=pay-as-you-go",
            "contract.free_credits=1",
        ],
        &["contract.soft_cap=0.1"],
        &["contract.soft_cap=0.1", "contract.prepurchase=1e6"],
        &["contract.soft_cap=0.1", "contract.payment=pay-as-you-go"],
        &["contract.monthly_allocation=5"],
        &["contract.monthly_allocation=5", "governance.alerts=[0.5]"],
        &["contract.monthly_allocation=5", "contract.burst=0.5"],
        &[
            "contract.on_exhaustion=top-up",
            "contract.top_up={ below = 0.1, packs = 5, spending_cap = 2_499 }",
        ],
        &[
            "contract.on_exhaustion=top-up",
            "contract.top_up={ below = 0, packs = 5, spending_cap = 2_500 }",
        ],
        &["contract.term_months=5"],
        &["contract.term_months=5", "contract.prepurchase=1e6"],
        &["contract.term_months=5", "contract.prepurchase=80%"],
        &[
            "contract.term_months=11",
            "contract.prepurchase=80%",
            "contract.expiry=monthly",
        ],
        &["contract.term_months=24", "contract.prepurchase=1e6"],
        &[
            "contract.term_months=36",
            "months=40",
            "contract.prepurchase=1e6",
        ],
        &[
            "contract.term_months=24",
            commit,
            "contract.payment=pre-commit",
        ],
        &["contract.term_months=5", "contract.payment=pay-as-you-go"],
        &["contract.grants=[{ credits = 1, from = 2020-01-01, expires = 2026-01-31 }]"],
        &["contract.grants=[{ credits = 1, from = 2027-02-01, expires = 2027-02-01 }]"],
        &["contract.grants=[{ credits = 1, from = 2020-01-01, expires = 2026-02-01 }]"],
        &["conversion=[{ date = 2026-01-31, licences = 1, value_each = 1 }]"],
        &["conversion=[{ date = 2026-03-01, licences = 1, value_each = 1, to = \"licences\" }]"],
        &[
            "conversion=[{ date = 2026-03-01, licences = 1, value_each = 1, to = \"licences\" }]",
            "contract.grants=[{ credits = 1, from = 2026-02-01, expires = 2026-02-28, unit_cost = 499 }]",
        ],
        &[
            "contract.grants=[{ credits = 1, from = 2026-02-01, expires = 2026-02-28, unit_cost = 500 }]",
        ],
        &[
            "contract.commit={ amount = 60_000, pack_price = 450, monthly_minimum = 5_000 }",
            "contract.payment=pre-commit",
        ],
        &[
            "contract.commit={ amount = 60_000, pack_price = 450, monthly_minimum = 5_001 }",
            "contract.payment=pre-commit",
        ],
        &["governance.buffer=0.15"],
        &["governance.review_months=3"],
        &[
            "governance.incident_response={ alert = 0.75, days = 2 }",
            "budget.amount=9",
        ],
    ];
    let signed: &[&[&str]] = &[
        &["contract.on_exhaustion=overage"],
        &["contract.soft_cap=0.2"],
        &["contract.soft_cap=0.1"],
        &["contract.expiry=never"],
        &["contract.on_exhaustion=step-up", steps],
        &["governance.review_months=12"],
        &["workload.bulk.critical=true"],
        &["contract.overage_pack_price=400"],
        &[
            "contract.overage_pack_price=400",
            "contract.on_exhaustion=overage",
        ],
        &[
            "contract.overage_pack_price=400",
            "contract.on_exhaustion=block",
        ],
    ];
    let mut text = String::new();
    bare.iter()
        .for_each(|sets| text.push_str(&said(SHORT, sets)));
    text.push_str("\nof everything signed\n");
    signed
        .iter()
        .for_each(|sets| text.push_str(&said(SIGNED, sets)));
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("keys_without_effect_are_named", text));
}

#[test]
fn guardrails_need_an_allocation() {
    let tail = "[[team]]\nname = \"agents\"\nshare = 1.0\n[governance]\ncircuit_breaker = 0.9\n";
    let warnings = |set: &str| {
        accepted(&format!("{SHORT}{tail}"), &[set])
            .warnings
            .join("\n")
    };
    let nothing = "nothing is allocated that `[[team]] share`, `governance.circuit_breaker` could";
    assert!(warnings("months=12").contains(nothing));
    for set in [
        "contract.monthly_allocation=5",
        "budget.monthly=5",
        "contract.free_credits=5",
    ] {
        assert!(!warnings(set).contains("nothing is allocated"), "{set}");
    }
}

#[test]
fn the_examples_modes_can_be_flipped_without_a_refusal() {
    for mode in ["overage", "block", "grace"] {
        accepted(EXAMPLE, &[&format!("contract.on_exhaustion={mode}")]);
        accepted(SIGNED, &[&format!("contract.on_exhaustion={mode}")]);
    }
}

#[test]
fn incidents_alone_are_a_spread_that_is_named() {
    let warned = |incident: &str| {
        let text = format!("{SHORT}[[incident]]\nname = \"i\"\n{incident}\nmultiplier = 2\n");
        let warnings = accepted(&text, &[]).warnings;
        let spread = warnings.into_iter().find(|w| w.contains("no spread"));
        spread.expect("there is no spread but for incidents")
    };
    let but = "but for its incidents, this forecast has no spread: ";
    assert!(warned("per_year = 2\ndays = 1").starts_with(but));
    assert!(warned("chance = 0.5").starts_with(but));
    // What always comes, or never, differs on no path.
    for plain in ["chance = 1", "chance = 0", "per_year = 0\ndays = 1"] {
        assert!(warned(plain).starts_with("this forecast has no spread"));
    }
}
