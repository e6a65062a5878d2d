//! The quantile of a negative binomial count as a series in its gamma factor.
//!
//! Put s = 1 - e^(-v/N) into the integral of I_p(k, x + 1), p = k/(k + mean), with N = x + (k + 1)/2:
//! what remains is even in 1/N,
//!
//! I_p(k, x + 1) = C * integral from 0 to N ln(1 + k/mean) of
//!     v^(k-1) e^-v (sinh(v/2N)/(v/2N))^(k-1) dv,
//!
//! a gamma distribution with corrections (after M. E. Wise, "The incomplete beta function as a contour
//! integral and a quickly converging series for its inverse", Biometrika 37 (1950) 208-218). Solved for
//! x, with t = k g the gamma quantile of the same probability:
//!
//! x = n + d1(t)/n + d2(t)/n^3 + d3(t)/n^5 + d4(t)/n^7 - (k + 1)/2, n = t / ln(1 + k/mean),
//! d1 = (k - 1)(k + 1 + t)/24,
//! d2 = -(k - 1)(27 + 27k - 3k^2 - 3k^3 + (17 + 7k^2) t + (6 + 2k) t^2 + 2 t^3)/5760,
//! d3 = (k - 1)(7625 + 7625k - 1930k^2 - 1930k^3 + 65k^4 + 65k^5
//!     + (5357 + 590k^2 - 187k^4) t + (1912 - 32k - 88k^2 + 128k^3) t^2
//!     + (446 - 24k + 58k^2) t^3 + (80 + 16k) t^4 + 16 t^5)/2903040,
//!
//! d4 as in [`Series::new`]; the count is the smallest whole number that is no less than x, the one
//! nearest to y = x + 1/2. The coefficients were derived by computer algebra in exact rational arithmetic.

use crate::randomness::dispatch::{Kernel, Level};
use crate::randomness::nearest;
use crate::special::horner;

/// A series, to be broken off after so many terms, gives probabilities to 4e-7 (see the tests) from a
/// mean on, which is at least this multiple of the shape, and for n above (k + 1)/2 + few + 1/2: counts
/// above `few` and, for large shapes, some more.
struct Range {
    from: f64,
    from_shapes: f64,
    few: f64,
}

/// Two terms.
const SHORT: Range = Range {
    from: 8.0,
    from_shapes: 2.0,
    few: 4.0,
};

/// Four terms. What is left is searched.
const LONG: Range = Range {
    from: 1.0,
    from_shapes: 0.45,
    few: 1.0,
};

/// Up to this count doubles tell the vectors all that they need.
const QUICK: f64 = (1_u64 << 42) as f64;

/// Where a series serves: from a mean on, and above an n.
#[derive(Clone, Copy, Debug)]
struct Reach {
    from: f64,
    above: f64,
}

impl Reach {
    fn new(range: &Range, shape: f64) -> Self {
        Self {
            from: range.from.max(range.from_shapes * shape),
            above: 0.5 * (shape + 1.0) + range.few + 0.5,
        }
    }

    /// Whether the series serves for a mean and what it gives there, (n, y).
    #[inline(always)]
    fn holds(self, mean: f64, (n, y): (f64, f64)) -> bool {
        (mean >= self.from) & (n > self.above) & (y < QUICK)
    }
}

/// Coefficients, lowest first.
type Polynomial<const N: usize> = [f64; N];

/// The series of one shape.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// k/2.
    half: f64,
    short: Reach,
    long: Reach,
    /// d1 to d4 as polynomials in g.
    terms: (Polynomial<2>, Polynomial<4>, Polynomial<6>, Polynomial<8>),
}

impl Series {
    /// The series of shape `k`.
    pub(super) fn new(k: f64) -> Self {
        let [k2, k3, k4, k5] = [2, 3, 4, 5].map(|power| (1..power).fold(k, |p, _| p * k));
        let k6 = k3 * k3;
        let d1 = [k + 1.0, 1.0];
        let d2 = [
            (k + 1.0) * (27.0 - 3.0 * k2),
            17.0 + 7.0 * k2,
            6.0 + 2.0 * k,
            2.0,
        ];
        let d3 = [
            (k + 1.0) * (7_625.0 - 1_930.0 * k2 + 65.0 * k4),
            5_357.0 + 590.0 * k2 - 187.0 * k4,
            1_912.0 - 32.0 * k - 88.0 * k2 + 128.0 * k3,
            446.0 - 24.0 * k + 58.0 * k2,
            80.0 + 16.0 * k,
            16.0,
        ];
        let d4 = [
            (k + 1.0) * (4_311_167.0 - 1_532_013.0 * k2 + 125_853.0 * k4 - 1_967.0 * k6),
            3_304_313.0 - 273_147.0 * k2 - 135_093.0 * k4 + 6_967.0 * k6,
            1_266_382.0 - 214_814.0 * k - 100_508.0 * k2 + 18_748.0 * k3 + 5_710.0 * k4
                - 7_838.0 * k5,
            318_254.0 - 79_872.0 * k + 5_012.0 * k2 - 3_072.0 * k3 + 1_598.0 * k4,
            58_676.0 - 11_444.0 * k - 404.0 * k2 + 1_556.0 * k3,
            8_404.0 - 888.0 * k + 548.0 * k2,
            1_008.0 + 144.0 * k,
            144.0,
        ];
        Self {
            half: 0.5 * k,
            short: Reach::new(&SHORT, k),
            long: Reach::new(&LONG, k),
            terms: (
                in_factors(d1, k, (k - 1.0) / 24.0),
                in_factors(d2, k, (1.0 - k) / 5_760.0),
                in_factors(d3, k, (k - 1.0) / 2_903_040.0),
                in_factors(d4, k, (1.0 - k) / 1_393_459_200.0),
            ),
        }
    }

    /// The least means for which the series of two terms serves, and that of four.
    pub(super) fn from(&self) -> [f64; 2] {
        [self.short.from, self.long.from]
    }

    /// The count at a mean, where a series serves, whose gamma factor is drawn; saturates.
    pub(super) fn count(&self, mean: f64, factor: impl FnOnce() -> f64) -> Option<u64> {
        if mean.is_nan() || mean < self.long.from {
            return None;
        }
        let factor = factor();
        let (n, y) = self.short(mean, factor);
        // Beyond QUICK only doubles are too coarse, not the series.
        if mean >= self.short.from && n > self.short.above {
            return Some(y.round_ties_even() as u64);
        }
        let long = self.long(mean, factor);
        let (_, y) = long;
        self.long
            .holds(mean, long)
            .then(|| y.round_ties_even() as u64)
    }

    /// Counts by the series of two terms; flags those that it does not serve.
    pub(super) fn counts_short(
        &self,
        level: Level,
        (means, factors): (&[f64], &[f64]),
        counts: &mut [u64],
        rest: &mut [u8],
    ) {
        level.run(Expand {
            series: |mean, factor| self.short(mean, factor),
            reach: self.short,
            means,
            factors,
            counts,
            rest,
        });
    }

    /// Counts by the series of four terms; flags those that it does not serve.
    pub(super) fn counts_long(
        &self,
        level: Level,
        (means, factors): (&[f64], &[f64]),
        counts: &mut [u64],
        rest: &mut [u8],
    ) {
        level.run(Expand {
            series: |mean, factor| self.long(mean, factor),
            reach: self.long,
            means,
            factors,
            counts,
            rest,
        });
    }

    /// n and y = x + 1/2 of the series of two terms.
    #[inline(always)]
    fn short(&self, mean: f64, factor: f64) -> (f64, f64) {
        /// h / atanh(h) in h^2 up to 0.04, that of the smallest mean, to 5e-12: the polynomial through
        /// its values at the Chebyshev points.
        const SLOPE: Polynomial<5> = [
            0.999_999_999_995_286_5,
            -0.333_333_327_445_121_95,
            -0.088_890_062_709_139_07,
            -0.046_479_267_638_602_55,
            -0.032_487_727_114_589_485,
        ];
        /// atanh(h) / h to 5e-6, which is enough for the terms.
        const INVERSE_SLOPE: Polynomial<4> = [1.0, 1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0];
        // As in the long series, with one quotient for two.
        let half = self.half;
        let middle = mean + half;
        let leading = factor * middle;
        let quotient = 1.0 / leading;
        let h = half * factor * quotient;
        let n = leading * horner(&SLOPE, h * h);
        let inverse = quotient * horner(&INVERSE_SLOPE, h * h);
        let (d1, d2, ..) = &self.terms;
        let terms = horner(d1, factor) + inverse * inverse * horner(d2, factor);
        let y = n + (inverse * terms - half);
        (n, y)
    }

    /// n and y = x + 1/2 of the series of four terms.
    #[inline(always)]
    fn long(&self, mean: f64, factor: f64) -> (f64, f64) {
        /// As above, in h^2 up to 0.28, to 6e-11.
        const SLOPE: Polynomial<8> = [
            1.000_000_000_037_406_7,
            -0.333_333_350_401_153_9,
            -0.088_887_621_150_693_9,
            -0.046_596_392_407_379_81,
            -0.029_710_638_227_995_78,
            -0.025_295_843_638_068_01,
            -0.003_278_521_987_720_049,
            -0.038_178_911_291_761_715,
        ];
        // ln(1 + k/mean) = 2 atanh(h), and k / 2h is the middle.
        let half = self.half;
        let middle = mean + half;
        let h = half / middle;
        let n = factor * middle * horner(&SLOPE, h * h);
        let inverse = 1.0 / n;
        let square = inverse * inverse;
        let (d1, d2, d3, d4) = &self.terms;
        let [d1, d2] = [horner(d1, factor), horner(d2, factor)];
        let [d3, d4] = [horner(d3, factor), horner(d4, factor)];
        let terms = (d1 + square * d2) + (square * square) * (d3 + square * d4);
        let y = n + (inverse * terms - half);
        (n, y)
    }
}

/// A polynomial in t = k g as one in g, times a constant.
fn in_factors<const N: usize>(terms: Polynomial<N>, k: f64, by: f64) -> Polynomial<N> {
    let mut power = by;
    terms.map(|term| {
        let scaled = term * power;
        power *= k;
        scaled
    })
}

/// Counts by a series, n and y of a mean and a factor; flags those that it does not serve.
struct Expand<'a, F> {
    series: F,
    reach: Reach,
    means: &'a [f64],
    factors: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl<F: Fn(f64, f64) -> (f64, f64)> Kernel for Expand<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let draws = self.means.iter().zip(self.factors);
        for (((&mean, &factor), count), rest) in draws.zip(self.counts).zip(self.rest) {
            let series = (self.series)(mean, factor);
            *count = nearest(series.1).1;
            *rest = u8::from(!self.reach.holds(mean, series));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::negative_binomial::tests::{CVS, tails};
    use crate::special::gamma;

    #[test]
    fn the_series_gives_probabilities_to_4e_7() {
        let mut worst: f64 = 0.0;
        for cv in CVS {
            let k = 1.0 / (cv * cv);
            let law = Series::new(k);
            for (reach, step) in [law.short, law.long]
                .into_iter()
                .flat_map(|r| (0..60).map(move |s| (r, s)))
            {
                let mean = reach.from * libm::exp2(f64::from(step) / 4.0);
                let deviation = (mean + mean * mean / k).sqrt();
                for place in 0..400 {
                    let x = (f64::from(place) * (mean + 9.0 * deviation) / 400.0).floor();
                    let (below, above) = tails(k, mean, x);
                    if f64::min(below, above) < 1e-15 {
                        continue;
                    }
                    // Exactly, as the table's own errors are another matter.
                    let (t, _) = gamma::inverse(k, below, above);
                    let (n, y) = match reach.from == law.short.from {
                        true => law.short(mean, t / k),
                        false => law.long(mean, t / k),
                    };
                    if n <= reach.above {
                        continue;
                    }
                    let got = y - 0.5;
                    let chance = below - tails(k, mean, x - 1.0).0;
                    let error = (got - x).abs() * chance.max(0.0);
                    worst = worst.max(error);
                    assert!(error < 4e-7, "cv {cv} mean {mean} at {x}: {error:e}");
                    assert!(
                        (got - x).abs() < 1e-2 + 1e-9 * x,
                        "cv {cv} mean {mean}: {got} for {x}"
                    );
                }
            }
        }
        assert!(worst > 1e-7, "the bound is idle: {worst:e}");
    }
}
