//! How outputs name things, in one place.

use crate::forecast::Stopped;
use crate::scenario::{Figure, Scenario};
use crate::summarise::exhaustion::When;
use crate::summarise::record::{Metric, Period, Scope};
use crate::summarise::store::DailyMetric;

/// `total`, `workload:NAME`, `team:NAME`.
pub fn scope(scenario: &Scenario, scope: Scope) -> String {
    match scope {
        Scope::Total => "total".to_owned(),
        Scope::Workload(index) => format!("workload:{}", scenario.workloads[index].name),
        Scope::Team(index) => format!("team:{}", scenario.teams[index].name),
    }
}

/// The metric's name.
pub fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::Credits => "credits",
        Metric::Consumed => "consumed",
        Metric::OverageCredits => "overage_credits",
        Metric::UnservedCredits => "unserved_credits",
        Metric::AvertedCredits => "averted_credits",
        Metric::UnusedCredits => "unused_credits",
        Metric::Balance => "balance",
        Metric::Spend => "spend",
        Metric::OverageSpend => "overage_spend",
        Metric::ActiveAgents => "active_agents",
        Metric::IncidentCredits => "incident_credits",
    }
}

/// The metric's unit: `credits`, `agents`, or the scenario's currency.
pub fn unit(scenario: &Scenario, metric: Metric) -> &str {
    match metric {
        Metric::Spend | Metric::OverageSpend => &scenario.currency,
        Metric::ActiveAgents => "agents",
        _ => "credits",
    }
}

/// The first day of a month, or `term`.
pub fn period(scenario: &Scenario, period: Period) -> String {
    match period {
        Period::Month(month) => date(scenario, scenario.horizon.month(month).start),
        Period::Term => "term".to_owned(),
    }
}

/// A day as `YYYY-MM-DD`.
pub fn date(scenario: &Scenario, day: usize) -> String {
    scenario.horizon.date(day).to_string()
}

/// A day, or `never`.
pub fn when(scenario: &Scenario, when: When) -> String {
    match when {
        When::Day(day) => date(scenario, day),
        When::Never => "never".to_owned(),
    }
}

/// The name of a figure of the fan chart.
pub fn daily_metric(metric: DailyMetric) -> &'static str {
    match metric {
        DailyMetric::Credits => "credits",
        DailyMetric::CumulativeCredits => "cumulative_credits",
        DailyMetric::Balance => "balance",
        DailyMetric::SpendToDate => "spend_to_date",
    }
}

/// The name of a figure that a precision target can be set for.
pub fn figure(figure: Figure) -> &'static str {
    match figure {
        Figure::MeanSpend => "mean_spend",
        Figure::P50Spend => "p50_spend",
        Figure::P95Spend => "p95_spend",
        Figure::OverageProbability => "overage_probability",
    }
}

/// Why a run ended.
pub fn stopped(stopped: Stopped) -> &'static str {
    match stopped {
        Stopped::Paths => "paths",
        Stopped::PrecisionMet => "precision",
        Stopped::MaxPaths => "max_paths",
        Stopped::Point => "point",
    }
}

/// `ok`, or `imprecise` when a precision target was not met.
pub fn status(stopped: Stopped) -> &'static str {
    match stopped {
        Stopped::MaxPaths => "imprecise",
        Stopped::Paths | Stopped::PrecisionMet | Stopped::Point => "ok",
    }
}
