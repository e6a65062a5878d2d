//! Gamma: a positive amount, skewed to the right.
//!
//! F(x) = P(shape, x/scale), the regularised incomplete gamma function (DLMF 8.2.4).

use super::Family;
use super::fault::{Fault, positive};
use crate::special::gamma;

#[derive(Debug)]
pub(super) struct Gamma {
    shape: f64,
    scale: f64,
}

impl Gamma {
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, Fault> {
        positive("shape", shape)?;
        positive("scale", scale)?;
        if !(1e-4..=1e12).contains(&shape) {
            return Err(Fault::new(
                "shape",
                format!("shape is {shape}, but must be from 0.0001 to 1e12"),
                format!("write `shape = {}`", shape.clamp(1e-4, 1e12)),
            ));
        }
        Ok(Self { shape, scale })
    }
}

impl Family for Gamma {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        gamma::inverse(self.shape, below, above).0 * self.scale
    }

    fn both(&self, x: f64) -> (f64, f64) {
        gamma::both(self.shape, x / self.scale)
    }

    fn mean(&self) -> f64 {
        self.shape * self.scale
    }

    fn is_dear(&self) -> bool {
        true
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}
