//! What drives a scenario: sensitivity.csv, the page for a terminal, the tree for JSON.

use crate::decide::indices::Index;
use crate::demand::origins::{Driver, Drivers};
use crate::forecast::sensitivity::{Output, Sensitivity, Source};
use crate::report::csv::{File, Table, text};
use crate::report::numbers::{optional, ratio};
use crate::scenario::Scenario;

mod page;
mod tree;

pub use page::page;
pub use tree::json;

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
            cells.push(optional(effect.swing.map(|swing| swing.low)));
            cells.push(optional(effect.swing.map(|swing| swing.high)));
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
