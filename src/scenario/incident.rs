//! `[[incident]]`: what disturbs demand by chance.

use crate::scenario::cursor::Cursor;
use crate::scenario::demand::input;
use crate::scenario::item::{CHANCE, Item};
use crate::scenario::names;
use crate::scenario::uncertain::{self, AT_LEAST_ONE, COUNT, DAYS, EXTRA_SHARE, PER_YEAR};
use crate::scenario::{Effect, Factor, Incident, IncidentKind};

const KEYS: [&str; 8] = [
    "name",
    "workload",
    "per_year",
    "days",
    "multiplier",
    "extra_actions",
    "chance",
    "share",
];

/// Reads one incident.
pub fn read(item: &Item<'_>, name: Option<&str>, workloads: &[Option<String>]) -> Option<Incident> {
    let table = Cursor::open(item, &KEYS)?;
    let hit = names::workloads(&table, "workload", workloads);
    let kind = match (table.has("per_year"), table.has("chance")) {
        (true, true) => {
            let remedy = "keep per_year (arrivals) or chance (the whole horizon)";
            table.contradiction("chance", "per_year", remedy)
        }
        (false, true) => condition(&table),
        (true, false) => arrivals(&table),
        (false, false) => {
            table.need_or(
                "per_year",
                "add `per_year = 0.5` (arrivals) or `chance = 0.5` (the whole horizon)",
            )?;
            None
        }
    };
    let (workloads, kind) = (hit?, kind?);
    one_workload_for_a_lump(&table, &kind, workloads.len())?;
    Some(Incident {
        name: name?.to_owned(),
        workloads,
        kind,
    })
}

fn one_workload_for_a_lump(
    table: &Cursor<'_>,
    kind: &IncidentKind,
    workloads: usize,
) -> Option<()> {
    let is_lump = matches!(
        kind,
        IncidentKind::Arrivals {
            effect: Effect::ExtraActions(_),
            ..
        }
    );
    if !is_lump || workloads == 1 {
        return Some(());
    }
    let item = table.get("extra_actions")?;
    let message = format!("a lump of actions for {workloads} workloads");
    item.refuse(message, "name the one that it falls on: workload = \"...\"")
}

fn arrivals(table: &Cursor<'_>) -> Option<IncidentKind> {
    let remedy = "share belongs to chance: write a multiplier";
    let share = table
        .contradiction::<()>("share", "per_year", remedy)
        .is_some()
        || table.has("share");
    let per_year = table
        .get("per_year")
        .and_then(|item| input(&item, PER_YEAR));
    let days = table
        .need("days", "days = { p10 = 1, p90 = 14 }")
        .and_then(|item| uncertain::read(&item, DAYS));
    let effect = match (table.get("multiplier"), table.get("extra_actions")) {
        (Some(_), Some(_)) => {
            table.contradiction("extra_actions", "multiplier", "keep one of the two")
        }
        (Some(item), None) => uncertain::read(&item, AT_LEAST_ONE).map(Effect::Multiplier),
        (None, Some(item)) => uncertain::read(&item, COUNT).map(Effect::ExtraActions),
        (None, None) if share => None,
        (None, None) => {
            table.need_or(
                "multiplier",
                "add `multiplier = { min = 1, p10 = 3, p90 = 10 }` or `extra_actions = 5_000`",
            )?;
            None
        }
    };
    if share {
        return None;
    }
    Some(IncidentKind::Arrivals {
        per_year: per_year?,
        days: days?,
        effect: effect?,
    })
}

fn condition(table: &Cursor<'_>) -> Option<IncidentKind> {
    let remedy = "it belongs to per_year: with chance, the whole horizon is hit";
    let mut sound = true;
    for key in ["days", "extra_actions"] {
        sound &= !table.has(key);
        table.contradiction::<()>(key, "chance", remedy);
    }
    let chance = table.get("chance").and_then(|item| item.number(CHANCE));
    let factor = match (table.get("share"), table.get("multiplier")) {
        (Some(_), Some(_)) => table.contradiction("multiplier", "share", "keep one of the two"),
        (Some(item), None) => input(&item, EXTRA_SHARE).map(Factor::Share),
        (None, Some(item)) => input(&item, AT_LEAST_ONE).map(Factor::Multiplier),
        (None, None) => {
            table.need_or(
                "share",
                "add `share = { min = 0.15, max = 0.25 }` or `multiplier = 1.5`",
            )?;
            None
        }
    };
    let (chance, factor) = (chance?, factor?);
    sound.then_some(IncidentKind::Condition { chance, factor })
}
