//! The rate card of a path: credits per unit of each operation by day.

use crate::demand::inputs::{InputId, Inputs};
use crate::demand::origins::Driver;
use crate::randomness::Once;
use crate::randomness::streams::Streams;
use crate::scenario::Scenario;
use crate::units::Credits;

/// Operations and their later changes, as run.
#[derive(Clone, Debug)]
pub(crate) struct RateCard {
    operations: Vec<InputId>,
    /// In order of date.
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
struct Change {
    /// Index into the scenario's changes.
    index: usize,
    operation: usize,
    from_day: usize,
    credits: InputId,
    chance: f64,
    draw: Once,
}

impl RateCard {
    pub(crate) fn new(streams: &Streams, scenario: &Scenario, inputs: &mut Inputs) -> Self {
        let operations = scenario
            .operations
            .iter()
            .map(|operation| inputs.add(streams, Driver::RateCard, &operation.credits))
            .collect();
        let mut changes: Vec<Change> = scenario
            .rate_changes
            .iter()
            .enumerate()
            .map(|(index, change)| Change {
                index,
                operation: change.operation,
                from_day: change.from_day,
                credits: inputs.add(streams, Driver::RateCard, &change.credits),
                chance: change.chance,
                draw: Once::new(streams, format!("chance/{}", change.credits.key)),
            })
            .collect();
        changes.sort_by_key(|change| change.from_day);
        Self {
            operations,
            changes,
        }
    }

    /// Number of operations.
    pub(crate) fn len(&self) -> usize {
        self.operations.len()
    }

    /// How it is drawn whether each change comes about, where that is uncertain.
    pub(crate) fn draws(&mut self) -> impl Iterator<Item = &mut Once> {
        let uncertain = self.changes.iter_mut().filter(|c| c.chance < 1.0);
        uncertain.map(|change| &mut change.draw)
    }

    /// Micro-credits per unit, by operation and day, of a path; `None` where one does not fit.
    pub(crate) fn draw(&self, path: u64, values: &[f64], prices: &mut [Vec<i64>]) -> Option<()> {
        for (&credits, prices) in self.operations.iter().zip(prices.iter_mut()) {
            prices.fill(Credits::from_f64(credits.of(values))?.micro());
        }
        for change in &self.changes {
            let prices = &mut prices[change.operation];
            if change.from_day < prices.len() && change.draw.uniform(path) < change.chance {
                let price = Credits::from_f64(change.credits.of(values))?.micro();
                prices[change.from_day..].fill(price);
            }
        }
        Some(())
    }

    /// Whether each change with a chance below 1 comes about on a path, by its index.
    pub(crate) fn happened(&self, path: u64) -> impl Iterator<Item = (usize, bool)> {
        self.changes
            .iter()
            .filter(|change| change.chance < 1.0)
            .map(move |c| (c.index, c.draw.uniform(path) < c.chance))
    }

    /// Credits per unit of an operation on a day of the single-number plan.
    pub(crate) fn expected(&self, operation: usize, day: usize, values: &[f64]) -> f64 {
        self.changes
            .iter()
            .rev()
            .find(|c| c.operation == operation && c.from_day <= day && c.chance >= 1.0)
            .map_or(self.operations[operation], |change| change.credits)
            .of(values)
    }

    /// Mean credits per unit of an operation on a day, were the inputs these: changes that may come about count by their
    /// chance.
    pub(crate) fn mean(&self, operation: usize, day: usize, values: &[f64]) -> f64 {
        self.changes
            .iter()
            .filter(|c| c.operation == operation && c.from_day <= day)
            .fold(self.operations[operation].of(values), |before, change| {
                change.chance * change.credits.of(values) + (1.0 - change.chance) * before
            })
    }
}
