//! The answer of `size` on a terminal, and the tables of `--details`.

use std::fmt::Write;

use crate::decide::sizing::Candidate;
use crate::forecast::{Forecast, Sizes};
use crate::ledger::Mark;
use crate::report::names;
use crate::report::numbers::{grouped, money, percent, short};
use crate::report::page::{WIDTH, cell, cut, paragraph};
use crate::report::summary::{alerts, date_header, date_row, futures, gain, packs, ranges};
use crate::scenario::Scenario;
use crate::summarise::record::{Metric, Period, Scope};

/// The sizes of a pre-purchase, and with `details` the cost curve.
pub fn sizes(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes, details: bool) -> String {
    let size = &sizes.optimum.purchase;
    let mut lines = vec![cut(&scenario.name, WIDTH)];
    lines.push(format!(
        "Expected cost of the term on {}, seed {}",
        futures(forecast.paths),
        scenario.simulation.seed
    ));
    lines.push(String::new());
    lines.extend(paragraph(&advice(scenario, sizes)));
    lines.push(String::new());
    lines.push(format!(
        "{:<14}{:>8}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
        "", "packs", "credits", "mean cost", "± 95%", "p95", "P(overage)", "unused"
    ));
    let free = forecast.terms.free();
    for (label, candidate) in [
        ("optimum", &sizes.optimum),
        ("80% rule", &sizes.rule_80),
        ("pay-as-you-go", &sizes.pay_as_you_go),
        ("current", &sizes.current),
    ] {
        let value = |value: Option<f64>| value.map_or("-".to_owned(), short);
        let overage = candidate.overage_beyond(free);
        lines.push(format!(
            "{label:<14}{:>8}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
            short(candidate.purchase.packs as f64),
            short(candidate.purchase.credits.to_f64()),
            short(candidate.cost_mean),
            value(candidate.cost_mean_half_width),
            value(candidate.cost_p95),
            overage.map_or("-".to_owned(), |overage| percent(overage.value())),
            short(candidate.unused_credits_mean),
        ));
    }
    lines.push(String::new());
    if details {
        lines.push("Cost curve".to_owned());
        for candidate in &sizes.curve {
            let is_best = candidate.purchase.packs == size.packs;
            let mark = if is_best { "optimum" } else { "" };
            lines.push(curve_line(candidate, sizes, mark));
        }
    } else {
        lines.push("The cost of every other size: --details, or sizing.csv with --out".to_owned());
    }
    lines.join("\n") + "\n"
}

/// What to buy, what it saves, how sure.
fn advice(scenario: &Scenario, sizes: &Sizes) -> String {
    let cash = |value: f64| money(&scenario.currency, value);
    let size = &sizes.optimum.purchase;
    let mut words = match size.packs {
        0 => "Buy nothing ahead".to_owned(),
        count => format!(
            "Buy {} ({} credits)",
            packs(count),
            grouped(size.credits.to_f64())
        ),
    };
    let _ = write!(words, ": {}", cash(sizes.optimum.cost_mean));
    if let Some(half) = sizes.optimum.cost_mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    words.push_str(" expected.");
    if let Some(ranges) = ranges(sizes) {
        let _ = write!(words, " The best size is {ranges} (95%).");
    }
    if size.packs > 0 {
        let ahead = sizes.pay_as_you_go.cost_mean - sizes.optimum.cost_mean;
        let _ = write!(words, " Against pay as you go it saves {}.", cash(ahead));
    }
    if sizes.rule_80.purchase.packs != size.packs {
        let gain = gain(scenario, &sizes.rule_80_excess);
        let _ = write!(words, " Against the 80% rule: {gain}.");
    }
    words
}

/// A line of the cost curve: packs, mean cost, and a bar of what it costs above the optimum.
fn curve_line(candidate: &Candidate, sizes: &Sizes, mark: &str) -> String {
    const BAR: f64 = 40.0;
    let worst = sizes.curve.iter().map(|c| c.cost_mean).fold(0.0, f64::max);
    let least = sizes.optimum.cost_mean;
    let share = if worst > least {
        (candidate.cost_mean - least) / (worst - least)
    } else {
        0.0
    };
    let bar = "#".repeat((share * BAR).round() as usize);
    let line = format!(
        "{:>8} packs {:>9}  {bar}{}{mark}",
        grouped(candidate.purchase.packs as f64),
        short(candidate.cost_mean),
        if mark.is_empty() || bar.is_empty() {
            ""
        } else {
            " "
        },
    );
    line.trim_end().to_owned()
}

/// The tables behind the summary: months, workloads, teams, dates.
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
        let label = cell(&cut(label, 29), 30);
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
        for scope in workloads.chain((0..scenario.teams.len()).map(Scope::Team)) {
            let label = names::scope(scenario, scope);
            line(&mut page, &label, metric, scope, Period::Term);
        }
    }
    dates(&mut page, scenario, forecast);
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
    for (label, days) in rows {
        let _ = writeln!(page, "{}", date_row(scenario, forecast, &label, days));
    }
}

/// Every date: exhaustion and all alerts.
fn dates(page: &mut String, scenario: &Scenario, forecast: &Forecast) {
    let dry = forecast
        .exhausted
        .iter()
        .map(|days| ("Runs dry".to_owned(), days));
    let alerts = alerts(forecast);
    let rows: Vec<_> = dry.chain(alerts).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{}", date_header());
    for (label, days) in rows {
        let _ = writeln!(page, "{}", date_row(scenario, forecast, &label, days));
    }
}
