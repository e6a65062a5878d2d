//! The Poisson distribution by inversion.
//!
//! P(N <= k) = Q(k + 1, mean), a regularised incomplete gamma function. The quantile is the
//! smallest k with P(N <= k) >= u. Small means are searched from 0. For larger means the
//! continuous x with Q(x, mean) = u, whose floor is the quantile, has the expansion
//! x = m + sqrt(m) w + (1/3 + w^2/6) + ... in the normal quantile w of u (M. B. Giles, "Algorithm
//! 955: approximation of the inverse Poisson cumulative distribution function", ACM TOMS 42 (2016)
//! 7; derived here as the case p = 0 of the binomial one, in `lattice`). Where its floor is in doubt
//! the incomplete gamma decides.

use rand::Rng;
use rand_distr::Distribution;

use super::dispatch::{Kernel, Level};
use super::lattice::{self, Expansion, Floor, Lattice};
use super::{
    CHUNK, LANES, NEARLY_ONE, RECIPROCALS, STRIDE, add_up, first_reached, flagged, nearest,
    next_open_unit,
};
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
        let small = level.run(CountSmall(means));
        if small < means.len() {
            let draws = means.iter().map(|&mean| Expansion {
                count: Lattice::poisson(mean),
                most: u64::MAX,
                is_mine: is_large(mean),
            });
            lattice::expand(level, draws, uniforms, counts, &mut rest);
        }
        if 2 * small > means.len() {
            level.run_narrow(Search {
                means,
                uniforms,
                counts,
                rest: &mut rest[..means.len()],
            });
        } else if small > 0 {
            search_few(level, means, uniforms, counts, &mut rest);
        }
        for i in flagged(&rest) {
            counts[i] = quantile(means[i], uniforms[i]);
        }
    }
}

/// From this mean on the expansion is quicker than the search for slices.
const EXPAND_FROM: f64 = 18.0;

/// Whether a mean is left to the search; what is not a number counts as 0 and is.
#[inline(always)]
fn is_small(mean: f64) -> bool {
    !is_large(mean)
}

#[inline(always)]
fn is_large(mean: f64) -> bool {
    mean >= EXPAND_FROM
}

/// Counts the small means.
struct CountSmall<'a>(&'a [f64]);

impl Kernel for CountSmall<'_> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let mut large = 0_u64;
        for &mean in self.0 {
            large = large.wrapping_add(u64::from(is_large(mean)));
        }
        self.0.len() - large as usize
    }
}

/// The search for small means among many large ones: side by side, some at a time.
fn search_few(
    level: Level,
    means: &[f64],
    uniforms: &[f64],
    counts: &mut [u64],
    rest: &mut [u8; CHUNK],
) {
    const FEW: usize = 64;
    let mut places = [0_u16; CHUNK + 1];
    let mut len = 0;
    for (i, &mean) in means.iter().enumerate() {
        // Written always and kept where the mean is small: no branch to guess.
        places[len] = i as u16;
        len += usize::from(is_small(mean));
    }
    let (mut some_means, mut some_uniforms) = ([0.0; FEW], [0.0; FEW]);
    let (mut some_counts, mut some_rest) = ([0; FEW], [0; FEW]);
    for places in places[..len].chunks(FEW) {
        let n = places.len();
        let some = some_means.iter_mut().zip(&mut some_uniforms);
        for ((mean, u), &place) in some.zip(places) {
            (*mean, *u) = (means[usize::from(place)], uniforms[usize::from(place)]);
        }
        some_rest[..n].fill(0);
        level.run_narrow(Search {
            means: &some_means[..n],
            uniforms: &some_uniforms[..n],
            counts: &mut some_counts[..n],
            rest: &mut some_rest[..n],
        });
        for ((&count, &is_left), &place) in some_counts.iter().zip(&some_rest).zip(places) {
            counts[usize::from(place)] = count;
            rest[usize::from(place)] = is_left;
        }
    }
}

/// The search from 0 for the small means of a chunk, several at a time; `rest` marks the tails in
/// which rounding would show.
struct Search<'a> {
    means: &'a [f64],
    uniforms: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (means, last_means) = self.means.as_chunks::<LANES>();
        let (uniforms, last_uniforms) = self.uniforms.as_chunks::<LANES>();
        let (counts, last_counts) = self.counts.as_chunks_mut::<LANES>();
        let (rest, last_rest) = self.rest.as_chunks_mut::<LANES>();
        for (((mean, u), count), rest) in means.iter().zip(uniforms).zip(counts).zip(rest) {
            search_group(mean, u, count, rest);
        }
        // The last ones among means of 0, which are done at once.
        let n = last_means.len();
        if n == 0 {
            return;
        }
        let (mut mean, mut u) = ([0.0; LANES], [0.0; LANES]);
        let (mut count, mut rest) = ([0; LANES], [0; LANES]);
        mean[..n].copy_from_slice(last_means);
        u[..n].copy_from_slice(last_uniforms);
        count[..n].copy_from_slice(last_counts);
        rest[..n].copy_from_slice(last_rest);
        search_group(&mean, &u, &mut count, &mut rest);
        last_counts.copy_from_slice(&count[..n]);
        last_rest.copy_from_slice(&rest[..n]);
    }
}

/// Adds probabilities from 0 up for the small means of a group and leaves the others alone.
#[inline(always)]
fn search_group(
    means: &[f64; LANES],
    u: &[f64; LANES],
    counts: &mut [u64; LANES],
    rest: &mut [u8; LANES],
) {
    let mut mean = [0.0; LANES];
    let mut is_positive = false;
    for lane in 0..LANES {
        let is_searched = (means[lane] > 0.0) & is_small(means[lane]);
        mean[lane] = if is_searched { means[lane] } else { 0.0 };
        // P(0) = e^-mean >= 1 - mean.
        is_positive |= u[lane] > 1.0 - mean[lane];
    }
    let mut count = [0.0; LANES];
    if is_positive {
        let mut probability = [0.0; LANES];
        for lane in 0..LANES {
            probability[lane] = exp(-mean[lane]);
        }
        (count, _) = add_up::<STRIDE>(u, &mean, probability, &RECIPROCALS[1..]);
    }
    for lane in 0..LANES {
        let is_mine = is_small(means[lane]);
        counts[lane] = if is_mine {
            nearest(count[lane]).1
        } else {
            counts[lane]
        };
        rest[lane] |= u8::from(is_mine & (u[lane] > NEARLY_ONE) & (mean[lane] > 0.0));
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
    fn slices_of_large_means_are_single_draws() {
        // The normal of the table is coarser than that of a single draw: unless it is left in doubt, one
        // count in thousands would be another.
        let mut uniforms = vec![0.0; 20_000];
        let key = crate::randomness::Streams::new(5).named("large");
        for exponent in 34..=42 {
            key.uniforms(Level::best(), exponent, &mut uniforms);
            let mean = libm::exp2(exponent as f64 - 0.3);
            let means = vec![mean; uniforms.len()];
            let mut counts = vec![0; uniforms.len()];
            quantiles(Level::best(), &means, &uniforms, &mut counts);
            let singles = uniforms.iter().map(|&u| quantile(mean, u));
            assert!(singles.eq(counts), "{mean:e}");
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
