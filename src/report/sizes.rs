//! The answer of `size` on a terminal, and the tables of `--details`.

use std::fmt::Write;

use crate::decide::sizing::Candidate;
use crate::forecast::{Forecast, Sizes};
use crate::report::names;
use crate::report::numbers::{grouped, money, percent, short};
use crate::report::summary::{date_header, date_row};
use crate::scenario::Scenario;
use crate::summarise::record::{Metric, Period, Scope};

/// The sizes of a pre-purchase: the labelled ones, then the cost curve.
pub fn sizes(scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) -> String {
    let mut page = String::new();
    let cash = |value: f64| money(&scenario.currency, value);
    let size = &sizes.optimum.purchase;
    let _ = writeln!(page, "{}", scenario.name);
    let _ = writeln!(
        page,
        "Expected cost of the term on {} futures, seed {}\n",
        grouped(forecast.paths as f64),
        scenario.simulation.seed
    );
    let what = match size.packs {
        0 => "nothing ahead".to_owned(),
        packs => format!(
            "{} packs ({} credits)",
            grouped(packs as f64),
            grouped(size.credits.to_f64())
        ),
    };
    let error = sizes.optimum.cost_mean_se.map_or(0.0, |se| 1.96 * se);
    let cost = cash(sizes.optimum.cost_mean);
    let _ = writeln!(page, "Buy {what}: {cost} ± {} expected.", cash(error));
    if let Some((low, high)) = sizes.optimum_interval.filter(|(low, high)| low < high) {
        let _ = writeln!(
            page,
            "The best size lies between {low} and {high} packs (95%)."
        );
    }
    let excess = &sizes.rule_80_excess;
    if let Some((low, high)) = excess
        .interval
        .filter(|_| sizes.rule_80.purchase.packs != size.packs)
    {
        let _ = writeln!(
            page,
            "That saves {} ({} to {}) against the 80% rule.",
            cash(excess.mean),
            cash(low),
            cash(high)
        );
    }
    let _ = writeln!(
        page,
        "\n{:<14}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
        "", "packs", "credits", "mean cost", "± 95%", "p95", "P(overage)", "unused"
    );
    let mut row = |label: &str, candidate: &Candidate| {
        let cell = |value: Option<f64>| value.map_or("-".to_owned(), short);
        let _ = writeln!(
            page,
            "{label:<14}{:>7}{:>9}{:>11}{:>8}{:>8}{:>12}{:>9}",
            grouped(candidate.purchase.packs as f64),
            short(candidate.purchase.credits.to_f64()),
            short(candidate.cost_mean),
            cell(candidate.cost_mean_se.map(|se| 1.96 * se)),
            cell(candidate.cost_p95),
            percent(candidate.overage.value()),
            short(candidate.unused_credits_mean),
        );
    };
    row("optimum", &sizes.optimum);
    row("80% rule", &sizes.rule_80);
    row("pay-as-you-go", &sizes.pay_as_you_go);
    row("current", &sizes.current);
    let _ = writeln!(page, "\nCost curve");
    for candidate in &sizes.curve {
        let packs = candidate.purchase.packs;
        let mark = if packs == size.packs { "optimum" } else { "" };
        let _ = writeln!(page, "{}", curve_line(candidate, sizes, mark));
    }
    page
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
        let cell = |percent| figure.percentile(percent).map_or("-".to_owned(), short);
        let label: String = label.chars().take(29).collect();
        let _ = writeln!(
            page,
            "{label:<30}{:>10}{:>10}{:>10}{:>10}{:>10}",
            short(figure.mean),
            cell(10),
            cell(50),
            cell(90),
            cell(95)
        );
    };
    let months = || (0..scenario.horizon.months()).map(Period::Month);
    let by_month = [
        ("Credits wanted by month", Metric::Credits),
        ("Balance at the month's end", Metric::Balance),
        ("Overage by month", Metric::OverageSpend),
        ("Spend by month", Metric::Spend),
        ("Active agents by month", Metric::ActiveAgents),
    ];
    for (title, metric) in by_month {
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
    for (title, metric) in [
        ("Credits by workload and team", Metric::Credits),
        ("of which incidents", Metric::IncidentCredits),
        ("Spend by workload and team", Metric::Spend),
    ] {
        header(&mut page, title);
        let workloads = (0..scenario.workloads.len()).map(Scope::Workload);
        for scope in workloads.chain((0..scenario.teams.len()).map(Scope::Team)) {
            let label = names::scope(scenario, scope);
            line(&mut page, &label, metric, scope, Period::Term);
        }
    }
    dates(&mut page, scenario, forecast);
    page
}

/// Every date: exhaustion and all alerts.
fn dates(page: &mut String, scenario: &Scenario, forecast: &Forecast) {
    let alerts = forecast.terms.alerts.iter().zip(&forecast.alerts);
    let alerts = alerts.map(|(&share, days)| (format!("Alert at {}", percent(share)), days));
    let dry = forecast
        .exhausted
        .iter()
        .map(|days| ("Runs dry".to_owned(), days));
    let rows: Vec<_> = dry.chain(alerts).collect();
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{}", date_header());
    for (label, days) in rows {
        let _ = writeln!(page, "{}", date_row(scenario, forecast, &label, days));
    }
}
