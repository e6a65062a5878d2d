//! The gamma process of a growing crowd: the sum of the first n agents' own factors.
//!
//! S(n) = g_1 + ... + g_n with independent g_i ~ Gamma(mean 1, cv), so S(n) ~ Gamma(k n) / k with
//! k = 1/cv^2. Per path S is one fixed function of n, whichever n are asked for. The blocks [0, 8) and
//! [2^j, 2^(j+1)) have sums Gamma(k size) / k, which say most about a path and are drawn first. Up to
//! 1,024 agents, a block is shared out at once by as many gamma factors over their sum (a Dirichlet
//! vector, independent of the sum); beyond, blocks are halved down to 64 agents by Beta(k m, k m) shares
//! (gamma bridges) first. Every share is keyed by its place, so a value costs O(log n).

use std::sync::{Arc, OnceLock};

use super::dispatch::Level;
use super::normal as normals;
use super::once::Place;
use super::smooth::Smooth;
use super::streams::{StreamKey, Streams};
use super::{Once, UnitGamma};
use crate::special::exp::exp;
use crate::special::sums::{running_sums, sum};
use crate::special::{beta, gamma, normal};

/// Agents drawn one by one.
const SINGLE: u64 = 1 << SINGLE_BITS;
const SINGLE_BITS: usize = 10;
/// Agents of the first block.
const FIRST: u64 = 1 << FIRST_BITS;
const FIRST_BITS: usize = 3;
/// Blocks, from the first on, whose sums are among what is drawn once per path: 2^20 agents.
const SUMS: usize = 18;
/// Agents in the smallest block of the others, which is shared out at once.
const LEAF: u64 = 1 << LEAF_BITS;
const LEAF_BITS: usize = 6;

/// The law of a crowd: its agents' factors, and the sums and shares of its blocks. Its tables are large;
/// crowds of one coefficient of variation share them.
#[derive(Clone, Debug)]
pub struct CrowdLaw {
    factor: UnitGamma,
    shape: f64,
    /// Logarithm of the sum of a block of 2^j agents, by j.
    sums: [OnceLock<Option<Smooth>>; 64],
    /// Logit of the left half's share of a block of 2^j agents, by j.
    shares: [OnceLock<Option<Smooth>>; 64],
}

/// Sums of unit gamma factors over the first n agents.
#[derive(Clone, Debug)]
pub struct GammaProcess {
    law: Arc<CrowdLaw>,
    key: StreamKey,
    /// Uniform numbers of the sums of the first blocks.
    sums: Vec<Once>,
}

impl CrowdLaw {
    /// Agents with these factors.
    pub fn new(factor: UnitGamma) -> Self {
        Self {
            shape: 1.0 / (factor.cv() * factor.cv()),
            factor,
            sums: [const { OnceLock::new() }; 64],
            shares: [const { OnceLock::new() }; 64],
        }
    }

    /// The coefficient of variation of the factors.
    pub fn cv(&self) -> f64 {
        self.factor.cv()
    }

    /// Sum of a block of 2^level factors.
    fn sum(&self, level: usize, u: f64) -> f64 {
        let exact = |u: f64, above: f64| {
            let shape = self.shape * libm::exp2(level as f64);
            gamma::inverse(shape, u, above).1
        };
        let sum = self.sums[level].get_or_init(|| Smooth::new(exact));
        let smooth = sum.as_ref().and_then(|s| s.value(normals::quantile(u)));
        let ln_sum = smooth.unwrap_or_else(|| exact(u, 1.0 - u));
        exp(ln_sum) / self.shape
    }

    /// Share of the left half of a block of 2^level factors.
    fn share(&self, level: usize, u: f64) -> f64 {
        let shape = self.shape * libm::exp2(level as f64 - 1.0);
        let exact = |u: f64, above: f64| {
            let (x, complement) = beta::inverse(shape, shape, u, above);
            libm::log(x / complement)
        };
        let logit = self.shares[level].get_or_init(|| Smooth::new(exact));
        match logit.as_ref().and_then(|l| l.value(normal::quantile(u))) {
            Some(logit) => beta::logistic(logit).0,
            None => beta::quantile(shape, shape, u),
        }
    }
}

impl GammaProcess {
    /// A crowd of this law, drawn by streams of this name.
    pub fn new(law: Arc<CrowdLaw>, streams: &Streams, name: &str) -> Self {
        let sum = |block| Once::new(streams, format!("{name}/sum/{block:02}"));
        let sums = if law.factor.is_constant() { 0 } else { SUMS };
        Self {
            law,
            key: streams.named(name),
            sums: (0..sums).map(sum).collect(),
        }
    }

    /// How the sums of the first blocks are drawn, as far as `agents` reach.
    pub(crate) fn draws(&mut self, agents: u64) -> impl Iterator<Item = &mut Once> {
        let blocks = self.sums.iter_mut().enumerate();
        let inside = blocks.take_while(move |&(block, _)| start_of(block) < agents);
        inside.map(|(_, once)| once)
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
        path: u64,
        counts: &[u64],
        scratch: &mut ProcessScratch,
        out: &mut [f64],
    ) {
        assert!(counts.len() == out.len());
        if self.law.factor.is_constant() {
            for (value, &count) in out.iter_mut().zip(counts) {
                *value = count as f64;
            }
            return;
        }
        let most = counts.iter().max().copied().unwrap_or(0);
        self.singles(level, path, most.min(SINGLE), scratch);
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
        self.ascending(path, scratch);
        for (&place, &value) in scratch.order.iter().zip(&scratch.values) {
            out[place] = value;
        }
    }

    /// S(n) for n from 0 to `most` at least into the scratch's sums.
    fn singles(&self, level: Level, path: u64, most: u64, scratch: &mut ProcessScratch) {
        let drawn = match most {
            0 => 0,
            _ => most.next_power_of_two().max(FIRST),
        };
        scratch.uniforms.resize(drawn as usize, 0.0);
        scratch.factors.resize(drawn as usize, 0.0);
        let (uniforms, factors) = (&mut scratch.uniforms, &mut scratch.factors);
        self.key.uniforms(level, path, uniforms);
        self.law.factor.quantiles(level, uniforms, factors);
        scratch.sums.resize(drawn as usize + 1, 0.0);
        let place = self.place(path);
        let mut so_far = 0.0;
        for block in 0.. {
            let (start, end) = (start_of(block), start_of(block + 1));
            if end > drawn {
                break;
            }
            let factors = &scratch.factors[start as usize..end as usize];
            let whole = self.sum(place, block);
            let total = sum(factors);
            // All factors too small for a double are spread evenly.
            let (each, scale) = match total > 0.0 {
                true => (0.0, whole / total),
                false => (whole / (end - start) as f64, 0.0),
            };
            let sums = &mut scratch.sums[start as usize + 1..=end as usize];
            for (place, factor) in sums.iter_mut().zip(factors) {
                *place = each + scale * factor;
            }
            so_far = running_sums(so_far, sums);
        }
    }

    /// The values of the scratch's sorted counts, with S(n) up to [`SINGLE`] in its sums.
    fn ascending(&self, path: u64, scratch: &mut ProcessScratch) {
        let (counts, out) = (&scratch.sorted[..], &mut scratch.values[..]);
        let mut done = counts.partition_point(|&n| n <= SINGLE);
        for (value, &count) in out[..done].iter_mut().zip(counts) {
            *value = scratch.sums[count as usize];
        }
        let mut sum = scratch.sums[SINGLE as usize];
        let place = self.place(path);
        let bridge = Bridge {
            process: self,
            path,
        };
        for level in SINGLE_BITS..64 {
            if done == counts.len() {
                return;
            }
            let start = 1_u64 << level;
            let end = start.saturating_mul(2);
            let inside = counts[done..].partition_point(|&n| level == 63 || n < end);
            let next = sum + self.sum(place, level - FIRST_BITS + 1);
            let span = done..done + inside;
            bridge.fill(
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

    /// Where the sums of a path's blocks are.
    fn place(&self, path: u64) -> Place {
        let first = self.sums.first();
        first.expect("agents that differ have sums").place(path)
    }

    /// Sum of a block's factors.
    fn sum(&self, place: Place, block: usize) -> f64 {
        let level = (FIRST_BITS + block).saturating_sub(1).max(FIRST_BITS);
        let u = match self.sums.get(block) {
            Some(once) => once.uniform_in(place),
            None => self
                .key
                .uniform_at(place.path(), node(level, start_of(block))),
        };
        self.law.sum(level, u)
    }
}

/// First agent of a block: 0, 8, 16, 32, ...
fn start_of(block: usize) -> u64 {
    match block {
        0 => 0,
        // The last block ends where counts do.
        _ => FIRST.checked_shl(block as u32 - 1).unwrap_or(u64::MAX),
    }
}

/// A number for each node of the tree: blocks of 2^level agents from `start`, a multiple of it.
fn node(level: usize, start: u64) -> u64 {
    // A dyadic interval is known by its middle.
    start + (1 << (level - 1))
}

/// The blocks beyond [`SINGLE`] on one path.
struct Bridge<'a> {
    process: &'a GammaProcess,
    path: u64,
}

impl Bridge<'_> {
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
        let u = self
            .process
            .key
            .uniform_at(self.path, SPLIT ^ node(level, start));
        let middle = (low + self.process.law.share(level, u) * (high - low)).min(high);
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
            let u = self
                .process
                .key
                .uniform_at(self.path, AGENT ^ (start + i as u64));
            before[i + 1] = before[i] + self.process.law.factor.quantile(u);
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
    /// Random numbers and factors of the first agents.
    uniforms: Vec<f64>,
    factors: Vec<f64>,
    /// S(n) of them, from n = 0 on.
    sums: Vec<f64>,
    /// Places of the counts in ascending order, the counts and their values.
    order: Vec<usize>,
    sorted: Vec<u64>,
    values: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(cv: f64) -> GammaProcess {
        let law = CrowdLaw::new(UnitGamma::new(cv));
        GammaProcess::new(Arc::new(law), &Streams::new(3), "process")
    }

    fn values(process: &GammaProcess, path: u64, counts: &[u64]) -> Vec<f64> {
        let mut out = vec![0.0; counts.len()];
        let scratch = &mut ProcessScratch::default();
        process.values(Level::best(), path, counts, scratch, &mut out);
        out
    }

    #[test]
    fn the_value_does_not_depend_on_which_counts_are_asked() {
        for cv in [0.05, 0.7, 3.0] {
            let process = process(cv);
            let counts: Vec<u64> = (0..600).map(|i| i * i * 7).collect();
            let together = values(&process, 5, &counts);
            assert!(together.is_sorted(), "{cv}");
            for (i, &n) in counts.iter().enumerate().step_by(17) {
                let alone = values(&process, 5, &[n]);
                assert_eq!(alone[0], together[i], "{cv} {n}");
            }
            let backwards: Vec<u64> = counts.iter().rev().copied().collect();
            let mut backwards = values(&process, 5, &backwards);
            backwards.reverse();
            assert_eq!(backwards, together);
        }
    }

    #[test]
    fn it_never_decreases_from_one_agent_to_the_next() {
        for cv in [0.01, 1.0, 8.0] {
            let process = process(cv);
            let counts: Vec<u64> = (0..10_000).collect();
            assert!(values(&process, 0, &counts).is_sorted(), "{cv}");
        }
    }

    #[test]
    fn shares_and_block_means_agree_with_the_exact_quantiles() {
        for cv in [1e-3, 0.1, 1.0, 2.0] {
            let process = process(cv);
            for level in [7, 10, 14, 20] {
                let shape = process.law.shape * libm::exp2(level as f64);
                for i in 1..200 {
                    let u = f64::from(i) / 200.0;
                    let exact = beta::quantile(shape / 2.0, shape / 2.0, u);
                    assert!(
                        (process.law.share(level, u) - exact).abs() < 1e-10,
                        "{cv} {level} {u}"
                    );
                    let exact = gamma::quantile(shape, u) / process.law.shape;
                    let error = process.law.sum(level, u) / exact - 1.0;
                    // The normal that it is taken at comes from a table, within 4e-9.
                    assert!(error.abs() < 1e-9, "{cv} {level} {u} {error:e}");
                }
            }
        }
    }

    #[test]
    fn a_first_agent_has_its_own_factor_up_to_the_largest_cv() {
        // P(g > x) of the first agent by the gamma's own tail, 200,000 paths, within 4.9 standard errors
        // (10^-6 each). At a cv of 50 one block in ten has no factor that a double can hold.
        let worst = |cv: f64, paths: u64| {
            let process = process(cv);
            let shape = process.law.shape;
            let own: Vec<f64> = (0..paths).map(|p| values(&process, p, &[1])[0]).collect();
            let off = |limit: f64| {
                let share = own.iter().filter(|&&g| g > limit).count() as f64 / paths as f64;
                let (_, tail) = gamma::both(shape, shape * limit);
                (share - tail).abs() / (tail * (1.0 - tail) / paths as f64).sqrt()
            };
            let limits = [1e-100, 1e-5, 1.0, 30.0];
            limits.map(off).into_iter().fold(0.0, f64::max)
        };
        let largest = worst(20.0, 200_000);
        assert!(largest < 4.9, "{largest}");
        assert!(worst(50.0, 20_000) > 20.0);
    }

    #[test]
    fn without_variation_it_counts() {
        let out = values(&process(0.0), 0, &[0, 7, 1 << 40]);
        assert_eq!(out, [0.0, 7.0, 1_099_511_627_776.0]);
    }

    #[test]
    fn absurd_counts_come_back() {
        let counts = [0, 1 << 62, u64::MAX - 1, u64::MAX];
        let out = values(&process(0.5), 0, &counts);
        assert!(out.is_sorted() && out[3].is_finite());
        assert!((out[1] / libm::exp2(62.0) - 1.0).abs() < 1e-6);
    }
}
