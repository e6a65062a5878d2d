//! Uniform: every value between two bounds equally likely.
//!
//! F(x) = (x - min)/(max - min).

use super::Family;
use super::fault::{Fault, ordered};

#[derive(Debug)]
pub(super) struct Uniform {
    min: f64,
    max: f64,
}

impl Uniform {
    pub(super) fn new(min: f64, max: f64) -> Result<Self, Fault> {
        ordered(min, max)?;
        Ok(Self { min, max })
    }
}

impl Family for Uniform {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        let width = self.max - self.min;
        let value = if below < above {
            self.min + below * width
        } else {
            self.max - above * width
        };
        value.clamp(self.min, self.max)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let x = x.clamp(self.min, self.max);
        let width = self.max - self.min;
        ((x - self.min) / width, (self.max - x) / width)
    }

    fn mean(&self) -> f64 {
        self.min + 0.5 * (self.max - self.min)
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }
}
