//! Gamma factors of mean 1, by a table of their quantile function.
//!
//! X ~ Gamma(shape k = 1/cv^2, scale 1/k): mean 1, coefficient of variation cv. The quantile
//! function is tabulated (see `table`) between tails of 2^-21; what lies beyond is inverted exactly.
//! Below shape 1/4 the logarithm is tabulated.

use std::sync::Arc;

use rand::Rng;
use rand_distr::Distribution;

use super::dispatch::Level;
use super::next_open_unit;
use super::normal::exponentials;
use super::smooth::Smooth;
use super::table::{self, Table};
use crate::special::exp::exp;
use crate::special::gamma;

/// Below this shape the logarithm is tabulated.
const LOGARITHMIC_BELOW: f64 = 0.25;

/// Factors with mean 1 and a given coefficient of variation, for use with any generator.
#[derive(Clone, Debug)]
pub struct UnitGamma {
    cv: f64,
    shape: f64,
    is_logarithmic: bool,
    /// Shared by clones.
    table: Option<Arc<Table>>,
}

impl UnitGamma {
    /// Factors of mean 1 with this coefficient of variation; 0 gives the constant 1. Takes a
    /// fraction of a millisecond: make one and keep it; a clone shares its table.
    ///
    /// # Panics
    ///
    /// When `cv` is negative or not finite: a validated scenario has no such value.
    pub fn new(cv: f64) -> Self {
        assert!(cv >= 0.0 && cv.is_finite(), "coefficient of variation {cv}");
        // A cv whose shape a double cannot tell from infinity is no variation.
        let shape = 1.0 / (cv * cv);
        let mut factor = Self {
            cv,
            shape,
            is_logarithmic: shape < LOGARITHMIC_BELOW,
            table: None,
        };
        if shape < 1e18 {
            // The logarithm is smooth for nearly every shape.
            let logarithm = Smooth::new(|below, above| factor.inverse(below, above).1);
            let table = Table::new(|w, tail, is_upper| {
                let smooth = logarithm.as_ref().and_then(|smooth| smooth.value(w));
                let ln_x = smooth.unwrap_or_else(|| match is_upper {
                    true => factor.inverse(1.0 - tail, tail).1,
                    false => factor.inverse(tail, 1.0 - tail).1,
                });
                match factor.is_logarithmic {
                    true => ln_x,
                    false => libm::exp(ln_x),
                }
            });
            factor.table = Some(Arc::new(table));
        }
        factor
    }

    /// The coefficient of variation.
    pub fn cv(&self) -> f64 {
        self.cv
    }

    /// Whether every factor is 1.
    pub fn is_constant(&self) -> bool {
        self.table.is_none()
    }

    /// The value below which a factor lies with probability `u`, 0 < u < 1, to a relative 1e-8 up to a
    /// cv of 2 and to 1e-8 cv^2 beyond; what is below e^-700 is e^-700.
    #[inline]
    pub fn quantile(&self, u: f64) -> f64 {
        let Some(table) = &self.table else {
            return 1.0;
        };
        let value = match table::tail(u) < table::EDGE {
            true => self.exact(u),
            false => table.value(u),
        };
        if self.is_logarithmic {
            exp(value)
        } else {
            value
        }
    }

    /// The factors of uniform numbers on (0, 1): the bits of [`quantile`](Self::quantile).
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn quantiles(&self, level: Level, uniforms: &[f64], factors: &mut [f64]) {
        assert!(uniforms.len() == factors.len());
        let Some(table) = &self.table else {
            return factors.fill(1.0);
        };
        table.look_up(level, uniforms, factors, |u| self.exact(u));
        if self.is_logarithmic {
            exponentials(level, factors);
        }
    }

    /// The factor and its logarithm, by inversion.
    fn inverse(&self, below: f64, above: f64) -> (f64, f64) {
        let (x, ln_x) = gamma::inverse(self.shape, below, above);
        (x / self.shape, ln_x - libm::log(self.shape))
    }

    /// What the table holds, by inversion.
    #[cold]
    #[inline(never)]
    fn exact(&self, u: f64) -> f64 {
        let (x, ln_x) = self.inverse(u, 1.0 - u);
        if self.is_logarithmic { ln_x } else { x }
    }
}

impl Distribution<f64> for UnitGamma {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.quantile(next_open_unit(rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_exact_quantile() {
        let mut worst: f64 = 0.0;
        for cv in [
            1e-4, 1e-3, 0.05, 0.3, 0.7, 1.0, 1.9, 2.1, 3.0, 4.0, 10.0, 20.0,
        ] {
            let factor = UnitGamma::new(cv);
            let body = (1..8_000).map(|i| f64::from(i) / 8_000.0);
            let tails = (13..=52).map(|e| libm::exp2(-f64::from(e)) * 1.3);
            let mut uniforms: Vec<f64> = body.chain(tails.flat_map(|t| [t, 1.0 - t])).collect();
            uniforms.sort_by(f64::total_cmp);
            let mut last = 0.0;
            for u in uniforms {
                let exact = gamma::quantile(factor.shape, u) / factor.shape;
                let got = factor.quantile(u);
                let error = (got - exact).abs() / exact.max(1e-290);
                let error = if cv > 2.0 { error / (cv * cv) } else { error };
                worst = worst.max(error);
                assert!(got >= last, "{cv} {u}: {got} after {last}");
                last = got;
            }
        }
        assert!(worst < 1e-8, "{worst:e}");
    }

    #[test]
    fn slices_have_the_bits_of_single_draws_on_every_level() {
        for cv in [0.0, 0.3, 3.0] {
            let factor = UnitGamma::new(cv);
            let mut uniforms = vec![0.0; 1_003];
            let key = crate::randomness::Streams::new(5).named("gamma");
            key.uniforms(Level::BASELINE, 1, &mut uniforms);
            uniforms.extend([1e-7, 1e-16, 1.0 - 1e-7, 1.0 - 1e-16, 0.5]);
            let expected: Vec<f64> = uniforms.iter().map(|&u| factor.quantile(u)).collect();
            for level in Level::available() {
                let mut values = vec![0.0; uniforms.len()];
                factor.quantiles(level, &uniforms, &mut values);
                assert_eq!(values, expected, "{cv} {}", level.name());
            }
        }
    }

    #[test]
    fn no_variation_is_the_constant_one() {
        assert_eq!(UnitGamma::new(0.0).quantile(0.3), 1.0);
        assert_eq!(UnitGamma::new(1e-300).quantile(0.3), 1.0);
    }

    #[test]
    fn absurd_arguments_come_back() {
        for cv in [1e-9, 1e3, 1e6] {
            let factor = UnitGamma::new(cv);
            for u in [1e-300, 1e-16, 0.2, 0.5, 1.0 - 1e-16] {
                assert!(factor.quantile(u) >= 0.0, "{cv} {u}");
            }
        }
    }
}
