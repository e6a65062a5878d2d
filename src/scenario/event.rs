//! `[[event]]`: what changes demand by plan.

use crate::scenario::cursor::Cursor;
use crate::scenario::demand::input;
use crate::scenario::item::Item;
use crate::scenario::names;
use crate::scenario::uncertain::FACTOR;
use crate::scenario::{Event, Horizon};

const KEYS: [&str; 5] = ["name", "workload", "from", "to", "multiplier"];

/// Reads one event; the sentence tells when it lies outside the horizon.
pub fn read(
    item: &Item<'_>,
    name: Option<&str>,
    workloads: &[Option<String>],
    horizon: Option<&Horizon>,
) -> Option<(Event, Option<String>)> {
    let table = Cursor::open(item, &KEYS)?;
    let hit = names::workloads(&table, "workload", workloads);
    let from = table
        .need("from", "from = 2026-04-06")
        .and_then(|item| item.date());
    let to = table
        .need("to", "to = 2026-04-19")
        .and_then(|item| item.date());
    let multiplier = table
        .need("multiplier", "multiplier = { min = 1.5, max = 2.5 }")
        .and_then(|item| input(&item, FACTOR));
    let (from, to) = (from?, to?);
    if to < from {
        let message = format!("`to` {to} is before `from` {from}");
        return table
            .get("to")?
            .refuse(message, "swap them; both days are included");
    }
    let (name, horizon) = (name?.to_owned(), horizon?);
    let days = horizon.days();
    let clipped = |day: i64| usize::try_from(day).unwrap_or(0).min(days);
    let (from_day, to_day) = (
        clipped(horizon.day_of(from)),
        clipped(horizon.day_of(to) + 1),
    );
    let outside = (from_day == to_day).then(|| {
        format!("event `{name}` ({from} to {to}) lies outside the horizon and changes nothing; check its dates")
    });
    let event = Event {
        name,
        workloads: hit?,
        from_day,
        to_day,
        multiplier: multiplier?,
    };
    Some((event, outside))
}
