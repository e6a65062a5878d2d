//! The whole contract on paper: journals with every kind of event, their files, and the screen.

use std::collections::BTreeSet;

use flexcast::demand::{Future, Impact, Model, Occurrence};
use flexcast::forecast::{self, Forecast, Stopped};
use flexcast::ledger::{Grade, Line, Settlement, Terms, feedback, grade};
use flexcast::report::explain::Told;
use flexcast::report::page::{HEIGHT, width};
use flexcast::report::{csv, deal, details, focus, json, summary};
use flexcast::scenario::{
    Commit, Conversion, Direction, Expiry, Extras, Grant, IncidentResponse, OnExhaustion, Payment,
    Prepurchase, Rollover, Scenario, SeatAllowance, Step, TopUp,
};
use flexcast::simulate::unwatched;
use flexcast::summarise::record::{Layout, Metric, Period, Records, Row, Scope};
use flexcast::summarise::store::Detail;
use flexcast::units::{Credits, MICRO, Money};

use crate::ask;
use crate::checks::close;

/// Two months from the first of the year, two teams, one workload that may wait.
const HOUSE: &str = r#"name = "a house with many rules"
start = 2026-01-01
months = 2
[simulation]
paths = 60
[rate_card]
action = 1
[[workload]]
name = "answers"
team = "Customer care, northern region"
seats = 40
activation = 0.7
actions_per_day = { p10 = 10, p90 = 40 }
daily_cv = 0.3
[[workload]]
name = "bulk"
team = "Sales"
critical = false
units_per_month = { p10 = 4_000, p90 = 30_000 }
[[incident]]
name = "loop"
per_year = 12
days = 6
multiplier = 3
[contract]
pack = 1_000
pack_price = 50
overage_pack_price = 65
prepurchase = 30_000
free_credits = 1_000
[budget]
amount = 2_500
"#;

fn credits(whole: i64) -> Credits {
    Credits::from_micro(whole * MICRO)
}

fn dollars(whole: i64) -> Money {
    Money::from_micro(whole * MICRO)
}

/// A contract by its name.
struct Case {
    name: &'static str,
    scenario: Scenario,
}

fn case(name: &'static str, change: impl FnOnce(&mut Scenario)) -> Case {
    let mut scenario = ask::scenario(HOUSE);
    change(&mut scenario);
    Case { name, scenario }
}

/// Contracts that together have every kind of event.
fn cases() -> Vec<Case> {
    vec![
        case("plain", |_| {}),
        case("monthly parts, guarded", |scenario| {
            let contract = &mut scenario.contract;
            contract.expiry = Expiry::Monthly;
            contract.term_months = 2;
            contract.rollover = Rollover {
                share: 400_000,
                most: None,
                needs_renewal: false,
                grace_days: 3,
            };
            contract.overage_cap = Some(dollars(120));
            contract.soft_cap = 50_000;
            guard(scenario);
            scenario.teams[0].owner = Some("Ada".to_owned());
            scenario.governance.review_months = Some(1);
            scenario.governance.buffer = 100_000;
        }),
        case("topped up", |scenario| {
            let contract = &mut scenario.contract;
            contract.prepurchase = Prepurchase::Packs(5);
            contract.term_months = 1;
            contract.on_exhaustion = OnExhaustion::TopUp(TopUp {
                below: 100_000,
                packs: 3,
                pack_price: dollars(60),
                spending_cap: Some(dollars(400)),
            });
            contract.grants = vec![
                grant(2_000, -10, 20, 90, false),
                grant(1_500, 33, 50, 0, true),
            ];
            scenario.conversions = vec![
                conversion(5, 4, Direction::ToCredits),
                conversion(40, 6, Direction::ToLicences),
            ];
            scenario.extras = Extras {
                data_cloud: 100_000,
                support: 50_000,
                agent_build: dollars(900),
            };
        }),
        case("seats and steps", |scenario| {
            let contract = &mut scenario.contract;
            contract.prepurchase = Prepurchase::Packs(0);
            contract.seat_allowance = Some(SeatAllowance {
                seats: 40,
                credits: credits(4_000),
                cost: dollars(800),
            });
            let step = |size: i64, price: i64| Step {
                credits_per_month: credits(size),
                price_per_month: dollars(price),
            };
            contract.on_exhaustion =
                OnExhaustion::StepUp(vec![step(5_000, 200), step(9_000, 300), step(20_000, 500)]);
        }),
        case("pre-commit", |scenario| {
            let contract = &mut scenario.contract;
            contract.payment = Payment::PreCommit(Commit {
                amount: dollars(2_200),
                pack_price: dollars(45),
                monthly_minimum: dollars(700),
            });
            contract.prepurchase = Prepurchase::Packs(0);
            contract.free_credits = Credits::ZERO;
        }),
        case("blocked", |scenario| {
            scenario.contract.on_exhaustion = OnExhaustion::Block;
            scenario.contract.term_months = 1;
            scenario.contract.prepurchase = Prepurchase::ShareOfPlan(500_000);
            guard(scenario);
        }),
    ]
}

/// Shares, breaker and response.
fn guard(scenario: &mut Scenario) {
    scenario.teams[0].share = Some(600_000);
    scenario.teams[1].share = Some(400_000);
    scenario.governance.circuit_breaker = Some(500_000);
    scenario.governance.incident_response = Some(IncidentResponse {
        alert: 0.5,
        days: 1,
    });
}

fn grant(size: i64, from_day: i64, to_day: i64, cost: i64, promotional: bool) -> Grant {
    Grant {
        credits: credits(size),
        from_day,
        to_day,
        priority: 10,
        cost: dollars(cost),
        promotional,
    }
}

fn conversion(day: i64, licences: u64, direction: Direction) -> Conversion {
    Conversion {
        day,
        licences,
        value: dollars(30 * licences as i64),
        ratio: 1_000_000,
        direction,
    }
}

/// Use on every sixth day or so, and an incident in each month.
fn written() -> Future {
    let days = [0, 6, 11, 17, 23, 29, 31, 36, 41, 47, 53, 58];
    let on = |amounts: [i64; 12]| {
        let mut all = vec![0; 59];
        for (day, amount) in days.into_iter().zip(amounts) {
            all[day] = amount * MICRO;
        }
        all
    };
    let base = [
        on([
            900, 1_500, 2_100, 2_600, 2_200, 1_900, 400, 700, 900, 300, 650, 480,
        ]),
        on([
            400, 1_300, 2_200, 1_900, 1_400, 2_500, 200, 300, 150, 350, 250, 120,
        ]),
    ];
    let incident = [
        on([0; 12]),
        on([0, 0, 4_400, 3_800, 0, 0, 0, 0, 0, 0, 0, 0]),
    ];
    let loops = Occurrence {
        incident: 0,
        from_day: 11,
        to_day: 22,
        effect: Impact::Multiplier(3.0),
    };
    Future::written(&base, &incident, &[loops], 2)
}

/// A future with its books and its journal.
struct Story {
    model: Model,
    terms: Terms,
    future: Future,
    books: Settlement,
    journal: Vec<Line>,
}

impl Story {
    fn new(scenario: &Scenario, path: u64, future: Option<Future>) -> Self {
        let model = Model::new(scenario);
        let (_, terms) = forecast::resolve(scenario, &model).expect("a plan");
        let future = future.unwrap_or_else(|| {
            let mut future = model.future();
            model.draw(path, &mut future).expect("a path");
            future
        });
        let mut books = Settlement::default();
        terms.settle(path, &future, &mut books).expect("books");
        let journal = terms.journal(path, &future).expect("a journal");
        Self {
            model,
            terms,
            future,
            books,
            journal,
        }
    }

    fn told<'a>(&'a self, scenario: &'a Scenario) -> Told<'a> {
        Told {
            scenario,
            model: &self.model,
            terms: &self.terms,
            path: Some(0),
            future: &self.future,
            books: &self.books,
            journal: &self.journal,
        }
    }
}

/// Rows of a CSV by column.
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn new(told: &Told<'_>) -> Self {
        let file = focus::file(told);
        let mut reader = ::csv::Reader::from_reader(file.bytes.as_slice());
        let header = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect());
        Self {
            header,
            rows: rows.collect(),
        }
    }

    fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let place = self.header.iter().position(|name| name == column);
        &row[place.unwrap_or_else(|| panic!("no column {column}"))]
    }

    /// A number as millionths; an empty cell is nothing.
    fn micro(&self, row: &[String], column: &str) -> i64 {
        let cell = self.cell(row, column);
        let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
        let digits = format!("{whole}{fraction:0<6}");
        digits.parse().unwrap_or(0)
    }

    fn sum(&self, column: &str) -> i64 {
        self.rows.iter().map(|row| self.micro(row, column)).sum()
    }
}

#[test]
fn every_event_has_its_line() {
    let mut kinds = BTreeSet::new();
    let (mut pages, mut sheets) = (String::new(), String::new());
    for case in cases().iter().filter(|case| case.name != "plain") {
        let story = Story::new(&case.scenario, 0, Some(written()));
        let told = story.told(&case.scenario);
        let page = told.story(case.name);
        assert!(
            page.lines().all(|line| width(line) <= 80),
            "80 columns: {page}"
        );
        pages.push_str(&page);
        pages.push('\n');
        let sheet = Sheet::new(&told);
        assert_eq!(sheet.rows.len(), story.journal.len(), "every event a row");
        for row in &sheet.rows {
            kinds.insert(sheet.cell(row, "x_Event").to_owned());
        }
        sheets.push_str(&String::from_utf8(focus::file(&told).bytes).unwrap());
    }
    insta::assert_snapshot!("journals", pages);
    insta::assert_snapshot!("journals_as_csv", sheets);
    let all = [
        "alert",
        "averted",
        "billed",
        "breaker_tripped",
        "credits_to_licences",
        "exhausted",
        "expired",
        "free",
        "grant",
        "in_grace",
        "incidents_ended",
        "response_called",
        "licences_to_credits",
        "monthly_minimum",
        "monthly_part",
        "overage",
        "purchase",
        "rolled_over",
        "seats",
        "share_exceeded",
        "shares_rebalanced",
        "step",
        "step_up",
        "top_up",
        "true_up",
        "unserved_blocked",
        "unserved_breaker",
        "unserved_overage_cap",
        "unserved_soft_cap",
        "used",
    ];
    let missing: Vec<_> = all.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "no journal has {missing:?}");
    assert_eq!(kinds.len(), all.len(), "{kinds:?}");
}

#[test]
fn the_journal_is_the_books_line_by_line() {
    for case in cases() {
        for path in 0..40 {
            let scenario = &case.scenario;
            let story = Story::new(scenario, path, None);
            let mut balance = Credits::ZERO;
            for line in &story.journal {
                balance += line.change();
                assert_eq!(balance, line.balance, "{} {path}: {line:?}", case.name);
            }
            let sheet = Sheet::new(&story.told(scenario));
            for (month, books) in story.books.months.iter().enumerate() {
                let days = scenario.horizon.month(month);
                let within = || {
                    let lines = story.journal.iter().zip(&sheet.rows);
                    lines.filter(|(line, _)| days.contains(&line.day))
                };
                let paid: Money = within().map(|(line, _)| line.money).sum();
                assert_eq!(paid, books.spend, "{} {path}", case.name);
                let last = within()
                    .next_back()
                    .map_or(Credits::ZERO, |(line, _)| line.balance);
                let before = story.journal.iter().take_while(|line| line.day < days.end);
                let carried = before.last().map_or(last, |line| line.balance);
                assert_eq!(carried, books.balance, "{} {path}", case.name);
                let credits = |kinds: &[&str]| -> i64 {
                    within()
                        .filter(|(_, row)| {
                            let event = sheet.cell(row, "x_Event");
                            kinds.iter().any(|kind| event.starts_with(kind))
                        })
                        .map(|(line, _)| -line.credits.micro())
                        .sum()
                };
                assert_eq!(credits(&["used"]), books.consumed.micro());
                assert_eq!(credits(&["overage", "billed"]), books.overage.micro());
                let months = scenario.horizon.months();
                let cells = |cells: &[Credits]| -> i64 {
                    let of_month = cells.iter().skip(month).step_by(months);
                    of_month.map(|credits| credits.micro()).sum()
                };
                assert_eq!(credits(&["unserved"]), cells(&story.books.unserved));
                assert_eq!(credits(&["averted"]), cells(&story.books.averted));
            }
            let expired = sheet.rows.iter();
            let expired = expired.filter(|row| sheet.cell(row, "x_Event") == "expired");
            let expired: i64 = expired.map(|row| -sheet.micro(row, "x_Credits")).sum();
            assert_eq!(expired, story.books.expired.micro());
        }
    }
}

#[test]
fn what_is_billed_is_what_use_costs_and_what_is_still_held() {
    for case in cases() {
        for path in 0..40 {
            let story = Story::new(&case.scenario, path, None);
            let sheet = Sheet::new(&story.told(&case.scenario));
            let held = sheet
                .rows
                .last()
                .map_or(0, |row| sheet.micro(row, "x_BalanceCost"));
            assert_eq!(
                sheet.sum("BilledCost") + sheet.sum("x_BroughtIn"),
                sheet.sum("EffectiveCost") + held,
                "{} {path}",
                case.name
            );
            let spend = story.books.spend_to_date.last().unwrap();
            assert_eq!(sheet.sum("BilledCost"), spend.micro());
            // Nothing is still to be granted at the end, so that nothing is held without credits.
            let balance = story.books.balance.last().unwrap();
            assert!(*balance > Credits::ZERO || held == 0);
            for row in &sheet.rows {
                let cell = |column| sheet.cell(row, column);
                let (billed, effective) = (
                    sheet.micro(row, "BilledCost"),
                    sheet.micro(row, "EffectiveCost"),
                );
                match (cell("ChargeCategory"), cell("CommitmentDiscountStatus")) {
                    ("Purchase" | "Credit", _) => assert_eq!(effective, 0),
                    ("Usage", "Used" | "Unused") => assert_eq!(billed, 0),
                    ("Usage", _) => assert_eq!(billed, effective),
                    ("Adjustment", _) => assert_eq!(billed, 0),
                    other => panic!("{other:?}"),
                }
                let is_used = cell("ChargeFrequency") == "Usage-Based";
                assert_eq!(is_used, !cell("ConsumedQuantity").is_empty());
                // FOCUS: a status only with the commitment's id.
                let id = cell("CommitmentDiscountId");
                assert!(cell("CommitmentDiscountStatus").is_empty() || !id.is_empty());
                for start in ["ChargePeriod", "BillingPeriod"] {
                    let (from, to) = (format!("{start}Start"), format!("{start}End"));
                    assert!(sheet.cell(row, &from) < sheet.cell(row, &to));
                    assert!(sheet.cell(row, &from).ends_with("T00:00:00Z"));
                }
            }
        }
    }
}

#[test]
fn spend_is_shared_out_by_what_is_served() {
    for case in cases() {
        let scenario = &case.scenario;
        let forecast = ask::run(scenario);
        let paths = ask::paths(scenario, 60, |future, books| {
            let months = books.months.len();
            let served = |workload: usize| -> i64 {
                let days = future.base(workload).iter().zip(future.incident(workload));
                let wanted: i64 = days.map(|(base, incident)| base + incident).sum();
                let lost = |cells: &[Credits]| -> i64 {
                    let own = cells.iter().skip(workload * months).take(months);
                    own.map(|credits| credits.micro()).sum()
                };
                wanted - lost(&books.unserved) - lost(&books.averted)
            };
            let spend = books.spend_to_date.last().unwrap().micro();
            (spend as f64, served(0) as f64, served(1) as f64)
        });
        let row = |scope, metric| {
            let period = Period::Term;
            forecast.row(Row {
                scope,
                metric,
                period,
            })
        };
        let share = |(spend, own, other): &(f64, f64, f64)| spend * own / (own + other);
        let mean = paths.iter().map(share).sum::<f64>() / paths.len() as f64 / MICRO as f64;
        let found = row(Scope::Workload(0), Metric::Spend).unwrap().mean;
        close(found, mean, 1e-9).unwrap_or_else(|off| panic!("{}: {off}", case.name));
        let team = row(Scope::Team(0), Metric::Spend).unwrap().mean;
        assert_eq!(found, team);
        // Parts sum to the whole, also of what is not served.
        for metric in [Metric::Spend, Metric::UnservedCredits] {
            let parts = [0, 1].map(|w| row(Scope::Workload(w), metric).unwrap().mean);
            let whole = row(Scope::Total, metric).unwrap().mean;
            close(parts[0] + parts[1], whole, 1e-9).unwrap();
        }
        let is_withheld = row(Scope::Total, Metric::UnservedCredits).unwrap().mean > 0.0;
        assert!(
            forecast.terms.may_withhold() || !is_withheld,
            "{}",
            case.name
        );
    }
}

#[test]
fn parts_sum_to_the_whole_on_every_path_of_every_contract() {
    for case in cases() {
        let scenario = &case.scenario;
        let story = Story::new(scenario, 0, None);
        let layout = Layout::new(scenario, &story.terms);
        let mut records = Records::with_capacity(&layout, 60);
        for path in 0..60 {
            let Story { future, books, .. } = Story::new(scenario, path, None);
            records.push(&layout, scenario, &future, &books);
        }
        let figures = records.figures(&layout);
        let row = |scope, metric, period| {
            figures.row(Row {
                scope,
                metric,
                period,
            })
        };
        let sum = |parts: [Vec<i64>; 2]| -> Vec<i64> {
            let pairs = parts[0].iter().zip(&parts[1]);
            pairs.map(|(one, other)| one + other).collect()
        };
        for metric in [Metric::Spend, Metric::UnservedCredits, Metric::Credits] {
            let whole = row(Scope::Total, metric, Period::Term);
            for scope in [Scope::Workload, Scope::Team] {
                let parts = [0, 1].map(|part| row(scope(part), metric, Period::Term));
                assert_eq!(sum(parts), whole, "{} {metric:?}", case.name);
                for part in [0, 1] {
                    let months = [0, 1].map(|month| row(scope(part), metric, Period::Month(month)));
                    assert_eq!(sum(months), row(scope(part), metric, Period::Term));
                }
            }
        }
        let averted =
            [0, 1].map(|month| row(Scope::Total, Metric::AvertedCredits, Period::Month(month)));
        assert_eq!(
            sum(averted),
            row(Scope::Total, Metric::AvertedCredits, Period::Term)
        );
    }
}

#[test]
fn overage_is_a_path_with_credits_beyond_the_grants() {
    for case in cases() {
        let scenario = &case.scenario;
        let forecast = ask::run(scenario);
        let over = ask::paths(scenario, 60, |_, books| {
            books
                .months
                .iter()
                .any(|month| month.overage > Credits::ZERO)
        });
        let hits = over.iter().filter(|over| **over).count() as u64;
        match case.name {
            "pre-commit" => assert!(forecast.overage.is_none() && forecast.exhausted.is_none()),
            "blocked" => {
                assert_eq!(forecast.overage.unwrap().probability.hits, 0);
                assert!(forecast.exhausted.unwrap().ever().hits > 0);
            }
            _ => assert_eq!(forecast.overage.unwrap().probability.hits, hits),
        }
    }
}

#[test]
fn costs_beside_the_credits_are_counted_path_by_path() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "topped up").unwrap();
    let forecast = ask::run(&case.scenario);
    let beside = forecast.beside.as_ref().unwrap();
    // 10% and 5% of the spend, $900 once, 4 licences at $30 given, what came back less.
    let totals = ask::paths(&case.scenario, 60, |_, books| {
        let spend = books.spend_to_date.last().unwrap().to_f64();
        spend * 1.15 + 900.0 + 120.0 - books.licences.to_f64()
    });
    let mean = totals.iter().sum::<f64>() / 60.0;
    close(beside.total_cost.mean, mean, 1e-8).unwrap();
    let spend = forecast.term(Metric::Spend).unwrap().mean;
    close(beside.data_cloud.mean, 0.1 * spend, 1e-8).unwrap();
    close(beside.support.mean, 0.05 * spend, 1e-8).unwrap();
    assert!(beside.licences_from_credits.mean > 0.0);
    assert_eq!(beside.licences_to_credits, dollars(120));
    let json = json::summary(&case.scenario, &forecast);
    assert_eq!(json["beside"]["agent_build"], 900);
    // Without a word of it there is nothing beside.
    let plain = ask::run(&all[0].scenario);
    assert!(plain.beside.is_none());
    assert!(json::summary(&all[0].scenario, &plain)["beside"].is_null());
}

#[test]
fn teams_and_terms_are_in_the_summary_for_programs() {
    let all = cases();
    let case = all.iter().find(|case| case.name == "blocked").unwrap();
    let scenario = &case.scenario;
    let full = json::summary(scenario, &ask::run(scenario));
    let teams = full["teams"].as_array().unwrap();
    assert_eq!(teams.len(), 2);
    assert_eq!(teams[0]["name"], "Customer care, northern region");
    assert_eq!(teams[0]["share"], 0.6);
    assert_eq!(teams[0]["allocation"]["period"], "term");
    let amount = teams[0]["allocation"]["amount"].as_f64().unwrap();
    let granted = full["purchase"]["terms"][0]["granted"].as_f64().unwrap();
    close(amount, 0.6 * granted, 1e-9).unwrap();
    assert!(teams[1]["exceeds_share"]["probability"]["value"].is_number());
    assert_eq!(teams[1]["alerts"].as_array().unwrap().len(), 3);
    assert_eq!(teams[1]["alerts"][2]["threshold"], 0.9);
    assert!(teams[1]["spend"]["mean"].is_number());
    assert!(teams[1]["unserved_credits"]["mean"].is_number());
    let terms = full["purchase"]["terms"].as_array().unwrap();
    assert_eq!(terms.len(), 2);
    assert_eq!(terms[1]["first_day"], "2026-02-01");
    // A run that keeps only what the summary needs says the same.
    let short = forecast::forecast(scenario, Detail::Summary, &unwatched).unwrap();
    assert_eq!(json::summary(scenario, &short), full);
    let tables = csv::tables(scenario, &ask::run(scenario));
    let alerts = tables
        .iter()
        .find(|file| file.name == "alerts.csv")
        .unwrap();
    let text = std::str::from_utf8(&alerts.bytes).unwrap();
    assert!(text.contains("team:Sales,0.9"), "{text}");
}

fn fits(page: &str, most: usize) {
    assert!(page.lines().count() <= most, "{page}");
    for line in page.lines() {
        assert!(width(line) <= 80, "{} columns: {line}\n{page}", width(line));
    }
}

#[test]
fn every_contract_has_its_screen() {
    let mut pages = String::new();
    for mut case in cases() {
        for long in [false, true] {
            if long {
                case.scenario.currency = "Galactic Standard Credits".to_owned();
                case.scenario.teams[0].name = "予算と".repeat(40);
                case.scenario.budget.monthly = Some(dollars(1));
            }
            let scenario = &case.scenario;
            let answer = ask::run(scenario);
            let page = summary::summary(scenario, &answer, false);
            fits(&page, HEIGHT);
            fits(&details::details(scenario, &answer), usize::MAX);
            let plan = forecast::point(scenario).unwrap();
            let plan_page = summary::summary(scenario, &plan, false);
            fits(&plan_page, HEIGHT);
            assert_eq!(plan.stopped, Stopped::Point);
            check_advice(scenario, &answer, &page);
            fits(
                &Story::new(scenario, 0, None).told(scenario).story("a path"),
                usize::MAX,
            );
            if !long {
                pages.push_str(&format!("{}\n\n{page}\n{plan_page}\n", case.name));
            }
        }
    }
    insta::assert_snapshot!("screens", pages);
}

/// Advice where sizes can be compared, else why there is none.
fn check_advice(scenario: &Scenario, answer: &Forecast, page: &str) {
    let is_plain = grade(scenario) == Grade::Demand;
    assert_eq!(answer.sizes.is_some(), is_plain);
    assert_eq!(page.contains("\nBuy  "), is_plain, "{page}");
    let is_committed = matches!(scenario.contract.payment, Payment::PreCommit(_));
    assert_eq!(deal::cannot_size(scenario).is_some(), is_committed);
    if !is_plain && !is_committed {
        let keys = feedback(scenario);
        assert!(keys.first().is_none_or(|key| page.contains(key)), "{page}");
    }
    assert!(!page.contains("\nBuys "), "the plan is another page");
    let json = json::summary(scenario, answer);
    assert_eq!(json["sizing"].is_null(), !is_plain);
}

#[test]
fn what_a_cap_never_buys_and_what_a_conversion_never_gets_is_never_counted() {
    let text = |contract: &str| {
        ask::plain(
            "2026-01-01",
            6,
            &format!("[[workload]]\nname = \"w\"\nunits_per_month = 9_000\n{contract}"),
        )
    };
    // A top-up of 1e15 credits for $5e8 under a cap of $1,000.
    let topped = text(
        "[contract]\npack = 1_000_000_000\nfree_credits = 20_000\non_exhaustion = \"top-up\"\n\
         top_up = { below = 0.1, packs = 1_000_000, pack_price = 500.0, spending_cap = 1000.0 }\n",
    );
    let run = ask::run(&ask::with(&topped, &["simulation.paths=20"]));
    assert_eq!(run.top_up.expect("top-ups").probability.hits, 0);
    assert_eq!(run.unserved.expect("unserved").hits, 20);
    // Licences worth 2e13 credits: all there are become licences, and no more.
    let converted = text(
        "[contract]\nprepurchase = 100_000\n[[conversion]]\ndate = 2026-02-01\n\
         licences = 1_000\nvalue_each = 100\nratio = 0.000001\nto = \"licences\"\n",
    );
    let run = ask::run(&ask::with(&converted, &["simulation.paths=20"]));
    assert!(run.overage.expect("overage").probability.hits > 0);
}

#[test]
fn twelve_months_are_plain_up_to_a_year() {
    let keys = |months: usize| {
        let body = format!(
            "[[workload]]\nname = \"w\"\nunits_per_month = 1\n[contract]\nexpiry = \"12 months\"\n\
             term_months = {months}\n"
        );
        feedback(&ask::scenario(&ask::plain("2026-01-01", months, &body)))
    };
    assert_eq!(keys(12), Vec::<&str>::new());
    assert_eq!(keys(13), ["contract.expiry"]);
}
