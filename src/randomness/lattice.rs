//! The normal expansion of the quantiles of binomial and Poisson counts.
//!
//! The distribution function of a count, continued between the integers, has formally the
//! cumulants of the count plus those of (t/2)/sinh(t/2), the Euler-Maclaurin correction from a sum
//! to an integral: -1/12 on the variance, 1/120 on the fourth. The Cornish-Fisher expansion
//! (E. A. Cornish & R. A. Fisher 1938; Abramowitz & Stegun 26.2.49) of those cumulants, plus 1/2,
//! is the real x whose floor is the quantile. With w the normal quantile, s^2 the variance,
//! d = q - p and h = p q (for Poisson d = 1, h = 0):
//!
//! x = mean + s w + d (w^2 - 1)/6 + 1/2 + A/s + B/s^2 + C/s^3,
//! A = w (7h/36 - 1/36) - w^3 (h/36 + 1/72), B = d (2 + h) (w^4/540 + 7 w^2/1620 - 4/405),
//! C = w^5 (h^2/4320 + 13h/4320 - 23/17280) + w^3 (8h^2/1215 + 403h/38880 - 137/38880)
//!     + w (671/38880 - 677h/19440 - 433h^2/38880).
//!
//! The coefficients were derived by computer algebra in exact rational arithmetic.

use super::dispatch::{Kernel, Level};
use super::normal::NORMAL;
use super::table::Table;
use super::{CHUNK, nearest};

/// What the expansion needs to know of a count.
pub(super) struct Lattice {
    mean: f64,
    variance: f64,
    /// q - p.
    skew: f64,
    /// p q.
    product: f64,
}

/// The floor of the expansion, as far as its error lets one tell.
#[derive(Debug, PartialEq)]
pub(super) enum Floor {
    /// This count.
    Certain(u64),
    /// This count or the one below.
    Between(u64),
    /// Somewhere near this one.
    Unknown(u64),
}

impl Lattice {
    #[inline(always)]
    pub(super) fn poisson(mean: f64) -> Self {
        Self {
            mean,
            variance: mean,
            skew: 1.0,
            product: 0.0,
        }
    }

    #[inline(always)]
    pub(super) fn binomial(trials: f64, p: f64) -> Self {
        let q = 1.0 - p;
        Self {
            mean: trials * p,
            variance: trials * p * q,
            skew: q - p,
            product: p * q,
        }
    }

    /// The expansion.
    #[inline(always)]
    fn at(&self, w: f64) -> f64 {
        let deviation = self.variance.sqrt();
        self.expansion(w, deviation, 1.0 / deviation)
    }

    /// The expansion with s and 1/s at hand. Always inlined: for Poisson counts its coefficients fold
    /// to constants.
    #[inline(always)]
    fn expansion(&self, w: f64, deviation: f64, inverse: f64) -> f64 {
        let (d, h, t) = (self.skew, self.product, w * w);
        let c5 = h * (h + 13.0) * (1.0 / 4_320.0) - 23.0 / 17_280.0;
        let c3 = h * (8.0 / 1_215.0 * h + 403.0 / 38_880.0) - 137.0 / 38_880.0;
        let c1 = 671.0 / 38_880.0 - h * (677.0 / 19_440.0 + 433.0 / 38_880.0 * h);
        let c = w * (c1 + t * (c3 + t * c5));
        let b = d * (2.0 + h) * (t * (t * (1.0 / 540.0) + 7.0 / 1_620.0) - 4.0 / 405.0);
        let a = w * ((7.0 * h - 1.0) * (1.0 / 36.0) - t * ((2.0 * h + 1.0) * (1.0 / 72.0)));
        let skew = d * (t - 1.0) * (1.0 / 6.0);
        let shift = 0.5 + skew + inverse * (a + inverse * (b + inverse * c));
        self.mean + (deviation * w + shift)
    }
}

/// Twice the largest error found over |w| < 8.3, w^2 < variance / 4, variances from 9 up
/// (see the tests), in units of 1 / variance^2.
const BOUND: [f64; 2] = [0.04, 0.002];

/// Beyond this the doubles themselves are too coarse.
const COARSE: f64 = 1e15;

/// The count whose distribution function first reaches Phi(w), for variances from 9 up.
#[inline(always)]
pub(super) fn floor(count: &Lattice, w: f64) -> Floor {
    let x = count.at(w);
    let t = w * w;
    let v = count.variance;
    if x >= COARSE {
        return Floor::Certain(x as u64);
    }
    if 4.0 * t > v {
        return Floor::Unknown(x.max(0.0) as u64);
    }
    // The error of the expansion, and the rounding of x and of w.
    let error = (BOUND[0] + BOUND[1] * t * t * t) / (v * v);
    let doubt = error + 1e-15 * (x + v.sqrt() * 8.0);
    // x is positive: w > -sqrt(v)/2.
    let whole = x as i64;
    let fraction = x - whole as f64;
    if fraction > doubt && fraction < 1.0 - doubt {
        Floor::Certain(whole as u64)
    } else if doubt < 0.4 {
        Floor::Between((whole + i64::from(fraction > 0.5)) as u64)
    } else {
        Floor::Unknown(whole as u64)
    }
}

/// Up to this count doubles tell [`quick`] all that it needs.
const QUICK: f64 = (1_u64 << 42) as f64;

/// Twice the error of a w of [`NORMAL`], and that of [`inverse_root`] times a w of 8.
const W_ERROR: f64 = 8e-9 + 8.0 * ROOT_ERROR;

/// Relative error of [`inverse_root`].
const ROOT_ERROR: f64 = 5e-11;

/// 1 / sqrt(x) for x above 0 by multiplications alone, which take less time than a root and a
/// quotient: the exponent halved (after C. Lomont, "Fast inverse square root", 2003), then Newton's
/// steps, each of which squares the relative error and multiplies it by 3/2.
#[inline(always)]
pub(super) fn inverse_root(x: f64) -> f64 {
    let guess = 0x5fe6_eb50_c7b5_37a9_u64.wrapping_sub(x.to_bits() >> 1);
    let mut root = f64::from_bits(guess);
    let half = 0.5 * x;
    for _ in 0..3 {
        root *= 1.5 - half * root * root;
    }
    root
}

/// The floor, and whether it is in doubt, for loops over slices: no branches, and w from a table.
#[inline(always)]
fn quick(count: &Lattice, w: f64) -> (u64, bool) {
    let inverse = inverse_root(count.variance);
    let deviation = count.variance * inverse;
    let x = count.expansion(w, deviation, inverse);
    let t = w * w;
    let square = inverse * inverse;
    let error = (BOUND[0] + BOUND[1] * t * t * t) * (square * square);
    let doubt = error + W_ERROR * deviation + 1e-15 * x;
    let (nearest, whole) = nearest(x);
    let above = u64::from(nearest > x);
    let is_safe = ((x - nearest).abs() > doubt) & (4.0 * t <= count.variance) & (x < QUICK);
    (whole.wrapping_sub(above), !is_safe)
}

/// What the expansion needs to know of one draw.
pub(super) struct Expansion {
    pub(super) count: Lattice,
    /// The largest count there can be.
    pub(super) most: u64,
    /// Whether the expansion is the way to draw it; another is left alone.
    pub(super) is_mine: bool,
}

/// Counts of a chunk by the expansion, as far as they are its own; `rest` marks those of them that it
/// does not settle.
pub(super) fn expand(
    level: Level,
    draws: impl Iterator<Item = Expansion>,
    uniforms: &[f64],
    counts: &mut [u64],
    rest: &mut [u8; CHUNK],
) {
    level.run(Expand {
        normals: &NORMAL,
        draws,
        uniforms,
        counts,
        rest,
    });
}

struct Expand<'a, I> {
    normals: &'a Table,
    draws: I,
    uniforms: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8; CHUNK],
}

impl<I: Iterator<Item = Expansion>> Kernel for Expand<'_, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        // The normals wait where the counts will be; beyond the table there is none, and so no count
        // that is beyond doubt.
        let none = |_| f64::NAN;
        self.normals
            .values(self.uniforms, self.counts, f64::to_bits, none);
        for ((draw, count), rest) in self.draws.zip(self.counts).zip(self.rest) {
            let (floor, is_doubtful) = quick(&draw.count, f64::from_bits(*count));
            *count = floor;
            *rest = u8::from((is_doubtful | (floor > draw.most)) & draw.is_mine);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::{beta, gamma, normal};

    /// Real x at which the continued distribution function has the smaller tail that w has.
    fn solve(guess: f64, w: f64, tails: impl Fn(f64) -> (f64, f64)) -> f64 {
        let tail = |x: f64| {
            let (below, above) = tails(x);
            if w < 0.0 {
                -libm::log(below)
            } else {
                libm::log(above)
            }
        };
        let target = -libm::log(normal::cdf(-w.abs())) * if w < 0.0 { 1.0 } else { -1.0 };
        let (mut low, mut high) = (guess - 2.0, guess + 2.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if tail(middle) > target {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    #[test]
    fn the_inverse_root_is_within_its_error() {
        let mut worst: f64 = 0.0;
        for i in 0..100_000 {
            let x = libm::exp2(f64::from(i) * 1e-3 - 20.0);
            worst = worst.max((inverse_root(x) * x.sqrt() - 1.0).abs());
        }
        assert!(worst < ROOT_ERROR, "{worst:e}");
        assert!(worst > 0.1 * ROOT_ERROR, "the bound is idle: {worst:e}");
    }

    #[test]
    fn the_expansion_errs_by_less_than_half_its_bound() {
        let mut worst: f64 = 0.0;
        for variance in [9.0, 12.0, 20.0, 50.0, 200.0, 1000.0] {
            for p in [0.0, 1e-4, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5] {
                for step in -80..=80 {
                    let w = f64::from(step) / 10.0;
                    let t = w * w;
                    if 4.0 * t > variance {
                        continue;
                    }
                    let (lattice, exact);
                    if p == 0.0 {
                        lattice = Lattice::poisson(variance);
                        exact = solve(lattice.at(w), w, |x| {
                            let (p, q) = gamma::both(x, variance);
                            (q, p)
                        });
                    } else {
                        let trials = variance / (p * (1.0 - p));
                        lattice = Lattice::binomial(trials, p);
                        exact = solve(lattice.at(w), w, |x| {
                            beta::both(trials + 1.0 - x, x, 1.0 - p, p)
                        });
                    }
                    let error = (lattice.at(w) - exact).abs() - 1e-12 * exact;
                    let bound = (BOUND[0] + BOUND[1] * t * t * t) / (variance * variance);
                    worst = worst.max(error / bound);
                    assert!(
                        error < 0.5 * bound,
                        "{variance} {p} {w}: {error:e} of {bound:e}"
                    );
                }
            }
        }
        // The bound is not idle either.
        assert!(worst > 0.2, "{worst}");
    }
}
