//! `[[workload]]`: a stream of operations.

use crate::scenario::cursor::Cursor;
use crate::scenario::demand::{self, CV, input};
use crate::scenario::item::{Item, Range, SHARE};
use crate::scenario::uncertain::{self, GROWTH, VOLATILITY};
use crate::scenario::week::Week;
use crate::scenario::{Acceleration, Demand, Horizon, Input, Workload, path, rate_card};
use crate::uncertain::Uncertain;

const KEYS: [&str; 16] = [
    "name",
    "team",
    "critical",
    "operation",
    "operations",
    "seats",
    "activation",
    "actions_per_day",
    "agent_cv",
    "units_per_month",
    "actions_per_unit",
    "daily_cv",
    "acceleration",
    "growth",
    "volatility",
    "calendar",
];

/// What workloads refer to.
pub struct Context<'c> {
    /// Names of the rate card's operations.
    pub operations: &'c [String],
    /// The days, unless start or months are at fault.
    pub horizon: Option<&'c Horizon>,
    /// The scenario's calendar.
    pub week: &'c Week,
    /// Teams named so far.
    pub teams: Vec<String>,
}

/// Reads one workload.
pub fn read(item: &Item<'_>, name: Option<&str>, context: &mut Context<'_>) -> Option<Workload> {
    let table = Cursor::open(item, &KEYS)?;
    let team = match table.get("team") {
        Some(item) => item.label(),
        None => name.map(str::to_owned),
    };
    let critical = table
        .get("critical")
        .map_or(Some(true), |item| item.boolean());
    let operations = operations(&table, context.operations);
    let demand = demand::read(&table);
    let week = week(&table, context.week);
    let daily_cv = table
        .get("daily_cv")
        .map_or(Some(0.0), |item| item.number(CV));
    let acceleration = table
        .get("acceleration")
        .map_or(Some(None), |i| acceleration(&i).map(Some));
    let growth = optional(&table, "growth", GROWTH);
    let volatility = optional(&table, "volatility", VOLATILITY);
    let weights = context
        .horizon
        .zip(week)
        .map(|(horizon, week)| week.weights(horizon));
    if let (Some((weekday, _)), Some(Demand::Volume { .. })) = (&weights, &demand) {
        every_month_has_a_day(&table, weekday, context.horizon)?;
    }
    let (weekday_weights, day_weights) = weights?;
    Some(Workload {
        name: name?.to_owned(),
        team: index_of(&mut context.teams, team?),
        critical: critical?,
        operations: operations?,
        demand: demand?,
        day_weights,
        weekday_weights,
        daily_cv: daily_cv?,
        acceleration: acceleration?,
        growth: growth?,
        volatility: volatility?,
    })
}

fn index_of(teams: &mut Vec<String>, team: String) -> usize {
    teams
        .iter()
        .position(|known| *known == team)
        .unwrap_or_else(|| {
            teams.push(team);
            teams.len() - 1
        })
}

/// An input that is 0 where it is not written.
fn optional(table: &Cursor<'_>, key: &'static str, field: uncertain::Field) -> Option<Input> {
    match table.get(key) {
        Some(item) => input(&item, field),
        None => {
            let key = path::join(&table.item.path, key);
            Some(Input {
                key,
                value: Uncertain::constant(0.0),
            })
        }
    }
}

fn week(table: &Cursor<'_>, base: &Week) -> Option<Week> {
    match table.get("calendar") {
        Some(item) => Week::read(&item).map(|own| base.overridden(&own)),
        None => Some(base.clone()),
    }
}

fn operations(table: &Cursor<'_>, names: &[String]) -> Option<Vec<(usize, f64)>> {
    if table.has("operation") && table.has("operations") {
        return table.contradiction("operations", "operation", "keep one of the two");
    }
    if let Some(item) = table.get("operation") {
        return Some(vec![(rate_card::find(&item, item.text()?, names)?, 1.0)]);
    }
    let Some(item) = table.get("operations") else {
        let action = names.iter().position(|name| name == "action");
        return action.map(|index| vec![(index, 1.0)]);
    };
    let shares = Cursor::open_any(&item)?;
    if shares.keys().count() > names.len() {
        return item.refuse(
            "more operations than the rate card has",
            "keep those of [rate_card]",
        );
    }
    let read = |(name, item): (&str, Item<'_>)| {
        let index = rate_card::find(&item, name, names);
        let share = item.number(SHARE);
        Some((index?, share?))
    };
    let shares: Vec<Option<(usize, f64)>> = shares.entries().map(read).collect();
    let mut shares = shares.into_iter().collect::<Option<Vec<_>>>()?;
    // In one order, whatever the file's: sums of floating-point shares depend on it.
    shares.sort_by(|a, b| names[a.0].cmp(&names[b.0]));
    let sum = demand::sum_to_one(&item, shares.iter().map(|(_, share)| *share))?;
    Some(
        shares
            .into_iter()
            .map(|(index, share)| (index, share / sum))
            .collect(),
    )
}

fn acceleration(item: &Item<'_>) -> Option<Acceleration> {
    let table = Cursor::open(item, &["initial", "from_day", "to_day"])?;
    let initial = table
        .need("initial", "initial = { min = 0.60, max = 0.70 }")
        .and_then(|item| input(&item, uncertain::SHARE));
    let range = Range::new(0.0, 1e5, "a day of the horizon, from 0 to 100000");
    let day = |key, default| {
        table
            .get(key)
            .map_or(Some(default), |item| item.number(range))
    };
    let (from_day, to_day) = (day("from_day", 30.0), day("to_day", 60.0));
    let (from_day, to_day) = (from_day?, to_day?);
    if from_day > to_day {
        let message = format!("`from_day` {from_day} is after `to_day` {to_day}");
        let place = table.get("from_day").or(table.get("to_day"))?;
        return place.refuse(message, "write from_day <= to_day (defaults 30 and 60)");
    }
    Some(Acceleration {
        initial: initial?,
        from_day,
        to_day,
    })
}

/// A month of volume must have a day to fall on.
fn every_month_has_a_day(
    table: &Cursor<'_>,
    weights: &[f64],
    horizon: Option<&Horizon>,
) -> Option<()> {
    let horizon = horizon?;
    let empty = |month: &usize| weights[horizon.month(*month)].iter().sum::<f64>() <= 0.0;
    let Some(month) = (0..horizon.months()).find(empty) else {
        return Some(());
    };
    let first = horizon.date(horizon.month(month).start);
    let message = format!("the month from {first} has no day that its units could fall on");
    let item = table.get("calendar").or(table.get("units_per_month"))?;
    item.refuse(
        message,
        "give it a working day, or an off_day_share above 0",
    )
}
