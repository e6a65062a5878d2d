//! What may drive a scenario: its uncertain inputs, and its drivers in groups.

use super::UncertainInput;
use crate::demand::Model;
use crate::demand::origins::{Driver, Drivers};
use crate::scenario::{Activation, Demand, IncidentKind, Scenario};

/// The inputs that are uncertain, in the order of the model.
pub(super) fn uncertain(model: &Model) -> Vec<UncertainInput> {
    let inputs = model.inputs();
    let keys = inputs.keys().enumerate();
    let uncertain = keys.filter(|(_, (_, is_uncertain))| *is_uncertain);
    let input = |(place, (key, _)): (usize, (&str, bool))| UncertainInput {
        key: key.to_owned(),
        driver: inputs.driver(place),
        is_correlated: inputs.correlated().any(|group| group.contains(&place)),
        range: (inputs.quantile(place, 0.1), inputs.quantile(place, 0.9)),
        place,
        support: inputs.support(place),
    };
    uncertain.map(input).collect()
}

/// The drivers that a scenario has.
pub(super) fn present(scenario: &Scenario, inputs: &[UncertainInput]) -> Drivers {
    let of_inputs = inputs.iter().map(|input| Drivers::only(input.driver));
    of_inputs.fold(left_to_chance(scenario), Drivers::and)
}

/// The drivers that draw something beside uncertain inputs.
pub fn left_to_chance(scenario: &Scenario) -> Drivers {
    let is_random = |driver: &Driver| {
        match driver {
        Driver::Ramp => scenario.workloads.iter().any(|w| awakes(&w.demand)),
        Driver::ActionRates => scenario.workloads.iter().any(|workload| {
            matches!(workload.demand, Demand::Agents { agent_cv, .. } if agent_cv > 0.0)
        }),
        Driver::Growth => {
            let mut workloads = scenario.workloads.iter();
            workloads.any(|workload| workload.volatility.value.support().1 > 0.0)
        }
        Driver::RateCard => scenario.rate_changes.iter().any(|c| c.chance < 1.0),
        Driver::Incidents => scenario.incidents.iter().any(|incident| {
            !matches!(incident.kind, IncidentKind::Condition { chance, .. } if [0.0, 1.0].contains(&chance))
        }),
        Driver::Noise => true,
        Driver::Volume | Driver::Acceleration | Driver::Events => false,
    }
    };
    let found = Driver::ALL.into_iter().filter(is_random);
    found
        .map(Drivers::only)
        .fold(Drivers::default(), Drivers::and)
}

/// True when it is left to chance which seats are active.
fn awakes(demand: &Demand) -> bool {
    let Demand::Agents { activation, .. } = demand else {
        return false;
    };
    let shares: Vec<_> = match activation {
        Activation::Ramp { start, plateau, .. } => vec![start, plateau],
        Activation::Months(months) => months.iter().collect(),
        Activation::Constant(share) => vec![share],
    };
    let mut supports = shares.iter().map(|share| share.value.support());
    supports.any(|support| support != (0.0, 0.0) && support != (1.0, 1.0))
}

/// The groups that are looked at: each driver alone, or together those that correlated inputs join;
/// and the drivers that are joined, whose own share of the variance is not defined.
pub(super) fn groups(present: Drivers, model: &Model) -> (Vec<Drivers>, Vec<Drivers>) {
    let alone: Vec<Drivers> = present.iter().map(Drivers::only).collect();
    let mut groups = alone.clone();
    for members in model.inputs().correlated() {
        let drivers = members.iter().map(|&place| model.inputs().driver(place));
        let joined = drivers.fold(Drivers::default(), |all, driver| {
            all.and(Drivers::only(driver))
        });
        let (touched, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.meets(joined));
        groups = rest;
        groups.push(touched.into_iter().fold(joined, Drivers::and));
    }
    groups.sort_by_key(|group| group.iter().next());
    let split = alone.into_iter().filter(|group| !groups.contains(group));
    let split = split.collect();
    (groups, split)
}
