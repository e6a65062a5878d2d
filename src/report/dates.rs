//! Rows of dates: when grants run dry and when alerts are reached.

use crate::forecast::{Forecast, Stopped};
use crate::ledger::{Allocation, Mark};
use crate::report::names;
use crate::report::numbers::percent;
use crate::report::page::cell;
use crate::scenario::Scenario;
use crate::summarise::exhaustion::{DayCounts, When};

/// Each alert with how the screen names it.
pub fn alerts(forecast: &Forecast) -> impl Iterator<Item = (String, &DayCounts)> {
    let used = match forecast.terms.allocation {
        Allocation::Month(_) => "of a month's credits",
        Allocation::Term => "of the term's credits",
        Allocation::Budget(_) => "of budget spent",
        Allocation::MonthlyBudget(_) => "of a month's budget",
        Allocation::None => "",
    };
    let alerts = forecast.terms.watches.iter().zip(&forecast.alerts);
    alerts.filter_map(move |(watch, days)| match (watch.team, watch.mark) {
        (None, Mark::Alert(share)) => Some((format!("{} {used}", percent(share)), days)),
        _ => None,
    })
}

/// The header above rows of dates.
pub fn date_header() -> String {
    format!(
        "{:<28}{:>10}  {:<12}{:<12}p90",
        "", "of futures", "p10", "p50"
    )
}

/// Columns of what a date is of.
pub const DATED: usize = 27;

/// A date's probability and percentiles.
pub fn date_row(scenario: &Scenario, forecast: &Forecast, label: &str, days: &DayCounts) -> String {
    if forecast.stopped == Stopped::Point {
        let when = names::when(scenario, days.at_rank(1));
        return format!("{} {when}", cell(label, DATED));
    }
    let date = |percent| match days.percentile(percent) {
        Some(when) => names::when(scenario, when),
        None => "-".to_owned(),
    };
    let ever = percent(days.ever().value());
    let line = format!(
        "{} {ever:>10}  {:<12}{:<12}{}",
        cell(label, DATED),
        date(10),
        date(50),
        date(90)
    );
    line.trim_end().to_owned()
}

/// How far each percentile of a date may be off, at 95%.
pub fn date_errors(forecast: &Forecast, days: &DayCounts) -> Option<String> {
    if forecast.stopped == Stopped::Point {
        return None;
    }
    let error = |percent| {
        let When::Day(day) = days.percentile(percent)? else {
            return Some(String::new());
        };
        Some(match days.interval(percent)? {
            (When::Day(low), When::Day(high)) => {
                let off = (day - low).max(high - day);
                format!("± {off} {}", if off == 1 { "day" } else { "days" })
            }
            _ => "to never".to_owned(),
        })
    };
    let (low, high) = days.ever().interval();
    let range = format!("{} to {}", percent(low), percent(high));
    let [p10, p50, p90] = [10, 50, 90].map(|percent| error(percent).unwrap_or_default());
    let line = format!("  95% error{range:>28}  {p10:<12}{p50:<12}{p90}");
    Some(line.trim_end().to_owned())
}
