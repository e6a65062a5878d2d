//! What is known of a break-even that is looked for: mean differences at scales, and where they change
//! their sign.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::breakeven::{Crossing, changes, crossing, mean};
use crate::error::Error;
use crate::forecast::compare::break_even::{Point, Sought, real};
use crate::scenario::Scenario;
use crate::special::normal;
use crate::summarise::ranks::{LEVEL, Z95};
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

/// Two scales with a change of sign between them, none of those tried in between. Where two ways cost the same on
/// a stretch, one of these is the end of it next to which the alternative costs less.
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

    /// 1.96 standard errors of the mean difference at the end of a bracket where it is nearer to 0.
    pub(super) fn half_width(&self, one: Sought, bracket: &Bracket) -> f64 {
        let [low, high] = bracket.means.map(f64::abs);
        self.half_width_at(one, bracket.ends[usize::from(high < low)])
    }

    /// 1.96 standard errors of the mean difference at a scale; 0 where there is one path.
    fn half_width_at(&self, one: Sought, scale: i64) -> f64 {
        let mut moments = Moments::default();
        let column = self.differences(one, scale);
        column.iter().for_each(|&value| moments.add(value));
        moments.error().map_or(0.0, |error| error.half_width())
    }

    /// Whether the sign on each stretch between its changes is told, ascending: at some scale that was tried
    /// there. The more stretches, the more likely one of them is by chance: they share the 5%.
    pub(super) fn are_told(&self, curve: &Curve) -> Vec<bool> {
        let brackets = curve.brackets();
        let level = 1.0 - (1.0 - LEVEL) / 2.0 / (brackets.len() + 1) as f64;
        let wider = normal::quantile(level) / Z95;
        let starts = brackets.iter().map(|bracket| bracket.ends[1]);
        let ends = brackets.iter().map(|bracket| bracket.ends[0]);
        let starts = std::iter::once(i64::MIN).chain(starts);
        let stretches = starts.zip(ends.chain(std::iter::once(i64::MAX)));
        let is_told = |(&scale, &mean): (&i64, &f64)| {
            mean != 0.0 && mean.abs() > wider * self.half_width_at(curve.sought, scale)
        };
        let told = stretches.map(|(start, end)| curve.means.range(start..=end).any(is_told));
        told.collect()
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

    /// Whether both ways cost the same at all scales that have been tried.
    pub(super) fn is_level(&self) -> bool {
        self.means.values().all(|&mean| mean == 0.0)
    }

    /// Where the sign changes, ascending.
    pub(super) fn brackets(&self) -> Vec<Bracket> {
        let (scales, means): (Vec<i64>, Vec<f64>) = self.means.iter().unzip();
        let found = changes(&means).into_iter().map(|(low, high)| {
            // Between these there is nothing but 0.
            let (low, high) = match means[low] < 0.0 {
                true => (low, low + 1),
                false => (high - 1, high),
            };
            Bracket {
                ends: [scales[low], scales[high]],
                means: [means[low], means[high]],
            }
        });
        found.collect()
    }
}
