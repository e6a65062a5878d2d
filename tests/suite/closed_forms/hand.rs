//! What a planner works out by hand, reproduced to the cent by the single-number plan.

use flexcast::demand::Model;
use flexcast::forecast::{self, Forecast};
use flexcast::scenario::Scenario;
use flexcast::summarise::exhaustion::When;
use flexcast::summarise::record::{Metric, Period, Row, Scope};
use flexcast::units::{Credits, Money};

use crate::ask::{self, plain, scenario, whole};

fn planned(text: &str) -> Forecast {
    forecast::point(&scenario(text)).expect("a plan")
}

/// Credits that a workload wants on each day of the plan.
fn days(scenario: &Scenario, workload: usize) -> Vec<f64> {
    let model = Model::new(scenario);
    let (_, terms) = forecast::resolve(scenario, &model).unwrap();
    let (future, _) = forecast::settled_plan(&model, &terms).unwrap();
    future
        .base(workload)
        .iter()
        .map(|&micro| whole(micro))
        .collect()
}

/// Credits and money, exactly.
fn assert_plan(text: &str, credits: i64, cents: i64) {
    let plan = planned(text).plan;
    let expected = Credits::from_micro(credits * 1_000_000);
    assert_eq!(
        (plan.credits, plan.spend),
        (expected, Money::from_micro(cents * 10_000)),
        "{text}"
    );
}

#[test]
fn fifty_agents_want_500_000_credits_in_a_month_of_20_working_days() {
    // 50 agents x 25 actions x 20 days = 25,000 actions x 20 credits = 500,000 credits = 5 packs
    // = $2,500. February 2026 has 20 working days.
    let text = "name = \"t\"\nstart = 2026-02-01\nmonths = 1\n\
        [[workload]]\nname = \"service\"\nseats = 50\nactivation = 1\nactions_per_day = 25\n";
    assert_plan(text, 500_000, 250_000);
    // Five packs bought ahead cover it to the last credit: the same money, no overage.
    let bought = format!("{text}[contract]\nprepurchase = 500_000\n");
    assert_plan(&bought, 500_000, 250_000);
    let forecast = planned(&bought);
    assert_eq!(forecast.exhausted.unwrap().at_rank(1), When::Never);
    assert_eq!(forecast.overage.unwrap().probability.hits, 0);
}

const MIX: &str = "[{ share = 0.6, actions = 3 }, { share = 0.3, actions = 7 }, \
    { share = 0.1, actions = 14 }]";

/// Units a month for a year from January, without off days, at list price.
fn interactions(units: u32, actions: &str, contract: &str) -> String {
    format!(
        "name = \"t\"\nstart = 2026-01-01\nmonths = 12\n\
         [[workload]]\nname = \"chat\"\nunits_per_month = {units}\n\
         actions_per_unit = {actions}\n[contract]\n{contract}\n"
    )
}

#[test]
fn ten_thousand_interactions_cost_5_300_dollars_a_month() {
    // 0.6 x 3 + 0.3 x 7 + 0.1 x 14 = 5.3 actions: 53,000 actions = 1,060,000 credits = $5,300 a
    // month, 12,720,000 credits = $63,600 a year.
    let mix = format!("{{ mix = {MIX} }}");
    assert_plan(&interactions(10_000, &mix, ""), 12_720_000, 6_360_000);
    let forecast = planned(&interactions(10_000, &mix, ""));
    for month in 0..12 {
        let row = Row {
            scope: Scope::Total,
            metric: Metric::Spend,
            period: Period::Month(month),
        };
        let (_, spend) = forecast
            .rows
            .iter()
            .find(|(other, _)| *other == row)
            .unwrap();
        assert_eq!(spend.as_ref().unwrap().mean, 5_300.0, "month {month}");
    }
    // 25% off: $47,700 a year, on use or as 1,272 packs of 10,000 bought ahead.
    let on_use = "overage_pack_price = 375";
    assert_plan(&interactions(10_000, &mix, on_use), 12_720_000, 4_770_000);
    let ahead = "pack = 10_000\npack_price = 50\nprepurchase = 12_720_000\n\
        discounts = [{ from = 1_000_000, off = 0.25 }]";
    assert_plan(&interactions(10_000, &mix, ahead), 12_720_000, 4_770_000);
    // Volumes double: $127,200.
    assert_plan(&interactions(20_000, &mix, ""), 25_440_000, 12_720_000);
    // 18 actions each: 180,000 actions = $18,000 a month, $216,000 a year.
    assert_plan(&interactions(10_000, "18", ""), 43_200_000, 21_600_000);
}

#[test]
fn eighty_percent_of_the_plan_is_rounded_up_to_whole_packs() {
    // 80% of 12,720,000 is 10,176,000: 102 packs at $500 = $51,000; the other 2,520,000 credits
    // at $650 a pack cost $16,380.
    let mix = format!("{{ mix = {MIX} }}");
    let contract = "prepurchase = \"80%\"\noverage_pack_price = 650";
    assert_plan(&interactions(10_000, &mix, contract), 12_720_000, 6_738_000);
    // Beyond 100,000 free ones: 80% of 12,620,000 = 10,096,000, 101 packs = $50,500; the other
    // 12,720,000 - 100,000 - 10,100,000 = 2,520,000 credits again $16,380.
    let contract = format!("{contract}\nfree_credits = 100_000");
    assert_plan(
        &interactions(10_000, &mix, &contract),
        12_720_000,
        6_688_000,
    );
}

#[test]
fn fifty_thousand_dollars_last_62_and_a_half_working_days() {
    // 12 agents, 8,000 actions a working day = 160,000 credits; $50,000 = 100 packs = 10,000,000
    // credits = 62.5 days. From Monday 5 January 2026, the 63rd working day is the Wednesday of
    // the 13th week: 86 days later, 1 April.
    let text = "name = \"t\"\nstart = 2026-01-05\nmonths = 4\n\
        [[workload]]\nname = \"agents\"\nseats = 12\nactivation = 1\n\
        actions_per_day = 666.6666666666666\n[contract]\nprepurchase = 10_000_000\n";
    let dry = |text: &str| {
        let scenario = scenario(text);
        match forecast::point(&scenario)
            .unwrap()
            .exhausted
            .unwrap()
            .at_rank(1)
        {
            When::Day(day) => (day, scenario.horizon.date(day).to_string()),
            When::Never => panic!("never"),
        }
    };
    assert_eq!(dry(text), (86, "2026-04-01".to_owned()));
    // What happened: 18 agents, 32,000 actions a day = 640,000 credits: 15.625 working days, the
    // 16th being the Monday of the 4th week, 21 days later.
    let text = text
        .replace("seats = 12", "seats = 18")
        .replace("666.6666666666666", "1777.8");
    assert_eq!(dry(&text), (21, "2026-01-26".to_owned()));
}

#[test]
fn lead_scoring_takes_a_fifth_of_a_credit_each() {
    // 50,000 predictions x 0.2 = 10,000 credits = $50 at list.
    let text = "name = \"t\"\nstart = 2026-01-01\nmonths = 1\n[rate_card]\nprediction = 0.2\n\
        [[workload]]\nname = \"leads\"\nunits_per_month = 50_000\noperation = \"prediction\"\n";
    assert_plan(text, 10_000, 5_000);
}

#[test]
fn use_cases_take_the_middle_of_their_range() {
    // Each integer of the range is as likely: its mean is the middle; 1,000 units x mean x 20.
    let table = [
        ("faq", 50_000),               // 2-3
        ("case", 70_000),              // 3-4
        ("product", 100_000),          // 4-6
        ("field-service", 120_000),    // 5-7
        ("troubleshooting", 230_000),  // 8-15
        ("sales-development", 90_000), // 3-6
    ];
    for (name, credits) in table {
        let text = format!(
            "name = \"t\"\nstart = 2026-01-01\nmonths = 1\n[[workload]]\nname = \"w\"\n\
             units_per_month = 1000\nactions_per_unit = {{ use_case = \"{name}\" }}\n"
        );
        // $0.005 a credit.
        assert_plan(&text, credits, credits / 2);
    }
}

#[test]
fn prices_differ_by_operation() {
    // 90% actions at 20 credits, 10% voice at 30: 21 credits a unit; sandbox 16.
    let text = |operation: &str| {
        format!(
            "name = \"t\"\nstart = 2026-01-01\nmonths = 1\n[[workload]]\nname = \"w\"\n\
             units_per_month = 1000\n{operation}\n"
        )
    };
    assert_plan(
        &text("operations = { action = 0.9, voice = 0.1 }"),
        21_000,
        10_500,
    );
    assert_plan(&text("operation = \"sandbox\""), 16_000, 8_000);
}

#[test]
fn the_activation_ramp_is_a_smooth_step() {
    // S(1/4) = 3/16 - 2/64 = 0.15625, S(1/2) = 0.5, S(3/4) = 0.84375. From 30% to 60% of 100
    // seats in 4 days: 30, 34.6875, 45, 55.3125, 60, 60, ...
    let body = "[[workload]]\nname = \"w\"\nseats = 100\nactions_per_day = 1\n\
        activation = { start = 0.3, plateau = 0.6, days = 4 }\n";
    let scenario = scenario(&plain("2026-04-01", 1, body));
    assert_eq!(
        days(&scenario, 0)[..6],
        [30.0, 34.6875, 45.0, 55.3125, 60.0, 60.0]
    );
    // The first five are 225 agent-days, the other 25 days 60 each: 1,725/30 = 57.5 on average.
    let agents = forecast::point(&scenario).unwrap();
    assert_eq!(agents.term(Metric::ActiveAgents).unwrap().mean, 57.5);
    // Over 0 days it is a step.
    let step = ask::with(
        &plain("2026-04-01", 1, body),
        &["workload.w.activation.days=0"],
    );
    assert_eq!(days(&step, 0)[0], 60.0);
}

#[test]
fn activation_by_month_keeps_its_last_share() {
    let body = "[[workload]]\nname = \"w\"\nseats = 100\nactions_per_day = 1\n\
        activation = { months = [0.5, 0.6] }\n";
    let days = days(&scenario(&plain("2026-04-01", 3, body)), 0);
    // April 30 days, May 31, June 30.
    let sum = |range: std::ops::Range<usize>| days[range].iter().sum::<f64>();
    assert_eq!(
        [sum(0..30), sum(30..61), sum(61..91)],
        [1_500.0, 1_860.0, 1_800.0]
    );
}

#[test]
fn acceleration_multiplies_the_rate_until_it_is_stable() {
    // 100 a day, 60% until day 2, stable from day 6: 0.6 + 0.4 S(1/4) = 0.6625, 0.8, 0.9375.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 3000\n\
        acceleration = { initial = 0.6, from_day = 2, to_day = 6 }\n";
    let days = days(&scenario(&plain("2026-04-01", 1, body)), 0);
    assert_eq!(
        days[..8],
        [60.0, 60.0, 60.0, 66.25, 80.0, 93.75, 100.0, 100.0]
    );
    // 3 x 60 + 66.25 + 80 + 93.75 + 24 x 100 = 2,820.
    assert_eq!(days.iter().sum::<f64>(), 2_820.0);
}

#[test]
fn acceleration_between_equal_days_is_a_step() {
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 3000\n\
        acceleration = { initial = 0.5, from_day = 3, to_day = 3 }\n";
    let days = days(&scenario(&plain("2026-04-01", 1, body)), 0);
    assert_eq!(days[..5], [50.0, 50.0, 50.0, 100.0, 100.0]);
}

#[test]
fn growth_compounds_by_mean_months() {
    // 10% a month: day d is 1.1^(d/30.4375) times the first.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 3000\ngrowth = 0.1\n";
    let days = days(&scenario(&plain("2026-04-01", 1, body)), 0);
    for (day, credits) in days.iter().enumerate() {
        let expected = 100.0 * libm::pow(1.1, day as f64 / 30.4375);
        assert!(
            (credits - expected).abs() <= 1e-6,
            "day {day}: {credits} {expected}"
        );
    }
}

#[test]
fn events_multiply_their_days_and_belong_to_the_base() {
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 3000\n\
        [[event]]\nname = \"campaign\"\nworkload = \"w\"\nfrom = 2026-04-02\nto = 2026-04-04\n\
        multiplier = 2.5\n\
        [[event]]\nname = \"outage\"\nworkload = \"w\"\nfrom = 2026-04-04\nto = 2026-04-05\n\
        multiplier = 0\n";
    let scenario = scenario(&plain("2026-04-01", 1, body));
    assert_eq!(
        days(&scenario, 0)[..6],
        [100.0, 250.0, 250.0, 0.0, 0.0, 100.0]
    );
    let forecast = forecast::point(&scenario).unwrap();
    assert_eq!(forecast.term(Metric::IncidentCredits).unwrap().mean, 0.0);
}

/// A volume of 60 a month, and agents that do 1 a working day, from Monday 6 April 2026.
fn week(calendar: &str) -> [Vec<f64>; 2] {
    let text = format!(
        "name = \"t\"\nstart = 2026-04-06\nmonths = 1\n[rate_card]\naction = 1\n\
         [calendar]\n{calendar}\n\
         [[workload]]\nname = \"volume\"\nunits_per_month = 60\n\
         [[workload]]\nname = \"agents\"\nseats = 1\nactivation = 1\nactions_per_day = 1\n"
    );
    let scenario = scenario(&text);
    [days(&scenario, 0), days(&scenario, 1)]
}

#[test]
fn volume_falls_on_working_days_and_off_days_by_their_weight() {
    // 6 April to 5 May: 30 days, 22 of them Monday to Friday, 8 off days.
    let [volume, agents] = week("");
    let day = 60.0 / 22.0;
    for (index, credits) in volume[..7].iter().enumerate() {
        let expected = if index < 5 { day } else { 0.0 };
        assert!((credits - expected).abs() <= 1e-6);
    }
    assert_eq!(agents[..7], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(agents.iter().sum::<f64>(), 22.0);
    assert_eq!(volume.iter().map(|c| (c * 1e6).round()).sum::<f64>(), 60e6);
    // Off days at a quarter: 22 + 8/4 = 24 weights, so 2.5 and 0.625.
    let [volume, agents] = week("off_day_share = 0.25");
    assert_eq!(volume[..7], [2.5, 2.5, 2.5, 2.5, 2.5, 0.625, 0.625]);
    assert_eq!(agents.iter().sum::<f64>(), 24.0);
    // Two holidays more off days, one of which is a Saturday already: 21 + 9/3 = 24.
    let [volume, _] =
        week("off_day_share = 0.333333333333333333\nholidays = [2026-04-07, 2026-04-11]");
    for (day, expected) in [2.5, 2.5 / 3.0, 2.5, 2.5, 2.5, 2.5 / 3.0, 2.5 / 3.0]
        .iter()
        .enumerate()
    {
        assert!((volume[day] - expected).abs() <= 1e-6, "day {day}");
    }
}

#[test]
fn weekday_weights_and_month_weights_multiply() {
    // Weights 3, 1, 1, 1, 1, 0.5, 0.5 from Monday: four weeks of 8, then a Monday and a Tuesday,
    // 36 in all; a holiday on Monday 13 April counts as a Sunday: 33.5.
    let weights = "weekday_weights = [3, 1, 1, 1, 1, 0.5, 0.5]";
    let [volume, agents] = week(weights);
    assert!((volume[0] - 5.0).abs() <= 1e-6 && (volume[5] - 5.0 / 6.0).abs() <= 1e-6);
    assert_eq!(agents.iter().sum::<f64>(), 36.0);
    let [_, agents] = week(&format!("{weights}\nholidays = [2026-04-13]"));
    assert_eq!((agents[7], agents.iter().sum::<f64>()), (0.5, 33.5));
    // May weighs twice: 1 to 5 May carry 1 + 0.5 + 0.5 + 3 + 1 = 6 of the 36 weights once more,
    // for volume too: 60 x (36 + 6)/36 = 70.
    let months = "month_weights = [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1]";
    let [volume, agents] = week(&format!("{weights}\n{months}"));
    assert_eq!(agents.iter().sum::<f64>(), 42.0);
    assert_eq!(volume.iter().map(|c| (c * 1e6).round()).sum::<f64>(), 70e6);
}

#[test]
fn a_workloads_own_calendar_overrides_key_by_key() {
    let text = "name = \"t\"\nstart = 2026-04-06\nmonths = 1\n[rate_card]\naction = 1\n\
        [calendar]\noff_day_share = 0.5\nholidays = [2026-04-06]\n\
        [[workload]]\nname = \"w\"\nseats = 1\nactivation = 1\nactions_per_day = 1\n\
        calendar = { working_days = [\"tue\", \"sat\"] }\n";
    // Monday is no working day (and a holiday), Tuesday and Saturday are.
    assert_eq!(
        days(&scenario(text), 0)[..7],
        [0.5, 1.0, 0.5, 0.5, 0.5, 1.0, 0.5]
    );
}

#[test]
fn months_are_clamped_to_month_ends() {
    // From 31 January 2026: 28 days to 27 February, 31 to 30 March, 30 to 29 April; each carries
    // its 900 units.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 900\n";
    let scenario = scenario(&plain("2026-01-31", 3, body));
    let lengths: Vec<usize> = (0..3).map(|m| scenario.horizon.month(m).len()).collect();
    assert_eq!(lengths, [28, 31, 30]);
    let starts = (0..3).map(|m| {
        scenario
            .horizon
            .date(scenario.horizon.month(m).start)
            .to_string()
    });
    assert_eq!(
        starts.collect::<Vec<_>>(),
        ["2026-01-31", "2026-02-28", "2026-03-31"]
    );
    let days = days(&scenario, 0);
    for month in 0..3 {
        let sum: f64 = days[scenario.horizon.month(month)].iter().sum();
        assert!((sum - 900.0).abs() <= 1e-6, "month {month}: {sum}");
    }
}

#[test]
fn certain_rate_changes_are_in_the_plan_and_uncertain_ones_are_not() {
    // 100 a day at 20 credits; from 16 April 30 for certain, from 21 April perhaps 90: 15 days x
    // 2,000 + 15 x 3,000 = 75,000 credits = $375.
    let text = "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[calendar]\noff_day_share = 1\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 3000\n\
        [[rate_change]]\noperation = \"action\"\nfrom = 2026-04-21\ncredits = 90\nchance = 0.5\n\
        [[rate_change]]\noperation = \"action\"\nfrom = 2026-04-16\ncredits = 30\n";
    assert_plan(text, 75_000, 37_500);
}
