//! Ways to pay side by side: the page on a terminal, comparison.csv, and the same as JSON.

use crate::forecast::compare::{Compared, Comparison};
use crate::report::csv::{File, Table, text};
use crate::report::names;
use crate::report::numbers::{decimal, optional, percent, ratio, short};
use crate::report::page::{HEIGHT, WIDTH, cut, labels, shorten, wrap};
use crate::report::rough::{are_few, of_few};
use crate::report::words::futures;
use crate::scenario::Scenario;

mod advice;
mod break_evens;
mod table;
mod tree;

pub use tree::{SCHEMA, json};

use advice::advice;
use table::{layout, particulars};

/// Columns of a way's name.
const NAME: usize = 24;

/// The ways on one screen; with `details` all of them and everything known of each. `scenario` is
/// the one compared, or the first of several.
pub fn page(scenario: &Scenario, comparison: &Comparison, details: bool) -> String {
    let mut lines = title(scenario, comparison);
    lines.push(String::new());
    lines.extend(wrap("Cheapest", &advice(scenario, comparison)));
    if are_few(comparison.paths) {
        lines.extend(wrap("Sure", &of_few("futures")));
    }
    lines.extend(warnings(comparison));
    lines.extend(notes(comparison, details));
    lines.push(String::new());
    let room = match details {
        true => usize::MAX,
        false => HEIGHT.saturating_sub(lines.len()),
    };
    lines.extend(layout(scenario, comparison, room).lines());
    if details && !comparison.is_point {
        lines.extend(particulars(comparison));
    }
    if details {
        lines.extend(break_evens::solved(scenario, comparison));
    }
    lines.join("\n") + "\n"
}

/// How the comparison is to be read: in few lines, or all of it.
fn notes(comparison: &Comparison, details: bool) -> Vec<String> {
    /// Lines of the first, and of each other.
    const MOST: [usize; 2] = [3, 2];
    let mut lines = Vec::new();
    for (index, caveat) in comparison.caveats.iter().enumerate() {
        let mut note = wrap("Note", caveat);
        let most = MOST[index.min(1)];
        if !details && note.len() > most {
            const MORE: &str = " ...";
            note.truncate(most);
            if let Some(last) = note.last_mut() {
                // Whole words, as far as there are any.
                let kept = cut(last, WIDTH - MORE.len() + 1);
                let end = kept.rfind(' ').unwrap_or(kept.len());
                *last = kept[..end].trim_end().to_owned() + MORE;
            }
        }
        lines.extend(note);
    }
    lines
}

fn title(scenario: &Scenario, comparison: &Comparison) -> Vec<String> {
    let last = names::date(scenario, scenario.horizon.days() - 1);
    let days = match are_of_different_days(comparison) {
        true => "each over its own dates".to_owned(),
        false => format!("{} to {last}", scenario.horizon.start()),
    };
    let how = match comparison.is_point {
        true => "single-number plan".to_owned(),
        false => format!(
            "{}, seed {}",
            futures(comparison.paths),
            scenario.simulation.seed
        ),
    };
    let name = match comparison.is_of_scenarios {
        true => format!("{} scenarios on the same futures", comparison.ways.len()),
        false => shorten(&scenario.name, WIDTH),
    };
    vec![name, format!("{days}, {how}")]
}

/// True where a difference in cost is one of the days too.
fn are_of_different_days(comparison: &Comparison) -> bool {
    let days = |way: &Compared| (way.horizon.start(), way.horizon.days());
    let mut ways = comparison.ways.windows(2);
    ways.any(|pair| days(&pair[0]) != days(&pair[1]))
}

/// What a way is called: the alternative, or the scenario where there are several.
fn name<'a>(comparison: &Comparison, way: &'a Compared) -> &'a str {
    match comparison.is_of_scenarios {
        true => &way.scenario,
        false => &way.name,
    }
}

/// What the ways are called in `columns`.
fn names_in(comparison: &Comparison, columns: usize) -> Vec<String> {
    labels(
        comparison.ways.iter().map(|way| name(comparison, way)),
        columns,
    )
}

/// Index of the way that costs least on average, the first of equals.
fn best(comparison: &Comparison) -> usize {
    let means = comparison.ways.iter().map(|way| way.standing.cost.mean);
    let mut found = (0, f64::INFINITY);
    for (index, mean) in means.enumerate() {
        if mean < found.1 {
            found = (index, mean);
        }
    }
    found.0
}

/// The cheapest way but the first.
fn second(comparison: &Comparison) -> Option<usize> {
    let others = 1..comparison.ways.len();
    let mean = |index: usize| comparison.ways[index].standing.cost.mean;
    others.min_by(|&a, &b| mean(a).total_cmp(&mean(b)))
}

/// Ways that look cheap because they serve less.
fn warnings(comparison: &Comparison) -> Vec<String> {
    /// Lines of all of them, and columns that a name is cut to for that.
    const MOST: usize = 3;
    const NAMES: [usize; 3] = [NAME, 16, 10];
    let unserved = |way: &&Compared| way.unserved_mean > 0.0;
    let count = comparison.ways.iter().filter(unserved).count();
    if count == 0 {
        return Vec::new();
    }
    let lines = |columns: usize, told: usize| {
        let ways = comparison.ways.iter().zip(names_in(comparison, columns));
        let ways = ways.filter(|(way, _)| unserved(way)).take(told);
        let mut named: Vec<String> = ways
            .map(|(way, label)| {
                let share = percent(way.unserved_mean / way.wanted_mean);
                format!("{label} {} ({share})", short(way.unserved_mean))
            })
            .collect();
        if told < count {
            named.push(format!("{} more ways (--details)", count - told));
        }
        let words = format!(
            "{} of the credits wanted{}: what is not served costs nothing",
            named.join(", "),
            if comparison.is_point {
                ""
            } else {
                ", on average"
            }
        );
        wrap("Unserved", &words)
    };
    let all = NAMES.into_iter().map(|columns| (columns, count));
    let fewer = (1..count).rev().map(|told| (NAMES[2], told));
    let mut fitting = all.chain(fewer).map(|(columns, told)| lines(columns, told));
    let fitting = fitting.find(|lines| lines.len() <= MOST);
    fitting.unwrap_or_else(|| lines(NAMES[2], 1))
}

/// comparison.csv: a row for each way.
pub fn file(comparison: &Comparison) -> File {
    let mut table = Table::new(
        "scenario,alternative,cost_mean,cost_mean_se,cost_p5,cost_p50,cost_p95,cost_cvar95,\
         probability_cheapest,difference_mean,difference_low,difference_high",
    );
    for way in &comparison.ways {
        let standing = &way.standing;
        let cost = &standing.cost;
        let difference = &standing.difference;
        table.row([
            text(&way.scenario),
            text(&way.name),
            decimal(cost.mean),
            optional(cost.mean_se),
            optional(cost.percentile(5)),
            optional(cost.percentile(50)),
            optional(cost.percentile(95)),
            optional(standing.cost_cvar95),
            ratio(standing.cheapest.value),
            decimal(difference.mean),
            optional(difference.interval.map(|(low, _)| low)),
            optional(difference.interval.map(|(_, high)| high)),
        ]);
    }
    table.file("comparison.csv")
}
