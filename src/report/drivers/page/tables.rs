//! The tables of `--details`: every index, worth and difference with its interval.

use super::{CONSTANT, TOO_FEW, figures, input_labels, joined, label, of_what, whole_share};
use crate::decide::indices::Index;
use crate::decide::knowing::Worth;
use crate::demand::origins::Driver;
use crate::forecast::sensitivity::{
    Different, Knowing, Sensitivity, Source, Subject, left_to_chance,
};
use crate::report::drivers::output_name;
use crate::report::numbers::{money, sure};
use crate::report::page::{WIDTH, cell, cut, labels, paragraph};
use crate::scenario::Scenario;

/// The sources in `columns`, inputs below what joins them.
fn source_names(found: &Sensitivity, columns: usize) -> Vec<String> {
    let inputs = input_labels(found, columns - 2);
    let name = |source: &Source| match *source {
        Source::Drivers(drivers) => joined(drivers, columns),
        Source::Input(input) => format!("  {}", inputs[input]),
    };
    found.sources.iter().map(name).collect()
}

/// All indices with their intervals.
pub(super) fn tables(found: &Sensitivity) -> Vec<String> {
    let mut lines = Vec::new();
    let names = source_names(found, 29);
    for driven in &found.outputs {
        lines.push(String::new());
        lines.push(format!(
            "{}{:>26}{:>24}",
            cell(output_name(driven.output), 30),
            "alone (95%)",
            "in all (95%)"
        ));
        if !driven.varies {
            let why = if driven.is_constant {
                CONSTANT
            } else {
                TOO_FEW
            };
            lines.push(format!("  {why}"));
            continue;
        }
        for (name, effect) in names.iter().zip(&driven.effects) {
            lines.push(format!(
                "{}{:>26}{:>24}",
                cell(name, 30),
                with_interval(effect.first_order),
                with_interval(effect.total_order)
            ));
        }
    }
    lines
}

/// What knowing each group and each input is worth.
pub(super) fn worths(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    let Knowing::Priced {
        how,
        sources,
        inputs,
        ..
    } = &found.knowing
    else {
        return Vec::new();
    };
    let cash = |value: f64| money(&scenario.currency, value);
    let row = |(name, worth): (&String, &Option<Worth>)| {
        let worth = (*worth)?;
        let told = match worth.is_lost() {
            true => "≈0".to_owned(),
            false => cash(worth.value) + &sure(&scenario.currency, worth.interval()),
        };
        Some(format!("{} {told}", cell(name, 34)))
    };
    let mut names = source_names(found, 33);
    names.push("all inputs together".to_owned());
    let rows = names.iter().zip(sources.iter().chain([inputs]));
    let rows: Vec<String> = rows.filter_map(row).collect();
    if rows.is_empty() {
        return rows;
    }
    let title = format!(
        "Worth{} of knowing it exactly before you sign (95%)",
        of_what(how)
    );
    let mut lines = [vec![String::new(), title], rows].concat();
    let chance = |driver| match driver {
        Driver::Ramp => Some("which seats are active"),
        Driver::ActionRates => Some("how agents differ"),
        Driver::Growth => Some("how levels wander"),
        Driver::RateCard => Some("whether rate changes come"),
        Driver::Incidents => Some("whether and when incidents come"),
        Driver::Noise => Some("days"),
        Driver::Volume | Driver::Acceleration | Driver::Events => None,
    };
    let left: Vec<&str> = left_to_chance(scenario).iter().filter_map(chance).collect();
    lines.extend(paragraph(&format!(
        "Of inputs. What is left to chance is known with the whole future only: {}.",
        left.join(", ")
    )));
    lines.iter().map(|line| cut(line, WIDTH)).collect()
}

/// Everything that was looked at in the worst futures.
pub(super) fn differences(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    if found.worst.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        String::new(),
        format!(
            "{}{:>12}{:>12}",
            cell("Worst 5% of futures", 46),
            "there",
            "overall"
        ),
    ];
    let name = |different: &Different| match different.subject {
        Subject::Input(input) => format!("median of {}", label(&found.inputs[input])),
        Subject::Incident(incident) => format!("with {}", scenario.incidents[incident].name),
    };
    let names: Vec<String> = found.worst.iter().map(name).collect();
    let names = labels(names.iter().map(String::as_str), 45);
    for (different, name) in found.worst.iter().zip(names) {
        let shift = different.shift;
        let (there, overall) = figures(different);
        let mark = if shift.is_lost() { "  ≈" } else { "" };
        lines.push(format!("{}{there:>12}{overall:>12}{mark}", cell(&name, 46)));
    }
    if found
        .worst
        .iter()
        .any(|different| different.shift.is_lost())
    {
        lines.push("≈: as many futures picked at random would differ as much".to_owned());
    }
    lines
}

pub(super) fn with_interval(index: Option<Index>) -> String {
    let Some(index) = index else {
        return "-".to_owned();
    };
    let (low, high) = index.interval();
    let about = if index.is_lost() { "≈0 " } else { "" };
    let told = |share: f64| format!("{:.1}", 100.0 * whole_share(share));
    let (value, low, high) = (told(index.value), told(low), told(high));
    match (low == high, value.as_str()) {
        (true, "0.0") => format!("{about}<0.1%"),
        (true, _) => format!("{about}{value}%"),
        (false, _) => format!("{about}{value}% ({low} to {high})"),
    }
}
