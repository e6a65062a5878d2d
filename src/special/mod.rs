//! Special functions: the mathematics that the draws stand on.
//!
//! Every transcendental function goes through the pinned `libm` crate, nothing fuses a multiply
//! with an add, and every loop has a cap, so that a result is the same on any machine and always
//! comes. Distribution functions come in pairs, the probability below and the probability above,
//! because one minus a small number forgets it; inverses take both for the same reason.

pub mod beta;
pub(crate) mod exp;
pub mod gamma;
pub mod linear;
pub(crate) mod ln;
pub mod normal;
#[cfg(test)]
mod reference;
pub mod student;
pub(crate) mod sums;
mod temme;

/// ln(1 + x) - x for x > -1, accurate where both nearly cancel.
///
/// With v = x / (2 + x), ln(1 + x) = 2 artanh(v) and 2 v - x = -x v, so that
/// ln(1 + x) - x = -x v + 2 (v^3/3 + v^5/5 + ...).
pub fn ln_1p_minus(x: f64) -> f64 {
    if !(-0.4..=0.6).contains(&x) {
        return libm::log1p(x) - x;
    }
    let v = x / (2.0 + x);
    let square = v * v;
    let mut power = v * square;
    let mut sum = 0.0;
    let mut odd = 3.0;
    // |v| <= 1/4: each term is at most 1/16 of the one before.
    for _ in 0..20 {
        let term = power / odd;
        sum += term;
        if term.abs() <= sum.abs() * 1e-17 {
            break;
        }
        power *= square;
        odd += 2.0;
    }
    2.0 * sum - x * v
}

/// exp(x) - 1 - x, accurate where both nearly cancel: x^2/2 + x^3/6 + ...
pub fn exp_m1_minus(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return libm::expm1(x) - x;
    }
    let mut term = 0.5 * x * x;
    let mut sum = term;
    let mut n = 3.0;
    for _ in 0..20 {
        term *= x / n;
        sum += term;
        if term.abs() <= sum * 1e-17 {
            break;
        }
        n += 1.0;
    }
    sum
}

/// The polynomial with these coefficients, lowest first, by Horner's rule.
#[inline(always)]
pub(crate) fn horner(coefficients: &[f64], x: f64) -> f64 {
    coefficients.split_last().map_or(0.0, |(&last, others)| {
        let others = others.iter().rev();
        others.fold(last, |sum, &coefficient| sum * x + coefficient)
    })
}

/// Keeps Newton's steps between the points already known to lie on either side of the root.
pub(crate) struct Bracket {
    low: f64,
    high: f64,
}

impl Bracket {
    /// Nothing known yet.
    pub(crate) fn new() -> Self {
        Self {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }

    /// The step to take from `y`, where the rising function is `rise`: Newton's `step` if it stays
    /// inside, else to the middle, else (one side still open) a stride of 2.
    pub(crate) fn step(&mut self, y: f64, rise: f64, step: f64) -> f64 {
        if rise < 0.0 {
            self.low = y;
        } else if rise > 0.0 {
            self.high = y;
        }
        let next = y + step;
        let bounded = self.low.is_finite() && self.high.is_finite();
        if step.is_finite()
            && next >= self.low
            && next <= self.high
            && (bounded || step.abs() < 4.0)
        {
            return step;
        }
        if bounded {
            return 0.5 * (self.low + self.high) - y;
        }
        if rise < 0.0 {
            2.0
        } else if rise > 0.0 {
            -2.0
        } else {
            0.0
        }
    }
}
