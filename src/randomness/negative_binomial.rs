//! The negative binomial distribution by inversion: Poisson counts whose mean varies as a gamma.
//!
//! X | G ~ Poisson(mean G), G ~ Gamma(shape k = 1/cv^2, scale 1/k): mean `mean`, variance
//! `mean + cv^2 mean^2`. One uniform number decides the count, so that neither G nor a Poisson
//! count is drawn.
//!
//! P(X <= x) = I_p(k, x + 1), p = k/(k + mean), a regularised incomplete beta function. Put
//! s = 1 - e^(-v/N) into its integral, with N = x + (k + 1)/2: what remains is even in 1/N,
//!
//! I_p(k, x + 1) = C * integral from 0 to N ln(1 + k/mean) of
//!     v^(k-1) e^-v (sinh(v/2N)/(v/2N))^(k-1) dv,
//!
//! a gamma distribution with corrections (after M. E. Wise, "The incomplete beta function as a contour
//! integral and a quickly converging series for its inverse", Biometrika 37 (1950) 208-218). Solved for x with t = k g the gamma quantile of the same probability:
//!
//! x = n + d1(t)/n + d2(t)/n^3 + d3(t)/n^5 + d4(t)/n^7 - (k + 1)/2, n = t / ln(1 + k/mean),
//! d1 = (k - 1)(k + 1 + t)/24,
//! d2 = -(k - 1)(27 + 27k - 3k^2 - 3k^3 + (17 + 7k^2) t + (6 + 2k) t^2 + 2 t^3)/5760,
//! d3 = (k - 1)(7625 + 7625k - 1930k^2 - 1930k^3 + 65k^4 + 65k^5
//!     + (5357 + 590k^2 - 187k^4) t + (1912 - 32k - 88k^2 + 128k^3) t^2
//!     + (446 - 24k + 58k^2) t^3 + (80 + 16k) t^4 + 16 t^5)/2903040,
//!
//! d4 as written below, and the quantile is the smallest whole number that is no less than x. The coefficients were
//! derived by computer algebra in exact rational arithmetic. Small counts and small means, where the
//! series is too short, are searched from 0.

use super::dispatch::{Kernel, Level};
use super::gamma::UnitGamma;
use super::{CHUNK, LANES, NEARLY_ONE, add_up, first_reached, flagged, whole};
use crate::special::exp::exp;
use crate::special::ln::ln;
use crate::special::{beta, horner};

/// Coefficients of variation for which there is a law: those for which the series holds from means on
/// up to which a search is short.
pub const FEASIBLE: std::ops::RangeInclusive<f64> = 0.16..=0.8;

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

/// Steps between looks at whether all of a group are found: most are among the first counts.
const STRIDE: usize = 3;

/// The first counts, whose probabilities are added one by one.
const SEARCHED: usize = 256;

/// The law of negative binomial counts of any mean with one coefficient of variation of G.
#[derive(Clone, Debug)]
pub struct NegativeBinomial {
    factor: UnitGamma,
    /// k.
    shape: f64,
    short: Reach,
    long: Reach,
    /// d1 to d4 as polynomials in g.
    terms: (Polynomial<2>, Polynomial<4>, Polynomial<6>, Polynomial<8>),
    /// (k + x - 1)/x by x: the probability of x is that of x - 1 times this and 1 - p.
    ratios: Box<[f64; SEARCHED]>,
}

/// Buffers of [`NegativeBinomial::quantiles`], reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct NegativeBinomialScratch {
    some: SomeDraws,
    search: SearchScratch,
}

/// Draws gathered from here and there in a chunk.
#[derive(Clone, Debug, Default)]
struct SomeDraws {
    places: Vec<u16>,
    means: Vec<f64>,
    uniforms: Vec<f64>,
    factors: Vec<f64>,
    counts: Vec<u64>,
    rest: Vec<u8>,
}

/// Draws to be searched for, in whole groups.
#[derive(Clone, Debug, Default)]
struct SearchScratch {
    /// The uniform number, or 0 where none is wanted, which is found at once.
    uniforms: Vec<f64>,
    /// 1 - p.
    p_not: Vec<f64>,
    /// The probability of 0, then that of all counts up to the one found.
    sums: Vec<f64>,
    /// The counts found.
    counts: Vec<f64>,
}

impl SearchScratch {
    /// Groups that are left as they were are of no consequence.
    fn resize(&mut self, len: usize) {
        self.uniforms.resize(len, 0.0);
        self.p_not.resize(len, 0.0);
        self.sums.resize(len, 0.0);
        self.counts.resize(len, 0.0);
    }
}

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

    /// Whether the series serves for a mean and what it gives there, (n, x). Of what the short one leaves
    /// beyond [`QUICK`] the long one leaves all but what rounding decides; both are the same there.
    #[inline(always)]
    fn holds(self, mean: f64, (n, x): (f64, f64)) -> bool {
        (mean >= self.from) & (n > self.above) & (x < QUICK)
    }
}

/// Coefficients, lowest first.
type Polynomial<const N: usize> = [f64; N];

impl NegativeBinomial {
    /// The law for a gamma factor, where its coefficient of variation is a [`FEASIBLE`] one.
    pub fn new(factor: UnitGamma) -> Option<Self> {
        if !FEASIBLE.contains(&factor.cv()) {
            return None;
        }
        let k = 1.0 / (factor.cv() * factor.cv());
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
        let mut ratios = [0.0; SEARCHED];
        for (x, ratio) in ratios.iter_mut().enumerate().skip(1) {
            *ratio = (k + x as f64 - 1.0) / x as f64;
        }
        Some(Self {
            factor,
            shape: k,
            short: Reach::new(&SHORT, k),
            long: Reach::new(&LONG, k),
            terms: (
                in_factors(d1, k, (k - 1.0) / 24.0),
                in_factors(d2, k, (1.0 - k) / 5_760.0),
                in_factors(d3, k, (k - 1.0) / 2_903_040.0),
                in_factors(d4, k, (1.0 - k) / 1_393_459_200.0),
            ),
            ratios: Box::new(ratios),
        })
    }

    /// The law of the factors G, whose quantiles [`quantiles`](Self::quantiles) takes.
    pub fn factor(&self) -> &UnitGamma {
        &self.factor
    }

    /// Smallest count that is not exceeded with probability `u`, 0 < u < 1, where the mean is `mean`:
    /// never decreases in either argument, except by one where a step of the distribution function lies
    /// within its error of `u` and another series takes over between two arguments that differ by no
    /// more than that. Its distribution is exact to 4e-7, in the tails to far less.
    /// A mean of 0 (or below, or not a number) gives 0.
    pub fn quantile(&self, mean: f64, u: f64) -> u64 {
        if mean >= f64::min(self.short.from, self.long.from) {
            let factor = self.factor.quantile(u);
            let short = self.short_series(mean, factor);
            if mean >= self.short.from && short.0 > self.short.above {
                // Saturates.
                return short.1.ceil() as u64;
            }
            let long = self.long_series(mean, factor);
            if self.long.holds(mean, long) {
                return long.1.ceil() as u64;
            }
        }
        self.search(mean, u)
    }

    /// Counts of many means with a uniform number on (0, 1) each, and the factor that has its
    /// probability: what [`quantile`](Self::quantile) gives, except where the probability of a searched
    /// count differs from the uniform number by no more than rounding.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn quantiles(
        &self,
        level: Level,
        means: &[f64],
        (uniforms, factors): (&[f64], &[f64]),
        scratch: &mut NegativeBinomialScratch,
        counts: &mut [u64],
    ) {
        assert!(means.len() == uniforms.len() && means.len() == factors.len());
        assert!(means.len() == counts.len());
        let draws = means.chunks(CHUNK).zip(uniforms.chunks(CHUNK));
        let draws = draws.zip(factors.chunks(CHUNK));
        for (((means, uniforms), factors), counts) in draws.zip(counts.chunks_mut(CHUNK)) {
            let mut rest = [0; CHUNK];
            if means.iter().all(|&mean| mean < self.short.from) {
                let (draws, rest) = ((means, uniforms, factors), &mut rest[..means.len()]);
                self.count_small(level, draws, &mut scratch.search, counts, rest);
            } else {
                level.run(Series {
                    series: |mean, factor| self.short_series(mean, factor),
                    reach: self.short,
                    means,
                    factors,
                    counts,
                    rest: &mut rest,
                });
                let draws = (means, uniforms, factors);
                self.count_flagged(level, draws, scratch, counts, &mut rest);
            }
            for i in flagged(&rest) {
                counts[i] = self.quantile(means[i], uniforms[i]);
            }
        }
    }

    /// n and x of the series of two terms.
    #[inline(always)]
    fn short_series(&self, mean: f64, factor: f64) -> (f64, f64) {
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
        let half = 0.5 * self.shape;
        let middle = mean + half;
        let leading = factor * middle;
        let quotient = 1.0 / leading;
        let h = half * factor * quotient;
        let n = leading * horner(&SLOPE, h * h);
        let inverse = quotient * horner(&INVERSE_SLOPE, h * h);
        let (d1, d2, ..) = &self.terms;
        let terms = horner(d1, factor) + inverse * inverse * horner(d2, factor);
        let x = n + (inverse * terms - (half + 0.5));
        (n, x)
    }

    /// n and x of the series of four terms.
    #[inline(always)]
    fn long_series(&self, mean: f64, factor: f64) -> (f64, f64) {
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
        let half = 0.5 * self.shape;
        let middle = mean + half;
        let h = half / middle;
        let n = factor * middle * horner(&SLOPE, h * h);
        let inverse = 1.0 / n;
        let square = inverse * inverse;
        let (d1, d2, d3, d4) = &self.terms;
        let [d1, d2] = [horner(d1, factor), horner(d2, factor)];
        let [d3, d4] = [horner(d3, factor), horner(d4, factor)];
        let terms = (d1 + square * d2) + (square * square) * (d3 + square * d4);
        let x = n + (inverse * terms - (half + 0.5));
        (n, x)
    }

    /// Adds probabilities from 0 up; the last 2^-30 of the upper tail, where their rounding would
    /// show, and what lies beyond the first counts goes to the incomplete beta function.
    fn search(&self, mean: f64, u: f64) -> u64 {
        let p_not = mean / (self.shape + mean);
        // P(0) >= 1 - mean.
        if u <= 1.0 - mean || p_not.is_nan() {
            return 0;
        }
        if u <= NEARLY_ONE {
            let mut probability = libm::exp(-self.shape * libm::log1p(mean / self.shape));
            let mut sum = probability;
            for (x, ratio) in self.ratios.iter().enumerate().skip(1) {
                if u <= sum {
                    return x as u64 - 1;
                }
                probability *= p_not * ratio;
                sum += probability;
            }
        }
        // Saturates.
        first_reached(mean as u64, u64::MAX, |x| self.is_reached(mean, u, x))
    }

    /// Whether P(X <= x) >= u, judged on the smaller tail.
    fn is_reached(&self, mean: f64, u: f64, x: u64) -> bool {
        let sum = self.shape + mean;
        let (p, p_not) = (self.shape / sum, mean / sum);
        let (below, above) = beta::both(self.shape, x as f64 + 1.0, p, p_not);
        if u < 0.5 {
            below >= u
        } else {
            above <= 1.0 - u
        }
    }

    /// The flagged draws of a chunk as small ones, side by side; flags what is left.
    fn count_flagged(
        &self,
        level: Level,
        (means, uniforms, factors): (&[f64], &[f64], &[f64]),
        scratch: &mut NegativeBinomialScratch,
        counts: &mut [u64],
        rest: &mut [u8; CHUNK],
    ) {
        let some = &mut scratch.some;
        some.places.clear();
        some.places.extend(flagged(rest).map(|place| place as u16));
        if some.places.is_empty() {
            return;
        }
        let all = [
            (&mut some.means, means),
            (&mut some.uniforms, uniforms),
            (&mut some.factors, factors),
        ];
        for (some_of, all) in all {
            some_of.clear();
            some_of.extend(some.places.iter().map(|&place| all[usize::from(place)]));
        }
        some.counts.resize(some.places.len(), 0);
        some.rest.resize(some.places.len(), 0);
        let draws = (&some.means[..], &some.uniforms[..], &some.factors[..]);
        let (some_counts, some_rest) = (&mut some.counts, &mut some.rest);
        self.count_small(level, draws, &mut scratch.search, some_counts, some_rest);
        let drawn = some_counts.iter().zip(some_rest);
        for ((&count, &mut is_left), &place) in drawn.zip(&some.places) {
            counts[usize::from(place)] = count;
            rest[usize::from(place)] = is_left;
        }
    }

    /// Draws by the long series and by search; flags what these leave.
    fn count_small(
        &self,
        level: Level,
        (means, uniforms, factors): (&[f64], &[f64], &[f64]),
        search: &mut SearchScratch,
        counts: &mut [u64],
        rest: &mut [u8],
    ) {
        level.run(Series {
            series: |mean, factor| self.long_series(mean, factor),
            reach: self.long,
            means,
            factors,
            counts,
            rest,
        });
        if rest.iter().any(|&flag| flag != 0) {
            search.resize(means.len().next_multiple_of(LANES));
            level.run(First {
                law: self,
                means,
                uniforms,
                rest,
                search,
            });
            level.run(Search { law: self, search });
            level.run(Found {
                search,
                counts,
                rest,
            });
        }
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

/// The whole number that is no less than x, for |x| below 2^51; nonsense beyond.
#[inline(always)]
fn ceiling(x: f64) -> u64 {
    /// Adding it to a number below leaves the nearest whole number in the low bits.
    const ROUND: f64 = (1_u64 << 52) as f64;
    let shifted = x + ROUND;
    let nearest = shifted.to_bits() & (ROUND.to_bits() ^ u64::MAX);
    nearest.wrapping_add(u64::from(shifted - ROUND < x))
}

/// Counts by a series, n and x of a mean and a factor; flags those that it does not serve.
struct Series<'a, F> {
    series: F,
    reach: Reach,
    means: &'a [f64],
    factors: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl<F: Fn(f64, f64) -> (f64, f64)> Kernel for Series<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let draws = self.means.iter().zip(self.factors);
        for (((&mean, &factor), count), rest) in draws.zip(self.counts).zip(self.rest) {
            let series = (self.series)(mean, factor);
            *count = ceiling(series.1);
            *rest = u8::from(!self.reach.holds(mean, series));
        }
    }
}

/// What the search starts from: the probability of 0 is (k/(k + mean))^k.
struct First<'a> {
    law: &'a NegativeBinomial,
    means: &'a [f64],
    uniforms: &'a [f64],
    rest: &'a [u8],
    search: &'a mut SearchScratch,
}

impl Kernel for First<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { search, rest, .. } = self;
        let shape = self.law.shape;
        let law = search.p_not.iter_mut().zip(&mut search.sums);
        for (&mean, (p_not, sum)) in self.means.iter().zip(law) {
            let mean = if mean > 0.0 { mean } else { 0.0 };
            let total = shape + mean;
            *p_not = mean / total;
            *sum = exp(-shape * ln(total / shape));
        }
        let (wanted, padding) = search.uniforms.split_at_mut(rest.len());
        for ((wanted, &u), &flag) in wanted.iter_mut().zip(self.uniforms).zip(rest) {
            *wanted = u * f64::from(flag);
        }
        padding.fill(0.0);
    }
}

/// The search from 0, a group at a time.
struct Search<'a> {
    law: &'a NegativeBinomial,
    search: &'a mut SearchScratch,
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (search, ratios) = (self.search, &self.law.ratios[1..]);
        let (uniforms, _) = search.uniforms.as_chunks::<LANES>();
        let (p_not, _) = search.p_not.as_chunks::<LANES>();
        let (sums, _) = search.sums.as_chunks_mut::<LANES>();
        let (counts, _) = search.counts.as_chunks_mut::<LANES>();
        let draws = uniforms.iter().zip(p_not);
        for (((u, p_not), sum), count) in draws.zip(sums).zip(counts) {
            (*count, *sum) = add_up::<STRIDE>(u, p_not, *sum, ratios);
        }
    }
}

/// The counts of the flagged draws; flags those that were not found, or too far out.
struct Found<'a> {
    search: &'a SearchScratch,
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl Kernel for Found<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let search = self.search;
        let found = search.uniforms.iter().zip(&search.sums).zip(&search.counts);
        let draws = self.counts.iter_mut().zip(self.rest);
        for (((&u, &sum), &found), (count, flag)) in found.zip(draws) {
            *count = if *flag != 0 { whole(found) } else { *count };
            // Not found also where the sum is not a number.
            let is_found = (u <= NEARLY_ONE) & (u <= sum);
            *flag &= u8::from(!is_found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::gamma;

    const CVS: [f64; 8] = [0.16, 0.18, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8];

    fn law(cv: f64) -> NegativeBinomial {
        NegativeBinomial::new(UnitGamma::new(cv)).unwrap()
    }

    fn uniforms() -> Vec<f64> {
        let tails = (1..=53).map(|e| libm::exp2(-f64::from(e)));
        let tails: Vec<f64> = tails.flat_map(|t| [t, 1.0 - t]).collect();
        let body = (0..400).map(|i| (f64::from(i) + 0.5) / 400.0);
        let mut all: Vec<f64> = tails.into_iter().chain(body).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// P(X <= x) and P(X > x).
    fn tails(k: f64, mean: f64, x: f64) -> (f64, f64) {
        beta::both(k, x + 1.0, k / (k + mean), mean / (k + mean))
    }

    #[test]
    fn the_series_gives_probabilities_to_4e_7() {
        let mut worst: f64 = 0.0;
        for cv in CVS {
            let law = law(cv);
            let k = law.shape;
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
                    let (n, got) = match reach.from == law.short.from {
                        true => law.short_series(mean, t / k),
                        false => law.long_series(mean, t / k),
                    };
                    if n <= reach.above {
                        continue;
                    }
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

    #[test]
    fn the_quantile_inverts_the_incomplete_beta_function() {
        for cv in CVS {
            let law = law(cv);
            for exponent in -40..=120 {
                let mean = libm::exp2(f64::from(exponent) / 4.0);
                for u in uniforms() {
                    let x = law.quantile(mean, u);
                    let (below, above) = tails(law.shape, mean, x as f64);
                    let (before, beyond) = match x {
                        0 => (0.0, 1.0),
                        _ => tails(law.shape, mean, x as f64 - 1.0),
                    };
                    // By what the series and the gamma table may err, judged on the smaller tail.
                    let (slack, reached, not_yet) = match u < 0.5 {
                        true => (1e-6 * u.max(1e-8), below - u, u - before),
                        false => (
                            1e-6 * (1.0 - u).max(1e-8),
                            (1.0 - u) - above,
                            beyond - (1.0 - u),
                        ),
                    };
                    let place = format!("{x} at cv {cv} mean {mean} u {u}");
                    assert!(reached > -slack, "too small: {place}, {reached:e}");
                    assert!(not_yet > -slack, "too large: {place}, {not_yet:e}");
                }
            }
        }
    }

    #[test]
    fn it_never_decreases_in_the_mean_or_in_the_uniform_number() {
        let uniforms = uniforms();
        for cv in CVS {
            let law = law(cv);
            for exponent in -100_i32..=400 {
                let mean = match exponent {
                    0 => law.short.from.next_down(),
                    1 => law.long.from.next_down(),
                    _ => libm::exp2(f64::from(exponent) / 10.0),
                };
                let up = match exponent {
                    0 => law.short.from,
                    1 => law.long.from,
                    _ => mean * (1.0 + 1e-7 * f64::from(exponent.rem_euclid(7))),
                };
                let mut last = 0;
                for &u in &uniforms {
                    let x = law.quantile(mean, u);
                    assert!(x >= last, "{mean} {u}: {x} after {last}");
                    assert!(law.quantile(up, u) >= x, "{mean} to {up} at {u}");
                    last = x;
                }
            }
        }
    }

    #[test]
    fn slices_are_single_draws_on_every_level() {
        let uniforms = uniforms();
        for cv in [0.16, 0.3, 0.8] {
            let law = law(cv);
            for exponent in -120_i32..=400 {
                // The switching points among them, and their neighbours.
                let mean = match exponent {
                    0 => law.short.from,
                    1 => law.short.from.next_down(),
                    2 => law.long.from,
                    3 => law.long.from.next_down(),
                    4 => 0.0,
                    5 => f64::NAN,
                    6 => -1.0,
                    7 => f64::INFINITY,
                    8 => f64::MAX,
                    _ => libm::exp2(f64::from(exponent) / 8.0),
                };
                let means = vec![mean; uniforms.len()];
                let expected: Vec<u64> = uniforms.iter().map(|&u| law.quantile(mean, u)).collect();
                for level in Level::available() {
                    let mut factors = uniforms.clone();
                    law.factor().quantiles(level, &mut factors);
                    let mut counts = vec![7; uniforms.len()];
                    let scratch = &mut NegativeBinomialScratch::default();
                    let numbers = (&uniforms[..], &factors[..]);
                    law.quantiles(level, &means, numbers, scratch, &mut counts);
                    assert_eq!(counts, expected, "{cv} {mean} {}", level.name());
                }
            }
        }
    }

    #[test]
    fn absurd_means_come_back() {
        let law = law(0.3);
        for u in [1e-300, 1e-16, 0.5, 1.0 - 1e-16] {
            for nothing in [0.0, -1.0, f64::NAN, 5e-324] {
                assert_eq!(law.quantile(nothing, u), 0);
            }
            assert_eq!(law.quantile(f64::MAX, u), u64::MAX);
            assert_eq!(law.quantile(f64::INFINITY, u), u64::MAX);
        }
        for cv in [0.0, 0.1599, 0.81, 2.0] {
            assert!(NegativeBinomial::new(UnitGamma::new(cv)).is_none());
        }
    }
}
