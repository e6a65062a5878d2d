//! What a person sees fits the screen, whatever the scenario says.

use std::fs;

use flexcast::error::{Error, Source};
use flexcast::forecast::{Forecast, forecast, point};
use flexcast::ledger::{Grade, grade};
use flexcast::randomness::Sampling;
use flexcast::report::page::{HEIGHT, width};
use flexcast::report::{csv, details, sizes, summary};
use flexcast::scenario::{Scenario, read};
use flexcast::simulate::unwatched;
use flexcast::summarise::store::Detail;

fn question(text: &str, sets: &[&str]) -> Scenario {
    let source = Source {
        name: "s.toml".to_owned(),
        text: text.to_owned(),
    };
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    read(source, &sets).unwrap_or_else(|problems| panic!("{problems}"))
}

fn ask(scenario: &Scenario) -> Forecast {
    forecast(scenario, Detail::Full, &unwatched).expect("a forecast")
}

fn fits(page: &str, most: usize) {
    assert!(page.lines().count() <= most, "{page}");
    for line in page.lines() {
        assert!(width(line) <= 80, "{} columns: {line}\n{page}", width(line));
    }
}

/// A list price beside which other prices of a pack look like those of a credit.
const DEAR: &str = "contract.pack_price=10_000_000.0";

/// Prices of the same order for the other prices of a pack that a scenario writes.
fn other_prices(text: &str) -> Vec<&'static str> {
    let prices = [
        ("commit ", "contract.commit.pack_price=8_500_000.0"),
        ("top_up ", "contract.top_up.pack_price=9_500_000.0"),
    ];
    let written = |key: &str| text.lines().any(|line| line.starts_with(key));
    let prices = prices.into_iter().filter(|(key, _)| written(key));
    prices.map(|(_, set)| set).collect()
}

#[test]
fn every_answer_fits_a_screen_of_24_lines_and_80_columns() {
    let long = format!("name=\"{}\"", "予算と".repeat(40));
    let alerts = "governance.alerts=[0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.2]";
    let odd: [&[&str]; 9] = [
        &[],
        &["simulation.paths=1"],
        &[
            "simulation.paths=30",
            "budget.monthly=1.0",
            "budget.amount=1.0",
        ],
        &["currency=Galactic Standard Credits of the Outer Rim"],
        &[&long, alerts],
        &[DEAR, "contract.overage_pack_price=13_000_000.0"],
        &[
            "contract.pack_price=0.02",
            "contract.overage_pack_price=0.026",
        ],
        &[
            "simulation.precision={ p95_spend = 0.5, mean_spend = 0.0001 }",
            "simulation.max_paths=200",
        ],
        &[
            "contract.payment=pay-as-you-go",
            "contract.on_exhaustion=overage",
            "contract.prepurchase=0",
            "contract.free_credits=0",
        ],
    ];
    for entry in fs::read_dir("scenarios").expect("scenarios").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a scenario");
        for sets in odd {
            let mut all = vec!["simulation.paths=100"];
            all.extend_from_slice(sets);
            if sets.contains(&DEAR) {
                all.extend(other_prices(&text));
            }
            let scenario = question(&text, &all);
            let answer = ask(&scenario);
            fits(&summary::summary(&scenario, &answer, false), HEIGHT);
            let mut quasi = scenario.clone();
            quasi.simulation.sampling = Sampling::Quasi;
            let page = summary::summary(&quasi, &ask(&quasi), false);
            fits(&page, HEIGHT);
            assert!(page.contains("quasi-random, 16 randomisations"), "{page}");
            assert_eq!(answer.sizes.is_some(), grade(&scenario) == Grade::Demand);
            if let Some(found) = &answer.sizes {
                let page = sizes::sizes(&scenario, &answer, found, false);
                fits(&page, HEIGHT);
            }
            fits(&details::details(&scenario, &answer), usize::MAX);
            let plan = point(&scenario).expect("a plan");
            fits(&summary::summary(&scenario, &plan, false), HEIGHT);
        }
    }
}

#[test]
fn the_highest_alerts_are_kept_and_the_rest_is_said() {
    let text = fs::read_to_string("scenarios/portfolio.toml").expect("a scenario");
    let alerts = "governance.alerts=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]";
    let scenario = question(&text, &["simulation.paths=100", alerts]);
    let page = summary::summary(&scenario, &ask(&scenario), false);
    assert!(page.contains("90% of the term's credits"), "{page}");
    assert!(page.contains("lower alerts: --details"), "{page}");
}

#[test]
fn the_order_of_keys_inside_a_table_changes_nothing() {
    let text = |operations: &str, mix: &str| {
        format!(
            "name = \"order\"\nstart = 2026-01-01\nmonths = 2\n[simulation]\npaths = 50\n\
             [[workload]]\nname = \"w\"\nunits_per_month = 12345.678\n\
             operations = {{ {operations} }}\nactions_per_unit = {{ mix = [{mix}] }}\n"
        )
    };
    let one = text(
        "action = 0.1, sandbox = 0.2, voice = 0.7",
        "{ share = 0.1, actions = 3 }, { share = 0.2, actions = 7 }, { share = 0.7, actions = 14 }",
    );
    let other = text(
        "voice = 0.7, sandbox = 0.2, action = 0.1",
        "{ actions = 14, share = 0.7 }, { share = 0.2, actions = 7 }, { share = 0.1, actions = 3 }",
    );
    let (one, other) = (question(&one, &[]), question(&other, &[]));
    assert_eq!(
        csv::tables(&one, &ask(&one)),
        csv::tables(&other, &ask(&other))
    );
    let plan = |scenario| csv::tables(scenario, &point(scenario).expect("a plan"));
    assert_eq!(plan(&one), plan(&other));
}

#[test]
fn more_seats_than_can_be_counted_are_refused_and_never_a_panic() {
    let text = |seats: &str| {
        format!(
            "name = \"crowd\"\nstart = 2026-01-01\nmonths = 12\n[simulation]\npaths = 2\n\
             [[workload]]\nname = \"w\"\nseats = {seats}\nactivation = 1.0\nactions_per_day = 0\n"
        )
    };
    let source = Source {
        name: "s.toml".to_owned(),
        text: text("1e11"),
    };
    let problems = read(source, &[]).expect_err("too many seats").to_string();
    assert!(problems.contains("seats"), "{problems}");
    let most = question(&text("2e9"), &[]);
    assert_eq!(ask(&most).paths, 2);
    // A tail beyond what can be counted ends the run with an error.
    let tail = question(&text("{ mean = 1e8, cv = 50 }"), &["simulation.paths=2000"]);
    let outcome = forecast(&tail, Detail::Full, &unwatched);
    assert!(matches!(outcome, Ok(_) | Err(Error::Overflow { .. })));
}

#[test]
fn factors_beyond_all_numbers_are_an_overflow_whatever_the_noise() {
    // Some eighty thousand arrivals run at once: their product is infinite.
    for daily_cv in ["0", "0.1", "0.3", "1"] {
        let text = format!(
            "name = \"t\"\nstart = 2026-01-01\nmonths = 12\n\
             [[workload]]\nname = \"w\"\nunits_per_month = 0.01\ndaily_cv = {daily_cv}\n\
             [[incident]]\nname = \"i\"\nper_year = 100_000\ndays = 300\nmultiplier = 1_000\n"
        );
        let outcome = forecast(
            &question(&text, &["simulation.paths=8"]),
            Detail::Summary,
            &unwatched,
        );
        assert!(matches!(outcome, Err(Error::Overflow { .. })), "{daily_cv}");
    }
}

#[test]
fn a_full_page_keeps_what_is_hidden_and_when_credits_run_dry() {
    let text = fs::read_to_string("scenarios/service-desk.toml").expect("a scenario");
    // Another size in each term, two budgets, costs beside the credits, a team, five alerts.
    let text = format!(
        "{text}\n[extras]\ndata_cloud_share = 0.1\nsupport_share = 0.2\n\
         agent_build = {{ count = 2, cost = 10_000.0 }}\n\
         [governance]\nalerts = [0.5, 0.6, 0.75, 0.9, 0.95]\n\
         [[team]]\nname = \"Customer service\"\nshare = 0.9\n"
    );
    let sets = [
        "simulation.paths=400",
        "budget.monthly=6_000.0",
        "contract.term_months=2",
        "contract.free_credits=100_000",
        "contract.overage_pack_price=650.0",
    ];
    let (scenario, answer) = (question(&text, &sets), ask(&question(&text, &sets)));
    let page = summary::summary(&scenario, &answer, false);
    fits(&page, HEIGHT);
    for told in [
        "As planned, ",
        "Runs dry ",
        "lower alerts, the 80% rule, teams, errors of dates: --details",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    // With them nothing is left out.
    let all = summary::summary(&scenario, &answer, true);
    fits(&all, usize::MAX);
    for told in [
        "Teams ",
        "term 1's plan in each",
        "days\n50% of",
        "\n95% of",
    ] {
        assert!(all.contains(told), "{told}\n{all}");
    }
    assert!(!all.contains("--details"), "{all}");
}
