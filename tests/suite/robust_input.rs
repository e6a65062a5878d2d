//! Whatever is thrown at the reader, it answers; it never panics.

use proptest::prelude::*;

use crate::patch::{GOOD, SIGNED, result};

/// Pieces that scenarios are made of, and some that they are not.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "[[workload]]",
        "[contract]",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "\n",
        "\"",
        "'",
        "#",
        "name",
        "seats",
        "workload",
        "incident",
        "correlation",
        "between",
        "spearman",
        "service",
        "p10",
        "p50",
        "p90",
        "mean",
        "sd",
        "cv",
        "values",
        "weights",
        "dist",
        "\"gamma\"",
        "shape",
        "1e308",
        "-1",
        "0",
        "nan",
        "inf",
        "1e-320",
        "0x7fffffffffffffff",
        "2026-02-29",
        "9999-12-31",
        "99999999999999999999",
        "0.1",
        "true",
        "\"80%\"",
        "80%",
        "é",
        "\u{0}",
        "\r",
        " ",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn soup(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..most).prop_map(|pieces| pieces.join(" "))
}

/// A value of any shape for a key.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        any::<f64>().prop_map(|x| format!("{x:?}").to_lowercase()),
        any::<i64>().prop_map(|x| x.to_string()),
        any::<bool>().prop_map(|x| x.to_string()),
        "[a-z0-9%. -]{0,12}".prop_map(|x| format!("\"{x}\"")),
        prop::sample::select(vec!["2026-01-01", "0001-01-01", "9999-12-31", "07:30:00"])
            .prop_map(str::to_owned),
    ];
    let key = prop::sample::select(vec![
        "min", "mode", "max", "p10", "p50", "p90", "mean", "sd", "cv", "values", "weights",
        "start", "plateau", "months", "mix", "share", "actions", "use_case", "from", "off",
        "initial", "credits", "below", "packs",
    ]);
    scalar.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::btree_map(key.clone(), inner, 0..4).prop_map(|map| {
                let pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k} = {v}")).collect();
                format!("{{ {} }}", pairs.join(", "))
            }),
        ]
    })
}

/// Every dotted path of the good example.
fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "name",
        "start",
        "months",
        "simulation.paths",
        "simulation.precision",
        "calendar.holidays",
        "calendar.month_weights",
        "rate_card.action",
        "rate_card",
        "rate_change",
        "workload",
        "workload.service.seats",
        "workload.service.activation",
        "workload.service.growth",
        "workload.service.acceleration",
        "workload.service.name",
        "workload.faq bot.operations",
        "workload.faq bot.actions_per_unit",
        "workload.faq bot.units_per_month",
        "workload.faq bot.calendar",
        "incident.runaway loop.days",
        "incident.runaway loop.workload",
        "incident.testing in production.share",
        "event.campaign.multiplier",
        "event.campaign.from",
        "correlation",
        "contract.pack",
        "contract.pack_price",
        "contract.prepurchase",
        "contract.discounts",
        "contract.grants",
        "contract.top_up",
        "budget.amount",
        "governance.alerts",
        "team",
        "alternative",
        "extras.agent_build",
        "conversion",
    ])
}

/// Dotted paths of what can be signed.
fn signed_path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "months",
        "start",
        "contract.pack",
        "contract.pack_price",
        "contract.payment",
        "contract.prepurchase",
        "contract.commit",
        "contract.commit.amount",
        "contract.term_months",
        "contract.expiry",
        "contract.rollover",
        "contract.rollover_max",
        "contract.grace_days",
        "contract.on_exhaustion",
        "contract.grace",
        "contract.top_up",
        "contract.top_up.packs",
        "contract.top_up.spending_cap",
        "contract.steps",
        "contract.seat_allowance",
        "contract.seat_allowance.seats",
        "contract.monthly_allocation",
        "contract.burst",
        "contract.overage_cap",
        "contract.soft_cap",
        "contract.grants",
        "conversion",
        "extras",
        "extras.agent_build.count",
        "governance",
        "governance.circuit_breaker",
        "governance.incident_response",
        "governance.buffer",
        "team",
        "team.Care.share",
        "team.Care.name",
        "alternative",
    ])
}

/// Values that modes take.
fn mode() -> impl Strategy<Value = String> {
    let words = [
        "pre-purchase",
        "pre-commit",
        "pay-as-you-go",
        "overage",
        "block",
        "grace",
        "top-up",
        "step-up",
        "monthly",
        "12 months",
        "never",
        "80%",
        "[{ credits_per_month = 1, price_per_month = 1 }]",
        "[{ credits = 1e11, from = 0001-01-01, expires = 9999-12-31, unit_cost = 1e9 }]",
        "[{ date = 9999-12-31, licences = 1_000_000_000, value_each = 1e-6, ratio = 1e-6 }]",
        "{ amount = 1e11, pack_price = 1e9, monthly_minimum = 1e11 }",
        "{ below = 1, packs = 1_000_000 }",
        "[{ name = \"all in\", model = \"flex\", prepurchase = 1e11 }]",
        "1e11",
        "1",
        "0",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        value()
    ]
}

/// Problems must be printable, each with a place inside its source.
fn answers(text: &str, sets: &[&str]) {
    if let Err(problems) = result(text, sets) {
        assert!(!problems.list.is_empty());
        assert!(!problems.to_string().is_empty());
        for problem in &problems.list {
            let source = &problems.sources[problem.place.source];
            assert!(problem.place.span.end <= source.text.len(), "{problem:?}");
            assert!(
                !problem.message.is_empty() && !problem.remedy.is_empty(),
                "{problem:?}"
            );
            assert!(!problem.message.contains('\n'), "{problem:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        answers(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn no_soup_panics(text in soup(40)) {
        answers(&text, &[]);
        answers(&format!("{GOOD}\n{text}"), &[]);
    }

    #[test]
    fn no_set_panics(text in soup(8)) {
        answers(GOOD, &[&text]);
    }

    #[test]
    fn no_value_of_a_known_key_panics(path in path(), value in value(), other in path(), more in value()) {
        let (first, second) = (format!("{path}={value}"), format!("{other}={more}"));
        answers(GOOD, &[&first, &second]);
    }

    #[test]
    fn nothing_signed_panics(sets in prop::collection::vec((signed_path(), mode()), 1..5)) {
        let sets: Vec<String> = sets.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        answers(SIGNED, &sets);
    }

    #[test]
    fn no_truncated_or_spliced_file_panics(cut in 0..GOOD.len(), from in 0..GOOD.len()) {
        let head = GOOD.get(..cut).unwrap_or_default();
        let tail = GOOD.get(from..).unwrap_or_default();
        answers(head, &[]);
        answers(&format!("{head}{tail}"), &[]);
    }
}
