//! What a break-even is told in: quantities that two ways bill.

use crate::forecast::compare::Columns;
use crate::scenario::{ActionsPerUnit, Alternative, Demand, Licences, PricingModel, Scenario};
use crate::units::MICRO;

/// What a break-even is a value of. Averages over the horizon; lumps of incidents are no units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Actions of a unit that is billed.
    ActionsPerInteraction,
    /// Actions of a user in a month.
    ActionsPerUser,
    /// Units a month of volume workloads.
    Interactions,
    /// Actions a month, where agents are covered.
    Actions,
    /// All demand, covered or not, in percent of what it is: 100 now.
    AllDemand,
}

/// What a way bills of what an alternative covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Billed {
    /// Credits as they are used.
    Actions,
    /// Units; of agents that many actions count as one.
    Units(f64),
    /// Licences of that many users, whatever they use.
    Users(u64),
}

impl Billed {
    fn of(alternative: &Alternative) -> Self {
        match alternative.model {
            PricingModel::PerConversation {
                actions_per_conversation,
                ..
            } => Self::Units(actions_per_conversation.unwrap_or(MICRO) as f64 / MICRO as f64),
            PricingModel::PerUser(Licences { users, .. })
            | PricingModel::Edition {
                licences: Licences { users, .. },
                ..
            } => Self::Users(users),
            PricingModel::Flex { .. } => Self::Actions,
        }
    }
}

/// An alternative and what it is set against.
pub(super) struct Ways<'a> {
    scenario: &'a Scenario,
    /// Workloads that are varied.
    covers: &'a [bool],
    /// What each of the two bills.
    pub(super) billed: [Billed; 2],
}

impl<'a> Ways<'a> {
    /// An alternative and another, or the contract.
    pub(super) fn new(scenario: &'a Scenario, alternative: usize, against: Option<usize>) -> Self {
        let alternatives = &scenario.alternatives;
        let other = against.map(|other| Billed::of(&alternatives[other]));
        Self {
            scenario,
            covers: &alternatives[alternative].covers,
            billed: [
                Billed::of(&alternatives[alternative]),
                other.unwrap_or(Billed::Actions),
            ],
        }
    }

    /// What a scale of the covered volume is told in.
    pub(super) fn quantities(&self) -> Vec<Quantity> {
        let mut covered = self.scenario.workloads.iter().zip(self.covers);
        let is_volume =
            covered.all(|(w, covered)| !covered || matches!(w.demand, Demand::Volume { .. }));
        let volume = match is_volume {
            true => Quantity::Interactions,
            false => Quantity::Actions,
        };
        // Beside a price for each interaction it does not matter how many actions a user takes.
        match self.users().is_some() && !(is_volume && self.size().is_some()) {
            true => vec![Quantity::ActionsPerUser, volume],
            false => vec![volume],
        }
    }

    /// Numerator and denominator of a quantity on each path.
    pub(super) fn ratio(&self, quantity: Quantity, columns: &Columns) -> (Vec<f64>, Vec<f64>) {
        let paths = columns.costs[0].len();
        let months = self.scenario.horizon.months() as f64;
        let [mut interactions, mut units, mut actions] = [(); 3].map(|()| vec![0.0; paths]);
        let covers = self.covers.iter().enumerate();
        for (workload, _) in covers.filter(|(_, covered)| **covered) {
            let (size, of_each) = match &self.scenario.workloads[workload].demand {
                Demand::Volume {
                    actions_per_unit, ..
                } => (1.0, mean_actions(actions_per_unit)),
                Demand::Agents { .. } => (self.size().unwrap_or(1.0), 1.0),
            };
            for (path, &counted) in columns.units[workload].iter().enumerate() {
                let counted = counted as f64 / MICRO as f64;
                interactions[path] += counted / size;
                units[path] += counted;
                actions[path] += counted * of_each;
            }
        }
        let each = |amount: f64| vec![amount; paths];
        match quantity {
            Quantity::ActionsPerInteraction => (actions, interactions),
            Quantity::ActionsPerUser => {
                let users = self.users().unwrap_or(0) as f64;
                (actions, each(users * months))
            }
            Quantity::Interactions => (units, each(months)),
            Quantity::Actions => (actions, each(months)),
            Quantity::AllDemand => (each(100.0), each(1.0)),
        }
    }

    /// Actions of agents that are billed as a unit, where one of the two bills units.
    fn size(&self) -> Option<f64> {
        self.billed.iter().find_map(|billed| match *billed {
            Billed::Units(size) => Some(size),
            _ => None,
        })
    }

    /// Users whose licences one of the two bills.
    fn users(&self) -> Option<u64> {
        self.billed.iter().find_map(|billed| match *billed {
            Billed::Users(users) => Some(users),
            _ => None,
        })
    }
}

fn mean_actions(actions: &ActionsPerUnit) -> f64 {
    let counts = actions.counts.iter();
    counts.map(|&(count, share)| count as f64 * share).sum()
}
