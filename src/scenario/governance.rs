//! `[governance]`: thresholds to watch, and what happens when they are crossed.

use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range, plain};
use crate::scenario::{Governance, IncidentResponse, Team};

/// Most alerts.
const MOST_ALERTS: usize = 20;

const KEYS: [&str; 5] = [
    "alerts",
    "circuit_breaker",
    "incident_response",
    "buffer",
    "review_months",
];

/// A share of the allocation that use can reach, also beyond all of it.
const THRESHOLD: Range = Range::new(
    LEAST,
    10.0,
    "a share of the allocation above 0, at most 10 (75% is 0.75)",
);

impl Default for Governance {
    fn default() -> Self {
        Self {
            alerts: vec![0.5, 0.75, 0.9],
            circuit_breaker: None,
            incident_response: None,
            buffer: 0,
            review_months: None,
        }
    }
}

/// Reads `[governance]`; `teams` unless they are at fault.
pub fn read(item: Option<&Item<'_>>, teams: Option<&[Team]>) -> Option<Governance> {
    let defaults = Governance::default();
    let Some(item) = item else {
        return Some(defaults);
    };
    let table = Cursor::open(item, &KEYS)?;
    let alerts = table.or("alerts", defaults.alerts, thresholds);
    let circuit_breaker = table.optional("circuit_breaker", |item| circuit_breaker(item, teams));
    let incident_response = table.optional("incident_response", incident_response);
    let words = "a share of the pool from 0 to below 1 (15% is 0.15)";
    let buffer = table.share("buffer", 0, Range::new(0.0, 0.999_999, words));
    let review_months = table.optional("review_months", |item| item.whole(1, 60));
    Some(Governance {
        alerts: alerts?,
        circuit_breaker: circuit_breaker?,
        incident_response: incident_response?,
        buffer: buffer?,
        review_months: review_months?.and_then(|months| usize::try_from(months).ok()),
    })
}

fn thresholds(item: &Item<'_>) -> Option<Vec<f64>> {
    let example = "[0.50, 0.75, 0.90]";
    let mut alerts = item.every(example, MOST_ALERTS, |item| item.number(THRESHOLD))?;
    alerts.sort_by(f64::total_cmp);
    match alerts.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => item.refuse(format!("{} stands there twice", plain(pair[0])), "keep one"),
        None => Some(alerts),
    }
}

/// A share of a team's allocation: there must be a team that has one.
fn circuit_breaker(item: &Item<'_>, teams: Option<&[Team]>) -> Option<u64> {
    let words = "a share of a team's allocation above 0, at most 1 (90% is 0.90)";
    let share = item.share(Range::new(LEAST, 1.0, words))?;
    let teams = teams?;
    if teams.iter().any(|team| team.share.is_some()) {
        return Some(share);
    }
    let name = teams.first().map_or("...", |team| team.name.as_str());
    let message = format!(
        "`{}` of a team's share, and no team has one",
        item.written()
    );
    let remedy = format!("add [[team]] with name = \"{name}\" and share = 1.0");
    item.refuse(message, remedy)
}

fn incident_response(item: &Item<'_>) -> Option<IncidentResponse> {
    let table = Cursor::open(item, &["alert", "days"])?;
    let alert = table
        .need("alert", "alert = 0.75")
        .and_then(|item| item.number(THRESHOLD));
    let days = table
        .need("days", "days = 2")
        .and_then(|item| item.whole(0, 366));
    Some(IncidentResponse {
        alert: alert?,
        days: usize::try_from(days?).ok()?,
    })
}
