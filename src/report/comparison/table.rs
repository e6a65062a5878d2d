//! The table of the ways, what follows it, and what else is known of each.

use super::{NAME, break_evens, names_in};
use crate::decide::compare::Cheapest;
use crate::forecast::compare::{Compared, Comparison};
use crate::report::numbers::{bare_cents, grouped, percent, short};
use crate::report::page::{HEIGHT, cell, shorten, width, wrap};
use crate::scenario::Scenario;
use crate::units::Money;

/// Columns of money to the cent: as much as the ledger holds.
const PLAN: usize = 24;

/// The ways and what follows them.
pub(super) struct Layout {
    /// Mean costs of the ways that are not in the table.
    hidden: Vec<f64>,
    table: Vec<String>,
    /// Break-evens of the ways in the table, or what pairing is worth.
    after: Vec<String>,
    /// Whether there are more of these than lines that tell them.
    is_cut: bool,
}

/// All ways if there is room for them and what follows; otherwise as many of the cheapest as there is
/// room for, at least four, then with fewer break-evens, and at last fewer ways.
pub(super) fn layout(scenario: &Scenario, comparison: &Comparison, room: usize) -> Layout {
    const LEAST: usize = 4;
    let all = comparison.ways.len();
    let of = |shown: usize, most: usize| {
        let kept = kept(comparison, shown);
        let (mut after, is_cut) = break_evens::page(scenario, comparison, &kept, most);
        // What is only good to know goes first.
        if let Some(words) = pairing(comparison).filter(|_| most > 0) {
            after.extend(wrap("Paired", &words));
        }
        if !after.is_empty() {
            after.insert(0, String::new());
        }
        Layout {
            hidden: (0..all)
                .filter(|index| !kept.contains(index))
                .map(|index| comparison.ways[index].standing.cost.mean)
                .collect(),
            table: table(scenario, comparison, &kept),
            after,
            is_cut,
        }
    };
    let least = LEAST.min(all);
    let ways = (least..=all).rev().map(|shown| (shown, usize::MAX));
    let rows = (0..=room.min(HEIGHT)).rev().map(|rows| (least, rows));
    let fewer = (1..least).rev().map(|shown| (shown, 0));
    let layouts = ways.chain(rows).chain(fewer);
    let mut layouts = layouts.map(|(shown, most)| of(shown, most));
    let found = layouts.find(|layout| layout.height() <= room);
    found.unwrap_or_else(|| of(1, 0))
}

impl Layout {
    /// Lines that it takes.
    fn height(&self) -> usize {
        self.table.len() + self.after.len() + self.note().len()
    }

    /// What is missing.
    fn note(&self) -> Vec<String> {
        let words = match (self.hidden.len(), self.is_cut) {
            (0, false) => return Vec::new(),
            (0, true) => "More break-evens: --details or --json".to_owned(),
            (hidden, is_cut) => {
                let (flips, all) = match is_cut {
                    true => (", more break-evens", "--details or --json"),
                    false => ("", "--details, or comparison.csv with --out"),
                };
                let least = self.hidden.iter().copied().fold(f64::INFINITY, f64::min);
                let most = self.hidden.iter().copied().fold(0.0, f64::max);
                let costs = match (short(least), short(most)) {
                    (least, most) if least == most => least,
                    (least, most) => format!("{least} to {most}"),
                };
                format!("Not shown: {hidden} at {costs}{flips}. All: {all}")
            }
        };
        vec![String::new(), words]
    }

    /// The lines, with a note on what is missing.
    pub(super) fn lines(self) -> Vec<String> {
        let note = self.note();
        [self.table, self.after, note].concat()
    }
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
        true => "Scenario, ",
        false => "Way to pay, ",
    };
    let currency = shorten(&scenario.currency, NAME - 1 - width(title));
    let title = cell(&format!("{title}{currency}"), NAME);
    let mut lines = vec![match comparison.is_point {
        true => format!("{title}{:>PLAN$}{:>PLAN$}", "plan", "saves"),
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
        return format!("{label}{:>PLAN$}{saves:>PLAN$}", cents(cost.mean));
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
        chance(comparison, way.standing.cheapest),
    )
}

/// How often a way is the cheapest. Never and always are what these futures say, others may differ: then the end
/// of the interval; not where no cost varies.
fn chance(comparison: &Comparison, cheapest: Cheapest) -> String {
    let is_known = comparison.ways.len() == 1
        || comparison
            .ways
            .iter()
            .all(|way| way.standing.cost.sd == Some(0.0));
    let marked = |mark: char, end: f64| {
        let end = percent(end);
        match end.starts_with(mark) {
            true => end,
            false => format!("{mark}{end}"),
        }
    };
    match (cheapest.value, cheapest.interval) {
        (0.0, Some((_, high))) if !is_known => marked('<', high),
        (1.0, Some((low, _))) if !is_known => marked('>', low),
        (value, _) => percent(value),
    }
}

/// What else is known of each way, under the page.
pub(super) fn particulars(comparison: &Comparison) -> Vec<String> {
    let title = match comparison.is_of_scenarios {
        true => "Against the first",
        false => "Against the contract",
    };
    let mut lines = vec![
        String::new(),
        format!(
            "{}{:>9}{:>DIFFERENCE$}{:>INTERVAL$}{:>10}",
            cell(title, NAME),
            "cvar95",
            "difference",
            "95% interval",
            "unserved"
        ),
    ];
    let differences = differences(comparison);
    let labels = names_in(comparison, NAME - 1).into_iter();
    let rows = comparison.ways.iter().zip(labels).zip(differences);
    lines.extend(rows.map(|((way, label), [mean, interval])| {
        format!(
            "{}{:>9}{mean:>DIFFERENCE$}{interval:>INTERVAL$}{:>10}",
            cell(&label, NAME),
            way.standing.cost_cvar95.map_or("-".to_owned(), short),
            short(way.unserved_mean)
        )
    }));
    lines
}

/// Columns of a difference and of its interval.
const DIFFERENCE: usize = 12;
const INTERVAL: usize = 25;

/// What each way costs more than the first, and its interval: in full, or all of them shortened where one
/// would not fit.
fn differences(comparison: &Comparison) -> Vec<[String; 2]> {
    let cells = |figure: fn(f64) -> String| -> Vec<[String; 2]> {
        let cells = comparison.ways.iter().enumerate().map(|(index, way)| {
            // The first is what the others are set against.
            let difference = Some(&way.standing.difference).filter(|_| index > 0);
            let interval = difference.and_then(|difference| difference.interval);
            let interval = interval.map(|(low, high)| match (figure(low), figure(high)) {
                (a, b) if a == b && low < high => format!("± {}", short((high - low) / 2.0)),
                (low, high) => format!("{low} to {high}"),
            });
            let mean = difference.map(|difference| figure(difference.mean));
            [mean, interval].map(|cell| cell.unwrap_or("-".to_owned()))
        });
        cells.collect()
    };
    let full = cells(grouped);
    let fits =
        |[mean, interval]: &[String; 2]| width(mean) < DIFFERENCE && width(interval) < INTERVAL;
    match full.iter().all(fits) {
        true => full,
        false => cells(short),
    }
}
