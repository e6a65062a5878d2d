//! Every sampler against an independent distribution, on 10^6 draws.
//!
//! Continuous draws: Kolmogorov-Smirnov on every 64th order statistic (which can only lower the
//! statistic) against the CDFs of `statrs` or of this file. Counts: chi-square against
//! probabilities from recurrences, cells pooled to at least 10 expected draws. Both: z-tests of
//! the first four central moments, with standard errors from the theoretical moments, wherever the
//! power's own skewness leaves the normal limit trustworthy. Seeds are fixed.
//!
//! Each check is made at a false-alarm probability of 8e-10; there are fewer than 1,200 of them,
//! so that the chance of any false alarm of the whole family is below 1e-6 (Bonferroni). The same
//! functions reject samplers broken on purpose (see `broken_samplers_are_rejected`).

use std::sync::Arc;

use flexcast::randomness::{
    Binomial, CompoundCounts, CompoundNumbers, CompoundScratch, CrowdLaw, GammaProcess, Level,
    NegativeBinomial, NegativeBinomialScratch, Poisson, ProcessScratch, Stream, StreamKey, Streams,
    UnitGamma, binomial, normal as normals, poisson,
};
use flexcast::special::normal;
use flexcast::uncertain::Uncertain;
use rand_distr::Distribution;
use statrs::distribution::{self as oracle, ContinuousCDF};

/// False-alarm probability of one check, and its two-sided normal quantile.
const ALPHA: f64 = 8e-10;
const Z: f64 = 6.145;
const DRAWS: usize = 1_000_000;

type Failures = Vec<String>;

/// Reals with the distribution they should have.
struct Continuous {
    name: String,
    draw: Box<dyn FnMut(&mut Stream) -> f64>,
    cdf: Box<dyn Fn(f64) -> f64>,
    /// Where all of the probability lies that moments need; what is beyond counts at the ends.
    range: (f64, f64),
    draws: usize,
}

/// Counts with the distribution they should have: probabilities from `first` on.
struct Counts {
    name: String,
    draw: Box<dyn FnMut(&mut Stream) -> u64>,
    first: u64,
    shares: Vec<f64>,
}

/// Draws one after another from a sampler of slices, which fills one slice for each path: longer than
/// a chunk of the kernels and no multiple of their lanes.
fn sliced<T: Copy + Default + 'static>(
    mut fill: impl FnMut(u64, &mut [T]) + 'static,
) -> Box<dyn FnMut(&mut Stream) -> T> {
    let mut slice = vec![T::default(); 365];
    let (mut path, mut next) = (0, slice.len());
    Box::new(move |_| {
        if next == slice.len() {
            fill(path, &mut slice);
            (path, next) = (path + 1, 0);
        }
        next += 1;
        slice[next - 1]
    })
}

fn stream(name: &str) -> Stream {
    key(name).path(0)
}

fn key(name: &str) -> StreamKey {
    streams().named(name)
}

fn streams() -> Streams {
    Streams::new(20_261_122)
}

/// Central moments 0..=12 of a distribution given as points with probabilities.
fn central_moments(points: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, [f64; 13]) {
    let total: f64 = points.clone().map(|p| p.1).sum();
    let mean = points.clone().map(|(x, p)| x * p).sum::<f64>() / total;
    let mut moments = [0.0; 13];
    for (x, p) in points {
        let mut power = p / total;
        for moment in &mut moments {
            *moment += power;
            power *= x - mean;
        }
    }
    (mean, moments)
}

/// z-tests of the first four central moments (about the theoretical mean).
fn check_moments(name: &str, draws: &[f64], mean: f64, moments: &[f64; 13]) -> Failures {
    let n = draws.len() as f64;
    let mut failures = Vec::new();
    for r in 1..=4 {
        let expected = moments[r];
        let variance = moments[2 * r] - expected * expected;
        // E (Y - EY)^3 for Y = (X - mean)^r.
        let third =
            moments[3 * r] - 3.0 * expected * moments[2 * r] + 2.0 * expected * expected * expected;
        let skewness = third.abs() / (variance * variance.sqrt());
        // Edgeworth: the tail at Z is off by a factor of exp(skewness Z^3 / (6 sqrt n)).
        if variance.is_nan() || variance <= 0.0 || skewness * Z * Z * Z / (6.0 * n.sqrt()) > 0.5 {
            continue;
        }
        let got = draws.iter().map(|x| (x - mean).powi(r as i32)).sum::<f64>() / n;
        let z = (got - expected) / (variance / n).sqrt();
        if z.abs() > Z {
            failures.push(format!(
                "{name}: moment {r} is {got}, not {expected} (z = {z:.1})"
            ));
        }
    }
    failures
}

/// Kolmogorov-Smirnov: P(sqrt(n) D > d) < 2 exp(-2 d^2).
fn check_ks(name: &str, draws: &mut [f64], cdf: impl Fn(f64) -> f64) -> Failures {
    draws.sort_unstable_by(f64::total_cmp);
    let n = draws.len() as f64;
    let mut worst: f64 = 0.0;
    for (i, &x) in draws.iter().enumerate().step_by(64) {
        let f = cdf(x);
        worst = worst
            .max((f - i as f64 / n).abs())
            .max((f - (i + 1) as f64 / n).abs());
    }
    let limit = ((2.0 / ALPHA).ln() / 2.0).sqrt() / n.sqrt();
    if worst <= limit {
        return Vec::new();
    }
    vec![format!(
        "{name}: Kolmogorov-Smirnov {worst:.5} > {limit:.5}"
    )]
}

fn check_continuous(set: &mut Continuous, n: usize) -> Failures {
    let mut source = stream(&set.name);
    let n = n.min(set.draws);
    let mut draws: Vec<f64> = (0..n).map(|_| (set.draw)(&mut source)).collect();
    // Moments from the CDF over 20,000 cells, spaced evenly in ln where the range spans decades.
    let (low, high) = set.range;
    let logarithmic = low > 0.0 && high / low > 1e3;
    let edge = |i: usize| {
        let t = i as f64 / 20_000.0;
        if logarithmic {
            low * (high / low).powf(t)
        } else {
            low + t * (high - low)
        }
    };
    let edges: Vec<(f64, f64)> = (0..=20_000).map(edge).map(|x| (x, (set.cdf)(x))).collect();
    let cells = edges
        .windows(2)
        .map(|w| (0.5 * (w[0].0 + w[1].0), w[1].1 - w[0].1))
        .chain([(low, (set.cdf)(low)), (high, 1.0 - (set.cdf)(high))]);
    let (mean, moments) = central_moments(cells);
    let mut failures = check_moments(&set.name, &draws, mean, &moments);
    failures.extend(check_ks(&set.name, &mut draws, &set.cdf));
    failures
}

fn check_counts(set: &mut Counts, n: usize) -> Failures {
    let mut source = stream(&set.name);
    let draws: Vec<u64> = (0..n).map(|_| (set.draw)(&mut source)).collect();
    let reals: Vec<f64> = draws.iter().map(|&k| k as f64).collect();
    let points = set
        .shares
        .iter()
        .enumerate()
        .map(|(i, &p)| ((set.first + i as u64) as f64, p));
    let (mean, moments) = central_moments(points);
    let mut failures = check_moments(&set.name, &reals, mean, &moments);
    failures.extend(check_chi_square(&set.name, &draws, set.first, &set.shares));
    failures
}

/// Pearson's chi-square over cells of at least 10 expected draws, about 256 of them in the body
/// and finer towards the tails.
fn check_chi_square(name: &str, draws: &[u64], first: u64, shares: &[f64]) -> Failures {
    let n = draws.len() as f64;
    let mut cell_of = Vec::with_capacity(shares.len());
    let mut expected = vec![0.0];
    let mut cumulated = 0.0;
    for &share in shares {
        let tail = f64::min(cumulated, 1.0 - cumulated) * n / 8.0;
        let target = tail.clamp(10.0, (n / 256.0).max(10.0));
        if expected[expected.len() - 1] >= target {
            expected.push(0.0);
        }
        let last = expected.len() - 1;
        expected[last] += share * n;
        cell_of.push(last);
        cumulated += share;
    }
    if expected.len() > 1 && expected[expected.len() - 1] < 10.0 {
        let rest = expected.pop().unwrap();
        let last = expected.len() - 1;
        expected[last] += rest;
        for cell in &mut cell_of {
            *cell = (*cell).min(last);
        }
    }
    let last = expected.len() - 1;
    let mut observed = vec![0_u64; expected.len()];
    for &k in draws {
        let cell = if k < first {
            0
        } else {
            *cell_of.get((k - first) as usize).unwrap_or(&last)
        };
        observed[cell] += 1;
    }
    if expected.len() < 2 {
        return check_rare(name, draws, first, shares);
    }
    let statistic: f64 = observed
        .iter()
        .zip(&expected)
        .map(|(&o, &e)| (o as f64 - e) * (o as f64 - e) / e)
        .sum();
    let freedom = (expected.len() - 1) as f64;
    let p = statrs::function::gamma::gamma_ur(0.5 * freedom, 0.5 * statistic);
    if p >= ALPHA {
        return Vec::new();
    }
    vec![format!(
        "{name}: chi-square {statistic:.1} on {freedom} degrees (p = {p:.1e})"
    )]
}

/// All but fewer than ten draws expected at one value: the number of others is Poisson.
fn check_rare(name: &str, draws: &[u64], first: u64, shares: &[f64]) -> Failures {
    let (usual, _) = shares
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .unwrap();
    let others = draws.iter().filter(|&&k| k != first + usual as u64).count();
    let rest: f64 = shares
        .iter()
        .enumerate()
        .filter(|s| s.0 != usual)
        .map(|s| s.1)
        .sum();
    let expected = rest * draws.len() as f64;
    // P(at least k) of a Poisson variable.
    let p = if others == 0 {
        1.0
    } else {
        statrs::function::gamma::gamma_lr(others as f64, expected)
    };
    if p >= ALPHA {
        return Vec::new();
    }
    vec![format!(
        "{name}: {others} rare draws where {expected:.1e} are expected"
    )]
}

/// Probabilities from the mode outwards by the ratio of neighbours, normalised; `up(k)` is
/// P(k+1)/P(k).
fn from_mode(mode: u64, most: u64, up: impl Fn(f64) -> f64) -> (u64, Vec<f64>) {
    let mut below = Vec::new();
    let (mut weight, mut k) = (1.0, mode);
    while k > 0 && weight > 1e-25 {
        k -= 1;
        weight /= up(k as f64);
        below.push(weight);
    }
    let first = mode - below.len() as u64;
    let mut shares: Vec<f64> = below.into_iter().rev().collect();
    shares.push(1.0);
    let (mut weight, mut k) = (1.0, mode);
    while k < most && weight > 1e-25 {
        weight *= up(k as f64);
        shares.push(weight);
        k += 1;
    }
    let total: f64 = shares.iter().sum();
    for share in &mut shares {
        *share /= total;
    }
    (first, shares)
}

fn poisson_shares(mean: f64) -> (u64, Vec<f64>) {
    from_mode(mean as u64, u64::MAX, |k| mean / (k + 1.0))
}

fn binomial_shares(trials: u64, p: f64, q: f64) -> (u64, Vec<f64>) {
    let n = trials as f64;
    let mode = (((n + 1.0) * p) as u64).min(trials);
    from_mode(mode, trials, |k| (n - k) / (k + 1.0) * (p / q))
}

fn poisson_set(mean: f64) -> Counts {
    let (first, shares) = poisson_shares(mean);
    Counts {
        name: format!("Poisson({mean:e})"),
        draw: Box::new(move |s| poisson::quantile(mean, s.uniform())),
        first,
        shares,
    }
}

fn binomial_set(trials: u64, p: f64) -> Counts {
    let (first, shares) = binomial_shares(trials, p, 1.0 - p);
    Counts {
        name: format!("Binomial({trials}, {p:e})"),
        draw: Box::new(move |s| binomial::quantile(trials, p, s.uniform())),
        first,
        shares,
    }
}

/// The same by the slice.
fn poisson_slices(mean: f64, level: Level) -> Counts {
    let name = format!("Poisson({mean:e}) by the slice, {}", level.name());
    let (key, means, mut uniforms) = (key(&name), [mean; 365], [0.0; 365]);
    Counts {
        name,
        draw: sliced(move |path, counts: &mut [u64]| {
            key.uniforms(level, path, &mut uniforms);
            poisson::quantiles(level, &means, &uniforms, counts);
        }),
        ..poisson_set(mean)
    }
}

/// The same by the slice.
fn binomial_slices(trials: u64, p: f64, level: Level) -> Counts {
    let name = format!("Binomial({trials}, {p:e}) by the slice, {}", level.name());
    let (key, all, mut uniforms) = (key(&name), [trials; 365], [0.0; 365]);
    Counts {
        name,
        draw: sliced(move |path, counts: &mut [u64]| {
            key.uniforms(level, path, &mut uniforms);
            binomial::quantiles(level, &all, p, &uniforms, counts);
        }),
        ..binomial_set(trials, p)
    }
}

/// P(k+1)/P(k) = (k + a)/(k + 1) m/(a + m) with a = 1/cv^2.
fn negative_binomial_shares(mean: f64, cv: f64) -> (u64, Vec<f64>) {
    let shape = 1.0 / (cv * cv);
    let ratio = mean / (shape + mean);
    let mode = ((shape - 1.0).max(0.0) * mean / shape) as u64;
    from_mode(mode, u64::MAX, |k| (k + shape) / (k + 1.0) * ratio)
}

/// Poisson counts around gamma factors, which are negative binomial.
fn mixed_slices(mean: f64, cv: f64, level: Level) -> Counts {
    let (first, shares) = negative_binomial_shares(mean, cv);
    let name = format!("mixed Poisson({mean}, {cv}), {}", level.name());
    let (days, counts_key) = (key(&format!("{name} days")), key(&name));
    let factor = UnitGamma::new(cv);
    let (mut means, mut uniforms) = ([0.0; 365], [0.0; 365]);
    Counts {
        name,
        draw: sliced(move |path, counts: &mut [u64]| {
            days.uniforms(level, path, &mut uniforms);
            factor.quantiles(level, &uniforms, &mut means);
            means.iter_mut().for_each(|factor| *factor *= mean);
            counts_key.uniforms(level, path, &mut uniforms);
            poisson::quantiles(level, &means, &uniforms, counts);
        }),
        first,
        shares,
    }
}

fn negative_binomial_law(cv: f64) -> NegativeBinomial {
    NegativeBinomial::new(UnitGamma::new(cv)).unwrap()
}

fn negative_binomial_set(mean: f64, cv: f64) -> Counts {
    let (first, shares) = negative_binomial_shares(mean, cv);
    let law = negative_binomial_law(cv);
    Counts {
        name: format!("negative binomial({mean}, {cv})"),
        draw: Box::new(move |s| law.quantile(mean, s.uniform())),
        first,
        shares,
    }
}

/// The same by the slice.
fn negative_binomial_slices(mean: f64, cv: f64, level: Level) -> Counts {
    let name = format!("negative binomial({mean}, {cv}), {}", level.name());
    let (key, law) = (key(&name), negative_binomial_law(cv));
    let mut scratch = NegativeBinomialScratch::default();
    let (means, mut uniforms) = ([mean; 365], [0.0; 365]);
    Counts {
        name,
        draw: sliced(move |path, counts: &mut [u64]| {
            key.uniforms(level, path, &mut uniforms);
            let mut factors = uniforms;
            law.factor().quantiles(level, &uniforms, &mut factors);
            let numbers = (&uniforms[..], &factors[..]);
            law.quantiles(level, &means, numbers, &mut scratch, counts);
        }),
        ..negative_binomial_set(mean, cv)
    }
}

/// Compound Poisson by Panjer's recursion: t g(t) = mean sum over c of c p(c) g(t - c).
fn compound_set(mean: f64, counts: &[(u64, f64)], level: Level) -> Counts {
    let silent: f64 = counts.iter().filter(|c| c.0 == 0).map(|c| c.1).sum();
    let law = CompoundCounts::new(counts);
    let reach = mean * law.mean() + 12.0 * (mean * law.mean_square()).sqrt() + 400.0;
    // From e^-300 on, for means whose own first probability is too small for a double.
    let mut shares = vec![(-mean * (1.0 - silent)).max(-300.0).exp()];
    for t in 1..reach as u64 {
        let sum: f64 = counts
            .iter()
            .filter(|c| c.0 > 0 && c.0 <= t)
            .map(|&(c, p)| c as f64 * p * shares[(t - c) as usize])
            .sum();
        shares.push(mean / t as f64 * sum);
    }
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    let name = format!(
        "compound of {} counts, mean {mean}, {}",
        counts.len(),
        level.name()
    );
    let of = |purpose: &String| key(&format!("{name} {purpose}"));
    let keys: Vec<StreamKey> = law.purposes().iter().map(of).collect();
    let number = key(&format!("{name} units"));
    let (means, mut uniforms, mut units) = ([mean; 365], [0.0; 365], [0; 365]);
    let (mut numbers, mut scratch) = (CompoundNumbers::default(), CompoundScratch::default());
    Counts {
        name,
        draw: sliced(move |path, totals: &mut [u64]| {
            number.uniforms(level, path, &mut uniforms);
            poisson::quantiles(level, &means, &uniforms, &mut units);
            law.draw(level, (&keys, path), units.len(), &mut numbers);
            let numbers = (&keys[..], path, &numbers);
            law.totals(level, numbers, &units, &mut scratch, totals);
        }),
        first: 0,
        shares,
    }
}

fn count_sets() -> Vec<Counts> {
    let mut sets: Vec<Counts> = [
        1e-9, 1e-5, 0.01, 0.5, 1.0, 3.3, 8.9, 9.1, 14.0, 33.0, 100.0, 1_500.0, 1e5, 1e7, 1e9,
    ]
    .map(poisson_set)
    .into();
    let chances = [
        (10, 1e-9),
        (1, 0.3),
        (7, 0.5),
        (30, 0.02),
        (30, 0.98),
        (40, 0.5),
        (1_000, 1e-3),
        (1_000, 0.013),
        (1_000, 0.4),
        (100_000, 0.999),
        (1_000_000, 0.25),
        (1_000_000_000, 3e-8),
        (1_000_000_000, 0.7),
        (500, 0.999_999_999),
    ];
    sets.extend(chances.map(|(n, p)| binomial_set(n, p)));
    let noise = [(1e-9, 0.3), (22.2, 0.3), (1e5, 0.2)];
    sets.extend(noise.map(|(mean, cv)| negative_binomial_set(mean, cv)));
    for level in Level::available() {
        // Search and expansion meet at a mean of 18, and for binomials at a variance of 18: 72 trials
        // of 1/2. The expansion gives way to single draws in the tails of means up to about 70.
        let means = [1e-9, 0.05, 1.0, 5.0, 17.9, 18.1, 50.0, 1_500.0, 1e9];
        sets.extend(means.map(|mean| poisson_slices(mean, level)));
        let chances = [
            (1, 0.3),
            (71, 0.5),
            (73, 0.5),
            (1_000, 0.983),
            (1_000_000, 0.25),
        ];
        sets.extend(chances.map(|(n, p)| binomial_slices(n, p, level)));
        sets.extend([(5.0, 1.2), (50.0, 0.1)].map(|(mean, cv)| mixed_slices(mean, cv, level)));
        // Search, the long series and the short one meet at these means: a cv of 0.3 at 5 and 22.2, 0.16
        // at 17.6 and 78.1, 0.8 at 1 and 8.
        let noise = [
            (0.5, 0.8),
            (8.01, 0.8),
            (4.99, 0.3),
            (5.01, 0.3),
            (22.3, 0.3),
            (17.6, 0.16),
            (1_500.0, 0.25),
        ];
        sets.extend(noise.map(|(mean, cv)| negative_binomial_slices(mean, cv, level)));
        let use_case = [(3, 0.6), (7, 0.3), (14, 0.1)];
        let range: Vec<(u64, f64)> = (8..16).map(|c| (c, 0.125)).collect();
        let from_none: Vec<(u64, f64)> = (0..8).map(|c| (c, 0.125)).collect();
        let many: Vec<(u64, f64)> = (0..40).map(|c| (c, (c + 1) as f64 / 820.0)).collect();
        sets.extend([
            compound_set(0.05, &use_case, level),
            compound_set(40.0, &use_case, level),
            // Of a range, fewer than 16 units are looked up (24 of two integers) and more expanded.
            compound_set(2.0, &range, level),
            compound_set(16.0, &range, level),
            compound_set(128.0, &range, level),
            compound_set(400.0, &from_none, level),
            compound_set(24.0, &[(0, 0.5), (1, 0.5)], level),
            compound_set(27.0, &[(2, 0.5), (3, 0.5)], level),
            compound_set(17.0, &[0, 1, 2, 3].map(|c| (c, 0.25)), level),
            compound_set(12.0, &many, level),
            compound_set(200.0, &many, level),
            compound_set(5.0, &[(0, 0.5), (1, 0.3), (50, 0.2)], level),
        ]);
    }
    sets
}

/// CDF of Gamma(shape, rate) by statrs.
fn gamma_cdf(shape: f64, rate: f64) -> impl Fn(f64) -> f64 {
    let law = oracle::Gamma::new(shape, rate).unwrap();
    move |x| if x <= 0.0 { 0.0 } else { law.cdf(x) }
}

/// Where all but about 1e-14 of Gamma(shape) / rate lies.
fn gamma_range(shape: f64, rate: f64) -> (f64, f64) {
    let sd = shape.sqrt();
    let high = shape + 9.0 * sd + 40.0;
    let low = if shape > 100.0 {
        shape - 9.0 * sd
    } else {
        1e-13_f64.powf(1.0 / shape).max(1e-30)
    };
    (low / rate, high / rate)
}

fn unit_gamma_set(cv: f64) -> Continuous {
    let shape = 1.0 / (cv * cv);
    let factor = UnitGamma::new(cv);
    Continuous {
        name: format!("UnitGamma({cv})"),
        draw: Box::new(move |s| factor.quantile(s.uniform())),
        cdf: Box::new(gamma_cdf(shape, shape)),
        range: gamma_range(shape, shape),
        draws: usize::MAX,
    }
}

/// The same by the slice.
fn unit_gamma_slices(cv: f64, level: Level) -> Continuous {
    let name = format!("UnitGamma({cv}) by the slice, {}", level.name());
    let (key, factor) = (key(&name), UnitGamma::new(cv));
    let mut uniforms = Vec::new();
    Continuous {
        name,
        draw: sliced(move |path, factors: &mut [f64]| {
            uniforms.resize(factors.len(), 0.0);
            key.uniforms(level, path, &mut uniforms);
            factor.quantiles(level, &uniforms, factors);
        }),
        ..unit_gamma_set(cv)
    }
}

/// Standard normals by the slice.
fn normal_slices(level: Level) -> Continuous {
    let law = oracle::Normal::new(0.0, 1.0).unwrap();
    let name = format!("normal by the slice, {}", level.name());
    let (key, mut uniforms) = (key(&name), Vec::new());
    Continuous {
        name,
        draw: sliced(move |path, values: &mut [f64]| {
            uniforms.resize(values.len(), 0.0);
            key.uniforms(level, path, &mut uniforms);
            normals::quantiles(level, &uniforms, values);
        }),
        cdf: Box::new(move |x| law.cdf(x)),
        range: (-8.5, 8.5),
        draws: usize::MAX,
    }
}

/// Uniform numbers by the slice.
fn uniform_slices(level: Level) -> Continuous {
    let name = format!("uniforms by the slice, {}", level.name());
    let key = key(&name);
    Continuous {
        name,
        draw: sliced(move |path, values: &mut [f64]| key.uniforms(level, path, values)),
        cdf: Box::new(|x| x),
        range: (0.0, 1.0),
        draws: usize::MAX,
    }
}

/// S(to) - S(from), which is Gamma(k (to - from)) / k.
fn process_set(cv: f64, from: u64, to: u64, draws: usize) -> Continuous {
    let shape = 1.0 / (cv * cv);
    let process = GammaProcess::new(
        Arc::new(CrowdLaw::new(UnitGamma::new(cv))),
        &streams(),
        "process",
    );
    let mut scratch = ProcessScratch::default();
    let mut path = 0;
    let agents = (to - from) as f64;
    Continuous {
        name: format!("GammaProcess({cv}) over {from}..{to}"),
        draw: Box::new(move |_| {
            path += 1;
            let mut out = [0.0; 2];
            let (level, counts) = (Level::best(), [from, to]);
            process.values(level, path, &counts, &mut scratch, &mut out);
            out[1] - out[0]
        }),
        cdf: Box::new(gamma_cdf(shape * agents, shape)),
        range: gamma_range(shape * agents, shape),
        draws,
    }
}

fn uncertain_set(
    name: &str,
    value: Uncertain,
    cdf: impl Fn(f64) -> f64 + 'static,
    range: (f64, f64),
) -> Continuous {
    Continuous {
        name: name.to_string(),
        draw: Box::new(move |s| value.quantile(s.uniform())),
        cdf: Box::new(cdf),
        range,
        draws: usize::MAX,
    }
}

/// A family, cut to lower..upper, against the conditioned CDF of `oracle`.
fn cut_set(
    name: &str,
    value: Uncertain,
    law: impl ContinuousCDF<f64, f64> + 'static,
    (lower, upper): (f64, f64),
) -> Continuous {
    let value = value.truncated(lower, upper).unwrap();
    // On the side where the bounds are improbable, so that the oracle keeps its digits.
    let (s_lower, s_upper) = (law.sf(lower), law.sf(upper));
    let (f_lower, f_upper) = (law.cdf(lower), law.cdf(upper));
    let cdf = move |x: f64| {
        if s_lower < 0.5 {
            (s_lower - law.sf(x)) / (s_lower - s_upper)
        } else {
            (law.cdf(x) - f_lower) / (f_upper - f_lower)
        }
    };
    uncertain_set(name, value, cdf, (lower, upper))
}

/// CDF of a metalog by bisection of its quantile function in the logit of u.
fn metalog_cdf(a: [f64; 3], scale: impl Fn(f64) -> f64) -> impl Fn(f64) -> f64 {
    move |x| {
        let target = scale(x);
        let (mut low, mut high) = (-80.0, 80.0);
        for _ in 0..60 {
            let v: f64 = 0.5 * (low + high);
            let u = 1.0 / (1.0 + (-v).exp());
            if a[0] + a[1] * v + a[2] * (u - 0.5) * v < target {
                low = v;
            } else {
                high = v;
            }
        }
        1.0 / (1.0 + (-low).exp())
    }
}

/// The coefficients of Keelin (2016) for (alpha, 1/2, 1 - alpha), on the scale of M.
fn metalog_coefficients(alpha: f64, q: [f64; 3]) -> [f64; 3] {
    let l = ((1.0 - alpha) / alpha).ln();
    let r = (q[1] - q[0]) / (q[2] - q[0]);
    [
        q[1],
        0.5 * (q[2] - q[0]) / l,
        (1.0 - 2.0 * r) * (q[2] - q[0]) / ((1.0 - 2.0 * alpha) * l),
    ]
}

fn continuous_sets() -> Vec<Continuous> {
    let law = |shape, rate| oracle::Gamma::new(shape, rate).unwrap();
    let mut sets = vec![
        Continuous {
            name: "uniform stream".into(),
            draw: Box::new(Stream::uniform),
            cdf: Box::new(|x| x),
            range: (0.0, 1.0),
            draws: usize::MAX,
        },
        {
            let (key, mut index) = (key("by index"), 0);
            Continuous {
                name: "uniform by index".into(),
                draw: Box::new(move |_| {
                    index += 1;
                    key.uniform_at(index / 1_000, index % 1_000)
                }),
                cdf: Box::new(|x| x),
                range: (0.0, 1.0),
                draws: usize::MAX,
            }
        },
        {
            let law = oracle::Normal::new(0.0, 1.0).unwrap();
            Continuous {
                name: "normal by quantile".into(),
                draw: Box::new(|s| normal::quantile(s.uniform())),
                cdf: Box::new(move |x| law.cdf(x)),
                range: (-8.5, 8.5),
                draws: usize::MAX,
            }
        },
    ];
    sets.extend([1e-3, 0.03, 0.3, 0.7, 1.0, 1.9, 2.1, 4.0].map(unit_gamma_set));
    for level in Level::available() {
        sets.extend([uniform_slices(level), normal_slices(level)]);
        sets.extend([0.03, 0.3, 1.0, 1.9, 2.1].map(|cv| unit_gamma_slices(cv, level)));
    }
    sets.extend([
        process_set(0.5, 0, 1, DRAWS),
        process_set(1.0, 0, 40, 100_000),
        // Within a block, across blocks, and parts of a block of few agents.
        process_set(0.7, 5, 6, 100_000),
        process_set(1.6, 9, 14, 100_000),
        process_set(1.6, 6, 70, 100_000),
        process_set(0.8, 0, 1_024, 60_000),
        process_set(0.8, 0, 1_025, 40_000),
        process_set(1.0, 1_100, 1_101, 40_000),
        process_set(0.8, 1_500, 3_000, 40_000),
        process_set(2.0, 3_001, 3_140, 40_000),
        process_set(0.05, 0, 1_000_000, 40_000),
    ]);
    let made = |value: Result<Uncertain, flexcast::uncertain::Fault>| value.unwrap();
    sets.extend([
        uncertain_set(
            "uniform -3..25",
            made(Uncertain::uniform(-3.0, 25.0)),
            |x| (x + 3.0) / 28.0,
            (-3.0, 25.0),
        ),
        uncertain_set(
            "triangular",
            made(Uncertain::triangular(0.1, 0.3, 0.7)),
            {
                let law = oracle::Triangular::new(0.1, 0.7, 0.3).unwrap();
                move |x| law.cdf(x)
            },
            (0.1, 0.7),
        ),
        uncertain_set(
            "triangular, mode at an end",
            made(Uncertain::triangular(0.0, 0.0, 2.0)),
            |x| 1.0 - (1.0 - x / 2.0) * (1.0 - x / 2.0),
            (0.0, 2.0),
        ),
        uncertain_set(
            "PERT",
            made(Uncertain::pert(0.30, 0.55, 0.85)),
            {
                // 1 + 4 * 25/55, 1 + 4 * 30/55.
                let law = oracle::Beta::new(1.0 + 100.0 / 55.0, 1.0 + 120.0 / 55.0).unwrap();
                move |x| law.cdf((x - 0.3) / 0.55)
            },
            (0.3, 0.85),
        ),
        uncertain_set(
            "PERT, mode at an end",
            made(Uncertain::pert(2.0, 10.0, 10.0)),
            // Beta(5, 1): x^5.
            |x| ((x - 2.0) / 8.0).powi(5),
            (2.0, 10.0),
        ),
        uncertain_set(
            "normal",
            made(Uncertain::normal(20.0, 5.0)),
            {
                let law = oracle::Normal::new(20.0, 5.0).unwrap();
                move |x| law.cdf(x)
            },
            (-22.0, 62.0),
        ),
        cut_set(
            "normal above 0",
            made(Uncertain::normal(20.0, 50.0)),
            oracle::Normal::new(20.0, 50.0).unwrap(),
            (0.0, 450.0),
        ),
        cut_set(
            "normal, far tail",
            made(Uncertain::normal(0.0, 1.0)),
            oracle::Normal::new(0.0, 1.0).unwrap(),
            (7.0, 12.0),
        ),
        uncertain_set(
            "lognormal",
            made(Uncertain::lognormal_from_mean_cv(20.0, 0.4)),
            {
                // ln(1.16) = 0.14842.
                let variance = 1.16_f64.ln();
                let law =
                    oracle::LogNormal::new(20_f64.ln() - 0.5 * variance, variance.sqrt()).unwrap();
                move |x| law.cdf(x)
            },
            (0.8, 420.0),
        ),
        uncertain_set(
            "lognormal, wide",
            made(Uncertain::lognormal(-2.0, 3.0)),
            {
                let law = oracle::LogNormal::new(-2.0, 3.0).unwrap();
                move |x| law.cdf(x)
            },
            (1e-12, 1e10),
        ),
        cut_set(
            "lognormal, cut",
            made(Uncertain::lognormal(0.0, 1.0)),
            oracle::LogNormal::new(0.0, 1.0).unwrap(),
            (0.5, 3.0),
        ),
        uncertain_set(
            "gamma",
            made(Uncertain::gamma(2.5, 4.0)),
            gamma_cdf(2.5, 0.25),
            gamma_range(2.5, 0.25),
        ),
        uncertain_set(
            "gamma, small shape",
            made(Uncertain::gamma(0.05, 1.0)),
            gamma_cdf(0.05, 1.0),
            (1e-40, 60.0),
        ),
        cut_set(
            "gamma, cut",
            made(Uncertain::gamma(4.0, 5.0)),
            law(4.0, 0.2),
            (30.0, 60.0),
        ),
        uncertain_set(
            "beta",
            made(Uncertain::beta(2.0, 5.0)),
            {
                let law = oracle::Beta::new(2.0, 5.0).unwrap();
                move |x| law.cdf(x)
            },
            (0.0, 1.0),
        ),
        uncertain_set(
            "beta, two peaks",
            made(Uncertain::beta(0.5, 0.5)),
            |x| std::f64::consts::FRAC_2_PI * x.sqrt().asin(),
            (0.0, 1.0),
        ),
        cut_set(
            "beta, cut",
            made(Uncertain::beta(20.0, 2.0)),
            oracle::Beta::new(20.0, 2.0).unwrap(),
            (0.5, 0.8),
        ),
        uncertain_set(
            "Weibull",
            made(Uncertain::weibull(1.5, 10.0)),
            |x| 1.0 - (-(x / 10.0).powf(1.5)).exp(),
            (0.0, 110.0),
        ),
        cut_set(
            "Weibull, cut",
            made(Uncertain::weibull(2.0, 10.0)),
            oracle::Weibull::new(2.0, 10.0).unwrap(),
            (20.0, 60.0),
        ),
        uncertain_set(
            "exponential",
            made(Uncertain::exponential(30.0)),
            |x| 1.0 - (-x / 30.0).exp(),
            (0.0, 900.0),
        ),
        cut_set(
            "exponential, cut",
            made(Uncertain::exponential(1.0)),
            oracle::Exp::new(1.0).unwrap(),
            (5.0, 9.0),
        ),
        uncertain_set(
            "metalog",
            made(Uncertain::metalog(0.1, [0.40, 0.55, 0.75], None, None)),
            metalog_cdf(metalog_coefficients(0.1, [0.40, 0.55, 0.75]), |x| x),
            (-3.0, 5.0),
        ),
        uncertain_set(
            "metalog above 0",
            made(Uncertain::metalog(
                0.1,
                [100.0, 180.0, 400.0],
                Some(0.0),
                None,
            )),
            metalog_cdf(
                metalog_coefficients(0.1, [100_f64, 180.0, 400.0].map(f64::ln)),
                f64::ln,
            ),
            (10.0, 1e8),
        ),
        uncertain_set(
            "metalog share",
            made(Uncertain::metalog(
                0.1,
                [0.40, 0.55, 0.75],
                Some(0.3),
                Some(0.85),
            )),
            {
                let logit = |x: f64| ((x - 0.3) / (0.85 - x)).ln();
                metalog_cdf(
                    metalog_coefficients(0.1, [0.40, 0.55, 0.75].map(logit)),
                    logit,
                )
            },
            (0.3 + 1e-9, 0.85 - 1e-9),
        ),
        {
            let cdf = metalog_cdf(metalog_coefficients(0.1, [15.0, 22.0, 40.0]), |x| x);
            let (low, high) = (cdf(10.0), cdf(60.0));
            uncertain_set(
                "metalog, cut",
                made(Uncertain::metalog(0.1, [15.0, 22.0, 40.0], None, None))
                    .truncated(10.0, 60.0)
                    .unwrap(),
                move |x| (cdf(x) - low) / (high - low),
                (10.0, 60.0),
            )
        },
    ]);
    sets
}

#[test]
fn every_continuous_sampler_has_its_distribution() {
    let failures: Failures = continuous_sets()
        .iter_mut()
        .flat_map(|s| check_continuous(s, DRAWS))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_count_sampler_has_its_distribution() {
    let failures: Failures = count_sets()
        .iter_mut()
        .flat_map(|s| check_counts(s, DRAWS))
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
#[ignore = "slow: 4 min"]
fn every_sampler_has_its_distribution_on_ten_million_draws() {
    let mut failures = Failures::new();
    for set in &mut continuous_sets() {
        set.draws = set.draws.saturating_mul(10);
        failures.extend(check_continuous(set, 10 * DRAWS));
    }
    for set in &mut count_sets() {
        failures.extend(check_counts(set, 10 * DRAWS));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_family_of_checks_is_as_large_as_its_threshold_assumes() {
    let sets = continuous_sets().len() + count_sets().len();
    assert!(sets >= 60, "{sets} parameter sets");
    // Five checks a set, and some dozens elsewhere.
    assert!(5 * sets + 100 < 1_200, "{sets} parameter sets");
}

#[test]
fn a_discrete_value_is_drawn_by_its_weights() {
    let value = Uncertain::discrete(&[3.0, 7.0, 14.0], &[0.6, 0.3, 0.1]).unwrap();
    let mut shares = vec![0.0; 15];
    (shares[3], shares[7], shares[14]) = (0.6, 0.3, 0.1);
    let mut source = stream("discrete");
    let draws: Vec<u64> = (0..DRAWS)
        .map(|_| value.quantile(source.uniform()) as u64)
        .collect();
    assert_eq!(
        check_chi_square("discrete", &draws, 0, &shares),
        Failures::new()
    );
}

#[test]
fn broken_samplers_are_rejected() {
    let mut missed = Vec::new();
    let mut expect = |what: String, failures: Failures| {
        if failures.is_empty() {
            missed.push(what);
        }
    };
    for cv in [0.03, 0.3, 1.0] {
        for what in ["mean +1%", "variance +5%", "tail cut at 99%"] {
            let mut set = unit_gamma_set(cv);
            let factor = UnitGamma::new(cv);
            set.draw = match what {
                "mean +1%" => Box::new(move |s| 1.01 * factor.quantile(s.uniform())),
                "variance +5%" => {
                    Box::new(move |s| 1.0 + 1.05_f64.sqrt() * (factor.quantile(s.uniform()) - 1.0))
                }
                _ => Box::new(move |s| factor.quantile(s.uniform().min(0.99))),
            };
            expect(
                format!("UnitGamma({cv}) {what}"),
                check_continuous(&mut set, DRAWS),
            );
        }
    }
    for mean in [0.5, 9.1, 100.0, 1e5] {
        type Break = fn(f64, &mut Stream) -> u64;
        let breaks: [(&str, Break); 4] = [
            ("mean +1%", |m, s| poisson::quantile(1.01 * m, s.uniform())),
            ("off by one", |m, s| poisson::quantile(m, s.uniform()) + 1),
            ("tail cut at 99%", |m, s| {
                poisson::quantile(m, s.uniform().min(0.99))
            }),
            // Poisson with a gamma mean of variance 5% of the mean.
            ("variance +5%", |m, s| {
                let factor = rand_distr::Gamma::new(m / 0.05, 0.05).unwrap();
                poisson::quantile(factor.sample(s), s.uniform())
            }),
        ];
        for (what, broken) in breaks {
            // One count in 316, the deviation at 10^5, is below what 10^6 draws can see.
            if mean > 1e4 && what == "off by one" {
                continue;
            }
            // 1% of half a count is seven standard errors of a million draws, too few to count on.
            let draws = if mean < 1.0 { 4 * DRAWS } else { DRAWS };
            let mut set = poisson_set(mean);
            set.draw = Box::new(move |s| broken(mean, s));
            expect(
                format!("Poisson({mean}) {what}"),
                check_counts(&mut set, draws),
            );
        }
    }
    // Searched, by the long series, by the short one.
    for (mean, cv) in [
        (0.5, 0.7),
        (3.0, 0.3),
        (15.0, 0.3),
        (50.0, 0.6),
        (1_500.0, 0.25),
    ] {
        for what in ["mean +1%", "off by one", "tail cut at 99%", "cv +5%"] {
            // A count in 400 is below what 10^6 draws can see, and so is 5% of the variance of few counts.
            if mean > 1e3 && what == "off by one" || mean < 10.0 && what == "cv +5%" {
                continue;
            }
            let law = negative_binomial_law(if what == "cv +5%" { 1.05 * cv } else { cv });
            let mut set = negative_binomial_set(mean, cv);
            set.draw = match what {
                "mean +1%" => Box::new(move |s| law.quantile(1.01 * mean, s.uniform())),
                "off by one" => Box::new(move |s| law.quantile(mean, s.uniform()) + 1),
                "cv +5%" => Box::new(move |s| law.quantile(mean, s.uniform())),
                _ => Box::new(move |s| law.quantile(mean, s.uniform().min(0.99))),
            };
            expect(
                format!("negative binomial({mean}, {cv}) {what}"),
                check_counts(&mut set, if mean < 10.0 { 4 * DRAWS } else { DRAWS }),
            );
        }
    }
    for (n, p) in [(40, 0.5), (1_000, 0.4), (1_000_000, 0.25)] {
        let mut set = binomial_set(n, p);
        set.draw = Box::new(move |s| binomial::quantile(n, 1.01 * p, s.uniform()));
        expect(
            format!("Binomial({n}, {p}) mean +1%"),
            check_counts(&mut set, DRAWS),
        );
        let mut set = binomial_set(n, p);
        set.draw = Box::new(move |s| binomial::quantile(n + 1, p, s.uniform().min(0.99)));
        expect(
            format!("Binomial({n}, {p}) tail cut at 99%"),
            check_counts(&mut set, DRAWS),
        );
    }
    let level = Level::best();
    for (mean, cv) in [(5.0, 0.3), (50.0, 0.6), (1_500.0, 0.25)] {
        let right = negative_binomial_slices(mean, cv, level);
        for (what, mean, cv) in [("mean +1%", 1.01 * mean, cv), ("cv +3%", mean, 1.03 * cv)] {
            let draw = negative_binomial_slices(mean, cv, level).draw;
            let mut set = Counts {
                draw,
                shares: right.shares.clone(),
                name: right.name.clone(),
                ..right
            };
            expect(
                format!("{} {what}", right.name),
                check_counts(&mut set, DRAWS),
            );
        }
    }
    let eight = |first: u64| (first..first + 8).map(|c| (c, 0.125)).collect::<Vec<_>>();
    for mean in [2.0, 20.0, 128.0] {
        // The same mean with too little spread, and a mean that is 1% too high.
        let broken = [
            ("spread", compound_set(mean, &[(11, 0.5), (12, 0.5)], level)),
            ("mean", compound_set(1.01 * mean, &eight(8), level)),
        ];
        for (what, broken) in broken {
            let mut set = compound_set(mean, &eight(8), level);
            set.draw = broken.draw;
            let name = format!("{} with a wrong {what}", set.name);
            expect(name, check_counts(&mut set, DRAWS));
        }
    }
    for sd in [5.0 * 1.05_f64.sqrt(), 5.1] {
        let mut sets = continuous_sets();
        let set = sets.iter_mut().find(|s| s.name == "normal").unwrap();
        let value = Uncertain::normal(20.0, sd).unwrap();
        set.draw = Box::new(move |s| value.quantile(s.uniform()));
        expect(format!("normal with sd {sd}"), check_continuous(set, DRAWS));
    }
    assert!(missed.is_empty(), "not rejected: {missed:#?}");
}

/// Two samples of counts: chi-square of homogeneity, here as each against their common law.
#[test]
fn counts_agree_with_another_library() {
    let mut source = stream("two samples");
    let n = DRAWS / 4;
    for mean in [0.3, 8.0, 30.0, 1_000.0] {
        let theirs = rand_distr::Poisson::<f64>::new(mean).unwrap();
        let ours = Poisson::new(mean).unwrap();
        let a: Vec<u64> = (0..n).map(|_| theirs.sample(&mut source) as u64).collect();
        let b: Vec<u64> = (0..n).map(|_| ours.sample(&mut source)).collect();
        assert_eq!(two_samples(a, b), Failures::new(), "Poisson({mean})");
    }
    for (trials, p) in [(20, 0.3), (5_000, 0.9)] {
        let theirs = rand_distr::Binomial::new(trials, p).unwrap();
        let ours = Binomial::new(trials, p).unwrap();
        let a: Vec<u64> = (0..n).map(|_| theirs.sample(&mut source)).collect();
        let b: Vec<u64> = (0..n).map(|_| ours.sample(&mut source)).collect();
        assert_eq!(
            two_samples(a, b),
            Failures::new(),
            "Binomial({trials}, {p})"
        );
    }
    for cv in [0.2, 1.5] {
        let shape: f64 = 1.0 / (cv * cv);
        let theirs = rand_distr::Gamma::new(shape, 1.0 / shape).unwrap();
        let ours = UnitGamma::new(cv);
        // Millionths, as counts.
        let a: Vec<u64> = (0..n)
            .map(|_| (1e6 * theirs.sample(&mut source)) as u64)
            .collect();
        let b: Vec<u64> = (0..n)
            .map(|_| (1e6 * ours.sample(&mut source)) as u64)
            .collect();
        assert_eq!(two_samples(a, b), Failures::new(), "UnitGamma({cv})");
    }
}

/// Smirnov's two-sample test: P(D sqrt(n/2) > d) < 2 exp(-2 d^2) for equal sizes n.
fn two_samples(mut a: Vec<u64>, mut b: Vec<u64>) -> Failures {
    a.sort_unstable();
    b.sort_unstable();
    let n = a.len() as f64;
    let share = |sorted: &[u64], x: u64| sorted.partition_point(|&k| k <= x) as f64 / n;
    let worst = a
        .iter()
        .chain(&b)
        .step_by(50)
        .map(|&x| (share(&a, x) - share(&b, x)).abs())
        .fold(0.0, f64::max);
    let limit = ((2.0 / ALPHA).ln() / 2.0).sqrt() / (n / 2.0).sqrt();
    if worst <= limit {
        Vec::new()
    } else {
        vec![format!("Smirnov {worst:.5} > {limit:.5}")]
    }
}

#[test]
fn increments_of_the_gamma_process_are_independent() {
    let process = GammaProcess::new(
        Arc::new(CrowdLaw::new(UnitGamma::new(0.8))),
        &streams(),
        "increments",
    );
    let mut scratch = ProcessScratch::default();
    let counts = [900, 1_500, 1_530, 2_100, 5_000];
    let n = 20_000;
    let increments: Vec<[f64; 4]> = (0..n)
        .map(|path| {
            let mut out = [0.0; 5];
            let level = Level::best();
            process.values(level, path, &counts, &mut scratch, &mut out);
            std::array::from_fn(|i| {
                let agents = (counts[i + 1] - counts[i]) as f64;
                // Standardised: mean and variance of each factor are 1 and 0.64.
                (out[i + 1] - out[i] - agents) / (0.64 * agents).sqrt()
            })
        })
        .collect();
    for i in 0..4 {
        for j in 0..i {
            let sum: f64 = increments.iter().map(|x| x[i] * x[j]).sum();
            // Products of independent standardised variables: variance 1.
            let z = sum / (n as f64).sqrt();
            assert!(z.abs() < Z, "increments {i} and {j}: z = {z}");
        }
    }
}

#[test]
fn leaves_of_the_gamma_process_have_agents_of_their_own() {
    // Blocks of 64 agents beyond the first 1,024: the share of its first half is Beta(32k, 32k), with
    // mean 1/2 and variance 1/(4 (64k + 1)), and independent of any other block's.
    let process = GammaProcess::new(
        Arc::new(CrowdLaw::new(UnitGamma::new(0.8))),
        &streams(),
        "leaves",
    );
    let mut scratch = ProcessScratch::default();
    let starts = [1_088, 1_152, 4_096];
    let counts: Vec<u64> = starts.iter().flat_map(|s| [*s, s + 32, s + 64]).collect();
    let n = 2_000;
    let variance: f64 = 1.0 / (4.0 * (64.0 / (0.8 * 0.8) + 1.0));
    let shares: Vec<[f64; 3]> = (0..n)
        .map(|path| {
            let mut out = [0.0; 9];
            process.values(Level::best(), path, &counts, &mut scratch, &mut out);
            std::array::from_fn(|i| {
                let [low, middle, high] = [0, 1, 2].map(|k| out[3 * i + k]);
                ((middle - low) / (high - low) - 0.5) / variance.sqrt()
            })
        })
        .collect();
    for i in 0..3 {
        for j in 0..=i {
            let products: f64 = shares.iter().map(|x| x[i] * x[j]).sum();
            // Variance 1 of a product, and a little below 2 of a square: nearly normal.
            let (expected, error) = match i == j {
                true => (n as f64, (2.0 * n as f64).sqrt()),
                false => (0.0, (n as f64).sqrt()),
            };
            let z = (products - expected) / error;
            assert!(z.abs() < Z, "leaves {i} and {j}: z = {z}");
        }
    }
}

/// The oracle's own CDFs, where this file leans on them.
#[test]
fn the_oracle_agrees_with_special_functions_checked_against_mpmath() {
    use flexcast::special::{beta, gamma};
    for shape in [0.05, 0.25, 1.0, 2.5, 11.1, 1_111.1, 1e6] {
        let cdf = gamma_cdf(shape, 1.0);
        for i in -12..=12 {
            let x = shape + f64::from(i) * 0.4 * shape.sqrt();
            if x > 0.0 {
                assert!(
                    (cdf(x) - gamma::p(shape, x)).abs() < 1e-9,
                    "gamma {shape} {x}"
                );
            }
        }
    }
    for (a, b) in [(2.0, 5.0), (20.0, 2.0), (2.818, 3.182)] {
        let law = oracle::Beta::new(a, b).unwrap();
        for i in 1..50 {
            let x = f64::from(i) / 50.0;
            assert!(
                (law.cdf(x) - beta::below(a, b, x)).abs() < 1e-12,
                "beta {a} {b} {x}"
            );
        }
    }
    let law = oracle::Normal::new(0.0, 1.0).unwrap();
    for i in -80..=80 {
        let x = f64::from(i) / 10.0;
        assert!((law.cdf(x) - normal::cdf(x)).abs() < 1e-10, "normal {x}");
        // Relative in the tails, where truncated sets lean on it.
        assert!(
            (law.sf(x) / normal::survival(x) - 1.0).abs() < 1e-7,
            "normal {x}"
        );
    }
}
