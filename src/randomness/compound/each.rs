//! Counts of single units: a random number each.

use std::ops::RangeInclusive;

use crate::randomness::dispatch::{Kernel, Level};
use crate::randomness::streams::StreamKey;

/// Distinct counts for which units are drawn one by one: with fewer a tree is soon done, and so many can be looked
/// up.
const SEVERAL: RangeInclusive<usize> = 9..=4_096;

/// Cells of equal probability that a search starts from: so many that, unless there are very many counts, hardly any
/// has more than one.
const CELLS: usize = 1 << BITS;
const BITS: u32 = 12;

/// Numbers made side by side.
const LANES: u64 = 8;

/// The certain event as a whole number.
const ONE: u64 = 1 << 63;

/// Draws the first units of a day one by one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Each {
    /// 2^63 times the probability of no more than each count, ascending.
    ends: Vec<u64>,
    /// Place of the smallest count that a number of each cell may have.
    guides: Vec<u16>,
    /// Most units of a day: as many as there are counts, which takes a third of the time of the tree.
    most: u64,
}

impl Each {
    /// For ascending counts with their probabilities.
    pub(super) fn new(counts: &[(u64, f64)]) -> Option<Self> {
        if !SEVERAL.contains(&counts.len()) {
            return None;
        }
        let mut sum = 0.0;
        let end = |&(_, share): &(u64, f64)| {
            sum += share;
            // Saturates; no more than 1, whatever the rounding.
            u64::min((sum * ONE as f64) as u64, ONE)
        };
        let mut ends: Vec<u64> = counts.iter().map(end).collect();
        ends.pop();
        ends.push(ONE);
        let guide = |cell: u64| ends.partition_point(|&end| end <= cell * (ONE >> BITS)) as u16;
        Some(Self {
            guides: (0..CELLS as u64).map(guide).collect(),
            ends,
            most: counts.len() as u64,
        })
    }

    /// Totals of the first units of each day, and how many units that leaves. A unit has the same number however
    /// many there are. Totals beyond 64 bits stay at their limit.
    pub(super) fn totals(
        &self,
        level: Level,
        counts: &[u64],
        (key, path): (&StreamKey, u64),
        units: &[u64],
        (left, totals): (&mut [u64], &mut [u64]),
    ) {
        level.run(Draw {
            law: self,
            counts,
            key,
            path,
            units,
            left,
            totals,
        });
    }

    /// The place of the count that a number stands for.
    #[inline(always)]
    fn place(&self, word: u64) -> usize {
        let mut place = usize::from(self.guides[(word >> (u64::BITS - BITS)) as usize]);
        while self.ends[place] <= word >> 1 {
            place += 1;
        }
        place
    }
}

struct Draw<'a> {
    law: &'a Each,
    counts: &'a [u64],
    key: &'a StreamKey,
    path: u64,
    units: &'a [u64],
    left: &'a mut [u64],
    totals: &'a mut [u64],
}

impl Kernel for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let most = self.law.most;
        let of_path = self.key.place(self.path);
        let days = self.units.iter().zip(self.totals).zip(self.left);
        for (day, ((&units, total), left)) in (0..).zip(days) {
            let few = units.min(most);
            *total = 0;
            for first in (0..few).step_by(LANES as usize) {
                let index = most * day + first;
                let mut words = [0; LANES as usize];
                for (word, index) in words.iter_mut().zip(index..) {
                    *word = self.key.word_in(of_path, index);
                }
                for &word in &words[..u64::min(few - first, LANES) as usize] {
                    let count = self.counts[self.law.place(word)];
                    *total = total.saturating_add(count);
                }
            }
            *left = units - few;
        }
    }
}
