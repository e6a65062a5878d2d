//! Weibull: a time to failure.
//!
//! P(X > x) = exp(-(x/scale)^shape); mean scale Gamma(1 + 1/shape).

use super::Family;
use super::fault::{Fault, positive};
use crate::special::gamma::ln_gamma_1p;

#[derive(Debug)]
pub(super) struct Weibull {
    shape: f64,
    scale: f64,
}

impl Weibull {
    pub(super) fn new(shape: f64, scale: f64) -> Result<Self, Fault> {
        positive("shape", shape)?;
        positive("scale", scale)?;
        Ok(Self { shape, scale })
    }
}

/// -ln of the probability above, from the smaller of the two.
pub(super) fn exponent(below: f64, above: f64) -> f64 {
    if below < 0.5 {
        -libm::log1p(-below)
    } else {
        -libm::log(above)
    }
}

impl Family for Weibull {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        self.scale * libm::exp(libm::log(exponent(below, above)) / self.shape)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        if x <= 0.0 {
            return (0.0, 1.0);
        }
        let hazard = libm::exp(self.shape * libm::log(x / self.scale));
        (-libm::expm1(-hazard), libm::exp(-hazard))
    }

    fn mean(&self) -> f64 {
        self.scale * libm::exp(ln_gamma_1p(1.0 / self.shape))
    }

    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
}
