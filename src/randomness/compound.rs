//! Totals of units that each carry a random whole count.
//!
//! T = c_1 + ... + c_N for a given N: mean `N E[c]`, variance `N Var[c]`. Two ways:
//!
//! - The integers of a range, equally likely: one number decides the total, by an expansion or a table
//!   (see `range`).
//! - Other counts, exactly: where there are many, the first units of a day have a number each; those beyond, and all
//!   where there are few, are shared out down a balanced tree of binomials.
//!
//! No draw decreases in the number of units, so that more units never give a smaller total.

use std::ops::Range;

use super::dispatch::{Kernel, Level};
use super::streams::StreamKey;
use super::{binomial, normal};

mod each;
mod range;

use each::Each;
use range::RangeTotals;

/// Random numbers of totals that are decided by one each; drawn once, for any numbers of units.
#[derive(Clone, Debug, Default)]
pub struct CompoundNumbers {
    uniforms: Vec<f64>,
    normals: Vec<f64>,
}

/// Buffers of [`CompoundCounts::totals`], reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct CompoundScratch {
    uniforms: Vec<f64>,
    /// Units that are not drawn one by one.
    left: Vec<u64>,
    /// Units of the two halves at each depth of the tree.
    halves: Vec<(Vec<u64>, Vec<u64>)>,
}

/// The law of one unit's count, ready to be summed over many units.
#[derive(Clone, Debug, PartialEq)]
pub struct CompoundCounts {
    counts: Vec<u64>,
    /// Probability of the counts before each one, and at last 1.
    before: Vec<f64>,
    mean: f64,
    mean_square: f64,
    /// The totals, where counts are a range of equally likely integers.
    range: Option<RangeTotals>,
    /// Else the first units, where there are many counts.
    each: Option<Each>,
}

impl CompoundCounts {
    /// Distinct ascending counts with probabilities that sum to 1.
    ///
    /// # Panics
    ///
    /// When there are none, they do not ascend or a probability is negative or not a number: a
    /// validated scenario has no such counts.
    pub fn new(counts: &[(u64, f64)]) -> Self {
        assert!(!counts.is_empty(), "no counts");
        assert!(counts.is_sorted_by(|a, b| a.0 < b.0), "counts must ascend");
        assert!(counts.iter().all(|c| c.1 >= 0.0), "negative probability");
        let mut before = vec![0.0];
        for &(_, share) in counts {
            before.push(before[before.len() - 1] + share);
        }
        let moment = |power: fn(f64) -> f64| counts.iter().map(|&(c, p)| power(c as f64) * p).sum();
        let range = RangeTotals::new(counts);
        Self {
            counts: counts.iter().map(|c| c.0).collect(),
            before,
            mean: moment(|c| c),
            mean_square: moment(|c| c * c),
            each: match range {
                Some(_) => None,
                None => Each::new(counts),
            },
            range,
        }
    }

    /// `E[c]`, the mean of one unit's count.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `E[c^2]`: the total of Poisson many units has variance `mean_units` times this.
    pub fn mean_square(&self) -> f64 {
        self.mean_square
    }

    /// What the streams are called that totals are drawn from, in order. Where one number decides a total, or a
    /// unit's count, its name does not say which counts there are: with larger ones the same number gives no smaller
    /// total.
    pub fn purposes(&self) -> Vec<String> {
        if self.range.is_some() {
            return vec!["totals".to_owned()];
        }
        let each = self.each.as_ref().map(|_| "each".to_owned());
        let tree = self.counts.iter().map(|c| format!("counts/{c}"));
        tree.chain(each).collect()
    }

    /// Draws the numbers of the totals of the first days of a path, which [`totals`](Self::totals)
    /// is to have, where one decides each.
    ///
    /// # Panics
    /// When there are no streams.
    pub fn draw(
        &self,
        level: Level,
        (keys, path): (&[StreamKey], u64),
        days: usize,
        numbers: &mut CompoundNumbers,
    ) {
        if self.range.is_some() {
            numbers.uniforms.resize(days, 0.0);
            keys[0].uniforms(level, path, &mut numbers.uniforms);
            numbers.normals.resize(days, 0.0);
            normal::quantiles(level, &numbers.uniforms, &mut numbers.normals);
        }
    }

    /// Totals of so many units each, where `numbers` were drawn for as many days or more from the same
    /// streams, one for each of [`purposes`](Self::purposes). Totals beyond 64 bits stay at their limit.
    ///
    /// # Panics
    /// When the slices differ in length, too few numbers were drawn or there are too few streams.
    pub fn totals(
        &self,
        level: Level,
        (keys, path, numbers): (&[StreamKey], u64, &CompoundNumbers),
        units: &[u64],
        scratch: &mut CompoundScratch,
        totals: &mut [u64],
    ) {
        assert!(units.len() == totals.len());
        let days = ..units.len();
        if let Some(range) = &self.range {
            let numbers = (&numbers.uniforms[days], &numbers.normals[days]);
            return range.totals(level, units, numbers, totals);
        }
        let all = 0..self.counts.len();
        scratch.uniforms.resize(units.len(), 0.0);
        let Some(each) = &self.each else {
            totals.fill(0);
            return self.share_out(level, (keys, path), all, (units, 0), scratch, totals);
        };
        let mut left = std::mem::take(&mut scratch.left);
        left.resize(units.len(), 0);
        let key = (&keys[self.counts.len()], path);
        each.totals(level, &self.counts, key, units, (&mut left, totals));
        self.share_out(level, (keys, path), all, (&left, 0), scratch, totals);
        scratch.left = left;
    }

    /// Adds the totals of `units` whose counts lie in a range, at a depth of the tree; the split before
    /// the middle has the stream of the count there, which no other split has.
    fn share_out(
        &self,
        level: Level,
        (keys, path): (&[StreamKey], u64),
        counts: Range<usize>,
        (units, depth): (&[u64], usize),
        scratch: &mut CompoundScratch,
        totals: &mut [u64],
    ) {
        if units.iter().all(|&n| n == 0) {
            return;
        }
        if counts.len() == 1 {
            add(level, self.counts[counts.start], units, totals);
            return;
        }
        let middle = counts.start + counts.len() / 2;
        let whole = self.before[counts.end] - self.before[counts.start];
        let part = self.before[middle] - self.before[counts.start];
        let chance = if whole > 0.0 { part / whole } else { 0.0 };
        if scratch.halves.len() == depth {
            scratch.halves.push(Default::default());
        }
        let (mut left, mut right) = std::mem::take(&mut scratch.halves[depth]);
        left.resize(units.len(), 0);
        right.resize(units.len(), 0);
        keys[middle].uniforms(level, path, &mut scratch.uniforms);
        binomial::quantiles(level, units, chance, &scratch.uniforms, &mut left);
        for ((right, &units), &left) in right.iter_mut().zip(units).zip(&left) {
            *right = units - left;
        }
        let below = depth + 1;
        let ranges = [counts.start..middle, middle..counts.end];
        for (counts, units) in ranges.into_iter().zip([&left, &right]) {
            let keys = (keys, path);
            self.share_out(level, keys, counts, (units, below), scratch, totals);
        }
        scratch.halves[depth] = (left, right);
    }
}

/// Adds `count` for each unit; totals beyond 64 bits stay at their limit.
fn add(level: Level, count: u64, units: &[u64], totals: &mut [u64]) {
    level.run(Add {
        count,
        units,
        totals,
    });
}

struct Add<'a> {
    count: u64,
    units: &'a [u64],
    totals: &'a mut [u64],
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            count,
            units,
            totals,
        } = self;
        // Every sum fits where these bounds do, as they nearly always do.
        let (mut of_units, mut of_totals) = (0, 0);
        for (&units, &total) in units.iter().zip(&*totals) {
            of_units |= units;
            of_totals |= total;
        }
        let bits = |word: u64| u64::BITS - word.leading_zeros();
        let fits = u32::max(bits(count) + bits(of_units), bits(of_totals)) < u64::BITS;
        for (total, &units) in totals.iter_mut().zip(units) {
            *total = match fits {
                true => total.wrapping_add(units.wrapping_mul(count)),
                false => total.saturating_add(units.saturating_mul(count)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::Streams;

    fn many() -> CompoundCounts {
        let counts: Vec<(u64, f64)> = (0..40).map(|c| (c, (c + 1) as f64 / 820.0)).collect();
        CompoundCounts::new(&counts)
    }

    #[test]
    fn moments_of_the_count_are_sums() {
        let counts = CompoundCounts::new(&[(3, 0.6), (7, 0.3), (14, 0.1)]);
        // 1.8 + 2.1 + 1.4 and 5.4 + 14.7 + 19.6.
        assert!((counts.mean() - 5.3).abs() < 1e-12);
        assert!((counts.mean_square() - 39.7).abs() < 1e-12);
    }

    /// One total for each number of units; all of the same path, day and streams.
    fn totals(law: &CompoundCounts, units: &[u64], path: u64, level: Level) -> Vec<u64> {
        let streams = Streams::new(9);
        let named = |purpose: &String| streams.named(purpose);
        let keys: Vec<_> = law.purposes().iter().map(named).collect();
        let scratch = &mut CompoundScratch::default();
        let mut numbers = CompoundNumbers::default();
        law.draw(level, (&keys, path), 1, &mut numbers);
        let total = |&units: &u64| {
            let mut total = [0];
            let numbers = (&keys[..], path, &numbers);
            law.totals(level, numbers, &[units], scratch, &mut total);
            total[0]
        };
        units.iter().map(total).collect()
    }

    fn range(first: u64, len: u64) -> CompoundCounts {
        let counts: Vec<(u64, f64)> = (0..len).map(|i| (first + i, 1.0 / len as f64)).collect();
        CompoundCounts::new(&counts)
    }

    #[test]
    fn ranges_of_equally_likely_integers_are_known() {
        assert!(range(8, 8).range.is_some());
        assert!(range(0, 4).range.is_some());
        assert!(range(2, 2).range.is_some());
        assert!(range(3, 5).range.is_some());
        assert!(range(3, 1).range.is_none());
        assert!(range(3, 100).range.is_none());
        let others = [
            [(1, 0.25), (2, 0.25), (3, 0.25), (5, 0.25)],
            [(1, 0.2), (2, 0.3), (3, 0.25), (4, 0.25)],
        ];
        assert!(
            others
                .iter()
                .all(|o| CompoundCounts::new(o).range.is_none())
        );
    }

    #[test]
    fn more_units_never_give_a_smaller_total() {
        let units: Vec<u64> = (0..140).chain((0..40).map(|e| 150 << e)).collect();
        let few = CompoundCounts::new(&[(1, 0.9), (50, 0.1)]);
        for law in [few, range(2, 2), range(8, 8), many()] {
            for path in 0..300 {
                let expected = totals(&law, &units, path, Level::BASELINE);
                assert!(expected.is_sorted(), "{expected:?}");
                for level in Level::available() {
                    assert_eq!(totals(&law, &units, path, level), expected);
                }
            }
        }
    }

    #[test]
    fn larger_counts_never_give_a_smaller_total() {
        let units: Vec<u64> = (0..140).collect();
        for path in 0..100 {
            let of = |law| totals(&law, &units, path, Level::best());
            let all = [range(2, 7), range(3, 7), range(3, 8), range(4, 8)].map(of);
            let rises = |pair: &[Vec<u64>]| pair[0].iter().zip(&pair[1]).all(|(a, b)| a <= b);
            assert!(all.windows(2).all(rises), "{path}");
        }
    }

    #[test]
    fn nothing_comes_of_no_units_and_huge_totals_stay_at_the_limit() {
        assert_eq!(totals(&many(), &[0], 1, Level::best()), [0]);
        let large = CompoundCounts::new(&[(u64::MAX, 1.0)]);
        assert_eq!(totals(&large, &[10], 2, Level::best()), [u64::MAX]);
        let large = range(u64::MAX - 1, 2);
        assert_eq!(totals(&large, &[10], 2, Level::best()), [u64::MAX]);
    }
}
