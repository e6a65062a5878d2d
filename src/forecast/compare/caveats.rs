//! What must be known to read a comparison, and what it leaves aside.

use crate::scenario::{CONTRACT, Contract, Horizon, Payment, Prepurchase, PricingModel, Scenario};

/// Most horizons, and most scenarios of one, that are told by name.
const MOST: usize = 4;

/// What changes how a comparison is to be read, of one scenario by its ways to pay or of several by name:
/// other days, what is left out, what is missing.
pub fn caveats(named: &[(&str, &Scenario)]) -> Vec<String> {
    let has_alternatives = |scenario: &Scenario| !scenario.alternatives.is_empty();
    let mut found = Vec::new();
    found.extend(horizons(named));
    found.extend(cut_terms(named));
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
    if contracts(named)
        .iter()
        .any(|(_, contract, _)| contract.residual_value > 0)
    {
        found.push(
            "compare counts nothing back for unused credits, whatever residual_value says"
                .to_owned(),
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

/// Which ways pay a last term in full and which are spared its minimum, where horizons end inside a term.
fn cut_terms(named: &[(&str, &Scenario)]) -> Option<String> {
    let (mut in_full, mut spared) = (Vec::new(), Vec::new());
    for (name, contract, months) in contracts(named) {
        if months.is_multiple_of(contract.term_months) {
            continue;
        }
        match (contract.payment, contract.prepurchase) {
            (Payment::PreCommit(_), _) => spared.push(name),
            (Payment::PrePurchase, Prepurchase::Packs(packs)) if packs > 0 => in_full.push(name),
            // A share of the plan is of what the horizon has of the term.
            _ => {}
        }
    }
    let tell = |names: &[String], what: &str| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| format!("{what} of {}", list(&names)))
    };
    let in_full = tell(&in_full, "the last purchase").map(|words| words + " is paid in full");
    let spared = tell(&spared, "the last minimum").map(|words| words + " is not trued up");
    let told: Vec<String> = in_full.into_iter().chain(spared).collect();
    (!told.is_empty()).then(|| {
        format!(
            "the horizon ends inside a term: {}; set months to whole terms to rank them",
            told.join(", ")
        )
    })
}

/// The contracts that are compared, by name, each with the months that it is settled for: those of several
/// scenarios, or that of one and those of its alternatives.
fn contracts<'a>(named: &[(&str, &'a Scenario)]) -> Vec<(String, &'a Contract, usize)> {
    let [(_, scenario)] = named else {
        let all = named.iter();
        let all = all.map(|(name, scenario)| {
            (
                (*name).to_owned(),
                &scenario.contract,
                scenario.horizon.months(),
            )
        });
        return all.collect();
    };
    if scenario.alternatives.is_empty() {
        return Vec::new();
    }
    let own = (
        format!("the {CONTRACT}"),
        &scenario.contract,
        scenario.horizon.months(),
    );
    let others = scenario.alternatives.iter().filter_map(|alternative| {
        let PricingModel::Flex { contract, .. } = &alternative.model else {
            return None;
        };
        let horizon = scenario.horizon.from_day(alternative.from_day)?;
        Some((
            format!("\"{}\"", alternative.name),
            &**contract,
            horizon.months(),
        ))
    });
    std::iter::once(own).chain(others).collect()
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
