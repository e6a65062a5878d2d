//! What is accepted, and what it means.

use flexcast::scenario::{
    Activation, Demand, Figure, IncidentKind, Payment, Prepurchase, Scenario, Workload,
};

use crate::patch::{EXAMPLE, GOOD, SHORT, accepted};

fn agents(scenario: &Scenario) -> &Workload {
    &scenario.workloads[0]
}

#[test]
fn the_example_reads_without_a_warning() {
    let scenario = accepted(EXAMPLE, &[]);
    assert_eq!(scenario.name, "Service desk, first year");
    assert_eq!(scenario.horizon.days(), 365);
    let teams: Vec<&str> = scenario.teams.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(teams, ["Customer service", "Marketing"]);
    assert_eq!(
        scenario.contract.prepurchase,
        Prepurchase::ShareOfPlan(800_000)
    );
    assert_eq!(scenario.warnings, Vec::<String>::new());
    // 2026-01-01 is a Thursday and a holiday; 2026-01-03 a Saturday.
    assert_eq!(agents(&scenario).day_weights[..4], [0.1, 1.0, 0.1, 0.1]);
    // 6 to 19 April are days 95 to 108.
    assert_eq!(
        (scenario.events[0].from_day, scenario.events[0].to_day),
        (95, 109)
    );
    assert_eq!(scenario.incidents[1].workloads, [0, 1]);
}

#[test]
fn the_good_example_reads() {
    let scenario = accepted(GOOD, &[]);
    let used: Vec<&str> = scenario
        .operations
        .iter()
        .map(|o| o.name.as_str())
        .collect();
    assert_eq!(used, ["action", "chat", "sandbox", "voice"]);
    assert_eq!(
        scenario.rate_changes[0].credits.key,
        "rate_change.action.2026-07-01.credits"
    );
    assert_eq!(scenario.rate_changes[0].from_day, 181);
    assert_eq!(scenario.simulation.precision[0].figure, Figure::P95Spend);
    assert_eq!(scenario.workloads[1].operations, [(0, 0.9), (1, 0.1)]);
}

#[test]
fn defaults_are_those_of_the_specification() {
    let scenario = accepted(SHORT, &[]);
    assert_eq!(
        (scenario.horizon.months(), scenario.currency.as_str()),
        (12, "USD")
    );
    let simulation = &scenario.simulation;
    assert_eq!(
        (simulation.paths, simulation.seed, simulation.max_paths),
        (10_000, 1, 1_000_000)
    );
    let agents = agents(&scenario);
    assert_eq!(agents.operations, [(0, 1.0)]);
    assert!(agents.critical && agents.acceleration.is_none());
    assert_eq!(
        (agents.daily_cv, agents.volatility.value.mean()),
        (0.0, 0.0)
    );
    assert_eq!(scenario.operations[0].credits.value.mean(), 20.0);
    assert_eq!(scenario.contract.pack_price.to_f64(), 500.0);
    assert_eq!(scenario.contract.overage_pack_price.to_f64(), 500.0);
    assert_eq!(scenario.contract.payment, Payment::PrePurchase);
    assert_eq!(scenario.governance.alerts, [0.5, 0.75, 0.9]);
}

#[test]
fn every_form_of_an_uncertain_value_is_accepted() {
    let forms = [
        "25",
        "0",
        "2.5e1",
        "{ min = 15, max = 25 }",
        "{ min = 15, mode = 20, max = 25 }",
        "{ dist = \"triangular\", min = 15, mode = 20, max = 25 }",
        "{ dist = \"pert\", min = 15, mode = 20, max = 25 }",
        "{ dist = \"uniform\", min = 15, max = 25 }",
        "{ p10 = 15, p90 = 40 }",
        "{ p5 = 15, p75 = 40, max = 100 }",
        "{ p2_5 = 15, \"p97.5\" = 40 }",
        "{ p10 = 15, p50 = 22, p90 = 40 }",
        "{ p5 = 15, p50 = 22, p95 = 40, max = 90 }",
        "{ mean = 20, sd = 5 }",
        "{ mean = 20, sd = 5, min = 10 }",
        "{ mean = 20, cv = 0.4 }",
        "{ dist = \"normal\", mean = 20, cv = 0.4 }",
        "{ dist = \"lognormal\", mu = 3, sigma = 0.4 }",
        "{ dist = \"lognormal\", mean = 20, sd = 5 }",
        "{ dist = \"lognormal\", median = 20, cv = 0.4 }",
        "{ dist = \"lognormal\", median = 20, sigma = 0.4 }",
        "{ dist = \"lognormal\", p10 = 15, p90 = 40 }",
        "{ dist = \"gamma\", shape = 2, scale = 10 }",
        "{ dist = \"gamma\", mean = 20, cv = 0.5 }",
        "{ dist = \"weibull\", shape = 2, scale = 10 }",
        "{ dist = \"exponential\", mean = 20 }",
        "{ dist = \"exponential\", rate = 0.05 }",
        "{ dist = \"metalog\", p10 = 15, p50 = 22, p90 = 40 }",
        "{ dist = \"constant\", value = 3 }",
        "{ values = [3, 7, 14], weights = [0.6, 0.3, 0.1] }",
        "{ values = [3, 7, 14] }",
        "{ dist = \"discrete\", values = [3] }",
    ];
    for form in forms {
        accepted(
            &SHORT.replace("actions_per_day = 25", &format!("actions_per_day = {form}")),
            &[],
        );
    }
    for form in [
        "{ dist = \"beta\", alpha = 2, beta = 3 }",
        "{ p10 = 0.2, p50 = 0.4, p90 = 0.7 }",
    ] {
        accepted(
            &SHORT.replace("activation = 0.5", &format!("activation = {form}")),
            &[],
        );
    }
}

#[test]
fn activation_has_three_forms() {
    let activation = |form: &str| {
        let scenario = accepted(&SHORT.replace("= 0.5", &format!("= {form}")), &[]);
        match scenario.workloads.into_iter().next().map(|w| w.demand) {
            Some(Demand::Agents { activation, .. }) => activation,
            _ => panic!("no agents"),
        }
    };
    assert!(matches!(
        activation("{ min = 0.1, max = 0.2 }"),
        Activation::Constant(_)
    ));
    match activation("{ months = [0.50, { min = 0.6, max = 0.7 }] }") {
        Activation::Months(months) => {
            assert_eq!(months[1].key, "workload.agents.activation.months.2");
        }
        other => panic!("{other:?}"),
    }
    match activation("{ start = 0.3, plateau = 0.6 }") {
        Activation::Ramp { days, plateau, .. } => {
            assert_eq!(days, 60.0);
            assert_eq!(plateau.key, "workload.agents.activation.plateau");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_use_case_makes_each_number_of_actions_as_likely() {
    let text = "name = \"a\"\nstart = 2026-02-01\n[[workload]]\nname = \"v\"\n\
                units_per_month = 10\nactions_per_unit = { use_case = \"product\" }\n";
    let scenario = accepted(text, &[]);
    match &scenario.workloads[0].demand {
        Demand::Volume {
            actions_per_unit, ..
        } => {
            let third = 1.0 / 3.0;
            assert_eq!(
                actions_per_unit.counts,
                [(4, third), (5, third), (6, third)]
            );
        }
        Demand::Agents { .. } => panic!("agents"),
    }
}

#[test]
fn set_changes_one_key_and_the_later_one_wins() {
    let seats = |sets: &[&str]| match &accepted(EXAMPLE, sets).workloads[0].demand {
        Demand::Agents { seats, .. } => seats.value.mean(),
        Demand::Volume { .. } => panic!("volume"),
    };
    assert_eq!(seats(&["workload.service.seats=120"]), 120.0);
    assert_eq!(
        seats(&[
            "workload.service.seats=120",
            "workload.service.seats = 1_30"
        ]),
        130.0
    );
    assert_eq!(
        seats(&["workload.\"service\".seats=7", "name=o'brien = x"]),
        7.0
    );
}

#[test]
fn set_takes_names_with_spaces_and_words_without_quotes() {
    let sets = [
        "workload.faq bot.daily_cv=0.5",
        "workload.'faq bot'.critical=true",
        "start=2026-03-01",
        "months=6",
        "contract.payment=pay-as-you-go",
        "contract.prepurchase=0",
        "simulation.precision={ mean_spend = 0.01 }",
        "calendar.month_weights=[1,1,1,1,1,1,1,1,1,1,1,2]",
        "incident.recursive workflow.per_year=2",
        "workload.service.growth.mean=0.02",
    ];
    let refused = crate::patch::refused(EXAMPLE, &sets);
    assert_eq!(
        refused.list.len(),
        1,
        "growth is a number, not a table: {refused}"
    );
    let scenario = accepted(EXAMPLE, &sets[..9]);
    assert_eq!(scenario.workloads[1].daily_cv, 0.5);
    assert!(scenario.workloads[1].critical);
    assert_eq!(scenario.horizon.start().to_string(), "2026-03-01");
    assert_eq!(scenario.contract.payment, Payment::PayAsYouGo);
    assert_eq!(scenario.contract.prepurchase, Prepurchase::Packs(0));
    let IncidentKind::Arrivals { per_year, .. } = &scenario.incidents[0].kind else {
        panic!("no arrivals");
    };
    assert_eq!(per_year.value.mean(), 2.0);
}

#[test]
fn arrivals_are_cut_to_what_can_be_drawn() {
    // Nine tenths of this mean come from draws beyond 100,000, which are not there.
    let text = EXAMPLE.replace("per_year   = 0.5", "per_year = { mean = 99_000, cv = 20 }");
    let scenario = accepted(&text, &[]);
    let IncidentKind::Arrivals { per_year, .. } = &scenario.incidents[0].kind else {
        panic!("no arrivals");
    };
    assert_eq!(per_year.value.support(), (0.0, 1e5));
    assert!(per_year.value.mean() < 50_000.0);
    assert!(per_year.value.quantile(1.0 - 1e-9) <= 1e5);
}

#[test]
fn set_reaches_into_an_uncertain_value() {
    accepted(EXAMPLE, &["workload.service.actions_per_day.p90=50"]);
    let refused = crate::patch::refused(EXAMPLE, &["workload.service.actions_per_day.p90=5"]);
    assert_eq!(refused.list[0].place.source, 1);
}

#[test]
fn names_with_dots_are_quoted_in_paths() {
    let text = SHORT.replace("\"agents\"", "\"v1.2\"");
    let scenario = accepted(&text, &["workload.\"v1.2\".seats=3"]);
    assert_eq!(scenario.workloads[0].name, "v1.2");
    let keys: Vec<&str> = scenario
        .all_inputs()
        .iter()
        .map(|i| i.key.as_str())
        .collect();
    assert!(keys.contains(&"workload.\"v1.2\".seats"), "{keys:?}");
}

#[test]
fn all_inputs_come_in_one_order() {
    let scenario = accepted(GOOD, &[]);
    let keys: Vec<&str> = scenario
        .all_inputs()
        .iter()
        .map(|input| input.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "rate_card.action",
            "rate_card.chat",
            "rate_card.sandbox",
            "rate_card.voice",
            "rate_change.action.2026-07-01.credits",
            "workload.service.seats",
            "workload.service.activation.start",
            "workload.service.activation.plateau",
            "workload.service.actions_per_day",
            "workload.service.acceleration.initial",
            "workload.service.growth",
            "workload.service.volatility",
            "workload.faq bot.units_per_month",
            "workload.faq bot.growth",
            "workload.faq bot.volatility",
            "incident.runaway loop.per_year",
            "incident.testing in production.share",
            "event.campaign.multiplier",
        ]
    );
}

#[test]
fn a_workload_with_nobody_is_legal() {
    accepted(&SHORT.replace("seats = 100", "seats = 0"), &[]);
}
