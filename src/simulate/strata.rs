//! Stratified sampling: which points of a quasi-random run the paths of a stratified run are.
//!
//! The simulation of a path's days is dear, what it is expected to want
//! ([`Model::outlook`]) cheap, and the two hardly differ beyond what paths differ in. So of every
//! randomisation [`CANDIDATES`] times as many points are looked at as paths are run; they are sorted by
//! outlook and cut into strata of [`CANDIDATES`], and of each stratum one point, any with the same
//! probability, is run. The strata are equally likely, so paths weigh the same and every figure is
//! estimated without bias, whatever the outlook is worth: double sampling for stratification
//! (J. Neyman, J. Am. Stat. Assoc. 33 (1938) 101; W. G. Cochran, Sampling Techniques, 3rd ed. 1977,
//! ch. 12). What it is worth decides how much of the variance is left: that of as many points as were
//! looked at, and that within strata.
//!
//! The points of a randomisation are chosen by the round: 16, 16, 32, 64, 128, then 256 paths at a time, so that
//! the first N paths of a run of 2N are the run of N. Within a round strata come in the order of
//! reversed bits, so that the paths of a round that is not finished are spread evenly too.

use std::ops::Range;

use rayon::prelude::*;

use crate::demand::Model;
use crate::randomness::sampling::{CANDIDATES, RANDOMISATIONS, Sampling};
use crate::randomness::streams::StreamKey;

/// Paths of one randomisation in the first round and in the largest.
const FIRST: u64 = 16;
const LARGEST: u64 = 256;

/// Candidates whose outlooks are drawn as one piece of work.
const PIECE: u64 = 512;

const PARTS: u64 = RANDOMISATIONS as u64;

/// Which future each path of a run is.
#[derive(Debug)]
pub(crate) struct Strata<'a> {
    model: &'a Model,
    /// Takes one of a stratum's candidates.
    pick: StreamKey,
    /// The stratum that is the first of a round.
    order: StreamKey,
    /// Paths of the latest round, and their futures.
    round: Range<u64>,
    chosen: Vec<u64>,
}

impl<'a> Strata<'a> {
    /// Nothing chosen yet.
    pub(crate) fn new(model: &'a Model) -> Self {
        Self {
            model,
            pick: model.streams().named("strata/pick"),
            order: model.streams().named("strata/order"),
            round: 0..0,
            chosen: Vec::new(),
        }
    }

    /// The futures that are these paths, by the number under which the model draws them; `None` when
    /// `go_on` says so, which is asked now and then and from any thread.
    pub(crate) fn futures(
        &mut self,
        paths: Range<u64>,
        go_on: impl Fn() -> bool + Sync,
    ) -> Option<Vec<u64>> {
        if self.model.sampling() != Sampling::Stratified {
            return Some(paths.collect());
        }
        let mut futures = Vec::with_capacity((paths.end - paths.start) as usize);
        let mut path = paths.start;
        while path < paths.end {
            if !self.round.contains(&path) {
                self.choose(round_of(path / PARTS), &go_on)?;
            }
            let end = paths.end.min(self.round.end);
            let place = |path: u64| (path - self.round.start) as usize;
            futures.extend_from_slice(&self.chosen[place(path)..place(end)]);
            path = end;
        }
        Some(futures)
    }

    /// Chooses the futures of a round of every randomisation.
    fn choose(&mut self, round: Range<u64>, go_on: &(impl Fn() -> bool + Sync)) -> Option<()> {
        let count = round.end - round.start;
        let candidates = PARTS * CANDIDATES * round.start..PARTS * CANDIDATES * round.end;
        let pieces: Vec<Range<u64>> = (candidates.start..candidates.end)
            .step_by(PIECE as usize)
            .map(|start| start..(start + PIECE).min(candidates.end))
            .collect();
        let outlooks: Option<Vec<Vec<i64>>> = pieces
            .into_par_iter()
            .map_init(
                || self.model.future(),
                |future, piece| {
                    let mut outlook = |candidate| self.model.outlook(candidate, future);
                    go_on().then(|| piece.map(&mut outlook).collect())
                },
            )
            .collect();
        let outlooks = outlooks?.concat();
        let outlook = |candidate: u64| outlooks[(candidate - candidates.start) as usize];
        self.round = PARTS * round.start..PARTS * round.end;
        self.chosen.clear();
        self.chosen.resize((PARTS * count) as usize, 0);
        for part in 0..PARTS {
            let of_part = candidates.clone().skip(part as usize);
            let mut sorted: Vec<u64> = of_part.step_by(RANDOMISATIONS).collect();
            // Candidates that look the same are in order of their numbers.
            sorted.sort_unstable_by_key(|&candidate| (outlook(candidate), candidate));
            let first = self.round.start + part;
            let turn = (self.order.uniform_at(first, 0) * count as f64) as u64;
            for place in 0..count {
                let path = first + PARTS * place;
                let stratum = reversed(place, count) ^ turn;
                let pick = (self.pick.uniform_at(path, 0) * CANDIDATES as f64) as u64;
                self.chosen[(path - self.round.start) as usize] =
                    sorted[(stratum * CANDIDATES + pick) as usize];
            }
        }
        Some(())
    }
}

/// The points of a randomisation that are chosen together with this one. Rounds begin and end at
/// multiples of their lengths, which are powers of two: the points of a Sobol sequence between are a
/// net.
fn round_of(point: u64) -> Range<u64> {
    let length = match point {
        0..FIRST => FIRST,
        _ => (1 << point.ilog2()).min(LARGEST),
    };
    let start = point / length * length;
    start..start + length
}

/// The number below `count`, a power of two, with the bits of `place` in reverse.
fn reversed(place: u64, count: u64) -> u64 {
    match count.ilog2() {
        0 => 0,
        bits => place.reverse_bits() >> (u64::BITS - bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_follow_each_other_and_are_aligned() {
        let mut point = 0;
        let mut lengths = Vec::new();
        while point < 1_024 {
            let round = round_of(point);
            let length = round.end - round.start;
            assert!(round.start == point && length.is_power_of_two() && point % length == 0);
            assert!(round.clone().all(|other| round_of(other) == round));
            lengths.push(length);
            point = round.end;
        }
        assert_eq!(lengths, [16, 16, 32, 64, 128, 256, 256, 256]);
    }

    #[test]
    fn reversed_bits_are_a_permutation_and_spread_evenly() {
        let all: Vec<u64> = (0..8).map(|place| reversed(place, 8)).collect();
        assert_eq!(all, [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!(reversed(0, 1), 0);
    }
}
