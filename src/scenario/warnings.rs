//! What is allowed but probably not meant.

use crate::scenario::cursor::Cursor;
use crate::scenario::{
    Demand, Effect, Factor, Incident, IncidentKind, RateChange, Scenario, Workload,
};
use crate::uncertain::Uncertain;

mod contract;
mod governance;

/// Sentences about a scenario, each with its remedy; `outside` are those of events, and `top` is
/// where keys stand that left no trace in the scenario.
pub fn of(scenario: &Scenario, top: &Cursor<'_>, outside: Vec<String>) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(no_spread(scenario));
    warnings.extend(contract::of(scenario, top));
    warnings.extend(governance::of(scenario));
    warnings.extend(scenario.workloads.iter().flat_map(odd_spread));
    warnings.extend(outside);
    let changes = scenario.rate_changes.iter();
    warnings.extend(changes.filter_map(|change| late_change(change, scenario)));
    warnings.extend(scenario.incidents.iter().filter_map(without_effect));
    warnings
}

fn no_spread(scenario: &Scenario) -> Option<String> {
    let known = scenario
        .all_inputs()
        .iter()
        .all(|input| input.value.is_constant());
    let even = |workload: &Workload| {
        let agents = match workload.demand {
            Demand::Agents { agent_cv, .. } => agent_cv,
            Demand::Volume { .. } => 0.0,
        };
        workload.daily_cv == 0.0 && agents == 0.0 && workload.volatility.value.mean() == 0.0
    };
    let but = match scenario.incidents.iter().any(is_by_chance) {
        true => "but for its incidents, ",
        false => "",
    };
    (known && scenario.workloads.iter().all(even)).then(|| {
        format!(
            "{but}this forecast has no spread: no input is uncertain and no day differs from \
             another; usual values are daily_cv 0.2-0.4 and agent_cv 1.6-4, and an input can be a \
             range like {{ p10 = 20, p90 = 40 }}"
        )
    })
}

/// True for an incident that some paths feel and others do not.
fn is_by_chance(incident: &Incident) -> bool {
    let is_certain =
        matches!(incident.kind, IncidentKind::Condition { chance, .. } if chance == 1.0);
    !is_certain && without_effect(incident).is_none()
}

/// Coefficients of variation that look like percentages.
fn odd_spread(workload: &Workload) -> Vec<String> {
    let agent_cv = match workload.demand {
        Demand::Agents { agent_cv, .. } => agent_cv,
        Demand::Volume { .. } => 0.0,
    };
    let odd = [
        ("daily_cv", workload.daily_cv, 3.0, "0.2-0.4"),
        ("agent_cv", agent_cv, 8.0, "1.6-4"),
    ];
    odd.into_iter()
        .filter(|&(_, value, most, _)| value > most)
        .map(|(key, value, _, usual)| {
            format!(
                "workload {:?} has {key} = {value}, far beyond the usual {usual}; a share of the \
                 mean is meant, 0.25 for 25%",
                workload.name
            )
        })
        .collect()
}

fn late_change(change: &RateChange, scenario: &Scenario) -> Option<String> {
    (change.from_day >= scenario.horizon.days()).then(|| {
        let key = change.credits.key.trim_end_matches(".credits");
        format!("`{key}` comes after the horizon and changes nothing; check its date")
    })
}

fn is(value: &Uncertain, number: f64) -> bool {
    value.is_constant() && value.mean() == number
}

fn without_effect(incident: &Incident) -> Option<String> {
    let idle = match &incident.kind {
        IncidentKind::Arrivals {
            per_year, effect, ..
        } => {
            let nothing = match effect {
                Effect::Multiplier(factor) => is(factor, 1.0),
                Effect::ExtraActions(lump) => is(lump, 0.0),
            };
            nothing || is(&per_year.value, 0.0)
        }
        IncidentKind::Condition { chance, factor } => {
            let nothing = match factor {
                Factor::Share(share) => is(&share.value, 0.0),
                Factor::Multiplier(factor) => is(&factor.value, 1.0),
            };
            nothing || *chance == 0.0
        }
    };
    idle.then(|| {
        let name = &incident.name;
        format!("incident `{name}` has no effect: it never comes or changes nothing; drop it or raise it")
    })
}
