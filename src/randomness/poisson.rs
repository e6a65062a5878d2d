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

use super::dispatch::{Kernel, Level};
use super::lattice::{self, Floor, Lattice};
use super::normal::NORMAL;
use super::table::{self, Table};
use super::{CHUNK, NEARLY_ONE, RECIPROCALS, first_reached, flagged, next_open_unit};
use crate::special::exp::exp;
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
    if u > NEARLY_ONE {
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

/// Counts of many means with a uniform number on (0, 1) each: what [`quantile`] gives, except where
/// the probability differs from the uniform number by no more than rounding.
///
/// # Panics
/// When the slices differ in length.
pub fn quantiles(level: Level, means: &[f64], uniforms: &[f64], counts: &mut [u64]) {
    assert!(means.len() == uniforms.len() && means.len() == counts.len());
    let parts = means.chunks(CHUNK).zip(uniforms.chunks(CHUNK));
    for ((means, uniforms), counts) in parts.zip(counts.chunks_mut(CHUNK)) {
        let mut rest = [0_u8; CHUNK];
        level.run(Expand {
            normals: &NORMAL,
            means,
            uniforms,
            counts,
            rest: &mut rest,
        });
        finish(level, means, uniforms, counts, &rest);
    }
}

/// From this mean on the expansion is quicker than the search for slices.
const EXPAND_FROM: f64 = 14.0;

/// Up to this mean the search from 0 comes to an end.
const SEARCH_TO: f64 = 64.0;

/// The expansion for a chunk; `rest` marks what it does not settle.
struct Expand<'a> {
    normals: &'a Table,
    means: &'a [f64],
    uniforms: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8; CHUNK],
}

impl Kernel for Expand<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let n = self.counts.len();
        let mut w = [0.0; CHUNK];
        let is_inside = self.normals.values(self.uniforms, &mut w[..n]);
        let parts = self.means.iter().zip(&w);
        for ((&mean, &w), (count, rest)) in parts.zip(self.counts.iter_mut().zip(&mut *self.rest)) {
            let (floor, is_doubtful) = lattice::quick(&Lattice::poisson(mean), w);
            *count = floor;
            *rest = u8::from(is_doubtful | (mean < EXPAND_FROM));
        }
        if !is_inside {
            for (&u, rest) in self.uniforms.iter().zip(self.rest) {
                *rest |= u8::from(table::tail(u) < table::EDGE);
            }
        }
    }
}

/// What the expansion left: nothing from nothing, small means by search, the rest one by one.
fn finish(level: Level, means: &[f64], uniforms: &[f64], counts: &mut [u64], rest: &[u8; CHUNK]) {
    let mut list = Searches::new();
    for i in flagged(rest) {
        let (mean, u) = (means[i], uniforms[i]);
        if u <= 1.0 - mean || mean.is_nan() {
            counts[i] = 0;
        } else if mean <= SEARCH_TO && u <= NEARLY_ONE {
            list.push(i, mean, u);
        } else {
            counts[i] = quantile(mean, u);
        }
    }
    level.run_narrow(Search { list: &mut list });
    list.places().for_each(|(i, count)| counts[i] = count);
}

/// Means to be searched, side by side.
struct Searches {
    len: usize,
    places: [u32; CHUNK],
    means: [f64; CHUNK],
    uniforms: [f64; CHUNK],
    counts: [f64; CHUNK],
}

impl Searches {
    fn new() -> Self {
        Self {
            len: 0,
            places: [0; CHUNK],
            means: [0.0; CHUNK],
            uniforms: [0.0; CHUNK],
            counts: [0.0; CHUNK],
        }
    }

    fn push(&mut self, place: usize, mean: f64, u: f64) {
        self.places[self.len] = place as u32;
        self.means[self.len] = mean;
        self.uniforms[self.len] = u;
        self.len += 1;
    }

    fn places(&self) -> impl Iterator<Item = (usize, u64)> {
        let counts = &self.counts[..self.len];
        let places = self.places.iter().zip(counts);
        places.map(|(&place, &count)| (place as usize, count as u64))
    }
}

/// Adds probabilities from 0 up, for several means at a time.
struct Search<'a> {
    list: &'a mut Searches,
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const LANES: usize = 8;
        // The last group is filled up with means of 0, which are done at once.
        let end = self.list.len.next_multiple_of(LANES);
        self.list.means[self.list.len..end].fill(0.0);
        self.list.uniforms[self.list.len..end].fill(0.0);
        let (means, _) = self.list.means[..end].as_chunks::<LANES>();
        let (uniforms, _) = self.list.uniforms[..end].as_chunks::<LANES>();
        let (counts, _) = self.list.counts[..end].as_chunks_mut::<LANES>();
        for ((mean, u), counts) in means.iter().zip(uniforms).zip(counts) {
            let mut probability = mean.map(|mean| exp(-mean));
            let mut sum = probability;
            let mut count = [0.0; LANES];
            for reciprocal in &RECIPROCALS[1..] {
                let mut unfinished = 0.0;
                for lane in 0..LANES {
                    let step = if u[lane] > sum[lane] { 1.0 } else { 0.0 };
                    count[lane] += step;
                    unfinished += step;
                    probability[lane] *= mean[lane] * reciprocal;
                    sum[lane] += probability[lane];
                }
                if unfinished == 0.0 {
                    break;
                }
            }
            *counts = count;
        }
    }
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
    fn slices_are_single_draws_on_every_level() {
        let uniforms = uniforms();
        for exponent in -120_i32..=400 {
            // The switching points among them, and their neighbours.
            let mean = match exponent {
                0 => EXPAND_FROM,
                1 => EXPAND_FROM.next_down(),
                2 => SEARCH_TO,
                3 => SEARCH_TO.next_up(),
                4 => 0.0,
                5 => f64::NAN,
                6 => -1.0,
                _ => libm::exp2(f64::from(exponent) / 8.0),
            };
            let means = vec![mean; uniforms.len()];
            let expected: Vec<u64> = uniforms.iter().map(|&u| quantile(mean, u)).collect();
            for level in Level::available() {
                let mut counts = vec![7; uniforms.len()];
                quantiles(level, &means, &uniforms, &mut counts);
                assert_eq!(counts, expected, "{mean} {}", level.name());
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
