//! What is drawn once per path: by a stream of its own, or by a dimension of a Sobol sequence.

use super::sampling::RANDOMISATIONS;
use super::sobol::{self, Dimension};
use super::streams::{StreamKey, Streams};
use super::{Sampling, open_unit};

/// A uniform number that is drawn once per path.
#[derive(Clone, Debug)]
pub struct Once {
    name: String,
    key: StreamKey,
    dimension: Option<Box<Dimension>>,
}

impl Once {
    /// Drawn by the stream of this name.
    pub fn new(streams: &Streams, name: String) -> Self {
        Self {
            key: streams.named(&name),
            name,
            dimension: None,
        }
    }

    /// The number of a path, on (0, 1).
    #[inline]
    pub fn uniform(&self, path: u64) -> f64 {
        let Some(dimension) = &self.dimension else {
            return self.key.uniform_at(path, 0);
        };
        let randomisation = Sampling::Quasi.part(path) as u64;
        let point = dimension.point(path / RANDOMISATIONS as u64);
        open_unit(sobol::scrambled(&self.key, randomisation, point))
    }
}

/// What belongs together beside the inputs, in order of importance, and a key to find its dimensions.
pub type Group<'a> = (StreamKey, Vec<&'a mut Once>);

/// Places for groups, and dimensions of each.
const PLACES: u64 = 16;
const WIDTH: usize = 12;

/// Gives each of these a dimension of the Sobol sequence.
///
/// `inputs` take the first ones, which are the most even, in order of their names, so that the order
/// in which a scenario lists them does not matter. One name has one dimension; the names beyond
/// [`sobol::DIMENSIONS`] stay with the streams of their own.
///
/// Each of the other `groups` takes one of 16 places behind them, of 12 dimensions each, by a hash of
/// its key, so that one more group moves no other. Two groups may meet in a place. Their scramblings
/// differ, so that each draw stays uniform and even, and means stay unbiased; only what the two do
/// together is no more even than chance.
pub fn spread<'a>(
    inputs: impl Iterator<Item = &'a mut Once>,
    groups: impl IntoIterator<Item = Group<'a>>,
) {
    let mut inputs: Vec<&mut Once> = inputs.collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    let dimensions: Vec<Dimension> = sobol::dimensions().collect();
    let mut taken = 0;
    for group in inputs.chunk_by_mut(|a, b| a.name == b.name) {
        for once in group {
            once.dimension = dimensions.get(taken).cloned().map(Box::new);
        }
        taken += 1;
    }
    for (key, group) in groups {
        // An index that no path's draw has.
        let place = (key.word_at(u64::MAX, u64::MAX) % PLACES) as usize;
        let first = taken + place * WIDTH;
        for (once, place) in group.into_iter().zip(first..first + WIDTH) {
            once.dimension = dimensions.get(place).cloned().map(Box::new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Once> {
        let streams = Streams::new(5);
        let once = |name: &&str| Once::new(&streams, (*name).to_owned());
        names.iter().map(once).collect()
    }

    #[test]
    fn the_order_of_names_decides_and_one_name_is_one_dimension() {
        let mut first = named(&["b", "a", "c", "a"]);
        let mut other = named(&["c", "a", "b"]);
        spread(first.iter_mut(), []);
        spread(other.iter_mut(), []);
        for path in [0, 1, 16, 999] {
            let [b, a, c, a_again] = [0, 1, 2, 3].map(|k: usize| first[k].uniform(path));
            let of_other = [2, 1, 0].map(|k: usize| other[k].uniform(path));
            assert_eq!([b, a, c], of_other);
            assert_eq!(a, a_again);
            assert_ne!(a, b);
        }
    }

    #[test]
    fn groups_are_even_among_all_and_one_more_moves_none() {
        let of_groups = |names: &[&str]| {
            let mut inputs = named(&["b"]);
            let mut members: Vec<_> = names.iter().map(|name| named(&[name, "x"])).collect();
            let groups = names.iter().zip(&mut members).map(|(name, members)| {
                let key = Streams::new(5).named(name);
                (key, members.iter_mut().collect())
            });
            spread(inputs.iter_mut(), groups.collect::<Vec<_>>());
            let draws = inputs.into_iter().chain(members.into_iter().flatten());
            // 64 points of a randomisation.
            let points = |once: Once| (0..64).map(|i| once.uniform(16 * i + 3)).collect();
            draws.map(points).collect::<Vec<Vec<f64>>>()
        };
        let few = of_groups(&["d"]);
        let more = of_groups(&["d", "a", "e"]);
        assert_eq!(few[..], more[..3]);
        // One in each 64th.
        for values in &more {
            let mut cells: Vec<u64> = values.iter().map(|u| (u * 64.0) as u64).collect();
            cells.sort_unstable();
            assert!(cells.into_iter().eq(0..64));
        }
    }

    #[test]
    fn names_beyond_the_table_keep_their_streams() {
        let names: Vec<String> = (0..sobol::DIMENSIONS + 2)
            .map(|k| format!("{k:05}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut draws = named(&names);
        spread(draws.iter_mut(), []);
        let plain = named(&names);
        let is_plain = |k: usize| draws[k].uniform(77) == plain[k].uniform(77);
        assert!(!is_plain(0) && !is_plain(sobol::DIMENSIONS - 1));
        assert!(is_plain(sobol::DIMENSIONS) && is_plain(sobol::DIMENSIONS + 1));
    }
}
