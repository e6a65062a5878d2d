//! The written tables: columns, rows, units, empty cells, and when a run stops.

use flexcast::forecast::{self, Forecast, Stopped};
use flexcast::randomness::Sampling;
use flexcast::report::csv::{self, File};
use flexcast::report::json;
use flexcast::scenario::Scenario;
use flexcast::summarise::record::{Metric, Period, Row, Scope};
use flexcast::summarise::statistics::{PERCENTS, Statistics};

use crate::ask::{self, april, plain, scenario};
use crate::checks::close;

const DESK: &str = r#"name = "desk"
start = 2026-01-31
months = 2
currency = "EUR"
[simulation]
paths = 400
[[workload]]
name = "service"
team = "Care"
seats = 30
activation = 0.6
actions_per_day = { p10 = 20, p90 = 40 }
daily_cv = 0.3
[[workload]]
name = "bulk"
units_per_month = 4_000
[[incident]]
name = "loop"
workload = "bulk"
per_year = 12
days = 3
multiplier = 4
[contract]
prepurchase = "80%"
free_credits = 50_000
overage_pack_price = 650
[budget]
amount = 3_000
"#;

/// A table: its header, and its rows as cells.
fn table(files: &[File], name: &str) -> (String, Vec<Vec<String>>) {
    let file = files.iter().find(|file| file.name == name).unwrap();
    let text = std::str::from_utf8(&file.bytes).unwrap();
    assert!(text.ends_with('\n') && !text.contains('\r'), "{name}");
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    let mut rows: Vec<Vec<String>> = rows.collect();
    (rows.remove(0).join(","), rows)
}

fn tables(scenario: &Scenario, forecast: &Forecast) -> Vec<File> {
    let mut files = csv::tables(scenario, forecast);
    files.extend(
        forecast
            .sizes
            .as_ref()
            .map(|sizes| csv::sizing(scenario, sizes)),
    );
    files
}

fn desk() -> (Scenario, Vec<File>) {
    let scenario = scenario(DESK);
    let files = tables(&scenario, &ask::run(&scenario));
    (scenario, files)
}

#[test]
fn headers_are_the_documented_ones() {
    let (_, files) = desk();
    let documented = [
        (
            "percentiles.csv",
            "scenario,scope,metric,unit,period,mean,mean_se,sd,p1,p5,p10,p20,p25,p50,p75,p80,p90,\
             p95,p99,p50_low,p50_high,p95_low,p95_high",
        ),
        (
            "exhaustion.csv",
            "scenario,date,probability,cumulative,cumulative_low,cumulative_high",
        ),
        (
            "daily.csv",
            "scenario,date,metric,p5,p10,p25,p50,p75,p90,p95,mean",
        ),
        (
            "alerts.csv",
            "scenario,scope,threshold,probability,p10_date,p50_date,p90_date",
        ),
        (
            "summary.csv",
            "scenario,status,paths,seed,streams,currency,plan_credits,plan_spend,purchase_credits,\
             purchase_packs,credits_mean,spend_mean,spend_p50,spend_p90,spend_p95,\
             overage_probability,overage_probability_low,overage_probability_high,\
             overage_given_overage_mean,overage_given_overage_p95,\
             overage_probability_without_incidents,budget_probability,exhaustion_p10,\
             exhaustion_p50,exhaustion_p90,never_probability,optimal_credits,optimal_cost,\
             rule80_cost,stopped",
        ),
        (
            "sizing.csv",
            "scenario,objective,label,credits,packs,unit_price,share_of_mean,cost_mean,\
             cost_mean_se,cost_p50,cost_p95,cost_cvar95,overage_probability,overage_credits_mean,\
             unused_credits_mean,regret_mean,optimal",
        ),
    ];
    for (name, header) in documented {
        assert_eq!(table(&files, name).0, header, "{name}");
    }
}

#[test]
fn percentiles_have_a_row_per_scope_metric_and_period() {
    let (_, files) = desk();
    let (_, rows) = table(&files, "percentiles.csv");
    let total = [
        ("credits", "credits"),
        ("consumed", "credits"),
        ("overage_credits", "credits"),
        ("unserved_credits", "credits"),
        ("averted_credits", "credits"),
        ("unused_credits", "credits"),
        ("balance", "credits"),
        ("spend", "EUR"),
        ("overage_spend", "EUR"),
        ("active_agents", "agents"),
        ("incident_credits", "credits"),
    ];
    let part = [
        "credits",
        "unserved_credits",
        "spend",
        "active_agents",
        "incident_credits",
    ];
    let mut expected = Vec::new();
    for scope in [
        "total",
        "workload:service",
        "workload:bulk",
        "team:Care",
        "team:bulk",
    ] {
        for (metric, unit) in total {
            if scope != "total" && !part.contains(&metric) {
                continue;
            }
            // The second month of a start on the 31st begins on the last day of February.
            for period in ["2026-01-31", "2026-02-28", "term"] {
                if metric != "unused_credits" || period == "term" {
                    expected.push([scope, metric, unit, period].map(str::to_owned).to_vec());
                }
            }
        }
    }
    let found: Vec<Vec<String>> = rows.iter().map(|row| row[1..5].to_vec()).collect();
    assert_eq!(found, expected);
    assert!(rows.iter().all(|row| row[0] == "desk" && row.len() == 23));
    // 400 paths leave 4 beyond the 1% and 99%: empty, not guessed. The rest are numbers.
    for row in &rows {
        for (column, cell) in row.iter().enumerate().skip(5) {
            let is_unresolved = matches!(column, 8 | 18);
            assert_eq!(cell.is_empty(), is_unresolved, "column {column} of {row:?}");
            assert!(cell.is_empty() || cell.parse::<f64>().is_ok(), "{cell}");
            assert!(!cell.contains(['e', 'E']), "no exponents: {cell}");
        }
    }
}

#[test]
fn exhaustion_ends_with_never_and_sums_to_one() {
    let (scenario, files) = desk();
    let (_, rows) = table(&files, "exhaustion.csv");
    let last = rows.last().unwrap();
    assert_eq!((last[1].as_str(), last[3].as_str()), ("never", "1"));
    let number = |cell: &String| cell.parse::<f64>().unwrap();
    let mut sum = 0.0;
    for row in &rows {
        assert!(number(&row[2]) > 0.0 || row[1] == "never");
        sum += number(&row[2]);
        assert!((sum - number(&row[3])).abs() < 1e-8);
        assert!(number(&row[4]) <= number(&row[3]) && number(&row[3]) <= number(&row[5]));
    }
    assert!(
        rows[..rows.len() - 1].is_sorted_by(|a, b| a[1] < b[1]),
        "dates ascend"
    );
    let first = scenario.horizon.start().to_string();
    assert!(rows.iter().all(|row| row[1] >= first));
}

#[test]
fn daily_has_four_metrics_a_day() {
    let (scenario, files) = desk();
    let (_, rows) = table(&files, "daily.csv");
    let days = scenario.horizon.days();
    assert_eq!(rows.len(), 4 * days);
    let metrics = ["credits", "cumulative_credits", "balance", "spend_to_date"];
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row[1], scenario.horizon.date(index % days).to_string());
        assert_eq!(row[2], metrics[index / days]);
    }
}

#[test]
fn alerts_have_their_thresholds_and_summary_one_row() {
    let (_, files) = desk();
    let (_, rows) = table(&files, "alerts.csv");
    let thresholds: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(thresholds, ["0.5", "0.75", "0.9"]);
    let (header, rows) = table(&files, "summary.csv");
    assert_eq!(rows.len(), 1);
    let cell = |column: &str| {
        let place = header.split(',').position(|name| name == column).unwrap();
        rows[0][place].as_str()
    };
    assert_eq!(
        (cell("status"), cell("paths"), cell("stopped")),
        ("ok", "400", "paths")
    );
    assert_eq!(cell("currency"), "EUR");
    assert!(cell("budget_probability").parse::<f64>().is_ok());
}

#[test]
fn sizing_has_its_labels_and_one_optimum() {
    let (_, files) = desk();
    let (_, rows) = table(&files, "sizing.csv");
    let labels: Vec<&str> = rows
        .iter()
        .map(|row| row[2].as_str())
        .filter(|label| !label.is_empty())
        .collect();
    assert_eq!(labels, ["optimum", "80% rule", "pay-as-you-go", "current"]);
    let cost = |row: &Vec<String>| row[7].parse::<f64>().unwrap();
    assert!(rows.iter().all(|row| cost(row) >= cost(&rows[0])));
    let packs: Vec<u64> = rows[4..]
        .iter()
        .map(|row| row[4].parse().unwrap())
        .collect();
    assert!(packs.is_sorted() && packs[0] == 0);
}

#[test]
fn the_single_number_plan_has_means_only() {
    let scenario = scenario(DESK);
    let forecast = forecast::point(&scenario).unwrap();
    let files = tables(&scenario, &forecast);
    let (_, rows) = table(&files, "percentiles.csv");
    for row in &rows {
        assert!(row[5].parse::<f64>().is_ok(), "{row:?}");
        assert!(row[6..].iter().all(String::is_empty), "{row:?}");
    }
    // The date has probability 1; so has never, where it does not come.
    let (_, rows) = table(&files, "exhaustion.csv");
    let sum: f64 = rows.iter().map(|row| row[2].parse::<f64>().unwrap()).sum();
    assert_eq!(sum, 1.0);
    assert!(rows.iter().all(|row| ["0", "1"].contains(&row[2].as_str())));
    let (_, rows) = table(&files, "daily.csv");
    assert!(
        rows.iter()
            .all(|row| row[3..10].iter().all(String::is_empty))
    );
    let (header, rows) = table(&files, "summary.csv");
    for (column, cell) in header.split(',').zip(&rows[0]) {
        let is_statistic = column.starts_with("spend_p")
            || column.ends_with("_low")
            || column.ends_with("_high")
            || column.starts_with("opt");
        assert!(!is_statistic || cell.is_empty(), "{column} = {cell}");
    }
}

#[test]
fn with_nothing_granted_there_is_no_exhaustion_and_no_overage() {
    let text = DESK.replace("prepurchase = \"80%\"\nfree_credits = 50_000\n", "");
    let scenario = scenario(&text);
    let forecast = ask::run(&scenario);
    let files = tables(&scenario, &forecast);
    assert!(
        table(&files, "exhaustion.csv").1.is_empty(),
        "a header only"
    );
    let (_, rows) = table(&files, "percentiles.csv");
    for row in rows.iter().filter(|row| row[2].starts_with("overage")) {
        assert!(row[5..].iter().all(String::is_empty), "{row:?}");
    }
    let (header, rows) = table(&files, "summary.csv");
    for (column, cell) in header.split(',').zip(&rows[0]) {
        let is_of_grants = column.starts_with("overage_")
            || column.starts_with("exhaustion_")
            || column == "never_probability";
        assert!(!is_of_grants || cell.is_empty(), "{column} = {cell}");
    }
    // All use is spend: credits at the overage price.
    let credits = forecast.term(Metric::Credits).unwrap().mean;
    let spend = forecast.term(Metric::Spend).unwrap().mean;
    close(spend, credits * 650.0 / 100_000.0, 1e-9).unwrap();
    // Without a budget there is nothing that alerts could be a share of.
    let plain = ask::scenario(&text.replace("[budget]\namount = 3_000\n", ""));
    let files = tables(&plain, &ask::run(&plain));
    assert!(table(&files, "alerts.csv").1.is_empty());
}

#[test]
fn text_that_a_spreadsheet_would_run_is_neutralised() {
    for name in ["=1+1", "+1", "-1", "@SUM(A1)"] {
        let text = DESK
            .replacen("name = \"desk\"", &format!("name = '{name}'"), 1)
            .replace("currency = \"EUR\"", "currency = '=EUR'");
        let scenario = scenario(&text);
        let forecast = ask::run(&scenario);
        for file in tables(&scenario, &forecast) {
            let text = String::from_utf8(file.bytes).unwrap();
            for line in text.lines().skip(1) {
                let mut reader = ::csv::ReaderBuilder::new()
                    .has_headers(false)
                    .from_reader(line.as_bytes());
                let row = reader.records().next().unwrap().unwrap();
                for cell in &row {
                    let runs = cell.starts_with(['=', '+', '-', '@']);
                    assert!(
                        !runs || cell.parse::<f64>().is_ok(),
                        "{}: {cell}",
                        file.name
                    );
                }
                assert_eq!(&row[0], format!("'{name}"), "{}", file.name);
            }
        }
        // JSON is no spreadsheet: there the name is as written.
        assert_eq!(json::summary(&scenario, &forecast)["scenario"], name);
    }
}

fn statistics(forecast: &Forecast, row: Row) -> &Statistics {
    let (_, found) = forecast
        .rows
        .iter()
        .find(|(other, _)| *other == row)
        .unwrap();
    found.as_ref().unwrap()
}

#[test]
fn streaming_agrees_with_exact_order_statistics_to_a_thousandth() {
    // 100,100 paths are more than are kept exactly; the same paths are sorted here. Days too: 61
    // of them times 4 figures pass what is kept.
    let text = plain(
        "2026-04-01",
        2,
        "[[workload]]\nname = \"w\"\nunits_per_month = { p10 = 100, p90 = 900 }\n\
         [simulation]\npaths = 100_100\n[contract]\npack = 100\npack_price = 1\n\
         prepurchase = 800\n",
    );
    let scenario = scenario(&text);
    let forecast = ask::run(&scenario);
    assert!(!forecast.exact && !forecast.days_exact);
    let paths = ask::paths(&scenario, 100_100, |future, books| {
        let month: i64 = future.base(0)[..30].iter().sum();
        let term: i64 = future.base(0).iter().sum();
        (month, term, books.balance[20].micro())
    });
    let exact = |value: fn(&(i64, i64, i64)) -> i64| {
        let mut values: Vec<i64> = paths.iter().map(value).collect();
        Statistics::of(&mut values, Sampling::Random).unwrap()
    };
    let same = |found: &Statistics, exact: &Statistics, tolerance: f64| {
        for percent in PERCENTS {
            let (found, exact) = (found.percentile(percent), exact.percentile(percent));
            close(found.unwrap(), exact.unwrap(), tolerance).unwrap();
        }
        // Moments are exact: sums of integers.
        assert_eq!(found.mean, exact.mean);
        close(found.sd.unwrap(), exact.sd.unwrap(), 1e-12).unwrap();
    };
    let credits = |scope, period| Row {
        scope,
        metric: Metric::Credits,
        period,
    };
    let month = exact(|path| path.0);
    same(
        statistics(&forecast, credits(Scope::Workload(0), Period::Month(0))),
        &month,
        1e-3,
    );
    same(
        statistics(&forecast, credits(Scope::Total, Period::Month(0))),
        &month,
        1e-3,
    );
    // The whole's rows of the horizon stay exact.
    same(
        statistics(&forecast, credits(Scope::Total, Period::Term)),
        &exact(|path| path.1),
        0.0,
    );
    let days = scenario.horizon.days();
    same(&forecast.days[2 * days + 20], &exact(|path| path.2), 1e-3);
    let json = json::summary(&scenario, &forecast);
    assert_eq!(json["paths"], 100_100);
}

#[test]
fn a_run_doubles_until_its_targets_are_met() {
    let precise = |sets: &[&str]| {
        let scenario = ask::with(DESK, sets);
        let forecast = ask::run(&scenario);
        (forecast.paths, forecast.stopped, forecast)
    };
    // Nothing asked for: the paths asked for.
    let (paths, stopped, _) = precise(&[]);
    assert_eq!((paths, stopped), (400, Stopped::Paths));
    // Met at once, and after some doublings of 50.
    let (paths, stopped, _) =
        precise(&["simulation.paths=50", "simulation.precision.mean_spend=0.5"]);
    assert_eq!((paths, stopped), (50, Stopped::PrecisionMet));
    let (paths, stopped, forecast) = precise(&[
        "simulation.paths=50",
        "simulation.precision.mean_spend=0.01",
    ]);
    assert!(paths > 50 && (paths / 50).is_power_of_two() && stopped == Stopped::PrecisionMet);
    let spend = forecast.term(Metric::Spend).unwrap();
    assert!(1.96 * spend.mean_se.unwrap() <= 0.01 * spend.mean);
    // Not met: the most there may be, said in the summary and its status.
    let sets = [
        "simulation.paths=50",
        "simulation.max_paths=300",
        "simulation.precision.p95_spend=1e-5",
    ];
    let scenario = ask::with(DESK, &sets);
    let forecast = ask::run(&scenario);
    assert_eq!((forecast.paths, forecast.stopped), (300, Stopped::MaxPaths));
    let files = csv::tables(&scenario, &forecast);
    let (_, rows) = table(&files, "summary.csv");
    assert_eq!(
        (rows[0][1].as_str(), rows[0][2].as_str()),
        ("imprecise", "300")
    );
    assert_eq!(rows[0].last().unwrap(), "max_paths");
}

#[test]
fn a_probability_needs_ten_hits_before_it_is_precise() {
    // An incident of probability 1% that alone passes the budget of credits: at 100 paths a hit or
    // none would have a small enough interval by the formula of the mean; ten are waited for.
    let text = april(
        "[[workload]]\nname = \"w\"\nunits_per_month = 1000\n\
         [[incident]]\nname = \"i\"\nchance = 0.01\nmultiplier = 10\n\
         [contract]\npack = 100\npack_price = 1\nprepurchase = 2000\n",
    );
    let sets = [
        "simulation.paths=100",
        "simulation.precision.overage_probability=0.9",
    ];
    let forecast = ask::run(&ask::with(&text, &sets));
    let overage = forecast.overage.unwrap().probability;
    assert_eq!(forecast.stopped, Stopped::PrecisionMet);
    assert!(overage.hits >= 10 && forecast.paths >= 400, "{overage:?}");
    // Never seen: it runs to the end and says so.
    let never = text.replace("chance = 0.01", "chance = 0");
    let sets = [sets[0], sets[1], "simulation.max_paths=3000"];
    let forecast = ask::run(&ask::with(&never, &sets));
    assert_eq!(
        (forecast.stopped, forecast.paths),
        (Stopped::MaxPaths, 3_000)
    );
}
