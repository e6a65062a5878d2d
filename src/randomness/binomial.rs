//! The binomial distribution by inversion.
//!
//! P(N <= k) = I_(1-p)(n - k, k + 1), a regularised incomplete beta function (DLMF 8.17.5). The
//! quantile is the smallest k with P(N <= k) >= u: searched from 0 where the variance is small,
//! else the floor of the normal expansion in `lattice`, checked against the incomplete beta where
//! the floor is in doubt.

use rand::Rng;
use rand_distr::Distribution;

use super::dispatch::{Kernel, Level};
use super::lattice::{self, Expansion, Floor, Lattice};
use super::{
    CHUNK, LANES, NEARLY_ONE, RECIPROCALS, STRIDE, first_reached, flagged, nearest, next_open_unit,
};
use crate::special::exp::exp;
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

/// Successes among many numbers of trials, all of probability `p`, with a uniform number on (0, 1)
/// each: what [`quantile`] gives, except where the probability differs from the uniform number by no
/// more than rounding.
///
/// # Panics
/// When the slices differ in length.
pub fn quantiles(level: Level, trials: &[u64], p: f64, uniforms: &[f64], counts: &mut [u64]) {
    assert!(trials.len() == uniforms.len() && trials.len() == counts.len());
    // Also where p is not a number.
    if !(p > 0.0 && p < 1.0) {
        for (count, &trials) in counts.iter_mut().zip(trials) {
            *count = quantile(trials, p, 0.5);
        }
        return;
    }
    let parts = trials.chunks(CHUNK).zip(uniforms.chunks(CHUNK));
    for ((trials, uniforms), counts) in parts.zip(counts.chunks_mut(CHUNK)) {
        if p > 0.5 {
            // Failures instead.
            let mut above = [0.5; CHUNK];
            let above = &mut above[..uniforms.len()];
            for (above, u) in above.iter_mut().zip(uniforms) {
                *above = 1.0 - u;
            }
            chunk(level, trials, 1.0 - p, above, counts);
            for (count, &trials) in counts.iter_mut().zip(trials) {
                *count = trials - *count;
            }
        } else {
            chunk(level, trials, p, uniforms, counts);
        }
    }
}

/// From this variance on the expansion is quicker than the search for slices.
const EXPAND_FROM: f64 = 18.0;

/// A chunk with p <= 1/2: small variances by search, the others by the expansion, and what these
/// leave one by one.
fn chunk(level: Level, trials: &[u64], p: f64, uniforms: &[f64], counts: &mut [u64]) {
    let most = (EXPAND_FROM / (p * (1.0 - p))) as u64;
    let mut rest = [0_u8; CHUNK];
    if trials.iter().any(|&n| n > most) {
        let draws = trials.iter().map(|&n| Expansion {
            count: Lattice::binomial(n as f64, p),
            most: n,
            is_mine: n > most,
        });
        lattice::expand(level, draws, uniforms, counts, &mut rest);
    }
    if trials.iter().any(|&n| n <= most) {
        level.run(Search {
            p,
            ln_failure: libm::log1p(-p),
            most,
            trials,
            uniforms,
            counts,
            rest: &mut rest,
        });
    }
    for i in flagged(&rest) {
        counts[i] = lower_half(trials[i], p, uniforms[i]);
    }
}

/// The search from 0 where there are `most` trials or fewer, several at a time; `rest` marks the
/// tails in which rounding would show.
struct Search<'a> {
    p: f64,
    ln_failure: f64,
    most: u64,
    trials: &'a [u64],
    uniforms: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8; CHUNK],
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut place = 0;
        while place < self.trials.len() {
            self.group(place);
            place += LANES;
        }
    }
}

impl Search<'_> {
    /// Adds probabilities from 0 up for a group and leaves those with more trials alone.
    #[inline(always)]
    fn group(&mut self, place: usize) {
        let end = usize::min(place + LANES, self.trials.len());
        let len = end - place;
        let mut trials = [0; LANES];
        let mut u = [0.0; LANES];
        trials[..len].copy_from_slice(&self.trials[place..end]);
        u[..len].copy_from_slice(&self.uniforms[place..end]);
        let mut left = [0.0; LANES];
        let mut probability = [0.0; LANES];
        for lane in 0..LANES {
            let is_mine = trials[lane] <= self.most;
            left[lane] = if is_mine { trials[lane] as f64 } else { 0.0 };
            probability[lane] = exp(left[lane] * self.ln_failure);
        }
        let odds = self.p / (1.0 - self.p);
        let mut sum = probability;
        let mut count = [0.0; LANES];
        let (strides, _) = RECIPROCALS[1..].as_chunks::<STRIDE>();
        for reciprocals in strides {
            let mut is_unfinished = false;
            for lane in 0..LANES {
                // Rounding may keep the sum of all probabilities below u.
                is_unfinished |= (u[lane] > sum[lane]) & (left[lane] > 0.0);
            }
            if !is_unfinished {
                break;
            }
            for &reciprocal in reciprocals {
                let factor = odds * reciprocal;
                for lane in 0..LANES {
                    let is_short = (u[lane] > sum[lane]) & (left[lane] > 0.0);
                    count[lane] += if is_short { 1.0 } else { 0.0 };
                    probability[lane] *= left[lane] * factor;
                    left[lane] -= 1.0;
                    sum[lane] += probability[lane];
                }
            }
        }
        for lane in 0..len {
            if trials[lane] <= self.most {
                self.counts[place + lane] = nearest(count[lane]).1;
                self.rest[place + lane] |= u8::from(u[lane] > NEARLY_ONE);
            }
        }
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
    if u > NEARLY_ONE {
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
    fn slices_are_single_draws_on_every_level() {
        let uniforms = uniforms();
        let more_chances = [0.0, 1.0, 1e-3, 0.03, 0.3, 0.97, f64::NAN];
        let more_trials = [0, 5, 56, 57, 63, 64, 65, 500, 1 << 45, 1 << 60];
        for p in CHANCES.into_iter().chain(more_chances) {
            for n in TRIALS.into_iter().chain(more_trials) {
                let trials = vec![n; uniforms.len()];
                let expected: Vec<u64> = uniforms.iter().map(|&u| quantile(n, p, u)).collect();
                for level in Level::available() {
                    let mut counts = vec![7; uniforms.len()];
                    quantiles(level, &trials, p, &uniforms, &mut counts);
                    assert_eq!(counts, expected, "{n} {p} {}", level.name());
                }
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
