//! A known number: a distribution with all its probability in one place.

use super::Family;

#[derive(Debug)]
pub(super) struct Constant {
    value: f64,
}

impl Constant {
    pub(super) fn new(value: f64) -> Self {
        assert!(value.is_finite(), "constant {value}");
        Self { value }
    }
}

impl Family for Constant {
    fn inverse(&self, _below: f64, _above: f64) -> f64 {
        self.value
    }

    fn both(&self, x: f64) -> (f64, f64) {
        if x < self.value {
            (0.0, 1.0)
        } else {
            (1.0, 0.0)
        }
    }

    fn mean(&self) -> f64 {
        self.value
    }

    fn support(&self) -> (f64, f64) {
        (self.value, self.value)
    }

    fn atoms(&self) -> Option<Vec<(f64, f64)>> {
        Some(vec![(self.value, 1.0)])
    }
}
