//! Licences of a fixed number of users beside the agents that are active.

use crate::demand::Future;
use crate::scenario::{Alternative, Licences, PricingModel, Scenario};
use crate::units::MICRO;

/// The least share of futures with too few licences that is told.
const LEAST: f64 = 0.1;

/// Whether in some month more agents of what an alternative covers are active, on average of its days, than it
/// has licences for.
pub(super) fn is_crowded(scenario: &Scenario, alternative: &Alternative, future: &Future) -> bool {
    let Some(users) = users(alternative) else {
        return false;
    };
    let horizon = &scenario.horizon;
    let months = (0..horizon.months()).filter(|&month| {
        // A month in which it begins counts whole: what is active grows.
        horizon.month(month).end > alternative.from_day
    });
    let mut crowds = months.map(|month| {
        let covered = (0..future.workloads()).filter(|&workload| alternative.covers[workload]);
        let agents = covered.map(|workload| i128::from(future.agent_days(workload)[month]));
        let licences = i128::from(users) * i128::from(MICRO) * horizon.month(month).len() as i128;
        agents.sum::<i128>() > licences
    });
    crowds.any(|is_crowded| is_crowded)
}

/// Which alternatives bill fewer users than there are agents, in a good share of the futures: so many of `paths`.
pub(super) fn crowds(
    scenario: &Scenario,
    crowded: &[u64],
    paths: u64,
    is_point: bool,
) -> Option<String> {
    let alternatives = scenario.alternatives.iter().zip(crowded);
    let told: Vec<String> = alternatives
        .filter_map(|(alternative, &crowded)| {
            let share = crowded as f64 / paths as f64;
            let users = users(alternative).filter(|&users| users > 0 && share >= LEAST)?;
            let plural = if users == 1 { "" } else { "s" };
            let named = format!("\"{}\" ({users} user{plural})", alternative.name);
            Some(match is_point {
                true => named,
                false => format!("{named} in {:.0}% of futures", 100.0 * share),
            })
        })
        .collect();
    let told = told.join(", ");
    (!told.is_empty()).then(|| format!("more agents than licences in some month: {told}"))
}

fn users(alternative: &Alternative) -> Option<u64> {
    match &alternative.model {
        PricingModel::PerUser(licences) | PricingModel::Edition { licences, .. } => Some(*licences),
        PricingModel::Flex { licences, .. } => *licences,
        PricingModel::PerConversation { .. } => None,
    }
    .map(|Licences { users, .. }| users)
}
