//! Ways to pay side by side: the page on a terminal, comparison.csv, and the same as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::decide::compare::Paired;
use crate::forecast::compare::{BREAK_EVEN_PATHS, Compared, Comparison, Quantity};
use crate::randomness::streams::STREAMS_VERSION;
use crate::report::csv::{File, Table, text};
use crate::report::names;
use crate::report::numbers::{
    bare_cents, decimal, grouped, money, optional, percent, ratio, short,
};
use crate::report::page::{WIDTH, cell, cut, labels, wrap};
use crate::report::summary::{HEIGHT, futures};
use crate::scenario::{CONTRACT, Scenario};
use crate::units::Money;

mod break_evens;

/// Version of the layout of the JSON.
pub const SCHEMA: &str = "flexcast.comparison/1";

/// Columns of a way's name.
const NAME: usize = 24;

/// The ways on one screen; with `details` all of them and everything known of each. `scenario` is
/// the one compared, or the first of several.
pub fn page(scenario: &Scenario, comparison: &Comparison, details: bool) -> String {
    let mut lines = title(scenario, comparison);
    lines.push(String::new());
    lines.extend(wrap("Cheapest", &advice(scenario, comparison)));
    lines.extend(warnings(comparison));
    lines.push(String::new());
    let room = match details {
        true => usize::MAX,
        false => HEIGHT.saturating_sub(lines.len()),
    };
    lines.extend(layout(scenario, comparison, room).lines(room));
    if details && !comparison.is_point {
        lines.extend(particulars(comparison));
    }
    if details {
        lines.extend(break_evens::solved(scenario, comparison));
    }
    lines.join("\n") + "\n"
}

/// The ways and what follows them.
struct Layout {
    /// Ways that are not in the table.
    hidden: usize,
    table: Vec<String>,
    /// Break-evens of the ways in the table, or what pairing is worth.
    after: Vec<String>,
}

/// Lines of a note on what is missing.
const NOTE: usize = 2;

/// All ways if there is room for them and what follows; otherwise as many of the cheapest as there is
/// room for, at least four.
fn layout(scenario: &Scenario, comparison: &Comparison, room: usize) -> Layout {
    const LEAST: usize = 4;
    let all = comparison.ways.len();
    let of = |shown: usize| {
        let kept = kept(comparison, shown);
        let mut after = break_evens::page(scenario, comparison, &kept);
        if let Some(words) = pairing(comparison) {
            after.extend(wrap("Paired", &words));
        }
        if !after.is_empty() {
            after.insert(0, String::new());
        }
        Layout {
            hidden: all - shown,
            table: table(scenario, comparison, &kept),
            after,
        }
    };
    let height = |layout: &Layout| {
        let note = if layout.hidden > 0 { NOTE } else { 0 };
        layout.table.len() + layout.after.len() + note
    };
    let sizes = (LEAST.min(all)..=all).rev();
    let found = sizes.map(of).find(|layout| height(layout) <= room);
    found.unwrap_or_else(|| of(LEAST.min(all)))
}

impl Layout {
    /// The lines, cut to the room that there is, with a note that says so.
    fn lines(mut self, room: usize) -> Vec<String> {
        let mut lines = self.table;
        let room = room.saturating_sub(lines.len());
        let is_cut = self.after.len() > room;
        if self.hidden > 0 || is_cut {
            self.after.truncate(room.saturating_sub(NOTE));
        }
        lines.extend(self.after);
        match self.hidden {
            0 if is_cut => lines.extend([
                String::new(),
                "More break-evens: --details or --json".to_owned(),
            ]),
            0 => {}
            hidden => lines.extend([
                String::new(),
                format!(
                    "Not shown: {hidden} that cost more. All: --details, or comparison.csv with --out"
                ),
            ]),
        }
        lines
    }
}

fn title(scenario: &Scenario, comparison: &Comparison) -> Vec<String> {
    let last = names::date(scenario, scenario.horizon.days() - 1);
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
        false => cut(&scenario.name, WIDTH),
    };
    vec![
        name,
        format!("{} to {last}, {how}", scenario.horizon.start()),
    ]
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

/// What is cheapest, by how much and how sure: a sentence to pass on.
fn advice(scenario: &Scenario, comparison: &Comparison) -> String {
    let cash = |value: f64| cash(scenario, comparison, value);
    let place = best(comparison);
    let way = &comparison.ways[place];
    let standing = &way.standing;
    let quoted = |way: &Compared| format!("\"{}\"", name(comparison, way));
    let called = |index: usize| match (index, comparison.is_of_scenarios) {
        (0, false) => "the contract".to_owned(),
        _ => quoted(&comparison.ways[index]),
    };
    let mut words = format!("{}: {}", called(place), cash(standing.cost.mean));
    if let Some(half) = standing.cost.mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    words.push_str(match comparison.is_point {
        true => " in the plan",
        false => " expected",
    });
    let against = match place {
        0 => second(comparison).map(|other| {
            let difference = &comparison.ways[other].standing.difference;
            (called(other), difference.mean, difference)
        }),
        _ => Some((called(0), -standing.difference.mean, &standing.difference)),
    };
    if let Some((other, saved, difference)) = against {
        let _ = write!(words, ", {}", saving(&cash, saved, difference, &other));
    }
    if !comparison.is_point && comparison.ways.len() > 1 {
        let chance = standing.cheapest;
        let _ = write!(words, "; cheapest in {} of futures", percent(chance.value));
        if let Some((low, high)) = chance.interval {
            let _ = write!(words, " ({} to {})", percent(low), percent(high));
        }
    }
    if way.unserved_mean > 0.0 {
        let unserved = short(way.unserved_mean);
        let _ = write!(words, "; it leaves {unserved} credits unserved");
    }
    words
}

/// The cheapest way but the first.
fn second(comparison: &Comparison) -> Option<usize> {
    let others = 1..comparison.ways.len();
    let mean = |index: usize| comparison.ways[index].standing.cost.mean;
    others.min_by(|&a, &b| mean(a).total_cmp(&mean(b)))
}

/// "$14,251 ($14,100 to $14,400) less than the contract".
fn saving(cash: &impl Fn(f64) -> String, saved: f64, difference: &Paired, other: &str) -> String {
    let interval = difference.interval.map(|(low, high)| {
        let (low, high) = match difference.mean < 0.0 {
            true => (-high, -low),
            false => (low, high),
        };
        format!("{} to {}", cash(low), cash(high))
    });
    match interval {
        _ if saved == 0.0 => format!("as much as {other}"),
        _ if difference.se == Some(0.0) => {
            format!("{} less than {other} in every future", cash(saved))
        }
        Some(interval) if difference.is_told_from_zero() => {
            format!("{} ({interval}) less than {other}", cash(saved))
        }
        Some(interval) => {
            format!(
                "not told from {other}, which costs {} ({interval}) more",
                cash(saved)
            )
        }
        None => format!("{} less than {other}", cash(saved)),
    }
}

/// Money for people: to the cent in a plan.
fn cash(scenario: &Scenario, comparison: &Comparison, value: f64) -> String {
    match (comparison.is_point, Money::from_f64(value)) {
        (true, Some(amount)) => crate::report::numbers::cents(&scenario.currency, amount),
        _ => money(&scenario.currency, value),
    }
}

/// Ways that look cheap because they serve less.
fn warnings(comparison: &Comparison) -> Vec<String> {
    const MOST: usize = 3;
    let ways = comparison.ways.iter().zip(names_in(comparison, NAME));
    let unserved: Vec<_> = ways.filter(|(way, _)| way.unserved_mean > 0.0).collect();
    let named = unserved
        .iter()
        .take(MOST)
        .map(|(way, label)| format!("{label} {}", short(way.unserved_mean)));
    let named: Vec<String> = named.collect();
    if named.is_empty() {
        return Vec::new();
    }
    let more = if unserved.len() > MOST { ", ..." } else { "" };
    let words = format!(
        "{}{more} credits on average: what is not served costs nothing",
        named.join(", ")
    );
    wrap("Unserved", &words)
}

/// What the same futures are worth between scenarios.
fn pairing(comparison: &Comparison) -> Option<String> {
    if !comparison.is_of_scenarios || comparison.is_point {
        return None;
    }
    let others = comparison.ways.iter().skip(1);
    let reductions = others.filter_map(|way| way.standing.difference.variance_reduction);
    let (least, most) = reductions.fold((f64::INFINITY, 0.0_f64), |(least, most), reduction| {
        (least.min(reduction), most.max(reduction))
    });
    if most == 0.0 {
        return None;
    }
    if most < 1.05 {
        return Some(
            "these scenarios draw little alike: their difference is no surer than on futures of \
             their own"
                .to_owned(),
        );
    }
    let times = match short(least) == short(most) {
        true => short(least),
        false => format!("{} to {}", short(least), short(most)),
    };
    Some(format!(
        "differences on the same futures have {times} times less variance than on futures of \
         their own"
    ))
}

/// Ways that a page shows: the first, which all are compared with, and the cheapest; in their order.
fn kept(comparison: &Comparison, most: usize) -> Vec<usize> {
    let mean = |index: &usize| comparison.ways[*index].standing.cost.mean;
    let mut order: Vec<usize> = (1..comparison.ways.len()).collect();
    order.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let mut kept: Vec<usize> = std::iter::once(0).chain(order).take(most).collect();
    kept.sort_unstable();
    kept
}

fn table(scenario: &Scenario, comparison: &Comparison, kept: &[usize]) -> Vec<String> {
    let title = match comparison.is_of_scenarios {
        true => format!("Scenario, {}", scenario.currency),
        false => format!("Way to pay, {}", scenario.currency),
    };
    let title = cell(&cut(&title, NAME - 1), NAME);
    let mut lines = vec![match comparison.is_point {
        true => format!("{title}{:>18}{:>18}", "plan", "saves"),
        false => format!(
            "{title}{:>8}{:>7}{:>8}{:>8}{:>8}{:>9}{:>8}",
            "mean", "± 95%", "p5", "p50", "p95", "cheapest", "saves"
        ),
    }];
    let labels = names_in(comparison, NAME - 1);
    let rows = kept.iter();
    lines.extend(rows.map(|&index| row(comparison, index, &labels[index])));
    let mut shown = kept.iter().map(|&index| &comparison.ways[index]);
    if shown.any(is_lost) {
        let more = "the interval is in --details, more futures narrow it";
        lines.push(format!("{LOST}: not told from 0; {more}"));
    }
    lines
}

/// A saving that is not told from none.
const LOST: &str = "≈0";

/// True for a way that may as well cost what the first does. What is the same in every future is known.
fn is_lost(way: &Compared) -> bool {
    let difference = &way.standing.difference;
    !difference.is_told_from_zero() && difference.se.is_some_and(|se| se > 0.0)
}

fn row(comparison: &Comparison, index: usize, label: &str) -> String {
    let way = &comparison.ways[index];
    let cost = &way.standing.cost;
    let label = cell(label, NAME);
    let saved = -way.standing.difference.mean;
    if comparison.is_point {
        let cents = |value: f64| Money::from_f64(value).map_or_else(|| short(value), bare_cents);
        let saves = match index {
            0 => "-".to_owned(),
            _ => cents(saved),
        };
        return format!("{label}{:>18}{saves:>18}", cents(cost.mean));
    }
    let value = |value: Option<f64>| value.map_or("-".to_owned(), short);
    let saves = match index {
        0 => "-".to_owned(),
        _ if is_lost(way) => LOST.to_owned(),
        _ => short(saved),
    };
    format!(
        "{label}{:>8}{:>7}{:>8}{:>8}{:>8}{:>9}{saves:>8}",
        short(cost.mean),
        value(cost.mean_half_width),
        value(cost.percentile(5)),
        value(cost.percentile(50)),
        value(cost.percentile(95)),
        percent(way.standing.cheapest.value),
    )
}

/// What else is known of each way, under the page.
fn particulars(comparison: &Comparison) -> Vec<String> {
    let title = match comparison.is_of_scenarios {
        true => "Against the first",
        false => "Against the contract",
    };
    let mut lines = vec![
        String::new(),
        format!(
            "{}{:>9}{:>12}{:>25}{:>10}",
            cell(title, NAME),
            "cvar95",
            "difference",
            "95% interval",
            "unserved"
        ),
    ];
    let labels = names_in(comparison, NAME - 1);
    for (index, (way, label)) in comparison.ways.iter().zip(labels).enumerate() {
        // The first is what the others are set against.
        let difference = Some(&way.standing.difference).filter(|_| index > 0);
        let interval = difference.and_then(|difference| difference.interval);
        let interval = interval.map_or("-".to_owned(), |(low, high)| {
            format!("{} to {}", grouped(low), grouped(high))
        });
        let mean = difference.map_or("-".to_owned(), |difference| grouped(difference.mean));
        lines.push(format!(
            "{}{:>9}{:>12}{interval:>25}{:>10}",
            cell(&label, NAME),
            way.standing.cost_cvar95.map_or("-".to_owned(), short),
            mean,
            short(way.unserved_mean)
        ));
    }
    lines
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

/// The comparison as a tree. Numbers that are not available are null.
pub fn json(scenario: &Scenario, comparison: &Comparison) -> Value {
    let ways = comparison.ways.iter().map(|way| {
        let standing = &way.standing;
        let cost = &standing.cost;
        json!({
            "scenario": way.scenario,
            "alternative": way.name,
            "cost": {
                "mean": cost.mean,
                "mean_se": cost.mean_se,
                "sd": cost.sd,
                "p5": cost.percentile(5),
                "p50": cost.percentile(50),
                "p50_interval": cost.p50_interval,
                "p95": cost.percentile(95),
                "p95_interval": cost.p95_interval,
                "cvar95": standing.cost_cvar95,
            },
            "probability_cheapest": {
                "value": standing.cheapest.value,
                "interval": standing.cheapest.interval,
            },
            "difference": paired(&standing.difference),
            "unserved_credits_mean": way.unserved_mean,
        })
    });
    let break_evens = comparison.break_evens.iter().map(|one| {
        json!({
            "alternative": scenario.alternatives[one.alternative].name,
            "against": match one.against {
                Some(against) => scenario.alternatives[against].name.as_str(),
                None => CONTRACT,
            },
            "quantity": match one.quantity {
                Quantity::ActionsPerInteraction => "actions_per_interaction",
                Quantity::ActionsPerUser => "actions_per_user_and_month",
                Quantity::Interactions => "interactions_per_month",
                Quantity::Actions => "actions_per_month",
                Quantity::AllDemand => "all_demand_percent",
            },
            "now": one.now,
            "at": one.at,
            "interval": one.interval,
            "cheaper": match (one.at, one.is_cheaper_above) {
                (None, true) => "always",
                (None, false) => "none found",
                (Some(_), true) => "above",
                (Some(_), false) => "below",
            },
            "flips": one.flips.iter().map(|flip| json!({
                "at": flip.at,
                "interval": flip.interval,
                "cheaper": if flip.is_cheaper_above { "above" } else { "below" },
                "jump": flip.is_jump,
            })).collect::<Vec<_>>(),
            "bands": one.bands().iter().map(|band| json!({
                "from": band.from.map(|flip| flip.at),
                "to": band.to.map(|flip| flip.at),
            })).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": SCHEMA,
        "flexcast": env!("CARGO_PKG_VERSION"),
        "scenario": scenario.name,
        "paths": comparison.paths,
        "is_plan": comparison.is_point,
        "seed": scenario.simulation.seed,
        "streams": STREAMS_VERSION,
        "currency": scenario.currency,
        "warnings": comparison.warnings,
        "ways": ways.collect::<Vec<_>>(),
        "break_even_paths": match comparison.is_point {
            true => 1,
            false => comparison.paths.min(BREAK_EVEN_PATHS),
        },
        "break_evens": break_evens.collect::<Vec<_>>(),
    })
}

fn paired(difference: &Paired) -> Value {
    json!({
        "mean": difference.mean,
        "mean_se": difference.se,
        "interval": difference.interval,
        "variance_reduction": difference.variance_reduction,
    })
}
