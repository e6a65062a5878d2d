//! Exponential: the wait for something that comes at a constant rate.
//!
//! P(X > x) = exp(-x/mean).

use super::Family;
use super::fault::{Fault, positive};
use super::weibull::exponent;

#[derive(Debug)]
pub(super) struct Exponential {
    mean: f64,
}

impl Exponential {
    pub(super) fn new(mean: f64) -> Result<Self, Fault> {
        positive("mean", mean)?;
        Ok(Self { mean })
    }
}

impl Family for Exponential {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        self.mean * exponent(below, above)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let hazard = (x / self.mean).max(0.0);
        (-libm::expm1(-hazard), libm::exp(-hazard))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}
