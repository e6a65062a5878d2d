//! Normal: the bell curve.
//!
//! mean + sd Z with Z standard normal.

use super::Family;
use super::fault::{Fault, finite, spread};
use crate::special::normal;

#[derive(Debug)]
pub(super) struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    pub(super) fn new(mean: f64, sd: f64) -> Result<Self, Fault> {
        finite("mean", mean)?;
        spread("sd", sd, Some(mean))?;
        Ok(Self { mean, sd })
    }
}

impl Family for Normal {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        self.mean + self.sd * normal::inverse(below, above)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let z = (x - self.mean) / self.sd;
        (normal::cdf(z), normal::survival(z))
    }

    fn mean(&self) -> f64 {
        self.mean
    }

    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}
