//! Narrows the scales between which the sign of a mean difference changes.
//!
//! The first try is where a straight line would have it, then on both sides of there. Where that does not
//! narrow the scales well a cost jumps between them or bends: if a scaled purchase changes, that
//! is known without a simulation and both sides of it are tried; otherwise quarters. It ends where the place is
//! told far better than its own error, or at a millionth of today's demand.

use crate::error::Error;
use crate::forecast::compare::Asked;
use crate::forecast::compare::break_even::curve::{Bracket, Costs, Curve};
use crate::forecast::compare::break_even::{Point, edges};

/// Most rounds of simulations: quarters take fewer from 64 times today's demand to a millionth of it.
const ROUNDS: usize = 40;

/// Scales that a flip lies between are at most this part of the lower one apart.
const WIDTH: i64 = 2_000;

/// Of the half width of the interval of the mean difference no more than this part is left at either of them.
const OF_ERROR: f64 = 20.0;

/// Most changes of purchases that are tried one by one.
const PURCHASES: usize = 2;

/// Settles curves at more scales until every change of their signs lies between scales that are near enough.
pub(super) fn refine(
    asked: &Asked<'_>,
    costs: &mut Costs<'_>,
    curves: &mut [Curve],
    settle: impl Fn(&[Point]) -> Result<Vec<Vec<i64>>, Error>,
) -> Result<(), Error> {
    let mut before: Vec<Vec<Bracket>> = vec![Vec::new(); curves.len()];
    for _ in 0..ROUNDS {
        let mut wanted = Vec::new();
        for (curve, before) in curves.iter().zip(&mut before) {
            let brackets = curve.brackets();
            let mut scales = Vec::new();
            for bracket in &brackets {
                if bracket.width() == 1 || before.contains(bracket) {
                    continue;
                }
                let around = before.iter().find(|around| around.holds(bracket));
                let half = costs.half_width(curve.sought, bracket);
                let is_narrow = bracket.is_narrow(half);
                if !is_narrow {
                    scales.extend(bracket.line(half, around.is_none()));
                }
                if is_narrow || around.is_some_and(|around| around.width() < 8 * bracket.width()) {
                    let points = curve.sought.points(asked.scenario, bracket.ends[0]);
                    let changes = edges::purchases(asked, points, bracket.ends, PURCHASES)?;
                    let changes = changes.filter(|changes| !changes.is_empty());
                    let quarters = || (!is_narrow).then(|| bracket.quarters());
                    scales.extend(changes.or_else(quarters).into_iter().flatten());
                }
            }
            scales.retain(|&scale| !curve.is_known(scale));
            scales.sort_unstable();
            scales.dedup();
            wanted.push(scales);
            *before = brackets;
        }
        if wanted.iter().all(Vec::is_empty) {
            break;
        }
        costs.add(curves, &wanted, &settle)?;
    }
    Ok(())
}

impl Bracket {
    fn width(&self) -> i64 {
        self.ends[1] - self.ends[0]
    }

    /// Whether another one lies within it.
    fn holds(&self, other: &Self) -> bool {
        self.ends[0] <= other.ends[0] && other.ends[1] <= self.ends[1]
    }

    /// Near enough, where 1.96 standard errors of the mean difference are `half`.
    fn is_narrow(&self, half: f64) -> bool {
        let left = self.means[0].abs().max(self.means[1].abs());
        self.width() == 1 || self.width() * WIDTH <= self.ends[0] && left * OF_ERROR <= half
    }

    /// Both sides of where a straight line has the flip, in millionths: first at the ends of its interval,
    /// then much nearer.
    fn line(&self, half: f64, is_first: bool) -> [i64; 2] {
        let [low, high] = self.means.map(f64::abs);
        let width = self.width() as f64;
        let place = self.ends[0] + (low / (low + high) * width).round() as i64;
        let error = half * width / (low + high);
        let reach = match is_first {
            true => error.min(width / 4.0),
            false => (error / (2.5 * OF_ERROR)).min((self.ends[0] / WIDTH) as f64 / 2.5),
        };
        let reach = (reach as i64).max(1);
        [place - reach, place + reach].map(|scale| scale.clamp(self.ends[0] + 1, self.ends[1] - 1))
    }

    fn quarters(&self) -> Vec<i64> {
        let quarter = |k: i64| self.ends[0] + self.width() * k / 4;
        vec![quarter(1), quarter(2), quarter(3)]
    }
}
