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
//! a gamma distribution with corrections (after J. Wishart 1957 and M. E. Wise, "The incomplete beta
//! function as a contour integral and a quickly converging series for its inverse", Biometrika 37
//! (1950) 208-218). Solved for x with t = k g the gamma quantile of the same probability:
//!
//! x = n + d1(t)/n + d2(t)/n^3 + d3(t)/n^5 - (k + 1)/2, n = t / ln(1 + k/mean),
//! d1 = (k - 1)(k + 1 + t)/24,
//! d2 = -(k - 1)(27 + 27k - 3k^2 - 3k^3 + (17 + 7k^2) t + (6 + 2k) t^2 + 2 t^3)/5760,
//! d3 = (k - 1)(7625 + 7625k - 1930k^2 - 1930k^3 + 65k^4 + 65k^5
//!     + (5357 + 590k^2 - 187k^4) t + (1912 - 32k - 88k^2 + 128k^3) t^2
//!     + (446 - 24k + 58k^2) t^3 + (80 + 16k) t^4 + 16 t^5)/2903040,
//!
//! and the quantile is the smallest whole number that is no less than x. The coefficients were
//! derived by computer algebra in exact rational arithmetic. Small counts and small means, where the
//! series is too short, are searched from 0.

use super::dispatch::{Kernel, Level};
use super::gamma::UnitGamma;
use super::{CHUNK, LANES, NEARLY_ONE, STRIDE, first_reached, flagged, whole};
use crate::special::exp::exp;
use crate::special::ln::ln;
use crate::special::{beta, horner};

/// Coefficients of variation for which there is a law: those for which the series holds from means on
/// up to which a search is short.
pub const FEASIBLE: std::ops::RangeInclusive<f64> = 0.16..=0.8;

/// Below this mean, and below this multiple of the shape, counts are searched: from both on, and for
/// more than [`FEW`], the series gives probabilities to 1e-7 (see the tests).
const SEARCH_BELOW: f64 = 12.0;
const SEARCH_BELOW_SHAPES: f64 = 1.25;

/// Counts up to about this one are searched.
const FEW: f64 = 8.0;

/// Up to this count doubles tell the vectors all that they need.
const QUICK: f64 = (1_u64 << 42) as f64;

/// Draws that are gathered to be searched for together, a multiple of [`LANES`].
const TOGETHER: usize = 64;

/// The first counts, whose probabilities are added one by one.
const SEARCHED: usize = 256;

/// The law of negative binomial counts of any mean with one coefficient of variation of G.
#[derive(Clone, Debug)]
pub struct NegativeBinomial {
    factor: UnitGamma,
    /// k.
    shape: f64,
    /// From this mean on the series serves.
    from: f64,
    /// Above this n it does.
    above: f64,
    /// d1, d2 and d3 as polynomials in g.
    terms: (Polynomial<2>, Polynomial<4>, Polynomial<6>),
    /// (k + x - 1)/x by x: the probability of x is that of x - 1 times this and 1 - p.
    ratios: Box<[f64; SEARCHED]>,
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
        let (k2, k3, k4) = (k * k, k * k * k, k * k * k * k);
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
        let mut ratios = [0.0; SEARCHED];
        for (x, ratio) in ratios.iter_mut().enumerate().skip(1) {
            *ratio = (k + x as f64 - 1.0) / x as f64;
        }
        Some(Self {
            factor,
            shape: k,
            from: SEARCH_BELOW.max(SEARCH_BELOW_SHAPES * k),
            above: 0.5 * (k + 1.0) + FEW + 0.5,
            terms: (
                in_factors(d1, k, (k - 1.0) / 24.0),
                in_factors(d2, k, (1.0 - k) / 5_760.0),
                in_factors(d3, k, (k - 1.0) / 2_903_040.0),
            ),
            ratios: Box::new(ratios),
        })
    }

    /// The law of the factors G, whose quantiles [`quantiles`](Self::quantiles) takes.
    pub fn factor(&self) -> &UnitGamma {
        &self.factor
    }

    /// Smallest count that is not exceeded with probability `u`, 0 < u < 1, where the mean is `mean`:
    /// never decreases in either argument. Its distribution is exact to 1e-7, in the tails to far less.
    /// A mean of 0 (or below, or not a number) gives 0.
    pub fn quantile(&self, mean: f64, u: f64) -> u64 {
        if mean >= self.from {
            let (n, x) = self.series(mean, self.factor.quantile(u));
            if n > self.above {
                // Saturates.
                return x.ceil() as u64;
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
        counts: &mut [u64],
    ) {
        assert!(means.len() == uniforms.len() && means.len() == factors.len());
        assert!(means.len() == counts.len());
        let draws = means.chunks(CHUNK).zip(uniforms.chunks(CHUNK));
        let draws = draws.zip(factors.chunks(CHUNK));
        for (((means, uniforms), factors), counts) in draws.zip(counts.chunks_mut(CHUNK)) {
            let mut rest = [0; CHUNK];
            level.run(Series {
                law: self,
                means,
                factors,
                counts,
                rest: &mut rest,
            });
            self.search_some(level, means, uniforms, counts, &mut rest);
            for i in flagged(&rest) {
                counts[i] = self.quantile(means[i], uniforms[i]);
            }
        }
    }

    /// n and x of the series.
    #[inline(always)]
    fn series(&self, mean: f64, factor: f64) -> (f64, f64) {
        /// h / atanh(h) in h^2: for h up to 2/7, that of the smallest mean, to 1e-9.
        const SLOPE: Polynomial<7> = [
            1.0,
            -1.0 / 3.0,
            -4.0 / 45.0,
            -44.0 / 945.0,
            -428.0 / 14_175.0,
            -10_196.0 / 467_775.0,
            -10_719_068.0 / 638_512_875.0,
        ];
        // ln(1 + k/mean) = 2 atanh(h), and k / 2h is the middle.
        let half = 0.5 * self.shape;
        let middle = mean + half;
        let h = half / middle;
        let n = factor * middle * horner(&SLOPE, h * h);
        let inverse = 1.0 / n;
        let square = inverse * inverse;
        let (d1, d2, d3) = &self.terms;
        let [d1, d2, d3] = [horner(d1, factor), horner(d2, factor), horner(d3, factor)];
        let x = n + (inverse * (d1 + square * (d2 + square * d3)) - (half + 0.5));
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

    /// The search for the flagged places of a chunk, side by side; flags what it leaves.
    fn search_some(
        &self,
        level: Level,
        means: &[f64],
        uniforms: &[f64],
        counts: &mut [u64],
        rest: &mut [u8; CHUNK],
    ) {
        let mut places = [0_u16; CHUNK];
        let mut len = 0;
        for place in flagged(rest) {
            places[len] = place as u16;
            len += 1;
        }
        for places in places[..len].chunks(TOGETHER) {
            // The last ones among means of 0, which are done at once.
            let (mut some_means, mut some_uniforms) = ([0.0; TOGETHER], [0.5; TOGETHER]);
            let (mut some_counts, mut some_rest) = ([0; TOGETHER], [0; TOGETHER]);
            for (i, &place) in places.iter().enumerate() {
                let place = usize::from(place);
                (some_means[i], some_uniforms[i]) = (means[place], uniforms[place]);
            }
            let full = places.len().next_multiple_of(LANES);
            level.run_narrow(Search {
                law: self,
                means: &some_means[..full],
                uniforms: &some_uniforms[..full],
                counts: &mut some_counts[..full],
                rest: &mut some_rest[..full],
            });
            for (i, &place) in places.iter().enumerate() {
                let place = usize::from(place);
                (counts[place], rest[place]) = (some_counts[i], some_rest[i]);
            }
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

/// Counts of a chunk by the series; flags those that are to be searched.
struct Series<'a> {
    law: &'a NegativeBinomial,
    means: &'a [f64],
    factors: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8; CHUNK],
}

impl Kernel for Series<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        /// Adding it to a number below leaves the nearest whole number in the low bits.
        const ROUND: f64 = (1_u64 << 52) as f64;
        let law = self.law;
        let draws = self.means.iter().zip(self.factors);
        for (((&mean, &factor), count), rest) in draws.zip(self.counts).zip(self.rest) {
            let (n, x) = law.series(mean, factor);
            let shifted = x + ROUND;
            let whole = shifted.to_bits() & (ROUND.to_bits() ^ u64::MAX);
            *count = whole.wrapping_add(u64::from(shifted - ROUND < x));
            let is_served = (mean >= law.from) & (n > law.above) & (x < QUICK);
            *rest = u8::from(!is_served);
        }
    }
}

/// The search from 0 for whole groups of draws; flags those that it leaves.
struct Search<'a> {
    law: &'a NegativeBinomial,
    means: &'a [f64],
    uniforms: &'a [f64],
    counts: &'a mut [u64],
    rest: &'a mut [u8],
}

impl Kernel for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (means, _) = self.means.as_chunks::<LANES>();
        let (uniforms, _) = self.uniforms.as_chunks::<LANES>();
        let (counts, _) = self.counts.as_chunks_mut::<LANES>();
        let (rest, _) = self.rest.as_chunks_mut::<LANES>();
        for (((mean, u), count), rest) in means.iter().zip(uniforms).zip(counts).zip(rest) {
            search_group(self.law, mean, u, count, rest);
        }
    }
}

/// Adds probabilities from 0 up for a group.
#[inline(always)]
fn search_group(
    law: &NegativeBinomial,
    means: &[f64; LANES],
    u: &[f64; LANES],
    counts: &mut [u64; LANES],
    rest: &mut [u8; LANES],
) {
    let shape = law.shape;
    let (mut p_not, mut probability) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        let mean = if means[lane] > 0.0 { means[lane] } else { 0.0 };
        let sum = shape + mean;
        p_not[lane] = mean / sum;
        probability[lane] = exp(-shape * ln(sum / shape));
    }
    let mut sum = probability;
    let mut count = [0.0; LANES];
    let (strides, _) = law.ratios[1..].as_chunks::<STRIDE>();
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
                probability[lane] *= p_not[lane] * ratio;
                sum[lane] += probability[lane];
            }
        }
    }
    for lane in 0..LANES {
        counts[lane] = whole(count[lane]);
        rest[lane] = u8::from((u[lane] > NEARLY_ONE) | (u[lane] > sum[lane]));
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
    fn the_series_gives_probabilities_to_1e_7() {
        let mut worst: f64 = 0.0;
        for cv in CVS {
            let law = law(cv);
            let k = law.shape;
            for step in 0..60 {
                let mean = law.from * libm::exp2(f64::from(step) / 4.0);
                let deviation = (mean + mean * mean / k).sqrt();
                for place in 0..400 {
                    let x = (f64::from(place) * (mean + 9.0 * deviation) / 400.0).floor();
                    let (below, above) = tails(k, mean, x);
                    if f64::min(below, above) < 1e-15 {
                        continue;
                    }
                    // Exactly, as the table's own errors are another matter.
                    let (t, _) = gamma::inverse(k, below, above);
                    let (n, got) = law.series(mean, t / k);
                    if n <= law.above {
                        continue;
                    }
                    let chance = below - tails(k, mean, x - 1.0).0;
                    let error = (got - x).abs() * chance.max(0.0);
                    worst = worst.max(error);
                    assert!(error < 1e-7, "cv {cv} mean {mean} at {x}: {error:e}");
                    assert!(
                        (got - x).abs() < 1e-2 + 1e-9 * x,
                        "cv {cv} mean {mean}: {got} for {x}"
                    );
                }
            }
        }
        assert!(worst > 1e-8, "the bound is idle: {worst:e}");
    }

    #[test]
    fn the_quantile_inverts_the_incomplete_beta_function() {
        for cv in CVS {
            let law = law(cv);
            for exponent in -40..=80 {
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
                    0 => law.from.next_down(),
                    _ => libm::exp2(f64::from(exponent) / 10.0),
                };
                let up = mean * (1.0 + 1e-7 * f64::from(exponent.rem_euclid(7)));
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
                    0 => law.from,
                    1 => law.from.next_down(),
                    4 => 0.0,
                    5 => f64::NAN,
                    6 => -1.0,
                    _ => libm::exp2(f64::from(exponent) / 8.0),
                };
                let means = vec![mean; uniforms.len()];
                let expected: Vec<u64> = uniforms.iter().map(|&u| law.quantile(mean, u)).collect();
                for level in Level::available() {
                    let mut factors = uniforms.clone();
                    law.factor().quantiles(level, &mut factors);
                    let mut counts = vec![7; uniforms.len()];
                    law.quantiles(level, &means, (&uniforms, &factors), &mut counts);
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
