//! Fair shares of the variance, where inputs are correlated.

use std::fmt::Write;

use super::{input_labels, is_part, label, output_title, points, whole_share};
use crate::decide::shapley::{Rest, Share, Shares};
use crate::demand::origins::{Driver, Drivers};
use crate::forecast::sensitivity::{Fair, Sensitivity};
use crate::report::drivers::driver_name;
use crate::report::page::{cell, paragraph, wrap};

/// The shares of spend of what has none of its own in the table of shares, in at most `most` lines if
/// there is room for one share; or why there are none.
pub(super) fn fair(found: &Sensitivity, most: usize) -> Vec<String> {
    if !found.inputs.iter().any(|input| input.is_correlated) {
        return Vec::new();
    }
    let Some(fair) = &found.shapley else {
        let words = "shares of correlated inputs take more futures (--paths).";
        return wrap("Shapley", words);
    };
    let Some(Some(shares)) = fair.outputs.first() else {
        return Vec::new();
    };
    let rest = fair.rests[0].as_ref();
    let mut told: Vec<(String, Share)> = members(fair, shares)
        .filter(|(driver, input, _)| input.is_some() || is_part(found, Drivers::only(*driver)))
        .map(|(driver, input, share)| match input {
            Some(input) => (label(&found.inputs[input]).to_owned(), share),
            None => (format!("other {}", driver_name(driver)), share),
        })
        .collect();
    // A stable sort: equal shares keep their order.
    told.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let lines = |count: usize| {
        let shares = told[..count].iter();
        let shares = shares.map(|(name, share)| format!("{name} {}", told_share(share, rest)));
        let mut words = shares.collect::<Vec<_>>().join("; ");
        if count < told.len() {
            let _ = write!(words, "; {} more", told.len() - count);
        }
        let of = match words.contains(LEAST) {
            true => "shares of spend of correlated inputs (≥: at least)",
            false => "shares of spend of correlated inputs",
        };
        wrap("Shapley", &format!("{of}: {words}."))
    };
    let mut fitting = (1..=told.len()).rev().map(lines);
    let fitting = fitting.find(|lines| lines.len() <= most);
    fitting.unwrap_or_else(|| lines(1))
}

/// Each member of a driver with its share: a correlated input, or the driver's other inputs.
fn members<'a>(
    fair: &'a Fair,
    shares: &'a Shares,
) -> impl Iterator<Item = (Driver, Option<usize>, Share)> {
    let drivers = fair.drivers.iter().zip(&fair.members).zip(&shares.members);
    drivers.flat_map(|((&driver, members), shares)| {
        let members = members.iter().zip(shares);
        members.map(move |(&input, &share)| (driver, input, share))
    })
}

/// Columns of a name, and of a share with its error.
const WIDE: usize = 32;
const SHARE: usize = 12;

/// All shares of all outputs.
pub(super) fn table(found: &Sensitivity) -> Vec<String> {
    let Some(fair) = &found.shapley else {
        return Vec::new();
    };
    let line = |name: &str, told: Vec<Option<String>>| {
        let mut line = cell(name, WIDE);
        for told in told {
            let _ = write!(line, "{:>SHARE$}", told.as_deref().unwrap_or("-"));
        }
        line
    };
    let row = |name: &str, of: &dyn Fn(&Shares) -> Share| {
        let outputs = fair.outputs.iter().zip(&fair.rests);
        let told = outputs.map(|(shares, rest)| {
            let share = of(shares.as_ref()?);
            Some(told_share(&share, rest.as_ref()))
        });
        line(name, told.collect())
    };
    let rest = |name: &str, of: fn(&Rest) -> Share| {
        let rests = fair.rests.iter();
        let told = rests.map(|rest| Some(with_error(&of(rest.as_ref()?))));
        line(name, told.collect())
    };
    let mut title = cell("Shapley shares (± 95%)", WIDE);
    for driven in &found.outputs {
        let _ = write!(title, "{:>SHARE$}", output_title(driven.output));
    }
    let names = input_labels(found, WIDE - 3);
    let mut lines = vec![String::new(), title];
    for (group, (&driver, members)) in fair.drivers.iter().zip(&fair.members).enumerate() {
        lines.push(row(driver_name(driver), &|shares| shares.groups[group]));
        if members.iter().all(Option::is_none) {
            continue;
        }
        for (place, input) in members.iter().enumerate() {
            let name = input.map_or("its other inputs", |input| &names[input]);
            let of = |shares: &Shares| shares.members[group][place];
            lines.push(row(&format!("  {name}"), &of));
        }
    }
    lines.push(rest("chance", |rest| rest.chance));
    lines.push(rest("not followed", |rest| rest.not_followed));
    lines.extend(paragraph(&format!("chance: {}", chance(fair))));
    lines.push(
        "not followed: what inputs explain, but not the regression behind their shares".to_owned(),
    );
    if lines.iter().any(|line| line.contains(LEAST)) {
        lines.push("≥: at least; what is not followed is missing from these shares".to_owned());
    }
    lines
}

/// What has its share of the variance under "chance", whatever the inputs.
fn chance(fair: &Fair) -> String {
    let part = |driver| match driver {
        Driver::Ramp => Some("which seats are active"),
        Driver::ActionRates => Some("how agents differ"),
        Driver::Growth => Some("volatility"),
        Driver::RateCard => Some("which rate changes come"),
        Driver::Incidents => Some("which incidents come, when and how badly"),
        Driver::Noise => Some("day-to-day noise"),
        Driver::Volume | Driver::Acceleration | Driver::Events => None,
    };
    let parts: Vec<&str> = fair.chance.iter().filter_map(part).collect();
    parts.join(", ")
}

/// What stands before a share that the regression does not follow in full.
const LEAST: char = '≥';

/// A share of inputs with its error, or what it is at least where the regression does not follow all of it.
fn told_share(share: &Share, rest: Option<&Rest>) -> String {
    if !rest.is_some_and(|rest| rest.is_missed_by(share)) {
        return with_error(share);
    }
    let percent = match share.is_lost() {
        true => 0.0,
        false => 100.0 * whole_share(share.value),
    };
    // Never more than was found.
    match percent {
        p if p < 0.1 => format!("{LEAST}0%"),
        p if p < 10.0 => format!("{LEAST}{:.1}%", (10.0 * p).floor() / 10.0),
        p => format!("{LEAST}{:.0}%", p.floor()),
    }
}

/// A share with the half-width of its interval.
fn with_error(share: &Share) -> String {
    match share.is_lost() {
        true => "≈0".to_owned(),
        false => format!(
            "{}% ±{}",
            points(whole_share(share.value)),
            points(share.half_width)
        ),
    }
}
