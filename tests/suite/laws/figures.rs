//! Figures: sums, percentiles, distributions of dates, order of tables.

use std::collections::BTreeMap;

use flexcast::demand::Model;
use flexcast::forecast;
use flexcast::ledger::Settlement;
use flexcast::report::csv;
use flexcast::scenario::Scenario;
use flexcast::summarise::record::{Layout, Metric, Period, Records, Row, Scope};
use flexcast::summarise::statistics::PERCENTS;
use proptest::prelude::*;

use super::holds;
use super::question::{Amount, Kind, Question, Work};
use crate::ask;

/// What is kept of every path.
fn records(question: &Question) -> (Scenario, Layout, Records) {
    let scenario = question.scenario();
    let model = Model::new(&scenario);
    let (_, terms) = forecast::resolve(&scenario, &model).unwrap();
    let layout = Layout::new(&scenario, &terms);
    let mut records = Records::with_capacity(&layout, 0);
    let (mut future, mut books) = (model.future(), Settlement::default());
    for path in 0..question.paths {
        model.draw(path, &mut future).unwrap();
        terms.settle(path, &future, &mut books).unwrap();
        records.push(&layout, &scenario, &future, &books);
    }
    (scenario, layout, records)
}

fn add(sums: &mut [i64], values: &[i64]) {
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += value);
}

#[test]
fn workloads_and_teams_sum_to_the_whole_on_every_path() {
    holds(21, 80, |question, _| {
        let (scenario, layout, records) = records(&question);
        let figures = records.figures(&layout);
        let months = scenario.horizon.months();
        let periods = (0..months).map(Period::Month).chain([Period::Term]);
        for period in periods {
            for metric in [Metric::Credits, Metric::IncidentCredits, Metric::Spend] {
                // The whole's months are cash, the parts' are use: they agree over the horizon.
                let is_cash = metric == Metric::Spend && period != Period::Term;
                let row = |scope| {
                    figures.row(Row {
                        scope,
                        metric,
                        period,
                    })
                };
                let whole = row(Scope::Total);
                let mut sums = [vec![0; whole.len()], vec![0; whole.len()]];
                for workload in 0..scenario.workloads.len() {
                    add(&mut sums[0], &row(Scope::Workload(workload)));
                }
                for team in 0..scenario.teams.len() {
                    add(&mut sums[1], &row(Scope::Team(team)));
                }
                prop_assert_eq!(&sums[0], &sums[1], "{:?} {:?}", metric, period);
                prop_assert!(is_cash || sums[0] == whole, "{metric:?} {period:?}");
            }
        }
        // Months sum to the horizon, for the whole and for every part.
        for row in layout
            .rows()
            .into_iter()
            .filter(|row| row.period == Period::Term)
        {
            let summable = !matches!(
                row.metric,
                Metric::UnusedCredits | Metric::Balance | Metric::ActiveAgents
            );
            if summable {
                let term = figures.row(row);
                let mut sum = vec![0; term.len()];
                for month in 0..months {
                    add(
                        &mut sum,
                        &figures.row(Row {
                            period: Period::Month(month),
                            ..row
                        }),
                    );
                }
                prop_assert_eq!(sum, term, "{:?}", row);
            }
        }
        Ok(())
    });
}

#[test]
fn percentiles_are_in_order_and_within_their_intervals() {
    holds(22, 30, |question, _| {
        let scenario = question.but(|question| question.paths = 300).scenario();
        let forecast = ask::run(&scenario);
        for (row, statistics) in &forecast.rows {
            let Some(statistics) = statistics else {
                continue;
            };
            let given: Vec<f64> = statistics.percentiles.iter().flatten().copied().collect();
            prop_assert!(given.is_sorted(), "{row:?}: {given:?}");
            // Of 300 paths, the 1%, and the 99% have 3 beyond them: they are left empty.
            prop_assert_eq!(given.len(), PERCENTS.len() - 2);
            let inside = |percent, interval: Option<(f64, f64)>| {
                let (low, high) = interval.unwrap();
                let value = statistics.percentile(percent).unwrap();
                low <= value && value <= high
            };
            prop_assert!(inside(50, statistics.p50_interval), "{row:?}");
            prop_assert!(inside(95, statistics.p95_interval), "{row:?}");
            let se = statistics.mean_se.unwrap() * 300.0_f64.sqrt();
            prop_assert!((se - statistics.sd.unwrap()).abs() <= 1e-9 * se);
        }
        Ok(())
    });
}

#[test]
fn the_exhaustion_date_is_the_share_of_paths_that_ran_dry() {
    holds(23, 60, |question, _| {
        let scenario = question.scenario();
        let forecast = ask::run(&scenario);
        let dry = ask::paths(&scenario, question.paths, |_, books| books.exhausted);
        let Some(days) = &forecast.exhausted else {
            prop_assert!(dry.iter().all(Option::is_none) && forecast.overage.is_none());
            return Ok(());
        };
        let mut last = 0;
        for day in 0..scenario.horizon.days() {
            let hits = dry.iter().flatten().filter(|&&dry| dry <= day).count() as u64;
            prop_assert_eq!(days.by(day).hits, hits);
            prop_assert!(hits >= last);
            last = hits;
        }
        prop_assert_eq!(days.ever().hits, last);
        prop_assert_eq!(days.paths(), question.paths);
        prop_assert_eq!(forecast.overage.unwrap().probability.hits, last);
        Ok(())
    });
}

/// The tables of a run by name, as lines.
fn tables(scenario: &Scenario) -> BTreeMap<&'static str, Vec<String>> {
    let files = csv::tables(scenario, &ask::run(scenario));
    let lines = |bytes: Vec<u8>| -> Vec<String> {
        String::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    };
    files
        .into_iter()
        .map(|file| (file.name, lines(file.bytes)))
        .collect()
}

#[test]
fn the_order_of_tables_changes_the_order_of_rows_and_nothing_else() {
    holds(24, 60, |question, mut tape| {
        let other = question.but(|question| {
            question.works.reverse();
            let turn = tape.pick(question.works.len());
            question.works.rotate_left(turn);
            question.troubles.reverse();
            question.events.reverse();
            question.rates.reverse();
        });
        let (mut first, mut second) = (tables(&question.scenario()), tables(&other.scenario()));
        // Rows of workloads and teams follow the file; those of the whole come first in both.
        let whole = |lines: &[String]| -> Vec<String> {
            lines
                .iter()
                .filter(|line| line.contains(",total,"))
                .cloned()
                .collect()
        };
        let (a, b) = (&first["percentiles.csv"], &second["percentiles.csv"]);
        prop_assert_eq!(whole(a), whole(b));
        let scopes = |lines: &[String], works: &Question| {
            let place = |name: &str| {
                let scope = format!("workload:{name},");
                lines.iter().position(|line| line.contains(&scope)).unwrap()
            };
            works
                .works
                .iter()
                .map(|work| place(&work.name))
                .collect::<Vec<_>>()
        };
        prop_assert!(scopes(a, &question).is_sorted() && scopes(b, &other).is_sorted());
        for tables in [&mut first, &mut second] {
            tables.get_mut("percentiles.csv").unwrap().sort();
        }
        prop_assert_eq!(first, second);
        Ok(())
    });
}

/// Rows of demand of some scopes.
fn demand_rows(scenario: &Scenario, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = tables(scenario).remove("percentiles.csv").unwrap();
    let kept = lines.into_iter().filter(|line| {
        let demand = ["credits", "incident_credits", "active_agents"];
        demand
            .iter()
            .any(|metric| line.contains(&format!(",{metric},")))
            && keep(line)
    });
    kept.collect()
}

#[test]
fn a_workload_of_nothing_changes_no_figure_of_the_whole() {
    holds(25, 40, |question, mut tape| {
        // A purchase stays in packs: a share of the plan is one of the same plan.
        let idle = question.but(|question| {
            question.add_agents("nobody", 0.0);
            if tape.pick(2) == 1 {
                let units = Amount::known(0.0);
                let per_unit = "{ use_case = \"faq\" }".to_owned();
                question.works.last_mut().unwrap().kind = Kind::Volume { units, per_unit };
            }
        });
        let (first, second) = (tables(&question.scenario()), tables(&idle.scenario()));
        for name in ["exhaustion.csv", "daily.csv", "alerts.csv", "summary.csv"] {
            prop_assert_eq!(&first[name], &second[name]);
        }
        let without = |lines: &[String]| -> Vec<String> {
            let own = |line: &&String| !line.contains("nobody") && !line.contains(",spend,");
            lines.iter().filter(own).cloned().collect()
        };
        prop_assert_eq!(
            without(&first["percentiles.csv"]),
            without(&second["percentiles.csv"])
        );
        Ok(())
    });
}

#[test]
fn another_workload_leaves_the_others_rows_to_the_byte() {
    holds(26, 40, |question, _| {
        let more = question.but(|question| question.add_agents("another", 70.0));
        let of_workloads = |line: &str| line.contains(",workload:") || line.contains(",'workload:");
        let others = |line: &str| of_workloads(line) && !line.contains("workload:another,");
        prop_assert_eq!(
            demand_rows(&question.scenario(), others),
            demand_rows(&more.scenario(), others)
        );
        Ok(())
    });
}

/// A question without anything uncertain but the counts themselves.
fn certain(question: &Question) -> Question {
    question.but(|question| {
        question.troubles.clear();
        question.rate_changes.clear();
        question.rates[0].1 = Amount::known(20.0);
        question.events.clear();
        question.correlation = None;
        question.works.iter_mut().for_each(Work::make_certain);
    })
}

#[test]
fn without_uncertainty_every_percentile_is_the_plan() {
    // A sum of Poisson counts: each unit is at most 40 actions at 30 credits, so the variance of a
    // path's credits is at most 1,200 times their mean. Six standard deviations for the largest of
    // 30 paths and 60 cases: less than 4e-6 in all.
    holds(27, 60, |question, _| {
        let scenario = certain(&question).scenario();
        let forecast = ask::run(&scenario);
        let plan = forecast.plan.credits.to_f64();
        let noise = 6.0 * (1_200.0 * plan).sqrt() + 7_200.0;
        let totals = ask::paths(&scenario, question.paths, |future, _| {
            (0..future.workloads())
                .map(|w| ask::total(future, w))
                .sum::<f64>()
        });
        for total in totals {
            prop_assert!(
                (total - plan).abs() <= noise,
                "{total} against {plan} +- {noise}"
            );
        }
        Ok(())
    });
}

#[test]
fn the_plan_scales_with_use() {
    holds(28, 60, |question, _| {
        let double = question.but(|question| {
            for work in &mut question.works {
                match &mut work.kind {
                    Kind::Agents { rate, .. } => *rate = rate.times(2.0),
                    Kind::Volume { units, .. } => *units = units.times(2.0),
                }
            }
        });
        let plan = |question: &Question| -> f64 {
            let scenario = question.scenario();
            let (plan, _) = forecast::resolve(&scenario, &Model::new(&scenario)).unwrap();
            plan.credits.to_f64()
        };
        let (one, two) = (plan(&question), plan(&double));
        // Means scale to a few units in the last place; the plan is kept in millionths.
        prop_assert!((two - 2.0 * one).abs() <= 1e-9 * two + 1e-5, "{one} {two}");
        Ok(())
    });
}
