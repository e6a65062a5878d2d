//! Swings: how far each input moves the mean of an output.

use std::fmt::Write;

use super::{input_labels, output_title, points};
use crate::decide::swings::{Gap, Swing};
use crate::forecast::sensitivity::{Driven, Output, Sensitivity, Source};
use crate::report::numbers::{percent, short};
use crate::report::page::{cell, width};
use crate::scenario::Scenario;

/// Columns of the bars.
const BAR: usize = 24;

/// What stands for a bar of which nothing can be told from 0, and what it means.
const LOST: &str = "≈0";
const LOST_IS: &str = "≈0: neither end is told from the mean, nor one end from the other";

/// What a mean of dates makes of a future without one.
const NEVER: &str = "Futures that never run dry count as the day after the horizon";

/// The output's mean with each input at its p10 and at its p90, the widest first, in at most `most` lines below
/// the title.
pub(super) fn tornado(
    scenario: &Scenario,
    found: &Sensitivity,
    driven: &Driven,
    most: usize,
) -> Vec<String> {
    let mut swings = swings(found, driven);
    if swings.is_empty() {
        return vec!["No input is uncertain".to_owned()];
    }
    let size = |swing: &Swing| swing.reach(driven.mean);
    swings.sort_by(|(_, a), (_, b)| size(b).total_cmp(&size(a)));
    swings.truncate(most);
    let is_lost = |swings: &[(usize, Swing)]| swings.iter().any(|(_, swing)| swing.is_lost());
    // What the mark means takes a line, of a bar if need be.
    if is_lost(&swings) && most > 1 {
        swings.truncate(most - 1);
    }
    let ends = || {
        let ends = |(_, swing): &(usize, Swing)| [swing.low, swing.high, driven.mean];
        swings.iter().flat_map(ends)
    };
    let least = ends().fold(f64::INFINITY, f64::min);
    let width = ends().fold(f64::NEG_INFINITY, f64::max) - least;
    let place = |value: f64| match width > 0.0 {
        true => ((value - least) / width * (BAR - 1) as f64).round() as usize,
        false => 0,
    };
    let middle = value(scenario, driven.output, driven.mean);
    let title = match driven.output {
        Output::Spend => "Mean spend",
        Output::Overage => "P(overage)",
        Output::SpendAboveP95 => "P(spend > p95)",
        Output::Exhaustion => "Mean dry date",
    };
    let mut lines = vec![format!(
        "{title} with each input at its p10 and p90; | is the mean, {middle}"
    )];
    if driven.output == Output::Exhaustion {
        lines.push(NEVER.to_owned());
    }
    let names = input_labels(found, 33);
    for (input, swing) in &swings {
        let bar = match swing.is_lost() {
            true => no_bar(place(driven.mean)),
            false => {
                let (a, b) = (place(swing.low), place(swing.high));
                bar(place(driven.mean), a.min(b), a.max(b))
            }
        };
        let [low, high] = [swing.low, swing.high].map(|mean| value(scenario, driven.output, mean));
        lines.push(format!(
            "{}{low:>10} {bar}{high:>11}",
            cell(&names[*input], 34)
        ));
    }
    if is_lost(&swings) && swings.len() < most {
        lines.push(LOST_IS.to_owned());
    }
    lines
}

/// The swings of an output by the places of the inputs, in their order.
fn swings(found: &Sensitivity, driven: &Driven) -> Vec<(usize, Swing)> {
    let sources = found.sources.iter().zip(&driven.effects);
    let swings = sources.filter_map(|(source, effect)| match (source, effect.swing) {
        (Source::Input(input), Some(swing)) => Some((*input, swing)),
        _ => None,
    });
    swings.collect()
}

/// A bar from one column to another, with the mean in its own.
fn bar(mean: usize, from: usize, to: usize) -> String {
    let column = |column: usize| match column {
        c if c == mean => '|',
        c if (from..=to).contains(&c) => '#',
        _ => ' ',
    };
    (0..BAR).map(column).collect()
}

/// The mark of no bar beside the mean.
fn no_bar(mean: usize) -> String {
    let marked = match mean + 1 + width(LOST) <= BAR {
        true => format!("{}|{LOST}", " ".repeat(mean)),
        false => format!("{}{LOST}|", " ".repeat(mean - width(LOST))),
    };
    cell(&marked, BAR)
}

/// The mean of an output for people.
fn value(scenario: &Scenario, output: Output, mean: f64) -> String {
    match output {
        Output::Spend => short(mean),
        Output::Overage | Output::SpendAboveP95 => percent(mean),
        Output::Exhaustion => {
            // A mean of dates; the day after the horizon is the latest, and the mean only if all are never.
            let days = scenario.horizon.days();
            match mean < days as f64 * (1.0 - 1e-12) {
                true => {
                    let day = (mean.round() as usize).min(days - 1);
                    scenario.horizon.date(day).to_string()
                }
                false => "never".to_owned(),
            }
        }
    }
}

/// What marks a width that cannot be told from 0 where the ends can be told from the mean, and what it means.
const ASIDE: &str = "*";
const ASIDE_IS: &str = "*: but an end is told from the mean: see the bar";

/// Columns of a name, and of a width with its error.
const NAME: usize = 28;
const WIDTH: usize = 13;

/// How far each input moves the means of all outputs.
pub(super) fn widths(found: &Sensitivity) -> Vec<String> {
    if found.inputs.is_empty() {
        return Vec::new();
    }
    let mut title = cell("At p90 less at p10 (± 95%)", NAME);
    for driven in &found.outputs {
        let _ = write!(title, "{:>WIDTH$}", output_title(driven.output));
    }
    let names = input_labels(found, NAME - 1);
    let mut lines: Vec<String> = names.iter().map(|name| cell(name, NAME)).collect();
    let mut are_aside = false;
    for driven in &found.outputs {
        for (input, swing) in swings(found, driven) {
            let mut told = with_error(driven.output, &swing.width);
            if swing.width.is_lost() && !swing.is_lost() {
                told.push_str(ASIDE);
                are_aside = true;
            }
            let _ = write!(lines[input], "{told:>WIDTH$}");
        }
    }
    let has_dates = || found.outputs.iter().any(|d| d.output == Output::Exhaustion);
    let units = match has_dates() {
        true => "of means of spend, shares of the futures, days; ≈0: not told from 0",
        false => "of means of spend, shares of the futures; ≈0: not told from 0",
    };
    lines.insert(0, title);
    lines.insert(0, String::new());
    lines.push(units.to_owned());
    if are_aside {
        lines.push(ASIDE_IS.to_owned());
    }
    lines
}

/// A width with the half-width of its interval.
fn with_error(output: Output, width: &Gap) -> String {
    let half = width.half_width.filter(|_| !width.is_lost());
    let Some(half) = half else {
        return LOST.to_owned();
    };
    match output {
        Output::Spend => format!("{} ±{}", short(width.value), short(half)),
        Output::Overage | Output::SpendAboveP95 => {
            format!("{}% ±{}", points(width.value), points(half))
        }
        Output::Exhaustion => {
            let days = |days: f64| match days.abs() < 0.05 {
                true => "<0.1".to_owned(),
                false => format!("{days:.1}"),
            };
            format!("{} ±{}", days(width.value), days(half))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_beside_the_mean_wherever_that_is() {
        for mean in 0..BAR {
            let marked = no_bar(mean);
            assert_eq!(width(&marked), BAR);
            assert!(marked.contains("|≈0") || marked.contains("≈0|"));
            assert_eq!(marked.chars().position(|c| c == '|'), Some(mean));
        }
    }
}
