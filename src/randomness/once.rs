//! What is drawn once per path: by a stream of its own, or by a dimension of a Sobol sequence.

use super::sampling::RANDOMISATIONS;
use super::sobol::{self, Dimension};
use super::streams::{StreamKey, Streams};
use super::{Sampling, open_unit};

/// Where a path finds its numbers: the path, and its point of a sequence where there is one. The draws
/// of one [`Group`] have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    path: u64,
    index: u64,
}

impl Place {
    /// The path.
    pub fn path(self) -> u64 {
        self.path
    }
}

/// A uniform number that is drawn once per path.
#[derive(Clone, Debug)]
pub struct Once {
    name: String,
    key: StreamKey,
    dimension: Option<Box<Dimension>>,
    /// What takes the points of the dimension in another order.
    order: Option<StreamKey>,
}

impl Once {
    /// Drawn by the stream of this name.
    pub fn new(streams: &Streams, name: String) -> Self {
        Self {
            key: streams.named(&name),
            name,
            dimension: None,
            order: None,
        }
    }

    /// The number of a path, on (0, 1).
    #[inline]
    pub fn uniform(&self, path: u64) -> f64 {
        self.uniform_in(self.place(path))
    }

    /// Where the number of a path is.
    #[inline]
    pub fn place(&self, path: u64) -> Place {
        let index = path / RANDOMISATIONS as u64;
        let index = match &self.order {
            Some(order) => sobol::shuffled(order, randomisation_of(path), index),
            None => index,
        };
        Place { path, index }
    }

    /// The number in a place that this draw, or another one of its group, found for a path.
    #[inline]
    pub fn uniform_in(&self, place: Place) -> f64 {
        let Some(dimension) = &self.dimension else {
            return self.key.uniform_at(place.path, 0);
        };
        let point = dimension.point(place.index);
        let randomisation = randomisation_of(place.path);
        open_unit(sobol::scrambled(&self.key, randomisation, point))
    }
}

#[inline]
fn randomisation_of(path: u64) -> u64 {
    Sampling::Quasi.part(path) as u64
}

/// What belongs together beside the inputs.
#[derive(Debug)]
pub struct Group<'a> {
    /// The key of the order in which it takes the points.
    pub order: StreamKey,
    /// Its draws, the most important first.
    pub draws: Vec<&'a mut Once>,
}

/// Gives each of these a dimension of the Sobol sequence.
///
/// `inputs` take the first ones, which are the most even, in order of their names, so that the order
/// in which a scenario lists them does not matter. One name has one dimension; the names beyond
/// [`sobol::DIMENSIONS`] stay with the streams of their own.
///
/// The `groups` all take the dimensions behind those, each from its first, but each takes the points in
/// an order of its own, so that one more group moves no other: a group is even by itself, and what two
/// of them do together is about as even as chance (Latin supercube sampling: A. B. Owen, ACM
/// Trans. Model. Comput. Simul. 8 (1998) 71). Without that order the points of two groups would be
/// functions of each other, and their common effect would not average out at all.
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
    for Group { order, draws } in groups {
        for (once, dimension) in draws.into_iter().zip(taken..) {
            once.dimension = dimensions.get(dimension).cloned().map(Box::new);
            once.order = Some(order);
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
                let order = Streams::new(5).named(name);
                let draws = members.iter_mut().collect();
                Group { order, draws }
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

    /// Mean of (u - 1/2)(v - 1/2) over the first points of a randomisation, for the first members of
    /// two groups.
    fn product(first: &Once, other: &Once, randomisation: u64, points: u64) -> f64 {
        let of = |once: &Once, i| once.uniform(RANDOMISATIONS as u64 * i + randomisation) - 0.5;
        let sum: f64 = (0..points).map(|i| of(first, i) * of(other, i)).sum();
        sum / points as f64
    }

    #[test]
    fn what_two_groups_do_together_averages_out() {
        // Chance gives the mean product a variance of 1/144 over the points. Of two nested orders the
        // binary digits of weight 2^-k in u and v agree or not by 2^k points together, which gives
        // 1/128 (1 + 1/8 + 1/64 + ...) = 1/112. Over 16 randomisations and 20 pairs of groups, the sum of
        // 320 squares of about normal scores passes 320 + 4.9 sqrt(640) once in a million times; groups in
        // one order stay at a deviation of 1.7% and pass it at once.
        let names: Vec<String> = (0..40).map(|k| format!("group {k}")).collect();
        let mut members: Vec<Vec<Once>> = names.iter().map(|name| named(&[name])).collect();
        let groups = names.iter().zip(&mut members).map(|(name, members)| Group {
            order: Streams::new(5).named(&format!("order of {name}")),
            draws: members.iter_mut().collect(),
        });
        spread(std::iter::empty(), groups.collect::<Vec<_>>());
        let squares = |points: u64, is_apart: bool| -> f64 {
            let pairs = members.chunks(2).flat_map(|pair| {
                let mut other = pair[1][0].clone();
                if !is_apart {
                    other.order = pair[0][0].order;
                }
                let of = move |r| product(&pair[0][0], &other, r, points);
                (0..RANDOMISATIONS as u64).map(of).collect::<Vec<_>>()
            });
            let deviation = (1.0 / 112.0 / points as f64).sqrt();
            pairs.map(|p| (p / deviation) * (p / deviation)).sum()
        };
        let most = 320.0 + 4.9 * 640_f64.sqrt();
        for points in [64, 1_024, 4_096] {
            assert!(squares(points, true) < most, "{points}");
        }
        assert!(squares(4_096, false) > 2.0 * most);
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
