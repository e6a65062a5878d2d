//! Discrete: one of some values, each with its weight.
//!
//! The quantile is the smallest value whose cumulative probability reaches u.

use super::Family;
use super::fault::{Fault, finite};

#[derive(Debug)]
pub(super) struct Discrete {
    /// Distinct values with probability above 0, ascending.
    values: Vec<f64>,
    /// Probability of each.
    shares: Vec<f64>,
    /// Probability of each and those below; 1 at last.
    up_to: Vec<f64>,
}

impl Discrete {
    pub(super) fn new(values: &[f64], weights: &[f64]) -> Result<Self, Fault> {
        if values.is_empty() {
            return Err(Fault::new(
                "values",
                "values is empty",
                "list at least one value",
            ));
        }
        if !weights.is_empty() && weights.len() != values.len() {
            return Err(Fault::new(
                "weights",
                format!("{} weights for {} values", weights.len(), values.len()),
                "write one weight for each value, or leave `weights` out for equal ones",
            ));
        }
        for &value in values {
            finite("values", value)?;
        }
        for &weight in weights {
            finite("weights", weight)?;
            if weight < 0.0 {
                return Err(Fault::new(
                    "weights",
                    format!("weight {weight} is negative"),
                    "write weights of 0 or more",
                ));
            }
        }
        let weight = |i: usize| weights.get(i).copied().unwrap_or(1.0);
        // Against overflow of the sum, in units of the largest.
        let largest = (0..values.len()).map(weight).fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(Fault::new(
                "weights",
                "all weights are 0",
                "write at least one weight above 0",
            ));
        }
        let atoms: Vec<(f64, f64)> = (0..values.len())
            .map(|i| (values[i], weight(i) / largest))
            .collect();
        Ok(Self::of(atoms))
    }

    /// The atoms that lie within bounds.
    pub(super) fn within(atoms: &[(f64, f64)], lower: f64, upper: f64) -> Result<Self, Fault> {
        let inside = |atom: &&(f64, f64)| (lower..=upper).contains(&atom.0);
        let inside: Vec<(f64, f64)> = atoms.iter().filter(inside).copied().collect();
        if inside.is_empty() {
            return Err(Fault::new(
                "values",
                format!("no value lies within {lower}..{upper}"),
                "write values inside the bounds",
            ));
        }
        Ok(Self::of(inside))
    }

    /// Sorts, merges equal values, drops those of weight 0 and normalises.
    fn of(mut atoms: Vec<(f64, f64)>) -> Self {
        atoms.retain(|atom| atom.1 > 0.0);
        atoms.sort_by(|a, b| a.0.total_cmp(&b.0));
        atoms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let total: f64 = atoms.iter().map(|atom| atom.1).sum();
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = atoms
            .iter()
            .map(|atom| {
                sum += atom.1;
                sum / total
            })
            .collect();
        if let Some(last) = up_to.last_mut() {
            *last = 1.0;
        }
        Self {
            values: atoms.iter().map(|atom| atom.0).collect(),
            shares: atoms.iter().map(|atom| atom.1 / total).collect(),
            up_to,
        }
    }
}

impl Family for Discrete {
    fn inverse(&self, below: f64, _above: f64) -> f64 {
        let index = self.up_to.partition_point(|&up_to| up_to < below);
        self.values[index.min(self.values.len() - 1)]
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let count = self.values.partition_point(|&value| value <= x);
        let below = if count == 0 {
            0.0
        } else {
            self.up_to[count - 1]
        };
        (below, 1.0 - below)
    }

    fn mean(&self) -> f64 {
        let parts = self.values.iter().zip(&self.shares);
        parts.map(|(value, share)| value * share).sum()
    }

    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }

    fn atoms(&self) -> Option<Vec<(f64, f64)>> {
        let parts = self.values.iter().zip(&self.shares);
        Some(parts.map(|(&value, &share)| (value, share)).collect())
    }
}
