//! PERT: a smooth hump between `min` and `max` with its top at `mode`.
//!
//! min + (max - min) Beta(1 + 4 (mode-min)/(max-min), 1 + 4 (max-mode)/(max-min)): mean
//! (min + 4 mode + max)/6 (D. G. Malcolm et al., "Application of a technique for research and
//! development program evaluation", Operations Research 7 (1959) 646-669).

use super::Family;
use super::fault::{Fault, mode_within};
use crate::special::beta;

/// Weight of the mode against the ends.
const LAMBDA: f64 = 4.0;

#[derive(Debug)]
pub(super) struct Pert {
    min: f64,
    mode: f64,
    max: f64,
}

impl Pert {
    pub(super) fn new(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        mode_within(min, mode, max)?;
        Ok(Self { min, mode, max })
    }

    fn shapes(&self) -> (f64, f64) {
        let width = self.max - self.min;
        (
            1.0 + LAMBDA * ((self.mode - self.min) / width),
            1.0 + LAMBDA * ((self.max - self.mode) / width),
        )
    }
}

impl Family for Pert {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        let (alpha, beta) = self.shapes();
        let (share, rest) = beta::inverse(alpha, beta, below, above);
        let width = self.max - self.min;
        let value = if share < 0.5 {
            self.min + share * width
        } else {
            self.max - rest * width
        };
        value.clamp(self.min, self.max)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let (alpha, beta) = self.shapes();
        let x = x.clamp(self.min, self.max);
        let width = self.max - self.min;
        beta::both(alpha, beta, (x - self.min) / width, (self.max - x) / width)
    }

    fn mean(&self) -> f64 {
        self.mode + ((self.min - self.mode) + (self.max - self.mode)) / (LAMBDA + 2.0)
    }

    fn is_dear(&self) -> bool {
        true
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }
}
