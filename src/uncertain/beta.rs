//! Beta: a share.
//!
//! F(x) = I_x(alpha, beta), the regularised incomplete beta function (DLMF 8.17).

use super::Family;
use super::fault::{Fault, positive};
use crate::special::beta;

#[derive(Debug)]
pub(super) struct Beta {
    alpha: f64,
    beta: f64,
}

impl Beta {
    pub(super) fn new(alpha: f64, beta: f64) -> Result<Self, Fault> {
        shape("alpha", alpha)?;
        shape("beta", beta)?;
        Ok(Self { alpha, beta })
    }
}

/// Refuses shapes that no planner means and doubles do not carry.
fn shape(parameter: &str, value: f64) -> Result<(), Fault> {
    positive(parameter, value)?;
    if (1e-4..=1e12).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(
        parameter,
        format!("{parameter} is {value}, but must be from 0.0001 to 1e12"),
        format!("write `{parameter} = {}`", value.clamp(1e-4, 1e12)),
    ))
}

impl Family for Beta {
    fn inverse(&self, below: f64, above: f64) -> f64 {
        beta::inverse(self.alpha, self.beta, below, above).0
    }

    fn both(&self, x: f64) -> (f64, f64) {
        beta::both(self.alpha, self.beta, x, 1.0 - x)
    }

    fn mean(&self) -> f64 {
        self.alpha / (self.alpha + self.beta)
    }

    fn is_dear(&self) -> bool {
        true
    }

    fn support(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
}
