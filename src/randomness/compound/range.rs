//! Totals of units that each carry an integer of a range, all equally likely.
//!
//! T = first N + S, S the sum of N numbers from 0 to m - 1. One uniform number decides it. From a few
//! units on S is the whole number nearest to an expansion: continued between the integers, its
//! distribution function has formally the cumulants of S less those of a uniform number on (-1/2, 1/2),
//!
//! κ2 = v = (N (m^2 - 1) - 1)/12, κj = Bj/j (N (m^j - 1) - 1) for even j, 0 for odd
//!
//! (Bernoulli numbers Bj), and the Cornish-Fisher expansion of these (E. A. Cornish & R. A. Fisher 1938)
//! is, with z the normal quantile,
//!
//! y = N (m - 1)/2 + sqrt(v) z (1 + A/v + B/v^2 + C/v^3), h = m^2 + 1,
//! A = h (3 - z^2)/240,
//! B = (191 m^4 + 422 m^2 + 191)/806400 - (11 m^4 - 73 m^2 + 11) z^2/302400
//!     - (29 m^4 + 218 m^2 + 29) z^4/2419200,
//! C = h (-(177 m^4 + 13514 m^2 + 177)/193536000 + (4761 m^4 + 23602 m^2 + 4761) z^2/580608000
//!     - (921 m^4 - 4358 m^2 + 921) z^4/580608000 - (7 m^4 + 334 m^2 + 7) z^6/193536000).
//!
//! The coefficients were derived by computer algebra in exact rational arithmetic. For fewer units the
//! distribution function of S is tabulated.

use crate::randomness::dispatch::{Kernel, Level};
use crate::randomness::lattice::inverse_root;
use crate::randomness::{CHUNK, flagged, nearest};

/// Most integers of a range.
const MOST: usize = 64;

/// Up to this total doubles tell the vectors all that they need.
const QUICK: f64 = (1_u64 << 42) as f64;

/// Beyond the normals that the slices know, and beyond the square root of v, the expansion is not to be
/// trusted: a rarer total is that of the rarest normal that it is trusted with.
const TRUSTED: f64 = 4.91;

/// The law of the totals of a range of integers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RangeTotals {
    first: u64,
    /// m.
    integers: u64,
    /// Units from which on the expansion serves.
    from: u64,
    /// A, B and C as polynomials in z^2.
    terms: ([f64; 2], [f64; 3], [f64; 4]),
    /// The laws of S for each number of units below `from`, from 0 on.
    few: Vec<Few>,
}

impl RangeTotals {
    /// The law of ascending counts with their probabilities, where they are a range of two integers or
    /// more, equally likely.
    pub(super) fn new(counts: &[(u64, f64)]) -> Option<Self> {
        let (first, share) = counts[0];
        let is_next = |(i, &(count, other)): (usize, &(u64, f64))| {
            count.checked_sub(first) == Some(i as u64) && other == share
        };
        let is_range = counts.iter().enumerate().all(is_next);
        if !is_range || !(2..=MOST).contains(&counts.len()) {
            return None;
        }
        let m = counts.len() as f64;
        let (m2, m4) = (m * m, m * m * m * m);
        // p m^4 + q m^2 + p.
        let even = |p: f64, q: f64| p * (m4 + 1.0) + q * m2;
        let h = m2 + 1.0;
        // The fewest units for which probabilities are within 4e-7 (see the tests).
        let from = if counts.len() == 2 { 24 } else { 16 };
        Some(Self {
            first,
            integers: counts.len() as u64,
            from,
            terms: (
                [h / 80.0, h / -240.0],
                [
                    even(191.0, 422.0) / 806_400.0,
                    even(11.0, -73.0) / -302_400.0,
                    even(29.0, 218.0) / -2_419_200.0,
                ],
                [
                    h * even(177.0, 13_514.0) / -193_536_000.0,
                    h * even(4_761.0, 23_602.0) / 580_608_000.0,
                    h * even(921.0, -4_358.0) / -580_608_000.0,
                    h * even(7.0, 334.0) / -193_536_000.0,
                ],
            ),
            few: tabulate(counts.len(), from as usize),
        })
    }

    /// Totals of so many units each, from a uniform number on (0, 1) and its normal quantile each: what
    /// [`total`](Self::total) gives.
    pub(super) fn totals(
        &self,
        level: Level,
        units: &[u64],
        (uniforms, normals): (&[f64], &[f64]),
        totals: &mut [u64],
    ) {
        let draws = units.chunks(CHUNK).zip(uniforms.chunks(CHUNK));
        let draws = draws.zip(normals.chunks(CHUNK));
        for (((units, uniforms), normals), totals) in draws.zip(totals.chunks_mut(CHUNK)) {
            let mut rest = [0; CHUNK];
            level.run(Expand {
                law: self,
                units,
                normals,
                totals,
                rest: &mut rest,
            });
            for i in flagged(&rest) {
                totals[i] = self.total(units[i], uniforms[i], normals[i]);
            }
        }
    }

    /// The smallest total that is not exceeded with probability `u`, whose normal quantile is `z`: never
    /// decreases in either argument. Exact to 4e-7 in probability. Stays at the limit of 64 bits.
    fn total(&self, units: u64, u: f64, z: f64) -> u64 {
        let sum = match self.few.get(units as usize) {
            Some(few) => few.quantile(u),
            None => {
                let n = units as f64;
                let trusted = f64::max(TRUSTED, self.variance(n).sqrt());
                let y = self.expansion(n, z.clamp(-trusted, trusted));
                // Saturates.
                let sum = y.round_ties_even() as u64;
                // Where it is held, no less than fewer units have.
                let fewer = self.few.last().filter(|_| z > trusted);
                let sum = sum.max(fewer.map_or(0, |few| few.quantile(u)));
                sum.min(units.saturating_mul(self.integers - 1))
            }
        };
        self.first.saturating_mul(units).saturating_add(sum)
    }

    /// v.
    #[inline(always)]
    fn variance(&self, units: f64) -> f64 {
        let m = self.integers as f64;
        units * ((m * m - 1.0) / 12.0) - 1.0 / 12.0
    }

    /// y.
    #[inline(always)]
    fn expansion(&self, units: f64, z: f64) -> f64 {
        let v = self.variance(units);
        let root = inverse_root(v);
        let (q, t) = (root * root, z * z);
        let (a, b, c) = &self.terms;
        let c = c[0] + t * (c[1] + t * (c[2] + t * c[3]));
        let b = b[0] + t * (b[1] + t * b[2]);
        let a = a[0] + t * a[1];
        let corrected = z + z * (q * (a + q * (b + q * c)));
        units * (0.5 * (self.integers as f64 - 1.0)) + v * root * corrected
    }
}

/// Cells of equal probability that a search starts from.
const GUIDES: usize = 128;

/// The law of S for a few units.
#[derive(Clone, Debug, PartialEq)]
struct Few {
    /// P(S <= s), at last 1.
    below: Vec<f64>,
    /// The smallest s whose probability is no less than that at which a cell begins.
    guides: [u16; GUIDES],
}

impl Few {
    /// The law with these probabilities of S = 0, 1, ...
    fn new(shares: &[f64]) -> Self {
        let mut sum = 0.0;
        let mut below: Vec<f64> = shares
            .iter()
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        // Whatever the rounding.
        below.pop();
        below.push(1.0);
        let first = |cell: usize| {
            let begins = cell as f64 / GUIDES as f64;
            below.partition_point(|&p| p < begins) as u16
        };
        Self {
            guides: std::array::from_fn(first),
            below,
        }
    }

    /// The smallest s with P(S <= s) >= u, 0 < u < 1.
    fn quantile(&self, u: f64) -> u64 {
        let mut s = usize::from(self.guides[(u * GUIDES as f64) as usize]);
        // Nearly always one step or none, and this way without a branch to guess.
        s += usize::from(self.below[s] < u);
        while self.below[s] < u {
            s += 1;
        }
        s as u64
    }
}

/// The laws of S for each number of units below `from`.
fn tabulate(integers: usize, from: usize) -> Vec<Few> {
    let mut shares = vec![1.0];
    let mut laws = vec![Few::new(&shares)];
    for _ in 1..from {
        let mut more = vec![0.0; shares.len() + integers - 1];
        for (s, share) in shares.iter().enumerate() {
            for sum in &mut more[s..s + integers] {
                *sum += share / integers as f64;
            }
        }
        shares = more;
        laws.push(Few::new(&shares));
    }
    laws
}

/// Totals by the expansion; flags those that it does not serve.
struct Expand<'a> {
    law: &'a RangeTotals,
    units: &'a [u64],
    normals: &'a [f64],
    totals: &'a mut [u64],
    rest: &'a mut [u8; CHUNK],
}

impl Kernel for Expand<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let law = self.law;
        let last = law.first as f64 + law.integers as f64;
        let draws = self.units.iter().zip(self.normals);
        for ((&units, &z), (total, rest)) in draws.zip(self.totals.iter_mut().zip(self.rest)) {
            let n = units as f64;
            let (_, sum) = nearest(law.expansion(n, z));
            *total = units.wrapping_mul(law.first).wrapping_add(sum);
            let is_served = (units >= law.from) & (n * last < QUICK) & (z.abs() < TRUSTED);
            *rest = u8::from(!is_served);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::normal::quantile;

    fn law(integers: u64) -> RangeTotals {
        let share = 1.0 / integers as f64;
        let counts: Vec<(u64, f64)> = (0..integers).map(|count| (count, share)).collect();
        RangeTotals::new(&counts).unwrap()
    }

    #[test]
    fn probabilities_are_within_4e_7() {
        // Of every step of the distribution functions: how far the expansion is from it, as a probability.
        let mut worst: f64 = 0.0;
        for integers in [2, 3, 4, 5, 7, 8, 16, 64] {
            let law = law(integers);
            let rows = tabulate(integers as usize, 90);
            for (units, Few { below: row, .. }) in rows.iter().enumerate().skip(law.from as usize) {
                // The other half is the same by symmetry.
                for (s, pair) in row.windows(2).enumerate().take(row.len() / 2) {
                    let z = quantile(pair[0]);
                    if z < -TRUSTED.max(law.variance(units as f64).sqrt()) {
                        continue;
                    }
                    let off = law.expansion(units as f64, z) - (s as f64 + 0.5);
                    let error = off.abs() * (pair[1] - pair[0]);
                    worst = worst.max(error);
                    assert!(error < 4e-7, "{units} of {integers} at {s}: {error:e}");
                }
            }
        }
        assert!(worst > 1e-7, "the bound is idle: {worst:e}");
    }

    #[test]
    fn totals_never_decrease_and_slices_have_the_bits_of_single_draws() {
        let tails = (1..=53).map(|e| libm::exp2(-f64::from(e)));
        let tails = tails.flat_map(|t| [t, 1.0 - t]);
        let mut uniforms: Vec<f64> = tails
            .chain((1..300).map(|i| f64::from(i) / 300.0))
            .collect();
        uniforms.sort_by(f64::total_cmp);
        let normals: Vec<f64> = uniforms.iter().map(|&u| quantile(u)).collect();
        for integers in [2, 3, 4, 5, 6, 7, 8, 11, 64] {
            let law = law(integers);
            let mut fewer = vec![0; uniforms.len()];
            let some = (0..60).chain((6..44).map(|e| 1 << e));
            for units in some.chain([u64::MAX / 5, u64::MAX]) {
                for level in Level::available() {
                    let mut totals = vec![0; uniforms.len()];
                    let numbers = (&uniforms[..], &normals[..]);
                    law.totals(level, &vec![units; uniforms.len()], numbers, &mut totals);
                    assert!(totals.is_sorted(), "{integers} {units}");
                    for (i, &total) in totals.iter().enumerate() {
                        assert_eq!(total, law.total(units, uniforms[i], normals[i]));
                        assert!(
                            total >= fewer[i],
                            "{units} of {integers} at {}",
                            uniforms[i]
                        );
                    }
                    let ends = [0, integers - 1].map(|count| units.saturating_mul(count));
                    assert!(totals[0] >= ends[0] && totals[uniforms.len() - 1] <= ends[1]);
                    fewer = totals;
                }
            }
        }
    }
}
