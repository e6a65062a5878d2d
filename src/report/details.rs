//! The tables of `run --details`.

use std::fmt::Write;

use crate::forecast::Forecast;
use crate::ledger::Mark;
use crate::report::dates::{DATED, date_header, date_row};
use crate::report::names;
use crate::report::numbers::{percent, short};
use crate::report::page::{cell, labels};
use crate::scenario::Scenario;
use crate::summarise::record::{Metric, Period, Scope};

/// Columns of a label.
const LABEL: usize = 29;

/// The tables behind the summary: months, workloads, teams.
pub fn details(scenario: &Scenario, forecast: &Forecast) -> String {
    let mut page = String::new();
    let header = |page: &mut String, title: &str| {
        let _ = writeln!(
            page,
            "\n{title:<30}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "mean", "p10", "p50", "p90", "p95"
        );
    };
    let line = |page: &mut String, label: &str, metric, scope, period| {
        let found = forecast
            .rows
            .iter()
            .find(|(row, _)| row.metric == metric && row.scope == scope && row.period == period);
        let Some((_, Some(figure))) = found else {
            return;
        };
        let value = |percent| figure.percentile(percent).map_or("-".to_owned(), short);
        let label = cell(label, LABEL + 1);
        let _ = writeln!(
            page,
            "{label}{:>10}{:>10}{:>10}{:>10}{:>10}",
            short(figure.mean),
            value(10),
            value(50),
            value(90),
            value(95)
        );
    };
    let withholds = forecast.terms.may_withhold();
    let shown = |(_, metric): &(&str, Metric)| withholds || *metric != Metric::UnservedCredits;
    let months = || (0..scenario.horizon.months()).map(Period::Month);
    let by_month = [
        ("Credits wanted by month", Metric::Credits),
        ("Balance at the month's end", Metric::Balance),
        ("Overage by month", Metric::OverageSpend),
        ("Spend by month", Metric::Spend),
        ("Unserved by month", Metric::UnservedCredits),
        ("Active agents by month", Metric::ActiveAgents),
    ];
    for (title, metric) in by_month.into_iter().filter(shown) {
        header(&mut page, title);
        for period in months() {
            let label = names::period(scenario, period);
            line(&mut page, &label, metric, Scope::Total, period);
        }
    }
    header(&mut page, "The whole horizon");
    for (row, _) in forecast.rows.iter().filter(|(row, _)| row.is_term_total()) {
        line(
            &mut page,
            names::metric(row.metric),
            row.metric,
            row.scope,
            row.period,
        );
    }
    let by_scope = [
        ("Credits by workload and team", Metric::Credits),
        ("of which incidents", Metric::IncidentCredits),
        ("of which unserved", Metric::UnservedCredits),
        ("Spend by workload and team", Metric::Spend),
    ];
    for (title, metric) in by_scope.into_iter().filter(shown) {
        header(&mut page, title);
        let workloads = (0..scenario.workloads.len()).map(Scope::Workload);
        let scopes = workloads.chain((0..scenario.teams.len()).map(Scope::Team));
        let scopes: Vec<Scope> = scopes.collect();
        let of_scopes = scopes.iter().map(|&scope| names::scope(scenario, scope));
        let of_scopes: Vec<String> = of_scopes.collect();
        let of_scopes = labels(of_scopes.iter().map(String::as_str), LABEL);
        for (&scope, label) in scopes.iter().zip(&of_scopes) {
            line(&mut page, label, metric, scope, Period::Term);
        }
    }
    shares(&mut page, scenario, forecast);
    page
}

/// When each team reaches its thresholds and exceeds its share.
fn shares(page: &mut String, scenario: &Scenario, forecast: &Forecast) {
    let watches = forecast.terms.watches.iter().zip(&forecast.alerts);
    let of_teams = watches.filter_map(|(watch, days)| {
        let name = &scenario.teams[watch.team?].name;
        let label = match watch.mark {
            Mark::Alert(share) => format!("{}: {name}", percent(share)),
            Mark::Share => format!("over its share: {name}"),
        };
        Some((label, days))
    });
    let rows: Vec<_> = of_teams.collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "\nTeams\n{}", date_header());
    let labels = labels(rows.iter().map(|(label, _)| label.as_str()), DATED);
    for (label, (_, days)) in labels.iter().zip(rows) {
        let _ = writeln!(page, "{}", date_row(scenario, forecast, label, days));
    }
}
