//! What is known of a break-even that is looked for: mean differences at scales, and where they change
//! their sign.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::breakeven::{Crossing, changes, crossing, mean};
use crate::error::Error;
use crate::forecast::compare::break_even::{Point, Sought, real};
use crate::scenario::Scenario;
use crate::summarise::statistics::Moments;

/// What ways cost at the points that have been asked for, a column of paths each.
pub(super) struct Costs<'a> {
    scenario: &'a Scenario,
    known: BTreeMap<Point, Vec<i64>>,
}

/// Mean differences of two ways.
pub(super) struct Curve {
    pub(super) sought: Sought,
    /// By the scale, in millionths; in whole units.
    means: BTreeMap<i64, f64>,
}

/// Two scales with a change of sign between them: at none that was tried in between is the other sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bracket {
    /// The scales, in millionths.
    pub(super) ends: [i64; 2],
    /// The mean differences there.
    pub(super) means: [f64; 2],
}

impl<'a> Costs<'a> {
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        Self {
            scenario,
            known: BTreeMap::new(),
        }
    }

    /// Settles what is not known yet of some curves, each at scales of its own.
    pub(super) fn add(
        &mut self,
        curves: &mut [Curve],
        scales: &[Vec<i64>],
        settle: impl Fn(&[Point]) -> Result<Vec<Vec<i64>>, Error>,
    ) -> Result<(), Error> {
        let asked = || curves.iter().zip(scales);
        let points: BTreeSet<Point> = asked()
            .flat_map(|(curve, scales)| scales.iter().map(|&scale| (curve.sought, scale)))
            .flat_map(|(one, scale)| one.points(self.scenario, scale))
            .filter(|point| !self.known.contains_key(point))
            .collect();
        let points = Vec::from_iter(points);
        if !points.is_empty() {
            let columns = settle(&points)?;
            self.known.extend(points.into_iter().zip(columns));
        }
        for (curve, scales) in curves.iter_mut().zip(scales) {
            for &scale in scales {
                let mean = mean(&self.differences(curve.sought, scale));
                curve.means.insert(scale, mean);
            }
        }
        Ok(())
    }

    /// What the alternative costs more on each path.
    pub(super) fn differences(&self, one: Sought, scale: i64) -> Vec<i64> {
        let points = one.points(self.scenario, scale);
        let [one, other] = points.map(|point| &self.known[&point]);
        one.iter().zip(other).map(|(a, b)| a - b).collect()
    }

    /// 1.96 standard errors of the mean difference at the end of a bracket where it is nearer to 0; 0 where
    /// there is one path.
    pub(super) fn half_width(&self, one: Sought, bracket: &Bracket) -> f64 {
        let [low, high] = bracket.means.map(f64::abs);
        let scale = bracket.ends[usize::from(high < low)];
        let mut moments = Moments::default();
        let column = self.differences(one, scale);
        column.iter().for_each(|&value| moments.add(value));
        moments.error().map_or(0.0, |error| error.half_width())
    }

    /// Where the mean difference is 0, ascending.
    pub(super) fn crossings(&self, curve: &Curve) -> Vec<Crossing> {
        let known = |(&scale, &mean): (&i64, &f64)| (real(scale), mean);
        let found = curve.brackets().into_iter().filter_map(|bracket| {
            let [low, high] = bracket.ends;
            let columns = bracket.ends.map(|end| self.differences(curve.sought, end));
            let below = curve.means.range(..low).rev().map(known);
            let above = curve.means.range(high + 1..).map(known);
            crossing(
                (real(low), &columns[0]),
                (real(high), &columns[1]),
                &below.collect::<Vec<_>>(),
                &above.collect::<Vec<_>>(),
            )
        });
        found.collect()
    }
}

impl Curve {
    pub(super) fn new(sought: Sought) -> Self {
        Self {
            sought,
            means: BTreeMap::new(),
        }
    }

    /// Whether a scale has been tried.
    pub(super) fn is_known(&self, scale: i64) -> bool {
        self.means.contains_key(&scale)
    }

    /// The mean difference at a scale that has been tried.
    #[cfg(test)]
    pub(super) fn mean(&self, scale: i64) -> Option<f64> {
        self.means.get(&scale).copied()
    }

    /// Whether the alternative costs less at any scale that has been tried.
    pub(super) fn is_cheaper_somewhere(&self) -> bool {
        self.means.values().any(|&mean| mean < 0.0)
    }

    /// Where the sign changes, ascending.
    pub(super) fn brackets(&self) -> Vec<Bracket> {
        let (scales, means): (Vec<i64>, Vec<f64>) = self.means.iter().unzip();
        let found = changes(&means).into_iter().map(|(low, high)| Bracket {
            ends: [scales[low], scales[high]],
            means: [means[low], means[high]],
        });
        found.collect()
    }
}
