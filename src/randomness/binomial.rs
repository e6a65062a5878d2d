//! The binomial distribution by inversion.
//!
//! P(N <= k) = I_(1-p)(n - k, k + 1), a regularised incomplete beta function (DLMF 8.17.5). The
//! quantile is the smallest k with P(N <= k) >= u: searched from 0 where the variance is small,
//! else the floor of the normal expansion in `lattice`, checked against the incomplete beta where
//! the floor is in doubt.

use rand::Rng;
use rand_distr::Distribution;

use super::lattice::{self, Floor, Lattice};
use super::{RECIPROCALS, first_reached, next_open_unit};
use crate::special::{beta, normal};

/// Below this variance the search from 0 is the quicker way.
const SEARCH_BELOW: f64 = 9.0;

/// Successes among a fixed number of trials, for use with any generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binomial {
    trials: u64,
    p: f64,
}

impl Binomial {
    /// Successes among `trials` with probability `p`, 0 to 1; otherwise `None`.
    pub fn new(trials: u64, p: f64) -> Option<Self> {
        (0.0..=1.0).contains(&p).then_some(Self { trials, p })
    }
}

impl Distribution<u64> for Binomial {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> u64 {
        quantile(self.trials, self.p, next_open_unit(rng))
    }
}

/// Smallest number of successes that is not exceeded with probability `u`, 0 < u < 1, among
/// `trials` of probability `p`: never decreases in any argument. `p` outside 0..1 counts as the
/// nearer end, and as 0 when it is not a number.
#[inline]
pub fn quantile(trials: u64, p: f64, u: f64) -> u64 {
    if p >= 1.0 {
        trials
    } else if p > 0.5 {
        trials - lower_half(trials, 1.0 - p, 1.0 - u)
    } else {
        lower_half(trials, p, u)
    }
}

/// The quantile for p <= 1/2.
fn lower_half(trials: u64, p: f64, u: f64) -> u64 {
    let n = trials as f64;
    // P(0) = (1 - p)^n >= 1 - n p.
    if trials == 0 || p <= 0.0 || p.is_nan() || u <= 1.0 - n * p {
        return 0;
    }
    if n * p * (1.0 - p) < SEARCH_BELOW {
        return search(trials, p, u);
    }
    let k = match lattice::floor(&Lattice::binomial(n, p), normal::quantile(u)) {
        Floor::Certain(k) => k,
        Floor::Between(k) if k > 0 && reached(trials, p, u, k - 1) => k - 1,
        Floor::Between(k) => k,
        Floor::Unknown(_) if n * p < 64.0 => search(trials, p, u),
        Floor::Unknown(guess) => exact(trials, p, u, guess),
    };
    k.min(trials)
}

/// Adds probabilities from 0 up; the last 2^-30 of the upper tail goes to the incomplete beta.
fn search(trials: u64, p: f64, u: f64) -> u64 {
    let n = trials as f64;
    if u > 1.0 - 1.0 / f64::from(1 << 30) {
        return exact(trials, p, u, (3.0 * n * p) as u64);
    }
    let odds = p / (1.0 - p);
    let mut probability = libm::exp(n * libm::log1p(-p));
    let mut sum = probability;
    let mut k = 0;
    let most = trials.min(255) as usize;
    while u > sum && k < most {
        probability *= (n - k as f64) * odds * RECIPROCALS[k + 1];
        k += 1;
        sum += probability;
    }
    k as u64
}

fn exact(trials: u64, p: f64, u: f64, guess: u64) -> u64 {
    first_reached(guess, trials, |k| reached(trials, p, u, k))
}

/// Whether P(N <= k) >= u, judged on the smaller tail.
fn reached(trials: u64, p: f64, u: f64, k: u64) -> bool {
    if k >= trials {
        return true;
    }
    let (below, above) = beta::both((trials - k) as f64, k as f64 + 1.0, 1.0 - p, p);
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
        let body = (0..60).map(|i| (f64::from(i) + 0.5) / 60.0);
        let mut all: Vec<f64> = tails.into_iter().chain(body).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    const TRIALS: [u64; 10] = [
        1,
        2,
        7,
        30,
        100,
        1_000,
        30_000,
        1_000_000,
        50_000_000,
        1_000_000_000,
    ];
    const CHANCES: [f64; 13] = [
        1e-12,
        1e-9,
        1e-6,
        1e-4,
        0.003,
        0.04,
        0.2,
        0.499,
        0.5,
        0.501,
        0.9,
        0.999,
        0.999_999_999,
    ];

    #[test]
    fn the_quantile_inverts_the_incomplete_beta_function() {
        for n in TRIALS {
            for p in CHANCES {
                for u in uniforms() {
                    let k = quantile(n, p, u);
                    // Judged on the smaller tail, as far as doubles resolve it.
                    let score = |k: u64| {
                        let (below, above) = beta::both((n + 1 - k) as f64, k as f64, 1.0 - p, p);
                        if u < 0.5 {
                            below / u
                        } else {
                            (1.0 - u) / above
                        }
                    };
                    let slack = 1e-10;
                    assert!(
                        k == n || score(k + 1) >= 1.0 - slack,
                        "{k} is too small at {n} {p} {u}"
                    );
                    assert!(
                        k == 0 || score(k) < 1.0 + slack,
                        "{k} is too large at {n} {p} {u}"
                    );
                }
            }
        }
    }

    #[test]
    fn it_never_decreases_in_trials_chance_or_uniform_number() {
        for u in uniforms() {
            for p in CHANCES {
                let mut last = 0;
                for n in TRIALS {
                    let k = quantile(n, p, u);
                    assert!(k >= last && k <= n);
                    assert!(quantile(n + 1, p, u) >= k);
                    // A trial more adds a success at most.
                    assert!(quantile(n + 1, p, u) <= k + 1);
                    last = k;
                }
            }
            for n in TRIALS {
                let draws: Vec<u64> = CHANCES.iter().map(|&p| quantile(n, p, u)).collect();
                assert!(draws.is_sorted(), "{n} {u} {draws:?}");
            }
        }
    }

    #[test]
    fn absurd_arguments_come_back() {
        for u in [1e-300, 0.3, 1.0 - 1e-16] {
            assert_eq!(quantile(0, 0.3, u), 0);
            assert_eq!(quantile(9, 0.0, u), 0);
            assert_eq!(quantile(9, f64::NAN, u), 0);
            assert_eq!(quantile(9, 1.0, u), 9);
            assert_eq!(quantile(u64::MAX, 5e-324, u), 0);
            let half = quantile(u64::MAX, 0.5, u) as f64 / u64::MAX as f64;
            assert!((half - 0.5).abs() < 1e-6);
        }
        assert!(Binomial::new(3, 1.5).is_none());
    }
}
