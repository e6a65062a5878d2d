//! `[rate_card]` and `[[rate_change]]`: what an operation costs in credits.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::scenario::cursor::Cursor;
use crate::scenario::document::Value;
use crate::scenario::item::{CHANCE, Item, did_you_mean};
use crate::scenario::path;
use crate::scenario::uncertain::{self, CREDITS};
use crate::scenario::{Horizon, Input, Operation, RateChange, Scenario};
use crate::uncertain::Uncertain;

/// Entries that a scenario need not write.
const DEFAULTS: [(&str, f64); 3] = [("action", 20.0), ("sandbox", 16.0), ("voice", 30.0)];

/// Most operations, and most changes of them.
const MOST: usize = 1_000;

/// `[rate_card]`: the written entries in order, then the defaults that it leaves out.
pub fn operations(item: Option<&Item<'_>>) -> Option<Vec<Operation>> {
    let written = item.map_or(Some(Vec::new()), written);
    let written = written?;
    let has = |name: &str| written.iter().any(|operation| operation.name == name);
    let missing = DEFAULTS.iter().filter(|(name, _)| !has(name));
    let defaults = missing.map(|(name, credits)| operation(name, Uncertain::constant(*credits)));
    let defaults: Vec<Operation> = defaults.collect();
    Some(written.into_iter().chain(defaults).collect())
}

/// Names of all operations, in the order of [`operations`].
pub fn names(item: Option<&Item<'_>>) -> Vec<String> {
    let table = item.filter(|item| matches!(item.node.value, Value::Table(_)));
    let table = table.and_then(Cursor::open_any);
    let mut names: Vec<String> = table
        .iter()
        .flat_map(|table| table.keys().take(MOST).map(str::to_owned))
        .collect();
    for (name, _) in DEFAULTS {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Puts the operations that some workload uses before the others.
pub fn used_first(scenario: &mut Scenario) {
    let used: BTreeSet<usize> = scenario
        .workloads
        .iter()
        .flat_map(|w| w.operations.iter().map(|(index, _)| *index))
        .collect();
    let count = scenario.operations.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|index| !used.contains(index));
    let mut place = vec![0; count];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    scenario.operations = order
        .iter()
        .map(|old| scenario.operations[*old].clone())
        .collect();
    for change in &mut scenario.rate_changes {
        change.operation = place[change.operation];
    }
    for (operation, _) in scenario
        .workloads
        .iter_mut()
        .flat_map(|w| &mut w.operations)
    {
        *operation = place[*operation];
    }
}

fn operation(name: &str, value: Uncertain) -> Operation {
    let key = path::join("rate_card", name);
    Operation {
        name: name.to_owned(),
        credits: Input { key, value },
    }
}

fn written(item: &Item<'_>) -> Option<Vec<Operation>> {
    let table = Cursor::open_any(item)?;
    if table.keys().count() > MOST {
        return item.refuse(
            format!("more than {MOST} operations"),
            "leave out unused ones",
        );
    }
    let read = |(name, item): (&str, Item<'_>)| {
        if name.trim().is_empty()
            || name.chars().count() > 200
            || name.chars().any(char::is_control)
        {
            return item.refuse(
                "an operation without a plain name",
                "name it in 1 to 200 characters",
            );
        }
        Some(operation(name, uncertain::read(&item, CREDITS)?))
    };
    let operations: Vec<Option<Operation>> = table.entries().map(read).collect();
    operations.into_iter().collect()
}

/// The index of an operation by its name.
pub fn find(item: &Item<'_>, name: &str, operations: &[String]) -> Option<usize> {
    if let Some(index) = operations.iter().position(|operation| operation == name) {
        return Some(index);
    }
    let known: Vec<&str> = operations.iter().map(String::as_str).collect();
    let message = format!(
        "`{}` is not in the rate card",
        crate::scenario::log::shortened(name)
    );
    let remedy = did_you_mean(name, &known, "\"");
    item.refuse(message, format!("{remedy} Or add it to [rate_card]"))
}

/// `[[rate_change]]`, ascending by date; `names` are those of the rate card.
pub fn changes(
    items: &[Item<'_>],
    names: &[String],
    horizon: Option<&Horizon>,
) -> Option<Vec<RateChange>> {
    let mut seen = BTreeSet::new();
    let mut changes = Vec::new();
    let mut sound = true;
    for item in items {
        match change(item, names) {
            Some(written) if seen.insert((written.operation, written.from)) => {
                changes.push(written);
            }
            Some(written) => {
                let message = format!("a second change on {}", written.from);
                item.refuse::<()>(message, "keep one change of an operation on a date");
                sound = false;
            }
            None => sound = false,
        }
    }
    changes.sort_by_key(|change| change.from);
    let horizon = horizon?;
    sound.then(|| {
        changes
            .into_iter()
            .map(|change| change.resolved(names, horizon))
            .collect()
    })
}

/// A change as written.
struct Change {
    operation: usize,
    from: Date,
    credits: Uncertain,
    chance: f64,
}

impl Change {
    fn resolved(self, names: &[String], horizon: &Horizon) -> RateChange {
        let name = path::join("rate_change", &names[self.operation]);
        let key = format!("{name}.{}.credits", self.from);
        RateChange {
            operation: self.operation,
            from_day: usize::try_from(horizon.day_of(self.from)).unwrap_or(0),
            credits: Input {
                key,
                value: self.credits,
            },
            chance: self.chance,
        }
    }
}

fn change(item: &Item<'_>, names: &[String]) -> Option<Change> {
    let table = Cursor::open(item, &["operation", "from", "credits", "chance"])?;
    let operation = table
        .need("operation", "operation = \"action\"")
        .and_then(|item| find(&item, item.text()?, names));
    let from = table
        .need("from", "from = 2026-07-01")
        .and_then(|item| item.date());
    let credits = table
        .need("credits", "credits = 24")
        .and_then(|item| uncertain::read(&item, CREDITS));
    let chance = table
        .get("chance")
        .map_or(Some(1.0), |item| item.number(CHANCE));
    Some(Change {
        operation: operation?,
        from: from?,
        credits: credits?,
        chance: chance?,
    })
}
