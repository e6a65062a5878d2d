//! Randomness has one address: named streams of uniform numbers, and samplers that turn a uniform
//! number into a draw by inversion.
//!
//! A draw is a function of (seed, stream name, path, place in the stream), so that nothing that is
//! added, removed or reordered elsewhere can change it. Each sampler spends exactly one uniform
//! number per variate and never decreases in it, nor, where the model is monotone, in its
//! parameters: more demand never means a smaller draw on the same path.
//!
//! Samplers come one draw at a time and by the slice: the latter as [kernels](dispatch) that give
//! the same bits on every instruction set.

pub mod binomial;
pub mod compound;
pub mod dispatch;
pub mod gamma;
pub mod gamma_process;
mod lattice;
pub mod negative_binomial;
pub mod normal;
pub mod once;
pub mod poisson;
pub mod sampling;
pub(crate) mod smooth;
pub mod sobol;
pub mod streams;
mod table;

pub use binomial::Binomial;
pub use compound::{CompoundCounts, CompoundNumbers, CompoundScratch};
pub use dispatch::Level;
pub use gamma::UnitGamma;
pub use gamma_process::{CrowdLaw, GammaProcess, ProcessScratch};
pub use negative_binomial::{NegativeBinomial, NegativeBinomialScratch};
pub use once::Once;
pub use poisson::Poisson;
pub use sampling::Sampling;
pub use streams::{STREAMS_VERSION, Stream, StreamKey, Streams};

use rand::Rng;

/// A uniform number on the open interval (0, 1) from 64 random bits: (k + 1/2) 2^-52 with k their
/// top 52 bits. Both it and one minus it are exact doubles, and neither is ever 0; with 53 bits
/// the largest would round to 1.
#[inline(always)]
pub fn open_unit(bits: u64) -> f64 {
    // As the mantissa of a double in 1..2; the difference is exact.
    const BELOW_ONE: f64 = 1.0 - 1.0 / (1_u64 << 53) as f64;
    f64::from_bits(bits >> 12 | 1.0_f64.to_bits()) - BELOW_ONE
}

/// The next uniform number on (0, 1) of any generator.
#[inline]
fn next_open_unit<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    open_unit(rng.next_u64())
}

/// Most draws that a kernel works on at once: a year of days, which stay in the nearest cache.
const CHUNK: usize = 384;

/// Draws that are searched for side by side, and steps between looks at whether all are done.
const LANES: usize = 8;
const STRIDE: usize = 5;

/// Beyond this the rounding of sums of probabilities would show.
const NEARLY_ONE: f64 = 1.0 - 1.0 / (1 << 30) as f64;

/// The places that are not 0.
#[inline]
fn flagged(flags: &[u8; CHUNK]) -> impl Iterator<Item = usize> {
    let (groups, _) = flags.as_chunks::<8>();
    groups.iter().enumerate().flat_map(|(group, flags)| {
        // Flags are 0 or 1: the lowest bit of each byte.
        let mut bits = u64::from_le_bytes(*flags);
        std::iter::from_fn(move || {
            let byte = (bits != 0).then(|| bits.trailing_zeros() as usize / 8)?;
            bits &= bits - 1;
            Some(8 * group + byte)
        })
    })
}

/// The whole number nearest to one from 0 to 2^51, as a double and as an integer, in a way that loops
/// over slices can take.
#[inline(always)]
fn nearest(number: f64) -> (f64, u64) {
    // Adding it leaves the nearest whole number in the low bits.
    const SHIFT: f64 = (1_u64 << 52) as f64;
    let shifted = number + SHIFT;
    (shifted - SHIFT, shifted.to_bits() ^ SHIFT.to_bits())
}

/// Smallest k for which `reached(k)`, a condition that never turns false again, starting at
/// `guess`; at most `most`. Gallops away from the guess and bisects: about 130 calls at worst.
fn first_reached(guess: u64, most: u64, reached: impl Fn(u64) -> bool) -> u64 {
    let guess = guess.min(most);
    // Invariant: low is not reached (or one below 0), high is reached (or `most`).
    let (mut low, mut high);
    let mut stride = 1_u64;
    if reached(guess) {
        high = guess;
        loop {
            if high == 0 {
                return 0;
            }
            let probe = high.saturating_sub(stride);
            if !reached(probe) {
                low = probe;
                break;
            }
            high = probe;
            stride = stride.saturating_mul(2);
        }
    } else {
        low = guess;
        loop {
            if low >= most {
                return most;
            }
            let probe = low.saturating_add(stride).min(most);
            if reached(probe) {
                high = probe;
                break;
            }
            low = probe;
            stride = stride.saturating_mul(2);
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Adds probabilities from that of 0 up, for several draws side by side, until all sums have reached
/// their uniform number or the ratios end: the probability of x is that of x - 1 times the draw's factor
/// and the x-th ratio. Looks every `STRIDE` steps whether all are done. Gives the counts and the sums.
#[inline(always)]
fn add_up<const STRIDE: usize>(
    u: &[f64; LANES],
    factor: &[f64; LANES],
    first: [f64; LANES],
    ratios: &[f64],
) -> ([f64; LANES], [f64; LANES]) {
    let (mut probability, mut sum) = (first, first);
    let mut count = [0.0; LANES];
    let (strides, _) = ratios.as_chunks::<STRIDE>();
    for ratios in strides {
        let mut is_unfinished = false;
        for lane in 0..LANES {
            is_unfinished |= u[lane] > sum[lane];
        }
        if !is_unfinished {
            break;
        }
        for &ratio in ratios {
            for lane in 0..LANES {
                count[lane] += if u[lane] > sum[lane] { 1.0 } else { 0.0 };
                probability[lane] *= factor[lane] * ratio;
                sum[lane] += probability[lane];
            }
        }
    }
    (count, sum)
}

/// 1/n for n below 256: sequential searches multiply instead of dividing.
static RECIPROCALS: [f64; 256] = {
    let mut table = [0.0; 256];
    let mut n = 1;
    while n < 256 {
        table[n] = 1.0 / n as f64;
        n += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_numbers_stay_inside_and_have_exact_complements() {
        assert_eq!(open_unit(0), libm::exp2(-53.0));
        assert_eq!(open_unit(u64::MAX), 1.0 - libm::exp2(-53.0));
        assert_eq!(1.0 - open_unit(u64::MAX), open_unit(0));
    }

    #[test]
    fn the_search_finds_any_threshold_from_any_guess() {
        for threshold in [0, 1, 2, 77, u64::MAX / 3, u64::MAX - 1, u64::MAX] {
            for guess in [0, 1, 76, 77, 78, 1 << 40, u64::MAX] {
                assert_eq!(
                    first_reached(guess, u64::MAX, |k| k >= threshold),
                    threshold
                );
            }
        }
        assert_eq!(first_reached(3, 10, |_| false), 10);
    }
}
