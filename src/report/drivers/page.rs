//! What drives a scenario, on a terminal.

use std::fmt::Write;

use crate::decide::indices::Index;
use crate::decide::knowing::Worth;
use crate::demand::origins::{Driver, Drivers};
use crate::forecast::knowing::How;
use crate::forecast::sensitivity::{
    Different, Driven, Effect, Knowing, Output, Sensitivity, Source, Subject, UncertainInput,
};
use crate::report::drivers::drivers_name;
use crate::report::numbers::{grouped, money, percent, short, sure};
use crate::report::page::{HEIGHT, WIDTH, cell, close_gaps, labels, shorten, width, wrap};
use crate::report::rough::{are_few, of_few};
use crate::report::words::futures;
use crate::scenario::Scenario;

mod fair;
mod tables;
mod tornado;

use tables::{differences, tables, worths};
use tornado::{tornado, widths};

/// The key of an input without what every key of a workload begins with.
fn label(input: &UncertainInput) -> &str {
    let key = input.key.as_str();
    key.strip_prefix("workload.").unwrap_or(key)
}

/// The page for a terminal; with `details` all figures of all outputs.
pub fn page(scenario: &Scenario, found: &Sensitivity, details: bool) -> String {
    let mut lines = vec![shorten(&scenario.name, WIDTH)];
    let more = match details {
        true => "",
        false => "; all of it: --details",
    };
    lines.push(format!(
        "What drives it, on {}, seed {}{more}",
        match found.paths {
            1 => "1 pair of futures".to_owned(),
            paths => format!("{} pairs of futures", grouped(paths as f64)),
        },
        scenario.simulation.seed
    ));
    lines.extend(shares(found));
    let mut closing = worst(scenario, found);
    closing.extend(knowing(scenario, found));
    let room = HEIGHT.saturating_sub(lines.len() + closing.len() + 1);
    // What it leaves is enough for the widest swing and its title.
    let of_fair = room.saturating_sub(2).clamp(1, MOST_FAIR);
    closing.extend(fair::fair(found, of_fair));
    // The tornado is below its title and an empty line; one more takes no line from it.
    let room = HEIGHT.saturating_sub(lines.len() + closing.len() + 1);
    let room = room.saturating_sub(1).max(room.div_ceil(2));
    let most = if details { usize::MAX } else { room };
    for driven in &found.outputs {
        if details || driven.output == Output::Spend && room > 0 {
            lines.push(String::new());
            lines.extend(tornado(scenario, found, driven, most));
        }
    }
    if !closing.is_empty() {
        lines.push(String::new());
    }
    lines.extend(closing);
    if !details {
        close_gaps(&mut lines, HEIGHT);
    }
    if details {
        lines.extend(tables(found));
        lines.extend(widths(found));
        lines.extend(fair::table(found));
        lines.extend(worths(scenario, found));
        lines.extend(differences(scenario, found));
    }
    lines.join("\n") + "\n"
}

/// Most lines of fair shares on a screen.
const MOST_FAIR: usize = 3;

/// Columns of a label, and of an output, in the table of shares.
const NAME: usize = 22;
const COLUMN: usize = 14;

/// The share of each output's variance by group of drivers.
fn shares(found: &Sensitivity) -> Vec<String> {
    let titles = found.outputs.iter();
    let titles = titles.map(|driven| output_title(driven.output));
    let mut first = cell("Share of the variance", NAME);
    let mut second = cell("", NAME);
    for title in titles {
        let _ = write!(first, "{title:>COLUMN$}");
        let _ = write!(second, "{:>7}{:>7}", "alone", "in all");
    }
    let mut lines = vec![first, second];
    for (place, source) in found.sources.iter().enumerate() {
        let Source::Drivers(drivers) = *source else {
            continue;
        };
        let effects = || found.outputs.iter().map(|driven| &driven.effects[place]);
        if effects().all(|effect| effect.first_order.is_none()) && is_part(found, drivers) {
            continue;
        }
        let (name, rest) = in_lines(&drivers_name(drivers));
        let mut line = cell(&name, NAME);
        for effect in effects() {
            for index in [effect.first_order, effect.total_order] {
                let _ = write!(line, "{:>7}", share(index));
            }
        }
        lines.push(line);
        lines.extend(rest);
    }
    let mut errors = cell("  95% errors up to", NAME);
    for driven in &found.outputs {
        let groups: Vec<&Effect> = of_groups(found, driven).collect();
        for order in [|e: &Effect| e.first_order, |e: &Effect| e.total_order] {
            let halves = groups.iter().filter_map(|effect| order(effect));
            let half = halves.map(|index| index.interval().1 - index.value);
            let half = half.fold(None, |most: Option<f64>, half| {
                Some(most.map_or(half, |most| most.max(half)))
            });
            let half = half.map_or("-".to_owned(), |half| format!("±{}", points(half)));
            let _ = write!(errors, "{half:>7}");
        }
    }
    lines.push(errors);
    lines.push(
        "alone: by itself; in all: with what it does to others; ≈0: not told from 0".to_owned(),
    );
    let mut effects = found
        .outputs
        .iter()
        .flat_map(|driven| of_groups(found, driven));
    if effects.any(is_turned) {
        lines.push(
            "alone above in all: by chance, both being known to their errors only".to_owned(),
        );
    }
    lines.extend(dashes(found, lines.iter().any(|line| line.contains(" -"))));
    if are_few(found.paths) {
        lines.push(format!(
            "figures and {}: raise --paths",
            of_few("pairs of futures")
        ));
    }
    lines
}

/// Why cells are empty, where there are any.
fn dashes(found: &Sensitivity, are_any: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let without = || found.outputs.iter().filter(|driven| !driven.varies);
    if without().any(|driven| !driven.is_constant) {
        lines.push(format!("-: {TOO_FEW}"));
    }
    if without().any(|driven| driven.is_constant) {
        lines.push(format!("-: {CONSTANT}"));
    }
    if lines.is_empty() && are_any {
        lines.push("-: no share of its own, or too few futures that differ".to_owned());
    }
    lines
}

/// Why an output has no shares.
const TOO_FEW: &str = "too few futures: fewer than 10 differ from the others; more: --paths";
const CONSTANT: &str = "the output is the same in all futures, there is nothing to share out";

/// The name of groups joined: what has room beside the shares, and the rest below it.
fn in_lines(name: &str) -> (String, Vec<String>) {
    let mut lines = vec![String::new()];
    for (place, part) in name.split(" + ").enumerate() {
        let plus = if place > 0 { " + " } else { "" };
        match lines.last_mut() {
            Some(line) if width(line) + plus.len() + width(part) < NAME => {
                line.push_str(plus);
                line.push_str(part);
            }
            _ => lines.push(format!("  + {part}")),
        }
    }
    (lines.remove(0), lines)
}

/// The name of groups joined in `columns`; how many are left out is said.
fn joined(drivers: Drivers, columns: usize) -> String {
    let all = drivers_name(drivers);
    let parts: Vec<&str> = all.split(" + ").collect();
    let first = |count: usize| match parts.len() - count {
        0 => all.clone(),
        left => format!("{} + {left} more", parts[..count].join(" + ")),
    };
    let mut fitting = (1..=parts.len()).rev().map(first);
    let fitting = fitting.find(|name| width(name) <= columns);
    fitting.unwrap_or_else(|| shorten(&all, columns))
}

/// What the inputs are called in `columns`, in their order.
fn input_labels(found: &Sensitivity, columns: usize) -> Vec<String> {
    labels(found.inputs.iter().map(label), columns)
}

/// An output's effects of groups of drivers.
fn of_groups<'a>(
    found: &'a Sensitivity,
    driven: &'a Driven,
) -> impl Iterator<Item = &'a Effect> + use<'a> {
    let groups = found.sources.iter().zip(&driven.effects);
    let groups = groups.filter(|(source, _)| matches!(source, Source::Drivers(_)));
    groups.map(|(_, effect)| effect)
}

/// True where the estimates say more of a driver alone than of it in all: no share is, estimates may be.
fn is_turned(effect: &Effect) -> bool {
    let (Some(alone), Some(in_all)) = (effect.first_order, effect.total_order) else {
        return false;
    };
    let is_above = whole_share(alone.value) > whole_share(in_all.value);
    is_above && !alone.is_lost() && share(Some(alone)) != share(Some(in_all))
}

/// An output above its column.
fn output_title(output: Output) -> &'static str {
    match output {
        Output::Spend => "spend",
        Output::Overage => "any overage",
        Output::SpendAboveP95 => "spend > p95",
        Output::Exhaustion => "runs dry on",
    }
}

/// True for a driver that correlated inputs join to others.
fn is_part(found: &Sensitivity, drivers: Drivers) -> bool {
    let mut sources = found.sources.iter();
    sources.any(|source| matches!(source, Source::Drivers(g) if g.len() > 1 && g.meets(drivers)))
}

/// A share of the variance for people.
fn share(index: Option<Index>) -> String {
    match index {
        None => "-".to_owned(),
        Some(index) if index.is_lost() => "≈0".to_owned(),
        Some(index) => format!("{}%", points(whole_share(index.value))),
    }
}

/// An estimate of a share as one: chance can take it below 0 or above 1, where no share lies. Files carry it
/// as it is.
fn whole_share(estimate: f64) -> f64 {
    // Adding 0 leaves no -0.
    estimate.clamp(0.0, 1.0) + 0.0
}

/// A share in percent: whole, with a decimal below 10, and no more than the largest that is told.
fn points(share: f64) -> String {
    let percent = 100.0 * share;
    match percent.abs() {
        p if p < 0.05 => "<0.1".to_owned(),
        p if p < 9.95 => format!("{percent:.1}"),
        _ => format!("{percent:.0}"),
    }
}

/// Most differences of the worst futures that are told on a screen.
const TOLD: usize = 3;

/// What was different in the worst futures, as far as the run can tell.
fn worst(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    let Some(above) = found.worst_above else {
        let of = |output| found.outputs.iter().find(|driven| driven.output == output);
        let is_constant = |output| of(output).is_some_and(|driven| driven.is_constant);
        return match (
            is_constant(Output::Spend),
            is_constant(Output::SpendAboveP95),
        ) {
            (true, _) => Vec::new(),
            (_, true) => wrap(
                "Worst 5%",
                "are no worse: no future passes the p95 of spend.",
            ),
            _ => wrap(
                "Worst 5%",
                "what is different there takes more futures (--paths).",
            ),
        };
    };
    let is_told = |different: &&Different| {
        let (there, overall) = figures(different);
        !different.shift.is_lost() && there != overall
    };
    let told = found.worst.iter().filter(is_told);
    let told: Vec<String> = told
        .take(TOLD)
        .enumerate()
        .map(|(place, different)| difference(scenario, found, different, place == 0))
        .collect();
    let above = money(&scenario.currency, above);
    let lines = |count: usize| {
        let what = match count {
            0 => "no input and no incident stands out".to_owned(),
            _ => told[..count].join("; "),
        };
        wrap("Worst 5%", &format!("of futures pass {above}: {what}."))
    };
    let fitting = (1..=told.len()).rev().map(lines);
    let mut fitting = fitting.filter(|lines| lines.len() <= 2);
    fitting.next().unwrap_or_else(|| lines(told.len().min(1)))
}

/// Columns of what differs in the worst futures.
const SUBJECT: usize = 48;

fn difference(
    scenario: &Scenario,
    found: &Sensitivity,
    different: &Different,
    is_first: bool,
) -> String {
    let (there, all) = figures(different);
    let overall = if is_first { " overall" } else { "" };
    match different.subject {
        Subject::Input(input) => {
            let name = &input_labels(found, SUBJECT)[input];
            format!("{name} {there} ({all}{overall})")
        }
        Subject::Incident(incident) => {
            let name = shorten(&scenario.incidents[incident].name, SUBJECT);
            format!("{name} in {there} ({all}{overall})")
        }
    }
}

/// A figure in the worst futures, and overall.
fn figures(different: &Different) -> (String, String) {
    let shift = different.shift;
    match different.subject {
        // Medians are values that were drawn: all are whole where two are.
        Subject::Input(_) if shift.there.fract() == 0.0 && shift.overall.fract() == 0.0 => {
            (short(shift.there), short(shift.overall))
        }
        Subject::Input(_) => (three(shift.there), three(shift.overall)),
        Subject::Incident(_) => (percent(shift.there), percent(shift.overall)),
    }
}

/// What it is worth to know something before the size of the purchase is chosen.
fn knowing(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    let cash = |value: f64| money(&scenario.currency, value);
    let Knowing::Priced {
        how,
        everything,
        sources,
        inputs,
    } = &found.knowing
    else {
        return wrap(
            "Knowing",
            "has no worth to tell: nothing is bought ahead under a commitment.",
        );
    };
    let mut worths: Vec<(Drivers, Worth)> = found
        .sources
        .iter()
        .zip(sources)
        .filter_map(|(source, worth)| match *source {
            Source::Drivers(drivers) if drivers.len() == 1 => Some((drivers, (*worth)?)),
            _ => None,
        })
        .collect();
    worths.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let told: Vec<_> = worths
        .iter()
        .filter(|(_, worth)| !worth.is_lost() && worth.value >= 0.005)
        .collect();
    let mut words = match told.first() {
        None => "no input before you sign is worth anything that this run can tell".to_owned(),
        Some((drivers, worth)) => {
            let (low, high) = worth.interval();
            format!(
                "A pilot that pins down {} is worth up to {}{}{} before you sign",
                pinned(found, *drivers),
                cash(worth.value),
                sure(&scenario.currency, (low, high)),
                of_what(how)
            )
        }
    };
    if let Some((drivers, worth)) = told.get(1) {
        let _ = write!(words, "; {} {}", pinned(found, *drivers), cash(worth.value));
    }
    if let Some(inputs) = inputs.filter(|inputs| !inputs.is_lost()) {
        let _ = write!(words, "; all inputs together {}", cash(inputs.value));
    }
    if let Some(everything) = everything {
        let least = if how.is_settled { "at least " } else { "" };
        let worth = match everything.is_lost() {
            true => "≈0".to_owned(),
            false => format!("{least}{}", cash(everything.value)),
        };
        let _ = write!(words, "; the whole future {worth}");
    }
    words.push('.');
    if how.is_settled {
        let paths = futures(how.paths as u64);
        let _ = write!(words, " Among {} sizes settled on {paths}", how.sizes);
        words.push_str(match how.is_unserved {
            true => "; what goes unserved costs nothing.",
            false => ".",
        });
    }
    wrap("Knowing", &words)
}

/// Whose costs are meant where a horizon has several terms.
fn of_what(how: &How) -> &'static str {
    match how.terms > 1 && !how.is_settled {
        true => " a term",
        false => "",
    }
}

/// What a pilot pins down.
fn pinned(found: &Sensitivity, drivers: Drivers) -> String {
    let of_ramp = || {
        let inputs = found.inputs.iter();
        inputs.filter(|input| input.driver == Driver::Ramp)
    };
    let are_seats = |input: &UncertainInput| input.key.ends_with(".seats");
    let name = |driver| match driver {
        Driver::Ramp if of_ramp().all(are_seats) => "how many seats there are",
        Driver::Ramp if of_ramp().any(are_seats) => "seats and activation",
        Driver::Ramp => "activation",
        Driver::ActionRates => "action rates",
        Driver::Volume => "the volume",
        Driver::Acceleration => "the slow start",
        Driver::Growth => "growth",
        Driver::RateCard => "the rate card",
        Driver::Events => "events",
        Driver::Incidents => "how incidents come",
        Driver::Noise => "days",
    };
    let names: Vec<&str> = drivers.iter().map(name).collect();
    names.join(" and ")
}

/// Three digits of a number of any size.
fn three(value: f64) -> String {
    match value.abs() {
        m if m >= 99.95 || m == 0.0 => short(value),
        m if m >= 9.995 => format!("{value:.1}"),
        m if m >= 0.995 => format!("{value:.2}"),
        m if m >= 0.0995 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::tables::with_interval;
    use super::*;

    #[test]
    fn an_estimate_beyond_a_share_is_shown_as_one() {
        let index = |value: f64, error: f64| Some(Index { value, error });
        assert_eq!(share(index(1.05, 0.1)), "100%");
        assert_eq!(share(index(0.999, 0.1)), "100%");
        assert_eq!(share(index(0.5, 0.1)), "50%");
        assert_eq!(share(index(-0.05, 0.1)), "≈0");
        assert_eq!(with_interval(index(1.05, 0.1)), "100.0% (85.4 to 100.0)");
        assert_eq!(with_interval(index(-0.01, 0.02)), "≈0 0.0% (0.0 to 2.9)");
        assert_eq!(with_interval(index(-0.0, 0.0)), "≈0 <0.1%");
        assert_eq!(with_interval(index(0.000_3, 0.000_01)), "<0.1%");
        assert_eq!(with_interval(index(0.002, 0.000_01)), "0.2%");
    }

    #[test]
    fn a_share_alone_above_that_in_all_is_told() {
        let effect = |alone: f64, in_all: f64, error: f64| Effect {
            first_order: Some(Index {
                value: alone,
                error,
            }),
            total_order: Some(Index {
                value: in_all,
                error,
            }),
            swing: None,
        };
        assert!(is_turned(&effect(1.02, 0.9, 0.05)));
        assert!(!is_turned(&effect(0.9, 1.02, 0.05)));
        // Neither what reads the same nor what is not told from nothing.
        assert!(!is_turned(&effect(1.05, 1.01, 0.05)));
        assert!(!is_turned(&effect(0.02, 0.01, 0.05)));
    }
}
