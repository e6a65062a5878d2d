//! What must be known to read a comparison, and what it leaves aside.

use crate::scenario::{Horizon, Scenario};

/// Most horizons, and most scenarios of one, that are told by name.
const MOST: usize = 4;

/// What changes how a comparison is to be read, of one scenario by its ways to pay or of several by name:
/// other days, what is left out, what is missing.
pub fn caveats(named: &[(&str, &Scenario)]) -> Vec<String> {
    let has_alternatives = |scenario: &Scenario| !scenario.alternatives.is_empty();
    let mut found = Vec::new();
    found.extend(horizons(named));
    let with: Vec<&str> = named
        .iter()
        .filter(|(_, scenario)| has_alternatives(scenario))
        .map(|(name, _)| *name)
        .collect();
    match named {
        [(_, alone)] if !has_alternatives(alone) => found.push(
            "there is no [[alternative]] to compare the contract with; add one, or name a second file"
                .to_owned(),
        ),
        [_, _, ..] if !with.is_empty() => found.push(format!(
            "of several files only the contracts are compared, not the [[alternative]]s of {}",
            list(&with)
        )),
        _ => {}
    }
    found
}

/// What a comparison does not use of some scenarios, although it is written there.
pub fn remarks(named: &[(&str, &Scenario)]) -> Vec<String> {
    let mut found = Vec::new();
    if named
        .iter()
        .any(|(_, s)| !s.simulation.precision.is_empty())
    {
        found.push(
            "compare runs simulation.paths futures, whatever simulation.precision says".to_owned(),
        );
    }
    if let Some(((first, scenario), others)) = named.split_first() {
        let of = |scenario: &Scenario| (scenario.simulation.seed, scenario.simulation.paths);
        let others = others.iter().filter(|(_, other)| of(other) != of(scenario));
        let others: Vec<&str> = others.map(|(name, _)| *name).collect();
        if !others.is_empty() {
            found.push(format!(
                "all run with the paths and the seed of {first}, not with those of {}",
                list(&others)
            ));
        }
    }
    found
}

/// The dates of each scenario, where they are not the same.
fn horizons(named: &[(&str, &Scenario)]) -> Option<String> {
    let mut groups: Vec<(&Horizon, Vec<&str>)> = Vec::new();
    for (name, scenario) in named {
        let days = days(&scenario.horizon);
        match groups
            .iter_mut()
            .find(|(other, _)| self::days(other) == days)
        {
            Some((_, names)) => names.push(name),
            None => groups.push((&scenario.horizon, vec![name])),
        }
    }
    if groups.len() < 2 {
        return None;
    }
    let told = groups.iter().take(MOST);
    let mut told: Vec<String> = told
        .map(|(horizon, names)| {
            let last = horizon.date(horizon.days() - 1);
            let months = months(horizon);
            format!("{} {} to {last} ({months})", list(names), horizon.start())
        })
        .collect();
    if groups.len() > MOST {
        told.push(format!("{} other horizons", groups.len() - MOST));
    }
    Some(format!(
        "differences in cost are of different days too: {}",
        told.join("; ")
    ))
}

/// The first day and how many there are: scenarios with the same are over the same days.
fn days(horizon: &Horizon) -> (jiff::civil::Date, usize) {
    (horizon.start(), horizon.days())
}

/// "6 months".
fn months(horizon: &Horizon) -> String {
    match horizon.months() {
        1 => "1 month".to_owned(),
        months => format!("{months} months"),
    }
}

/// Some names, the first of many.
fn list(names: &[&str]) -> String {
    let told = names.iter().take(MOST).copied().collect::<Vec<_>>();
    match names.len() - told.len() {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}
