//! Ways to pay side by side: the page on a terminal, comparison.csv, and the same as JSON.

use std::fmt::Write;

use crate::decide::compare::{Cheapest, Paired};
use crate::forecast::compare::{Compared, Comparison};
use crate::forecast::few;
use crate::report::csv::{File, Table, text};
use crate::report::names;
use crate::report::numbers::{
    bare_cents, decimal, grouped, money, optional, percent, ratio, short,
};
use crate::report::page::{WIDTH, cell, cut, labels, shorten, width, wrap};
use crate::report::summary::{HEIGHT, futures};
use crate::scenario::Scenario;
use crate::summarise::ranks::FEW;
use crate::units::Money;

mod break_evens;
mod tree;

pub use tree::{SCHEMA, json};

/// Columns of a way's name.
const NAME: usize = 24;

/// Columns of money to the cent: as much as the ledger holds.
const PLAN: usize = 24;

/// Columns of a name within a sentence.
const QUOTED: usize = 60;

/// The ways on one screen; with `details` all of them and everything known of each. `scenario` is
/// the one compared, or the first of several.
pub fn page(scenario: &Scenario, comparison: &Comparison, details: bool) -> String {
    let mut lines = title(scenario, comparison);
    lines.push(String::new());
    lines.extend(wrap("Cheapest", &advice(scenario, comparison)));
    if few(comparison.paths).is_some() {
        let words = format!("intervals from fewer than {FEW} futures are rough");
        lines.extend(wrap("Sure", &words));
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

/// The ways and what follows them.
struct Layout {
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
fn layout(scenario: &Scenario, comparison: &Comparison, room: usize) -> Layout {
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
    fn lines(self) -> Vec<String> {
        let note = self.note();
        [self.table, self.after, note].concat()
    }
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

/// " over 6 months", with the first day where that is not the same everywhere; nothing where all are over the
/// same days.
fn over(comparison: &Comparison, way: &Compared) -> String {
    if !are_of_different_days(comparison) {
        return String::new();
    }
    let months = match way.horizon.months() {
        1 => "1 month".to_owned(),
        months => format!("{months} months"),
    };
    let start = way.horizon.start();
    match comparison
        .ways
        .iter()
        .all(|one| one.horizon.start() == start)
    {
        true => format!(" over {months}"),
        false => format!(" over {months} from {start}"),
    }
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
    let names = names_in(comparison, QUOTED);
    let called = |index: usize| match (index, comparison.is_of_scenarios) {
        (0, false) => "the contract".to_owned(),
        _ => format!("\"{}\"", names[index]),
    };
    // What it is set against, which may be over other days.
    let other = |index: usize| called(index) + &over(comparison, &comparison.ways[index]);
    let mut words = format!("{}: {}", called(place), cash(standing.cost.mean));
    if let Some(half) = standing.cost.mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    words.push_str(match comparison.is_point {
        true => " in the plan",
        false => " expected",
    });
    words.push_str(&over(comparison, way));
    let against = match place {
        0 => second(comparison).map(|second| {
            let difference = &comparison.ways[second].standing.difference;
            (second, difference.mean, difference)
        }),
        _ => Some((0, -standing.difference.mean, &standing.difference)),
    };
    // What is alike in every future is said of all that are.
    let is_told = |index: &usize| comparison.is_point || !standing.equal.contains(index);
    if let Some((index, saved, difference)) = against.filter(|(index, ..)| is_told(index)) {
        let _ = write!(
            words,
            ", {}",
            saving(&cash, saved, difference, &other(index))
        );
    }
    if !comparison.is_point && comparison.ways.len() > 1 {
        let (chance, claim) = match standing.equal.is_empty() {
            true => (standing.cheapest, "cheapest"),
            // They would share what is neither's alone.
            false => (standing.least, "none costs less"),
        };
        words.push_str(&alike(comparison, place, called));
        let _ = write!(words, "; {claim} in {} of futures", percent(chance.value));
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

/// Which others cost the same as a way, whatever happens.
fn alike(comparison: &Comparison, place: usize, called: impl Fn(usize) -> String) -> String {
    match comparison.ways[place].standing.equal[..] {
        [] => String::new(),
        [one] => format!("; {} costs the same in every future", called(one)),
        [one, .., _] if comparison.ways[place].standing.equal.len() > 2 => format!(
            "; {} and {} more cost the same in every future",
            called(one),
            comparison.ways[place].standing.equal.len() - 1
        ),
        [one, other, ..] => format!(
            "; {} and {} cost the same in every future",
            called(one),
            called(other)
        ),
    }
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
fn particulars(comparison: &Comparison) -> Vec<String> {
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
