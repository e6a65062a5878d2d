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
        let point = dimension.point(path / RANDOMISATIONS as u64);
        let randomisation = Sampling::Quasi.part(path) as u64;
        open_unit(sobol::scrambled(&self.key, randomisation, point))
    }
}

/// Gives each of these a dimension of the Sobol sequence.
///
/// `inputs` take the first ones, which are the most even, in order of their names, so that the order
/// in which a scenario lists them does not matter. One name has one dimension; the names beyond
/// [`sobol::DIMENSIONS`] stay with the streams of their own.
///
/// `others` take one of the rest by a hash of their name, so that one more of them moves no other. Two
/// may meet in a dimension; their scramblings differ, so that both stay uniform and no mean is biased.
pub fn spread<'a>(
    inputs: impl Iterator<Item = &'a mut Once>,
    others: impl Iterator<Item = &'a mut Once>,
) {
    let mut inputs: Vec<&mut Once> = inputs.collect();
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    let dimensions: Vec<Dimension> = sobol::dimensions().collect();
    let mut rest = &dimensions[..];
    for group in inputs.chunk_by_mut(|a, b| a.name == b.name) {
        let Some((dimension, left)) = rest.split_first() else {
            return;
        };
        rest = left;
        for once in group {
            once.dimension = Some(Box::new(dimension.clone()));
        }
    }
    if rest.is_empty() {
        return;
    }
    for once in others {
        // An index that no path's draw has.
        let hash = once.key.word_at(u64::MAX, u64::MAX);
        let dimension = &rest[(hash % rest.len() as u64) as usize];
        once.dimension = Some(Box::new(dimension.clone()));
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
        spread(first.iter_mut(), [].into_iter());
        spread(other.iter_mut(), [].into_iter());
        for path in [0, 1, 16, 999] {
            let [b, a, c, a_again] = [0, 1, 2, 3].map(|k: usize| first[k].uniform(path));
            let of_other = [2, 1, 0].map(|k: usize| other[k].uniform(path));
            assert_eq!([b, a, c], of_other);
            assert_eq!(a, a_again);
            assert_ne!(a, b);
        }
    }

    #[test]
    fn one_more_of_the_others_moves_none() {
        let spread_out = |others: &[&str]| {
            let (mut inputs, mut others) = (named(&["b", "c"]), named(others));
            spread(inputs.iter_mut(), others.iter_mut());
            let draws = inputs.iter().chain(&others);
            draws.map(|once| once.uniform(40)).collect::<Vec<_>>()
        };
        let (few, more) = (spread_out(&["d", "a"]), spread_out(&["d", "a", "aa", "e"]));
        assert_eq!(few[..], more[..4]);
        let mut alone = named(&["d"]);
        let plain = alone[0].uniform(40);
        spread([].into_iter(), alone.iter_mut());
        assert_ne!(alone[0].uniform(40), plain);
    }

    #[test]
    fn names_beyond_the_table_keep_their_streams() {
        let names: Vec<String> = (0..sobol::DIMENSIONS + 2)
            .map(|k| format!("{k:05}"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut draws = named(&names);
        spread(draws.iter_mut(), [].into_iter());
        let plain = named(&names);
        let is_plain = |k: usize| draws[k].uniform(77) == plain[k].uniform(77);
        assert!(!is_plain(0) && !is_plain(sobol::DIMENSIONS - 1));
        assert!(is_plain(sobol::DIMENSIONS) && is_plain(sobol::DIMENSIONS + 1));
    }
}
