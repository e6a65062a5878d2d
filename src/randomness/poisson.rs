//! The Poisson distribution by inversion.
//!
//! P(N <= k) = Q(k + 1, mean), a regularised incomplete gamma function. The quantile is the
//! smallest k with P(N <= k) >= u. Small means are searched from 0. For larger means the
//! continuous x with Q(x, mean) = u, whose floor is the quantile, has the expansion
//! x = m + sqrt(m) w + (1/3 + w^2/6) + ... in the normal quantile w of u (M. B. Giles, "Algorithm
//! 955: approximation of the inverse Poisson cumulative distribution function", ACM TOMS 42 (2016)
//! 7; derived here as the case p = 0 of the binomial one, in `lattice`). Where its floor is in doubt the incomplete gamma decides.

use rand::Rng;
use rand_distr::Distribution;

use super::lattice::{self, Floor, Lattice};
use super::{RECIPROCALS, first_reached, next_open_unit};
use crate::special::{gamma, normal};

/// Below this mean the search from 0 is the quicker way.
const SEARCH_BELOW: f64 = 9.0;

/// Poisson counts with a fixed mean, for use with any generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poisson {
    mean: f64,
}

impl Poisson {
    /// Counts with this mean, at least 0 and finite; otherwise `None`.
    pub fn new(mean: f64) -> Option<Self> {
        (mean >= 0.0 && mean.is_finite()).then_some(Self { mean })
    }
}

impl Distribution<u64> for Poisson {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        quantile(self.mean, next_open_unit(rng))
    }
}

/// Smallest count that a Poisson variable of this mean stays at or below with probability `u`,
/// 0 < u < 1: never decreases in either argument. A mean of 0 (or below, or not a number) gives 0.
/// Exact as far as doubles tell up to about 1e12; beyond 1e15 the expansion is the answer.
#[inline]
pub fn quantile(mean: f64, u: f64) -> u64 {
    // P(0) = e^-mean >= 1 - mean.
    if u <= 1.0 - mean || mean.is_nan() {
        return 0;
    }
    if mean < SEARCH_BELOW {
        search(mean, u)
    } else {
        expand(mean, u)
    }
}

/// Adds probabilities from 0 up; the last 2^-30 of the upper tail, where their rounding would
/// show, goes to the incomplete gamma function.
fn search(mean: f64, u: f64) -> u64 {
    if u > 1.0 - 1.0 / f64::from(1 << 30) {
        return exact(mean, u, (4.0 * mean) as u64);
    }
    let mut probability = libm::exp(-mean);
    let mut sum = probability;
    let mut k = 0;
    // A mean of 9 passes 1 - 2^-30 at 32.
    while u > sum && k < 255 {
        k += 1;
        probability *= mean * RECIPROCALS[k];
        sum += probability;
    }
    k as u64
}

fn expand(mean: f64, u: f64) -> u64 {
    let w = normal::quantile(u);
    match lattice::floor(&Lattice::poisson(mean), w) {
        Floor::Certain(k) => k,
        Floor::Between(k) if k > 0 && reached(mean, u, k - 1) => k - 1,
        Floor::Between(k) => k,
        Floor::Unknown(_) if mean < 64.0 => search(mean, u),
        Floor::Unknown(guess) => exact(mean, u, guess),
    }
}

fn exact(mean: f64, u: f64, guess: u64) -> u64 {
    first_reached(guess, u64::MAX, |k| reached(mean, u, k))
}

/// Whether P(N <= k) >= u, judged on the smaller tail.
fn reached(mean: f64, u: f64, k: u64) -> bool {
    let (above, below) = gamma::both(k as f64 + 1.0, mean);
    if u < 0.5 {
        below >= u
    } else {
        above <= 1.0 - u
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniforms() -> Vec<f64> {
        let tails = (1..=53).map(|e| libm::exp2(-f64::from(e)));
        let tails: Vec<f64> = tails.flat_map(|t| [t, 1.0 - t]).collect();
        let body = (0..400).map(|i| (f64::from(i) + 0.5) / 400.0);
        let mut all: Vec<f64> = tails.into_iter().chain(body).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn the_quantile_inverts_the_incomplete_gamma_function() {
        for exponent in -30..=120 {
            let mean = libm::exp2(f64::from(exponent) / 4.0);
            for u in uniforms() {
                let k = quantile(mean, u);
                // Judged on the smaller tail, as far as doubles resolve it.
                let score = |k: u64| {
                    let (above, below) = gamma::both(k as f64, mean);
                    if u < 0.5 {
                        below / u
                    } else {
                        (1.0 - u) / above
                    }
                };
                let slack = 1e-12 * (1.0 + mean.sqrt() / 1e3);
                assert!(
                    score(k + 1) >= 1.0 - slack,
                    "{k} is too small at {mean} {u}"
                );
                assert!(
                    k == 0 || score(k) < 1.0 + slack,
                    "{k} is too large at {mean} {u}"
                );
            }
        }
    }

    #[test]
    fn it_never_decreases_in_the_mean_or_in_the_uniform_number() {
        let uniforms = uniforms();
        for exponent in -100_i32..=400 {
            let mean = libm::exp2(f64::from(exponent) / 10.0);
            let up = mean * (1.0 + 1e-7 * f64::from(exponent.rem_euclid(7)));
            let mut last = 0;
            for &u in &uniforms {
                let k = quantile(mean, u);
                assert!(k >= last, "{mean} {u}: {k} after {last}");
                assert!(quantile(up, u) >= k, "{mean} to {up} at {u}");
                last = k;
            }
        }
    }

    #[test]
    fn absurd_means_come_back() {
        for u in [1e-300, 1e-16, 0.5, 1.0 - 1e-16] {
            assert_eq!(quantile(0.0, u), 0);
            assert_eq!(quantile(-1.0, u), 0);
            assert_eq!(quantile(f64::NAN, u), 0);
            assert_eq!(quantile(5e-324, u), 0);
            assert_eq!(quantile(f64::MAX, u), u64::MAX);
            for mean in [1e14, 1e15, 1e16, 1e18] {
                let relative = quantile(mean, u) as f64 / mean;
                assert!((relative - 1.0).abs() < 1e-5);
            }
        }
        assert!(Poisson::new(f64::NAN).is_none() && Poisson::new(-0.1).is_none());
    }
}
