//! What no group's inputs explain: chance, and what the regression cannot follow.
//!
//! With y a future and y' another one with the very same inputs and all else drawn anew, over n paths,
//!
//! chance: T = Σ (y - y')² / (2 n V) = E[Var(y | inputs)] / Var(y),
//!
//! Jansen's estimator of a total order ([`total_order`](crate::decide::indices::total_order)), of everything but the
//! inputs; V is the variance of both together. It knows nothing of a regression, so that the rest of the variance
//! less T is what the inputs explain and the regression does not. Both have the jackknife of the effects, over the
//! same parts of the same paths: their difference is paired.

use super::{PARTS, Share, Shares, jackknifed};
use crate::decide::indices::varies;

/// What the rest of an output's variance is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rest {
    /// Share of the variance that is left when all inputs are known, measured without a regression.
    pub chance: Share,
    /// Share that the inputs explain but the regression does not follow: the rest less `chance`. An estimate near
    /// 0 may lie below it.
    pub not_followed: Share,
}

impl Rest {
    /// True where a share of some inputs is no more than what they have at least: what is not followed, which is
    /// missing from such shares, is told from 0 and could move this one by more than a quarter of its half-width, and by more
    /// than a thousandth.
    pub fn is_missed_by(&self, share: &Share) -> bool {
        let missed = self.not_followed;
        !missed.is_lost() && missed.value > (share.half_width / 4.0).max(0.001)
    }

    /// The most that a share of some inputs can be: the upper end of its interval, and what is not followed on top
    /// of it where that is told from 0.
    pub fn at_most(&self, share: &Share) -> f64 {
        let missed = match self.not_followed.is_lost() {
            true => 0.0,
            false => self.not_followed.interval().1,
        };
        (share.interval().1 + missed).min(1.0)
    }
}

/// Sums over some paths: their number, half of the squared differences, values and squares of both futures.
#[derive(Clone, Copy, Default)]
struct Sums {
    paths: f64,
    differences: f64,
    values: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, other: &Self, times: f64) {
        self.paths += times * other.paths;
        self.differences += times * other.differences;
        self.values += times * other.values;
        self.squares += times * other.squares;
    }

    fn chance(&self) -> f64 {
        let mean = self.values / (2.0 * self.paths);
        let variance = self.squares / (2.0 * self.paths) - mean * mean;
        self.differences / self.paths / variance
    }
}

impl Shares {
    /// What the rest is made of, by the output on each path and `again`, the output of a future with the same inputs and
    /// everything else drawn anew; `None` where that hardly varies.
    ///
    /// # Panics
    /// When the lists differ in length.
    pub fn rest_of(&self, own: &[f64], again: &[f64]) -> Option<Rest> {
        assert!(own.len() == again.len(), "outputs come in pairs");
        if !varies(own) || !varies(again) {
            return None;
        }
        let middle = own.iter().sum::<f64>() / own.len() as f64;
        let mut parts = [Sums::default(); PARTS];
        for (path, (&y, &other)) in own.iter().zip(again).enumerate() {
            let (y, other) = (y - middle, other - middle);
            let one = Sums {
                paths: 1.0,
                differences: (y - other) * (y - other) / 2.0,
                values: y + other,
                squares: y * y + other * other,
            };
            parts[path % PARTS].add(&one, 1.0);
        }
        let mut whole = Sums::default();
        parts.iter().for_each(|part| whole.add(part, 1.0));
        let without = |part: &Sums| {
            let mut others = whole;
            others.add(part, -1.0);
            others.chance()
        };
        let without: Vec<f64> = parts.iter().map(without).collect();
        let rests = self.rest_without.iter().zip(&without);
        let differences: Vec<f64> = rests.map(|(rest, chance)| rest - chance).collect();
        let chance = whole.chance();
        Some(Rest {
            chance: jackknifed(&[chance], &without),
            not_followed: jackknifed(&[self.rest.value - chance], &differences),
        })
    }
}
