//! What drives a scenario: sensitivity.csv, the page for a terminal, the tree for JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::decide::indices::Index;
use crate::decide::knowing::Worth;
use crate::decide::shapley::Share;
use crate::demand::origins::{Driver, Drivers};
use crate::forecast::sensitivity::{
    Different, Driven, Effect, Fair, Knowing, Output, Sensitivity, Source, Subject, UncertainInput,
};
use crate::report::csv::{File, Table, text};
use crate::report::numbers::{grouped, money, optional, percent, ratio, short};
use crate::report::page::{WIDTH, cell, cut, wrap};
use crate::report::summary::HEIGHT;
use crate::scenario::Scenario;

/// sensitivity.csv: a row for each output that is defined and each group and uncertain input.
pub fn table(scenario: &Scenario, found: &Sensitivity) -> File {
    let mut table = Table::new(
        "scenario,output,input,first_order,first_low,first_high,total,total_low,total_high,\
         swing_p10,swing_p90",
    );
    for driven in &found.outputs {
        for (source, effect) in found.sources.iter().zip(&driven.effects) {
            let mut cells = vec![
                text(&scenario.name),
                output_name(driven.output).to_owned(),
                text(&source_name(found, *source)),
            ];
            cells.extend(index_cells(effect.first_order));
            cells.extend(index_cells(effect.total_order));
            cells.push(optional(effect.swing.map(|(low, _)| low)));
            cells.push(optional(effect.swing.map(|(_, high)| high)));
            table.row(cells);
        }
    }
    table.file("sensitivity.csv")
}

fn index_cells(index: Option<Index>) -> [String; 3] {
    let Some(index) = index else {
        return Default::default();
    };
    let (low, high) = index.interval();
    [index.value, low, high].map(|share| match ratio(share) {
        zero if zero == "-0" => "0".to_owned(),
        share => share,
    })
}

/// An output as files name it.
fn output_name(output: Output) -> &'static str {
    match output {
        Output::Spend => "spend",
        Output::Overage => "overage",
        Output::SpendAboveP95 => "spend_above_p95",
        Output::Exhaustion => "exhaustion_date",
    }
}

/// A driver as files and people name it.
fn driver_name(driver: Driver) -> &'static str {
    match driver {
        Driver::Ramp => "ramp",
        Driver::ActionRates => "action rates",
        Driver::Volume => "volume",
        Driver::Acceleration => "acceleration",
        Driver::Growth => "growth",
        Driver::RateCard => "rate card",
        Driver::Events => "events",
        Driver::Incidents => "incidents",
        Driver::Noise => "day-to-day noise",
    }
}

fn drivers_name(drivers: Drivers) -> String {
    let names: Vec<&str> = drivers.iter().map(driver_name).collect();
    names.join(" + ")
}

fn source_name(found: &Sensitivity, source: Source) -> String {
    match source {
        Source::Drivers(drivers) => drivers_name(drivers),
        Source::Input(input) => found.inputs[input].key.clone(),
    }
}

/// The key of an input without what every key of a workload begins with.
fn label(input: &UncertainInput) -> &str {
    let key = input.key.as_str();
    key.strip_prefix("workload.").unwrap_or(key)
}

/// The page for a terminal; with `details` all figures of all outputs.
pub fn page(scenario: &Scenario, found: &Sensitivity, details: bool) -> String {
    let mut lines = vec![cut(&scenario.name, WIDTH)];
    lines.push(format!(
        "What drives it, on {} pairs of futures, seed {}",
        grouped(found.paths as f64),
        scenario.simulation.seed
    ));
    lines.push(String::new());
    lines.extend(shares(found));
    let mut closing = worst(scenario, found);
    closing.extend(knowing(scenario, found));
    closing.extend(fair(found));
    closing.push("All inputs and outputs: --details, or sensitivity.csv with --out".to_owned());
    // Two lines around the tornado, and its title.
    let room = HEIGHT.saturating_sub(lines.len() + closing.len() + 3);
    let most = if details { usize::MAX } else { room };
    for driven in &found.outputs {
        if driven.output == Output::Spend || details {
            lines.push(String::new());
            lines.extend(tornado(scenario, found, driven, most));
        }
    }
    lines.push(String::new());
    lines.extend(closing);
    if details {
        lines.pop();
        lines.extend(tables(found));
    }
    lines.join("\n") + "\n"
}

/// Columns of a label, and of an output, in the table of shares.
const NAME: usize = 22;
const COLUMN: usize = 14;

/// The share of each output's variance by group of drivers.
fn shares(found: &Sensitivity) -> Vec<String> {
    let titles = found.outputs.iter().map(|driven| match driven.output {
        Output::Spend => "spend",
        Output::Overage => "any overage",
        Output::SpendAboveP95 => "spend > p95",
        Output::Exhaustion => "runs dry on",
    });
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
        let mut line = cell(&drivers_name(drivers), NAME);
        for effect in effects() {
            for index in [effect.first_order, effect.total_order] {
                let _ = write!(line, "{:>7}", share(index));
            }
        }
        lines.push(line);
    }
    let mut errors = cell("  95% errors up to", NAME);
    for driven in &found.outputs {
        let groups = found.sources.iter().zip(&driven.effects);
        let groups = groups.filter(|(source, _)| matches!(source, Source::Drivers(_)));
        let groups: Vec<&Effect> = groups.map(|(_, effect)| effect).collect();
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
    lines
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
        Some(index) => format!("{}%", points(index.value)),
    }
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

/// Columns of the tornado's bars.
const BAR: usize = 30;

/// The output's mean with each input at its p10 and at its p90, the widest first.
fn tornado(scenario: &Scenario, found: &Sensitivity, driven: &Driven, most: usize) -> Vec<String> {
    let sources = found.sources.iter().zip(&driven.effects);
    let swings = sources.filter_map(|(source, effect)| match (source, effect.swing) {
        (Source::Input(input), Some(swing)) => Some((&found.inputs[*input], swing)),
        _ => None,
    });
    let mut swings: Vec<(&UncertainInput, (f64, f64))> = swings.collect();
    if swings.is_empty() {
        return vec!["No input is uncertain".to_owned()];
    }
    swings.sort_by(|(_, a), (_, b)| (b.1 - b.0).abs().total_cmp(&(a.1 - a.0).abs()));
    swings.truncate(most.max(1));
    let ends = || swings.iter().flat_map(|(_, (a, b))| [*a, *b, driven.mean]);
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
        Output::Exhaustion => "Mean date of running dry",
    };
    let mut lines = vec![format!(
        "{title} with each input at its p10 and at its p90; | is the mean, {middle}"
    )];
    for (input, (low, high)) in &swings {
        let (from, to) = (place(low.min(*high)), place(low.max(*high)));
        let bar: String = (0..BAR)
            .map(|column| match column {
                c if c == place(driven.mean) => '|',
                c if (from..=to).contains(&c) && from < to => '#',
                _ => ' ',
            })
            .collect();
        let [low, high] = [*low, *high].map(|mean| value(scenario, driven.output, mean));
        lines.push(format!(
            "{}{low:>11} {bar}{high:>11}",
            cell(&cut(label(input), 26), 27)
        ));
    }
    lines
}

/// The mean of an output for people.
fn value(scenario: &Scenario, output: Output, mean: f64) -> String {
    match output {
        Output::Spend => short(mean),
        Output::Overage | Output::SpendAboveP95 => percent(mean),
        Output::Exhaustion => {
            // A mean of dates; the day after the horizon is the latest.
            let day = mean.round() as usize;
            match day < scenario.horizon.days() {
                true => scenario.horizon.date(day).to_string(),
                false => "never".to_owned(),
            }
        }
    }
}

/// Most differences of the worst futures that are told on a screen.
const TOLD: usize = 3;

/// What was different in the worst futures, as far as the run can tell.
fn worst(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    let Some(above) = found.worst_above else {
        return Vec::new();
    };
    let told = found.worst.iter().filter(|d| !d.shift.is_lost());
    let told: Vec<String> = told
        .take(TOLD)
        .map(|different| difference(scenario, found, different))
        .collect();
    let what = match told.is_empty() {
        true => "no input and no incident stands out".to_owned(),
        false => told.join("; "),
    };
    let above = money(&scenario.currency, above);
    wrap(
        "Worst 5%",
        &format!("of futures spend more than {above}. There: {what}."),
    )
}

fn difference(scenario: &Scenario, found: &Sensitivity, different: &Different) -> String {
    let shift = different.shift;
    match different.subject {
        Subject::Input(input) => format!(
            "{} {} (median; {} overall)",
            label(&found.inputs[input]),
            three(shift.there),
            three(shift.overall)
        ),
        Subject::Incident(incident) => format!(
            "{} in {} ({} overall)",
            scenario.incidents[incident].name,
            percent(shift.there),
            percent(shift.overall)
        ),
    }
}

/// What it is worth to know something before the size of the purchase is chosen.
fn knowing(scenario: &Scenario, found: &Sensitivity) -> Vec<String> {
    let cash = |value: f64| money(&scenario.currency, value);
    let (everything, sources) = match &found.knowing {
        Knowing::NotPriced(keys) => {
            let keys = keys.join(", ");
            let words = format!("is not priced: with {keys} a size's cost needs more than demand.");
            return wrap("Knowing", &words);
        }
        Knowing::Priced {
            everything,
            sources,
        } => (everything, sources),
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
        .filter(|(_, worth)| !worth.is_lost())
        .collect();
    let mut words = match told.first() {
        None => "no input before you sign is worth anything that this run can tell".to_owned(),
        Some((drivers, worth)) => {
            let (low, high) = worth.interval();
            format!(
                "A pilot that pins down {} is worth at most {} ({} to {}) before you sign",
                pinned(*drivers),
                cash(worth.value),
                cash(low),
                cash(high)
            )
        }
    };
    for (drivers, worth) in told.iter().skip(1).take(2) {
        let _ = write!(words, "; {} {}", pinned(*drivers), cash(worth.value));
    }
    if let Some(everything) = everything {
        let _ = write!(
            words,
            "; knowing the year itself {}",
            cash(everything.value)
        );
    }
    words.push('.');
    wrap("Knowing", &words)
}

/// What a pilot pins down.
fn pinned(drivers: Drivers) -> String {
    let name = |driver| match driver {
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

/// Fair shares of the variance of spend, where inputs are correlated.
fn fair(found: &Sensitivity) -> Vec<String> {
    let Some(Fair { drivers, outputs }) = &found.shapley else {
        return Vec::new();
    };
    let Some(Some(shares)) = outputs.first() else {
        return Vec::new();
    };
    let told = |share: &Share| match share.value <= share.half_width {
        true => "≈0".to_owned(),
        false => format!("{}% ± {}", points(share.value), points(share.half_width)),
    };
    let players = drivers.iter().zip(&shares.players);
    let players =
        players.map(|(&driver, share)| format!("{} {}", driver_name(driver), told(share)));
    let players: Vec<String> = players.collect();
    wrap(
        "Inputs",
        &format!(
            "are correlated. Fair (Shapley) shares of the variance of spend: {}; no input {}.",
            players.join(", "),
            told(&shares.rest)
        ),
    )
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

/// All indices with their intervals.
fn tables(found: &Sensitivity) -> Vec<String> {
    let mut lines = Vec::new();
    for driven in &found.outputs {
        lines.push(String::new());
        lines.push(format!(
            "{}{:>24}{:>22}",
            cell(output_name(driven.output), 34),
            "alone (95%)",
            "in all (95%)"
        ));
        if !driven.varies {
            lines.push("  hardly ever changes: nothing to share out".to_owned());
            continue;
        }
        for (source, effect) in found.sources.iter().zip(&driven.effects) {
            let name = match *source {
                Source::Drivers(drivers) => drivers_name(drivers),
                Source::Input(input) => format!("  {}", label(&found.inputs[input])),
            };
            lines.push(format!(
                "{}{:>24}{:>22}",
                cell(&cut(&name, 33), 34),
                with_interval(effect.first_order),
                with_interval(effect.total_order)
            ));
        }
    }
    lines
}

fn with_interval(index: Option<Index>) -> String {
    let Some(index) = index else {
        return "-".to_owned();
    };
    let (low, high) = index.interval();
    let about = if index.is_lost() { "≈0 " } else { "" };
    format!(
        "{about}{:.1}% ({:.1} to {:.1})",
        100.0 * index.value,
        100.0 * low,
        100.0 * high
    )
}

/// The tree for JSON.
pub fn json(scenario: &Scenario, found: &Sensitivity) -> Value {
    let index = |index: Option<Index>| {
        index.map(|index| {
            json!({
                "value": index.value,
                "interval": index.interval(),
                "told_from_zero": !index.is_lost(),
            })
        })
    };
    let driven = |driven: &Driven| {
        let sources = found.sources.iter().zip(&driven.effects);
        let effects: Vec<Value> = sources
            .map(|(source, effect)| {
                json!({
                    "input": source_name(found, *source),
                    "is_group": matches!(source, Source::Drivers(_)),
                    "first_order": index(effect.first_order),
                    "total": index(effect.total_order),
                    "swing_p10": effect.swing.map(|(low, _)| low),
                    "swing_p90": effect.swing.map(|(_, high)| high),
                })
            })
            .collect();
        json!({
            "output": output_name(driven.output),
            "mean": driven.mean,
            "varies": driven.varies,
            "effects": effects,
        })
    };
    let different = |different: &Different| {
        let (kind, name) = match different.subject {
            Subject::Input(input) => ("input", &found.inputs[input].key),
            Subject::Incident(incident) => ("incident", &scenario.incidents[incident].name),
        };
        json!({
            "kind": kind,
            "name": name,
            "there": different.shift.there,
            "overall": different.shift.overall,
            "told_from_chance": !different.shift.is_lost(),
        })
    };
    let worth = |worth: &Worth| {
        json!({
            "value": worth.value,
            "interval": worth.interval(),
            "told_from_zero": !worth.is_lost(),
        })
    };
    let knowing = match &found.knowing {
        Knowing::NotPriced(keys) => json!({ "not_priced_because_of": keys }),
        Knowing::Priced {
            everything,
            sources,
        } => {
            let priced = found.sources.iter().zip(sources);
            let priced = priced.filter_map(|(source, found_worth)| {
                let mut value = worth(found_worth.as_ref()?);
                value["input"] = json!(source_name(found, *source));
                Some(value)
            });
            json!({
                "everything": everything.as_ref().map(worth),
                "inputs": priced.collect::<Vec<_>>(),
            })
        }
    };
    let share = |share: &Share| {
        json!({
            "value": share.value,
            "interval": [share.value - share.half_width, share.value + share.half_width],
        })
    };
    let shapley = found.shapley.as_ref().map(|fair| {
        let outputs = found.outputs.iter().zip(&fair.outputs);
        let outputs = outputs.filter_map(|(driven, shares)| {
            let shares = shares.as_ref()?;
            let players = fair.drivers.iter().zip(&shares.players);
            let players = players.map(|(&driver, found)| {
                let mut value = share(found);
                value["input"] = json!(driver_name(driver));
                value
            });
            Some(json!({
                "output": output_name(driven.output),
                "inputs": players.collect::<Vec<_>>(),
                "no_input": share(&shares.rest),
            }))
        });
        outputs.collect::<Vec<_>>()
    });
    json!({
        "scenario": scenario.name,
        "pairs_of_paths": found.paths,
        "pairs_of_paths_by_input": found.paths_of_inputs,
        "paths_by_swing": found.paths_of_swings,
        "seed": scenario.simulation.seed,
        "currency": scenario.currency,
        "inputs": found.inputs.iter().map(|input| json!({
            "key": input.key,
            "group": driver_name(input.driver),
            "p10": input.range.0,
            "p90": input.range.1,
            "is_correlated": input.is_correlated,
        })).collect::<Vec<_>>(),
        "outputs": found.outputs.iter().map(driven).collect::<Vec<_>>(),
        "worst_5_percent": {
            "spend_above": found.worst_above,
            "different": found.worst.iter().map(different).collect::<Vec<_>>(),
        },
        "worth_of_knowing": knowing,
        "shapley": shapley,
    })
}
