//! The gamma process of a growing crowd: the sum of the first n agents' own factors.
//!
//! S(n) = g_1 + ... + g_n with independent g_i ~ Gamma(mean 1, cv), so S(n) ~ Gamma(k n) / k with
//! k = 1/cv^2. Per path S is one fixed function of n, whichever n are asked for: the first 1,024
//! factors are drawn one by one; beyond, the blocks [2^j, 2^(j+1)) have sums Gamma(k 2^j) / k,
//! halved down to 64 agents by Beta(k m, k m) shares, which are independent of the sums (gamma
//! bridges), and a block of 64 is shared out by 64 gamma factors over their sum (a Dirichlet
//! vector). Every share is keyed by its place, so a value costs O(log n).

use std::sync::OnceLock;

use super::UnitGamma;
use super::dispatch::Level;
use super::streams::StreamKey;
use crate::special::{beta, gamma, horner, normal};

/// Agents drawn one by one.
const SINGLE: u64 = 1 << SINGLE_BITS;
const SINGLE_BITS: usize = 10;
/// Agents in the smallest block, which is shared out at once.
const LEAF: u64 = 1 << LEAF_BITS;
const LEAF_BITS: usize = 6;

/// Sums of unit gamma factors over the first n agents.
#[derive(Clone, Debug)]
pub struct GammaProcess {
    factor: UnitGamma,
    shape: f64,
    /// Mean factor of a block of 2^j agents, by j.
    means: [OnceLock<Smooth>; 64],
    /// Logit of the left half's share of a block of 2^j agents, by j.
    shares: [OnceLock<Smooth>; 64],
}

impl GammaProcess {
    /// Agents with these factors.
    pub fn new(factor: UnitGamma) -> Self {
        Self {
            shape: 1.0 / (factor.cv() * factor.cv()),
            factor,
            means: [const { OnceLock::new() }; 64],
            shares: [const { OnceLock::new() }; 64],
        }
    }

    /// S(n) of one path for each n of `counts`, in any order, into `out`. Never decreases in n, and
    /// is the same whichever other counts are asked for. Without variation it is n.
    ///
    /// # Panics
    ///
    /// When the slices differ in length.
    pub fn values(
        &self,
        level: Level,
        (key, path): (&StreamKey, u64),
        counts: &[u64],
        scratch: &mut ProcessScratch,
        out: &mut [f64],
    ) {
        assert!(counts.len() == out.len());
        if self.factor.is_constant() {
            for (value, &count) in out.iter_mut().zip(counts) {
                *value = count as f64;
            }
            return;
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        self.singles(level, (key, path), most.min(SINGLE) as usize, scratch);
        if most <= SINGLE {
            for (value, &count) in out.iter_mut().zip(counts) {
                *value = scratch.sums[count as usize];
            }
            return;
        }
        scratch.order.clear();
        scratch.order.extend(0..counts.len());
        scratch.order.sort_unstable_by_key(|&place| counts[place]);
        scratch.sorted.clear();
        let sorted = scratch.order.iter().map(|&place| counts[place]);
        scratch.sorted.extend(sorted);
        scratch.values.resize(counts.len(), 0.0);
        self.ascending((key, path), scratch);
        for (&place, &value) in scratch.order.iter().zip(&scratch.values) {
            out[place] = value;
        }
    }

    /// S(n) for n from 0 to `most` into the scratch's sums.
    fn singles(
        &self,
        level: Level,
        (key, path): (&StreamKey, u64),
        most: usize,
        scratch: &mut ProcessScratch,
    ) {
        scratch.factors.resize(most, 0.0);
        key.uniforms(level, path, &mut scratch.factors);
        self.factor.quantiles(level, &mut scratch.factors);
        scratch.sums.clear();
        scratch.sums.push(0.0);
        let mut sum = 0.0;
        for &factor in &scratch.factors {
            sum += factor;
            scratch.sums.push(sum);
        }
    }

    /// The values of the scratch's sorted counts, with S(n) up to [`SINGLE`] in its sums.
    fn ascending(&self, (key, path): (&StreamKey, u64), scratch: &mut ProcessScratch) {
        let (counts, out) = (&scratch.sorted[..], &mut scratch.values[..]);
        let mut done = counts.partition_point(|&n| n <= SINGLE);
        for (value, &count) in out[..done].iter_mut().zip(counts) {
            *value = scratch.sums[count as usize];
        }
        let mut sum = scratch.sums[SINGLE as usize];
        let draw = Draw {
            process: self,
            key,
            path,
        };
        for level in SINGLE_BITS..64 {
            if done == counts.len() {
                return;
            }
            let start = 1_u64 << level;
            let end = start.saturating_mul(2);
            let inside = counts[done..].partition_point(|&n| level == 63 || n < end);
            let u = key.uniform_at(path, node(level, start));
            let next = sum + self.block(level, u);
            let span = done..done + inside;
            draw.fill(
                level,
                start,
                (sum, next),
                &counts[span.clone()],
                &mut out[span],
            );
            done += inside;
            sum = next;
        }
    }

    /// Sum of a block of 2^level factors.
    fn block(&self, level: usize, u: f64) -> f64 {
        let agents = libm::exp2(level as f64);
        let shape = self.shape * agents;
        let exact = |u: f64, above: f64| gamma::inverse(shape, u, above).0 / shape;
        let mean = self.means[level].get_or_init(|| Smooth::new(exact));
        agents * mean.value(u).unwrap_or_else(|| exact(u, 1.0 - u))
    }

    /// Share of the left half of a block of 2^level factors.
    fn share(&self, level: usize, u: f64) -> f64 {
        let shape = self.shape * libm::exp2(level as f64 - 1.0);
        let exact = |u: f64, above: f64| {
            let (x, complement) = beta::inverse(shape, shape, u, above);
            libm::log(x / complement)
        };
        let logit = self.shares[level].get_or_init(|| Smooth::new(exact));
        match logit.value(u) {
            Some(logit) => beta::logistic(logit).0,
            None => beta::quantile(shape, shape, u),
        }
    }
}

/// A number for each node of the tree: blocks of 2^level agents from `start`, a multiple of it.
fn node(level: usize, start: u64) -> u64 {
    // A dyadic interval is known by its middle.
    start + (1 << (level - 1))
}

struct Draw<'a> {
    process: &'a GammaProcess,
    key: &'a StreamKey,
    path: u64,
}

impl Draw<'_> {
    /// The values for counts within `start..start + 2^level`, between S(start) and S at the end.
    fn fill(&self, level: usize, start: u64, ends: (f64, f64), counts: &[u64], out: &mut [f64]) {
        if counts.is_empty() {
            return;
        }
        if level == LEAF_BITS {
            return self.share_out(start, ends, counts, out);
        }
        let (low, high) = ends;
        let half = 1_u64 << (level - 1);
        let u = self.key.uniform_at(self.path, SPLIT ^ node(level, start));
        let middle = (low + self.process.share(level, u) * (high - low)).min(high);
        let left = counts.partition_point(|&n| n - start < half);
        let (out_left, out_right) = out.split_at_mut(left);
        self.fill(level - 1, start, (low, middle), &counts[..left], out_left);
        self.fill(
            level - 1,
            start + half,
            (middle, high),
            &counts[left..],
            out_right,
        );
    }

    /// Shares the sum of [`LEAF`] agents out among them.
    fn share_out(&self, start: u64, (low, high): (f64, f64), counts: &[u64], out: &mut [f64]) {
        let mut before = [0.0; LEAF as usize + 1];
        for i in 0..LEAF as usize {
            let u = self.key.uniform_at(self.path, AGENT ^ (start + i as u64));
            before[i + 1] = before[i] + self.process.factor.quantile(u);
        }
        let total = before[LEAF as usize];
        for (value, &n) in out.iter_mut().zip(counts) {
            let i = (n - start) as usize;
            let share = if total > 0.0 {
                before[i] / total
            } else {
                // All factors too small for a double: spread evenly.
                i as f64 / LEAF as f64
            };
            *value = (low + share * (high - low)).min(high);
        }
    }
}

/// Keep the numbers of splits and of agents apart from those of block sums, below 2^61 agents.
const SPLIT: u64 = 1 << 63;
const AGENT: u64 = 1 << 62;

/// Buffers of [`GammaProcess::values`], reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct ProcessScratch {
    /// Factors of the first agents.
    factors: Vec<f64>,
    /// S(n) of them, from n = 0 on.
    sums: Vec<f64>,
    /// Places of the counts in ascending order, the counts and their values.
    order: Vec<usize>,
    sorted: Vec<u64>,
    values: Vec<f64>,
}

/// A smooth function of the normal quantile of u, by one polynomial over its body.
#[derive(Clone, Debug)]
struct Smooth {
    /// Lowest first, in w / [`BODY`]; `None` where a polynomial does not reach 1e-11.
    coefficients: Option<[f64; NODES]>,
}

/// The body is |w| < 5; one draw in 1.7 million lies beyond.
const BODY: f64 = 5.0;
const NODES: usize = 20;

impl Smooth {
    /// Interpolates `exact(u, 1 - u)` at Chebyshev points, and checks between them.
    fn new(exact: impl Fn(f64, f64) -> f64) -> Self {
        let at = |t: f64| exact(normal::cdf(BODY * t), normal::survival(BODY * t));
        let angle = |i: f64| libm::cos(std::f64::consts::PI * (i + 0.5) / NODES as f64);
        let nodes: [f64; NODES] = std::array::from_fn(|i| angle(i as f64));
        let coefficients = power_form(&nodes.map(at));
        let faithful = (0..NODES - 1).all(|i| {
            let t = angle(i as f64 + 0.5);
            let value = at(t);
            (horner(&coefficients, t) - value).abs() <= 1e-11 * value.abs().max(1e-3)
        });
        Self {
            coefficients: faithful.then_some(coefficients),
        }
    }

    #[inline]
    fn value(&self, u: f64) -> Option<f64> {
        let t = normal::quantile(u) / BODY;
        let coefficients = self.coefficients.as_ref()?;
        (t.abs() < 1.0).then(|| horner(coefficients, t))
    }
}

/// Power coefficients of the polynomial through values at the Chebyshev points: Chebyshev
/// coefficients by the discrete cosine transform, times the powers of each T_n.
fn power_form(values: &[f64; NODES]) -> [f64; NODES] {
    let n = NODES as f64;
    let mut result = [0.0; NODES];
    let (mut previous, mut current) = ([0.0; NODES], [0.0; NODES]);
    current[0] = 1.0;
    for degree in 0..NODES {
        let sum: f64 = (0..NODES)
            .map(|i| {
                let angle = std::f64::consts::PI * (i as f64 + 0.5) / n;
                values[i] * libm::cos(degree as f64 * angle)
            })
            .sum();
        let weight = sum * if degree == 0 { 1.0 } else { 2.0 } / n;
        for i in 0..NODES {
            result[i] += weight * current[i];
        }
        // T_(n+1) = 2 t T_n - T_(n-1), T_1 = t T_0.
        let factor = if degree == 0 { 1.0 } else { 2.0 };
        let mut next = [0.0; NODES];
        for i in 0..NODES {
            let shifted = if i > 0 { factor * current[i - 1] } else { 0.0 };
            next[i] = shifted - previous[i];
        }
        (previous, current) = (current, next);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::Streams;

    fn values(process: &GammaProcess, key: &StreamKey, path: u64, counts: &[u64]) -> Vec<f64> {
        let mut out = vec![0.0; counts.len()];
        let scratch = &mut ProcessScratch::default();
        process.values(Level::best(), (key, path), counts, scratch, &mut out);
        out
    }

    #[test]
    fn the_value_does_not_depend_on_which_counts_are_asked() {
        let key = Streams::new(3).named("process");
        for cv in [0.05, 0.7, 3.0] {
            let process = GammaProcess::new(UnitGamma::new(cv));
            let counts: Vec<u64> = (0..600).map(|i| i * i * 7).collect();
            let together = values(&process, &key, 5, &counts);
            assert!(together.is_sorted(), "{cv}");
            for (i, &n) in counts.iter().enumerate().step_by(17) {
                let alone = values(&process, &key, 5, &[n]);
                assert_eq!(alone[0], together[i], "{cv} {n}");
            }
            let backwards: Vec<u64> = counts.iter().rev().copied().collect();
            let mut backwards = values(&process, &key, 5, &backwards);
            backwards.reverse();
            assert_eq!(backwards, together);
        }
    }

    #[test]
    fn it_never_decreases_from_one_agent_to_the_next() {
        let key = Streams::new(4).named("process");
        for cv in [0.01, 1.0, 8.0] {
            let process = GammaProcess::new(UnitGamma::new(cv));
            let counts: Vec<u64> = (0..10_000).collect();
            assert!(values(&process, &key, 0, &counts).is_sorted(), "{cv}");
        }
    }

    #[test]
    fn shares_and_block_means_agree_with_the_exact_quantiles() {
        for cv in [1e-3, 0.1, 1.0, 2.0] {
            let process = GammaProcess::new(UnitGamma::new(cv));
            for level in [7, 10, 14, 20] {
                let shape = process.shape * libm::exp2(level as f64);
                for i in 1..200 {
                    let u = f64::from(i) / 200.0;
                    let exact = beta::quantile(shape / 2.0, shape / 2.0, u);
                    assert!(
                        (process.share(level, u) - exact).abs() < 1e-11,
                        "{cv} {level} {u}"
                    );
                    let exact = gamma::quantile(shape, u) / process.shape;
                    let error = process.block(level, u) / exact - 1.0;
                    assert!(error.abs() < 2e-11, "{cv} {level} {u} {error:e}");
                }
            }
        }
    }

    #[test]
    fn without_variation_it_counts() {
        let key = Streams::new(3).named("process");
        let out = values(
            &GammaProcess::new(UnitGamma::new(0.0)),
            &key,
            0,
            &[0, 7, 1 << 40],
        );
        assert_eq!(out, [0.0, 7.0, 1_099_511_627_776.0]);
    }

    #[test]
    fn absurd_counts_come_back() {
        let key = Streams::new(3).named("process");
        let counts = [0, 1 << 62, u64::MAX - 1, u64::MAX];
        let out = values(&GammaProcess::new(UnitGamma::new(0.5)), &key, 0, &counts);
        assert!(out.is_sorted() && out[3].is_finite());
        assert!((out[1] / libm::exp2(62.0) - 1.0).abs() < 1e-6);
    }
}
