//! What the workloads want, by an estimate.

use crate::scenario::{
    ActionsPerUnit, Activation, Demand, Effect, Factor, Incident, IncidentKind, Scenario, Workload,
};
use crate::units::{DAYS_PER_MONTH, DAYS_PER_YEAR};

/// Credits that each workload wants over the horizon, at the means of its inputs and the highest
/// activation.
pub fn credits(scenario: &Scenario) -> Vec<f64> {
    let events: Vec<f64> = scenario
        .events
        .iter()
        .map(|event| event.multiplier.value.mean())
        .collect();
    let workloads = 0..scenario.workloads.len();
    workloads
        .map(|index| of_workload(scenario, &events, index))
        .collect()
}

fn of_workload(scenario: &Scenario, event_means: &[f64], index: usize) -> f64 {
    let workload = &scenario.workloads[index];
    let daily = base(workload);
    let growth = 1.0 + workload.growth.value.mean();
    let events = events(scenario, event_means, index);
    let days = workload.day_weights.iter().zip(&events).enumerate();
    let units: f64 = days
        .map(|(day, (weight, event))| {
            daily * weight * event * libm::pow(growth, day as f64 / DAYS_PER_MONTH)
        })
        .sum();
    let hit = scenario
        .incidents
        .iter()
        .filter(|incident| incident.workloads.contains(&index));
    let (factor, lumps) = hit.fold((1.0, 0.0), |(factor, lumps), incident| {
        let (f, l) = incident_means(incident, scenario.horizon.days());
        (factor * f, lumps + l)
    });
    (units * factor + lumps) * rate(scenario, workload)
}

/// Mean actions of a day of weight 1.
fn base(workload: &Workload) -> f64 {
    match &workload.demand {
        Demand::Agents {
            seats,
            activation,
            actions_per_day,
            ..
        } => seats.value.mean() * highest(activation) * actions_per_day.value.mean(),
        Demand::Volume {
            units_per_month,
            actions_per_unit,
        } => {
            let weights = workload.weekday_weights.iter().sum::<f64>();
            let months = workload.weekday_weights.len() as f64 / DAYS_PER_MONTH;
            let total = units_per_month.value.mean() * months;
            total / weights.max(f64::MIN_POSITIVE) * mean_actions(actions_per_unit)
        }
    }
}

fn highest(activation: &Activation) -> f64 {
    match activation {
        Activation::Ramp { start, plateau, .. } => start.value.mean().max(plateau.value.mean()),
        Activation::Months(months) => months.iter().map(|m| m.value.mean()).fold(0.0, f64::max),
        Activation::Constant(share) => share.value.mean(),
    }
}

fn mean_actions(actions: &ActionsPerUnit) -> f64 {
    actions
        .counts
        .iter()
        .map(|(count, share)| *count as f64 * share)
        .sum()
}

/// Mean factor of the events of each day.
fn events(scenario: &Scenario, means: &[f64], workload: usize) -> Vec<f64> {
    let mut factors = vec![1.0; scenario.horizon.days()];
    for (event, mean) in scenario.events.iter().zip(means) {
        if event.workloads.binary_search(&workload).is_ok() {
            factors[event.from_day..event.to_day]
                .iter_mut()
                .for_each(|factor| *factor *= mean);
        }
    }
    factors
}

/// Mean factor over the horizon, and mean lumps.
fn incident_means(incident: &Incident, days: usize) -> (f64, f64) {
    match &incident.kind {
        IncidentKind::Arrivals {
            per_year,
            days: length,
            effect,
        } => {
            let arrivals = per_year.value.mean() * days as f64 / DAYS_PER_YEAR;
            match effect {
                Effect::Multiplier(factor) => {
                    let share = (arrivals * length.mean() / days as f64).min(arrivals);
                    (1.0 + share * (factor.mean() - 1.0), 0.0)
                }
                Effect::ExtraActions(lump) => (1.0, arrivals * lump.mean()),
            }
        }
        IncidentKind::Condition { chance, factor } => {
            let mean = match factor {
                Factor::Share(share) => 1.0 / (1.0 - share.value.mean()),
                Factor::Multiplier(factor) => factor.value.mean(),
            };
            (1.0 + chance * (mean - 1.0), 0.0)
        }
    }
}

/// Credits per action, at the highest rate of each operation.
fn rate(scenario: &Scenario, workload: &Workload) -> f64 {
    let highest = |operation: usize| {
        let changes = scenario
            .rate_changes
            .iter()
            .filter(|c| c.operation == operation);
        let changed = changes.map(|change| change.credits.value.mean());
        changed.fold(
            scenario.operations[operation].credits.value.mean(),
            f64::max,
        )
    };
    workload
        .operations
        .iter()
        .map(|(operation, share)| share * highest(*operation))
        .sum()
}
