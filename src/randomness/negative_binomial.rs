//! The negative binomial distribution by inversion: Poisson counts whose mean varies as a gamma.
//!
//! X | G ~ Poisson(mean G), G ~ Gamma(shape k = 1/cv^2, scale 1/k): mean `mean`, variance
//! `mean + cv^2 mean^2`. One uniform number decides the count, so that neither G nor a Poisson
//! count is drawn.
//!
//! P(X <= x) = I_p(k, x + 1), p = k/(k + mean), a regularised incomplete beta function, which a series
//! inverts (see `series`). Small counts and small means, where that is too short, are searched from 0
//! (see `search`).

use super::dispatch::Level;
use super::gamma::UnitGamma;
use super::{CHUNK, flagged};

mod search;
mod series;

use search::{Search, SearchScratch};
use series::Series;

/// Coefficients of variation for which there is a law: those for which the series holds from means on
/// up to which a search is short.
pub const FEASIBLE: std::ops::RangeInclusive<f64> = 0.16..=0.8;

/// The law of negative binomial counts of any mean with one coefficient of variation of G.
#[derive(Clone, Debug)]
pub struct NegativeBinomial {
    factor: UnitGamma,
    series: Series,
    search: Search,
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

impl NegativeBinomial {
    /// The law for a gamma factor, where its coefficient of variation is a [`FEASIBLE`] one.
    pub fn new(factor: UnitGamma) -> Option<Self> {
        if !FEASIBLE.contains(&factor.cv()) {
            return None;
        }
        let k = 1.0 / (factor.cv() * factor.cv());
        Some(Self {
            factor,
            series: Series::new(k),
            search: Search::new(k),
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
        let count = self.series.count(mean, || self.factor.quantile(u));
        count.unwrap_or_else(|| self.search.quantile(mean, u))
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
            let draws = (means, uniforms, factors);
            let rest_of_draws = &mut rest[..means.len()];
            let [short, _] = self.series.from();
            if means.iter().all(|&mean| mean < short) {
                let search = &mut scratch.search;
                self.count_small(level, draws, search, counts, rest_of_draws);
            } else {
                let series = &self.series;
                series.counts_short(level, (means, factors), counts, rest_of_draws);
                self.count_flagged(level, draws, scratch, counts, &mut rest);
            }
            for i in flagged(&rest) {
                counts[i] = self.quantile(means[i], uniforms[i]);
            }
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
        self.series
            .counts_long(level, (means, factors), counts, rest);
        if rest.iter().any(|&flag| flag != 0) {
            let draws = (means, uniforms);
            self.search.counts(level, draws, search, counts, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::beta;

    pub(super) const CVS: [f64; 8] = [0.16, 0.18, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8];

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
    pub(super) fn tails(k: f64, mean: f64, x: f64) -> (f64, f64) {
        beta::both(k, x + 1.0, k / (k + mean), mean / (k + mean))
    }

    #[test]
    fn the_quantile_inverts_the_incomplete_beta_function() {
        for cv in CVS {
            let law = law(cv);
            for exponent in -40..=120 {
                let mean = libm::exp2(f64::from(exponent) / 4.0);
                for u in uniforms() {
                    let x = law.quantile(mean, u);
                    let (below, above) = tails(1.0 / (cv * cv), mean, x as f64);
                    let (before, beyond) = match x {
                        0 => (0.0, 1.0),
                        _ => tails(1.0 / (cv * cv), mean, x as f64 - 1.0),
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
            let [short, long] = law.series.from();
            for exponent in -100_i32..=400 {
                let mean = match exponent {
                    0 => short.next_down(),
                    1 => long.next_down(),
                    _ => libm::exp2(f64::from(exponent) / 10.0),
                };
                let up = match exponent {
                    0 => short,
                    1 => long,
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
            let [short, long] = law.series.from();
            for exponent in -120_i32..=400 {
                // The switching points among them, and their neighbours.
                let mean = match exponent {
                    0 => short,
                    1 => short.next_down(),
                    2 => long,
                    3 => long.next_down(),
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
                    let mut factors = vec![0.0; uniforms.len()];
                    law.factor().quantiles(level, &uniforms, &mut factors);
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
