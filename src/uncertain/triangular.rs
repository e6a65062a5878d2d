//! Triangular: a density that rises in a straight line from `min` to `mode` and falls to `max`.
//!
//! F(x) = (x-min)^2 / ((max-min)(mode-min)) up to the mode, 1 - (max-x)^2 / ((max-min)(max-mode))
//! beyond.

use super::Family;
use super::fault::{Fault, mode_within};

#[derive(Debug)]
pub(super) struct Triangular {
    min: f64,
    mode: f64,
    max: f64,
}

impl Triangular {
    pub(super) fn new(min: f64, mode: f64, max: f64) -> Result<Self, Fault> {
        mode_within(min, mode, max)?;
        Ok(Self { min, mode, max })
    }

    /// The rising and the falling side.
    fn sides(&self) -> (Side, Side) {
        let width = self.max - self.min;
        let side = |length: f64| Side {
            length,
            share: length / width,
        };
        (side(self.mode - self.min), side(self.max - self.mode))
    }
}

/// The straight side of a triangle: its length and its share of the probability.
struct Side {
    length: f64,
    share: f64,
}

impl Side {
    /// Distance from the top of the point beyond which `near` lies towards the foot, and `far`
    /// towards the top: length (1 - sqrt(near / share)), without cancellation near the top.
    fn distance_from_top(&self, near: f64, far: f64) -> f64 {
        let rest = (near / self.share).min(1.0);
        if rest < 0.5 {
            self.length * (1.0 - rest.sqrt())
        } else {
            let part = (far / self.share).clamp(0.0, 1.0);
            self.length * (part / (1.0 + rest.sqrt()))
        }
    }

    /// Probability between the foot and a point this far from it, and from there to the top.
    fn split(&self, from_foot: f64, from_top: f64) -> (f64, f64) {
        let (near, far) = (from_foot / self.length, from_top / self.length);
        (self.share * near * near, self.share * far * (1.0 + near))
    }
}

impl Family for Triangular {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        let (rising, falling) = self.sides();
        let value = if below < rising.share {
            if below < 0.5 * rising.share {
                self.min + rising.length * (below / rising.share).sqrt()
            } else {
                self.mode - rising.distance_from_top(below, above - falling.share)
            }
        } else if above < 0.5 * falling.share {
            self.max - falling.length * (above / falling.share).sqrt()
        } else if falling.share > 0.0 {
            self.mode + falling.distance_from_top(above, below - rising.share)
        } else {
            self.max
        };
        value.clamp(self.min, self.max)
    }

    fn both(&self, x: f64) -> (f64, f64) {
        let (rising, falling) = self.sides();
        if x <= self.min {
            (0.0, 1.0)
        } else if x >= self.max {
            (1.0, 0.0)
        } else if x < self.mode {
            let (below, rest) = rising.split(x - self.min, self.mode - x);
            (below, falling.share + rest)
        } else {
            let (above, rest) = falling.split(self.max - x, x - self.mode);
            (rising.share + rest, above)
        }
    }

    fn mean(&self) -> f64 {
        self.min / 3.0 + self.mode / 3.0 + self.max / 3.0
    }

    fn support(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    fn kinks(&self) -> Vec<f64> {
        vec![self.sides().0.share]
    }
}
