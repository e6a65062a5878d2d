//! The inputs of a scenario, in one order.

use crate::scenario::{
    Acceleration, Activation, Demand, Event, Factor, Incident, IncidentKind, Input, Operation,
    RateChange, Scenario, Workload,
};

impl Scenario {
    /// Every input that is drawn once per path, known numbers among them, in the order of this
    /// list: the rate card, its changes, each workload (seats, activation, actions per day, or
    /// units; then acceleration, growth, volatility), incidents (arrivals per year, or share or
    /// multiplier), events.
    pub fn all_inputs(&self) -> Vec<&Input> {
        of(
            &self.operations,
            &self.rate_changes,
            &self.workloads,
            &self.incidents,
            &self.events,
        )
    }
}

/// The inputs of a scenario's parts, in the order of [`Scenario::all_inputs`].
pub fn of<'s>(
    operations: &'s [Operation],
    rate_changes: &'s [RateChange],
    workloads: &'s [Workload],
    incidents: &'s [Incident],
    events: &'s [Event],
) -> Vec<&'s Input> {
    let mut inputs: Vec<&Input> = Vec::new();
    inputs.extend(operations.iter().map(|operation| &operation.credits));
    inputs.extend(rate_changes.iter().map(|change| &change.credits));
    inputs.extend(workloads.iter().flat_map(of_workload));
    inputs.extend(incidents.iter().map(of_incident));
    inputs.extend(events.iter().map(|event| &event.multiplier));
    inputs
}

fn of_workload(workload: &Workload) -> Vec<&Input> {
    let mut inputs = Vec::new();
    match &workload.demand {
        Demand::Agents {
            seats,
            activation,
            actions_per_day,
            ..
        } => {
            inputs.push(seats);
            match activation {
                Activation::Ramp { start, plateau, .. } => inputs.extend([start, plateau]),
                Activation::Months(months) => inputs.extend(months),
                Activation::Constant(share) => inputs.push(share),
            }
            inputs.push(actions_per_day);
        }
        Demand::Volume {
            units_per_month, ..
        } => inputs.push(units_per_month),
    }
    let acceleration = workload.acceleration.as_ref();
    inputs.extend(acceleration.map(|Acceleration { initial, .. }| initial));
    inputs.extend([&workload.growth, &workload.volatility]);
    inputs
}

fn of_incident(incident: &Incident) -> &Input {
    match &incident.kind {
        IncidentKind::Arrivals { per_year, .. } => per_year,
        IncidentKind::Condition {
            factor: Factor::Share(input) | Factor::Multiplier(input),
            ..
        } => input,
    }
}
