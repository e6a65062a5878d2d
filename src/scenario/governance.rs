//! `[governance]`: thresholds to watch.

use crate::scenario::Governance;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range, plain};
use crate::scenario::later::{all, need, refuse_with};

/// Most alerts.
const MOST_ALERTS: usize = 20;

/// `[governance]`: the alerts, and what is not settled yet.
pub fn read(item: Option<&Item<'_>>) -> Option<Governance> {
    let defaults = Governance {
        alerts: vec![0.5, 0.75, 0.9],
        circuit_breaker: None,
        incident_response: None,
        buffer: 0,
        review_months: None,
    };
    let Some(item) = item else {
        return Some(defaults);
    };
    let keys = [
        "alerts",
        "circuit_breaker",
        "incident_response",
        "buffer",
        "review_months",
    ];
    let table = Cursor::open(item, &keys)?;
    let settled = others(&table);
    let alerts = match table.get("alerts") {
        Some(item) => thresholds(&item)?,
        None => defaults.alerts.clone(),
    };
    settled?;
    Some(Governance { alerts, ..defaults })
}

fn thresholds(item: &Item<'_>) -> Option<Vec<f64>> {
    let list = item.list("[0.50, 0.75, 0.90]")?;
    if list.len() > MOST_ALERTS {
        return item.refuse(
            format!("{} alerts", list.len()),
            format!("write at most {MOST_ALERTS}"),
        );
    }
    let range = Range::new(
        LEAST,
        10.0,
        "a share of the allocation above 0, at most 10 (75% is 0.75)",
    );
    let alerts: Vec<Option<f64>> = list.iter().map(|item| item.number(range)).collect();
    let mut alerts = alerts.into_iter().collect::<Option<Vec<f64>>>()?;
    alerts.sort_by(f64::total_cmp);
    match alerts.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => item.refuse(format!("{} stands there twice", plain(pair[0])), "keep one"),
        None => Some(alerts),
    }
}

/// The keys of `[governance]` other than `alerts`.
fn others(table: &Cursor<'_>) -> Option<()> {
    const REMEDY: &str = "leave it out; this version watches alerts only";
    let above_zero = Range::new(LEAST, 1.0, "a share above 0, at most 1 (90% is 0.90)");
    let mut sound = true;
    let mut check = |key: &str, read: &dyn Fn(&Item<'_>) -> Option<bool>| {
        let Some(item) = table.get(key) else { return };
        sound &= match read(&item) {
            Some(true) => true,
            Some(false) => refuse_with::<()>(&item, REMEDY).is_some(),
            None => false,
        };
    };
    check("circuit_breaker", &|item| {
        item.number(above_zero).map(|_| false)
    });
    check("buffer", &|item| {
        let range = Range::new(0.0, 0.999, "a share of the pool from 0 to below 1");
        Some(item.number(range)? == 0.0)
    });
    check("review_months", &|item| item.whole(1, 60).map(|_| false));
    check("incident_response", &|item| {
        let table = Cursor::open(item, &["alert", "days"])?;
        let alert = need(
            &table,
            "alert",
            "alert = 0.75",
            Range::new(LEAST, 10.0, "a share above 0"),
        );
        let days = table
            .need("days", "days = 2")
            .and_then(|i| i.whole(0, 366))
            .map(|_| ());
        all([alert, days]).map(|()| false)
    });
    sound.then_some(())
}
