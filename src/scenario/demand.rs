//! The two kinds of demand: agents and volume.

use crate::scenario::cursor::Cursor;
use crate::scenario::document::Value;
use crate::scenario::item::{Item, Range, SHARE};
use crate::scenario::uncertain::{self, COUNT, Field, PER_UNIT};
use crate::scenario::{ActionsPerUnit, Activation, Demand, Input};
use crate::uncertain::Uncertain;

/// Keys of agents.
pub const AGENTS: [&str; 4] = ["seats", "activation", "actions_per_day", "agent_cv"];
/// Keys of volume.
pub const VOLUME: [&str; 2] = ["units_per_month", "actions_per_unit"];

/// Coefficients of variation.
pub const CV: Range = Range::new(0.0, 100.0, "a coefficient of variation from 0 to 100");

/// Of what agents do. Beyond, most of their factors are too small for a double, so that it could not be
/// told which of a few agents has nearly all of what they do together.
const AGENT_CV: Range = Range::new(
    0.0,
    20.0,
    "a coefficient of variation from 0 to 20, usually 1.6-4",
);

/// Most distinct numbers of actions that a unit can take.
const MOST_COUNTS: usize = 4096;

/// Use cases and their least and most actions.
const USE_CASES: [(&str, (u64, u64)); 6] = [
    ("faq", (2, 3)),
    ("case", (3, 4)),
    ("product", (4, 6)),
    ("field-service", (5, 7)),
    ("troubleshooting", (8, 15)),
    ("sales-development", (3, 6)),
];

/// The demand of a workload: exactly one of the two kinds.
pub fn read(table: &Cursor<'_>) -> Option<Demand> {
    let agents = AGENTS.iter().find(|key| table.has(key));
    let volume = VOLUME.iter().find(|key| table.has(key));
    match (agents, volume) {
        (Some(agents), Some(volume)) => {
            let remedy = "a workload has either seats or units_per_month: split it in two";
            table.contradiction(volume, agents, remedy)
        }
        (_, None) => self::agents(table),
        (None, Some(_)) => self::volume(table),
    }
}

/// An uncertain input that lies at an item's path.
pub fn input(item: &Item<'_>, field: Field) -> Option<Input> {
    let value = uncertain::read(item, field)?;
    Some(Input {
        key: item.path.clone(),
        value,
    })
}

fn agents(table: &Cursor<'_>) -> Option<Demand> {
    if AGENTS.iter().all(|key| !table.has(key)) {
        return nothing(table);
    }
    let seats = table
        .need("seats", "seats = 100")
        .and_then(|item| input(&item, COUNT));
    let activation = table
        .need(
            "activation",
            "activation = { start = 0.30, plateau = 0.60, days = 60 }",
        )
        .and_then(|item| activation(&item));
    let actions_per_day = table
        .need(
            "actions_per_day",
            "actions_per_day = { p10 = 20, p90 = 40 }",
        )
        .and_then(|item| input(&item, COUNT));
    let agent_cv = table
        .get("agent_cv")
        .map_or(Some(0.0), |item| item.number(AGENT_CV));
    Some(Demand::Agents {
        seats: seats?,
        activation: activation?,
        actions_per_day: actions_per_day?,
        agent_cv: agent_cv?,
    })
}

fn nothing(table: &Cursor<'_>) -> Option<Demand> {
    // A misspelt key has been refused already, and says more.
    table.need_or(
        "seats",
        "add `seats = 100` (agents) or `units_per_month = 2_000` (volume)",
    )?;
    None
}

fn activation(item: &Item<'_>) -> Option<Activation> {
    let Value::Table(table) = &item.node.value else {
        return input(item, uncertain::SHARE).map(Activation::Constant);
    };
    let has = |key: &str| table.get(key).is_some();
    if has("months") {
        months(item)
    } else if has("start") || has("plateau") || has("days") || !uncertain::is_form(table) {
        ramp(item)
    } else {
        input(item, uncertain::SHARE).map(Activation::Constant)
    }
}

fn ramp(item: &Item<'_>) -> Option<Activation> {
    let table = Cursor::open(item, &["start", "plateau", "days"])?;
    let share = |key, example| {
        table
            .need(key, example)
            .and_then(|i| input(&i, uncertain::SHARE))
    };
    let (start, plateau) = (
        share("start", "start = 0.30"),
        share("plateau", "plateau = 0.60"),
    );
    let days = Range::new(0.0, 1e5, "days, from 0 to 100000");
    let days = table
        .get("days")
        .map_or(Some(60.0), |item| item.number(days));
    Some(Activation::Ramp {
        start: start?,
        plateau: plateau?,
        days: days?,
    })
}

fn months(item: &Item<'_>) -> Option<Activation> {
    let table = Cursor::open(item, &["months"])?;
    let list = table.get("months")?;
    let shares = list.list("[0.50, 0.60, 0.75]")?;
    if shares.is_empty() || shares.len() > 60 {
        let message = format!("a list of {} months", shares.len());
        return list.refuse(message, "write 1 to 60 shares; the last one lasts");
    }
    let share = |(index, share): (usize, &Item<'_>)| {
        let value = uncertain::read(share, uncertain::SHARE)?;
        Some(Input {
            key: format!("{}.{}", list.path, index + 1),
            value,
        })
    };
    let months: Vec<Option<Input>> = shares.iter().enumerate().map(share).collect();
    months
        .into_iter()
        .collect::<Option<_>>()
        .map(Activation::Months)
}

fn volume(table: &Cursor<'_>) -> Option<Demand> {
    let units_per_month = table
        .need(
            "units_per_month",
            "units_per_month = { p10 = 1_500, p90 = 4_000 }",
        )
        .and_then(|item| input(&item, COUNT));
    let actions_per_unit = match table.get("actions_per_unit") {
        Some(item) => self::actions_per_unit(&item),
        None => Some(ActionsPerUnit {
            counts: vec![(1, 1.0)],
        }),
    };
    Some(Demand::Volume {
        units_per_month: units_per_month?,
        actions_per_unit: actions_per_unit?,
    })
}

fn actions_per_unit(item: &Item<'_>) -> Option<ActionsPerUnit> {
    let Value::Table(table) = &item.node.value else {
        return rounded(item);
    };
    if table.get("mix").is_some() {
        mix(&Cursor::open(item, &["mix"])?.get("mix")?)
    } else if table.get("use_case").is_some() {
        use_case(&Cursor::open(item, &["use_case"])?.get("use_case")?)
    } else {
        rounded(item)
    }
}

fn rounded(item: &Item<'_>) -> Option<ActionsPerUnit> {
    let value: Uncertain = uncertain::read(item, PER_UNIT)?;
    match value.rounded(MOST_COUNTS) {
        Some(counts) => Some(ActionsPerUnit { counts }),
        None => {
            let message = format!(
                "`{}` has more than {MOST_COUNTS} distinct counts",
                item.written()
            );
            item.refuse(message, "bound it: add `max = ...`, at most 4000")
        }
    }
}

/// Each whole number of the range is equally likely.
fn use_case(item: &Item<'_>) -> Option<ActionsPerUnit> {
    let (least, most) = item.word(&USE_CASES)?;
    let share = 1.0 / (most - least + 1) as f64;
    Some(ActionsPerUnit {
        counts: (least..=most).map(|count| (count, share)).collect(),
    })
}

fn mix(item: &Item<'_>) -> Option<ActionsPerUnit> {
    let parts = item.list("[{ share = 0.6, actions = 3 }, { share = 0.4, actions = 7 }]")?;
    if parts.len() > MOST_COUNTS {
        return item.refuse(
            format!("a mix of {} parts", parts.len()),
            "merge some of them",
        );
    }
    let parts: Vec<Option<(u64, f64)>> = parts.iter().map(part).collect();
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    // In one order, whatever the file's: sums of floating-point shares depend on it.
    parts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let sum = sum_to_one(item, parts.iter().map(|(_, share)| *share))?;
    let mut counts: Vec<(u64, f64)> = Vec::new();
    for (actions, share) in parts {
        match counts.last_mut() {
            Some((last, total)) if *last == actions => *total += share / sum,
            _ => counts.push((actions, share / sum)),
        }
    }
    Some(ActionsPerUnit { counts })
}

fn part(item: &Item<'_>) -> Option<(u64, f64)> {
    let table = Cursor::open(item, &["share", "actions"])?;
    let share = table
        .need("share", "share = 0.6")
        .and_then(|item| item.number(SHARE));
    let actions = table
        .need("actions", "actions = 3")
        .and_then(|item| item.whole(0, 1_000_000));
    Some((actions?, share?))
}

/// The sum of shares that should be 1, to divide by; refused when it is not 1 to a millionth.
pub fn sum_to_one(item: &Item<'_>, shares: impl Iterator<Item = f64>) -> Option<f64> {
    // An empty sum of floats is -0.
    let sum: f64 = shares.sum::<f64>() + 0.0;
    if (sum - 1.0).abs() <= 1.000_001e-6 {
        return Some(sum);
    }
    let sum = (sum * 1e6).round() / 1e6;
    item.refuse(
        format!("the shares sum to {sum}"),
        "write shares that sum to 1",
    )
}
