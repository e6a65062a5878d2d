//! Shapley effects: a fair share of an output's variance for each player, also where players are
//! correlated.
//!
//! With v(u) = Var(E[y | the inputs of the players u]) / Var(y), a player's effect is what it adds to v,
//! averaged over all orders in which the players may come. Effects are never negative but for the error
//! of their estimate and sum to v(all players); the rest of the variance is explained by no input.
//! A. B. Owen, SIAM/ASA Journal on Uncertainty Quantification 2 (2014) 245.
//!
//! v(u) is the share that a regression on the functions of u's inputs explains, adjusted for the number
//! of these functions: v = 1 - (1 - R²)(n - 1)/(n - P). Errors are those of a jackknife over 16 parts of
//! the paths, with Student's t.

use crate::decide::indices::varies;
use crate::decide::regression::{Basis, Sums};
use crate::special::student;
use crate::summarise::ranks::LEVEL;

/// A share of the variance, with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Half-width of its 95% interval.
    pub half_width: f64,
}

/// What an output's variance is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// By player.
    pub players: Vec<Share>,
    /// What no player's inputs explain.
    pub rest: Share,
}

/// Parts of the paths that are left out in turn.
const PARTS: usize = 16;

/// The Shapley effects of players on outputs, by path. `players` are the places of each player's inputs
/// in the basis. `None` for an output that hardly varies.
///
/// # Panics
/// When an output has not a value for each path, or there are more than 16 players.
pub fn shares(basis: &Basis, players: &[Vec<usize>], outputs: &[Vec<f64>]) -> Vec<Option<Shares>> {
    assert!(players.len() <= 16, "every set of players is looked at");
    let centred: Vec<Vec<f64>> = outputs
        .iter()
        .map(|output| {
            assert!(output.len() == basis.paths(), "a value for each path");
            let mean = output.iter().sum::<f64>() / output.len() as f64;
            output.iter().map(|y| y - mean).collect()
        })
        .collect();
    let parts = parts(basis, &centred);
    let mut whole = Part::new(basis, outputs.len());
    parts.iter().for_each(|part| whole.join(part, 1.0));
    let sets: Vec<Vec<usize>> = (0..1_usize << players.len())
        .map(|set| {
            let has = |input: usize| {
                let mut places = players.iter().enumerate();
                places.any(|(place, inputs)| set >> place & 1 == 1 && inputs.contains(&input))
            };
            basis.of(has)
        })
        .collect();
    let all = whole.effects(&sets, players.len());
    let without: Vec<Vec<Vec<f64>>> = parts
        .iter()
        .map(|part| {
            let mut others = whole.clone();
            others.join(part, -1.0);
            others.effects(&sets, players.len())
        })
        .collect();
    let outputs = outputs.iter().enumerate();
    outputs
        .map(|(output, values)| {
            let share = |player: usize| {
                let left_out = without.iter().map(|w| w[output][player]);
                jackknifed(all[output][player], &left_out.collect::<Vec<_>>())
            };
            varies(values).then(|| Shares {
                players: (0..players.len()).map(share).collect(),
                rest: share(players.len()),
            })
        })
        .collect()
}

/// Sums over some paths.
#[derive(Clone, Debug)]
struct Part {
    sums: Sums,
    /// By output: sum, and sum of squares.
    moments: Vec<(f64, f64)>,
    paths: f64,
}

impl Part {
    fn new(basis: &Basis, outputs: usize) -> Self {
        Self {
            sums: Sums::new(basis.len(), outputs),
            moments: vec![(0.0, 0.0); outputs],
            paths: 0.0,
        }
    }

    fn join(&mut self, other: &Self, times: f64) {
        self.sums.join(&other.sums, times);
        self.paths += times * other.paths;
        for ((sum, square), (others, squares)) in self.moments.iter_mut().zip(&other.moments) {
            *sum += times * others;
            *square += times * squares;
        }
    }

    /// By output, each player's effect, and last what no player explains.
    fn effects(&self, sets: &[Vec<usize>], players: usize) -> Vec<Vec<f64>> {
        let explained: Vec<Vec<f64>> = sets.iter().map(|set| self.explained(set)).collect();
        let outputs = 0..self.moments.len();
        outputs
            .map(|output| {
                let value = |set: usize| explained[set][output];
                let mut effects: Vec<f64> = (0..players)
                    .map(|player| effect(player, players, value))
                    .collect();
                effects.push(1.0 - value(sets.len() - 1));
                effects
            })
            .collect()
    }

    /// v of a set of functions, by output.
    fn explained(&self, places: &[usize]) -> Vec<f64> {
        let n = self.paths;
        let sums = self.sums.explained(places);
        let pairs = sums.into_iter().zip(&self.moments);
        pairs
            .map(|(explained, &(sum, squares))| {
                let mean_part = sum * sum / n;
                let share = (explained - mean_part) / (squares - mean_part);
                1.0 - (1.0 - share) * (n - 1.0) / (n - places.len() as f64)
            })
            .collect()
    }
}

fn parts(basis: &Basis, outputs: &[Vec<f64>]) -> Vec<Part> {
    let mut parts = vec![Part::new(basis, outputs.len()); PARTS];
    let mut row = Vec::new();
    for path in 0..basis.paths() {
        basis.row(path, &mut row);
        let part = &mut parts[path % PARTS];
        part.sums.add(&row, outputs.iter().map(|y| y[path]));
        part.paths += 1.0;
        for ((sum, squares), output) in part.moments.iter_mut().zip(outputs) {
            *sum += output[path];
            *squares += output[path] * output[path];
        }
    }
    parts
}

/// Σ over the sets u without the player of |u|! (k - |u| - 1)! / k! (v(u and player) - v(u)).
fn effect(player: usize, players: usize, value: impl Fn(usize) -> f64) -> f64 {
    let sets = 0..1_usize << players;
    let without = sets.filter(|set| set >> player & 1 == 0);
    let added = without.map(|set| {
        let size = set.count_ones() as usize;
        // 1 / (k (k - 1 choose |u|)).
        let choices = (0..size).fold(1.0, |choices, i| {
            choices * (players - 1 - i) as f64 / (i + 1) as f64
        });
        (value(set | 1 << player) - value(set)) / choices
    });
    added.sum::<f64>() / players as f64
}

/// A share and its error from the shares with each part left out.
fn jackknifed(value: f64, left_out: &[f64]) -> Share {
    let parts = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / parts;
    let squares = left_out.iter().map(|share| (share - mean) * (share - mean));
    let error = ((parts - 1.0) / parts * squares.sum::<f64>()).sqrt();
    Share {
        value,
        error,
        half_width: error * student::two_sided(parts - 1.0, 1.0 - LEVEL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_the_mean_of_what_a_player_adds_over_all_orders() {
        // Three players with v of each set as written; by hand over the six orders.
        let v = [0.0, 0.1, 0.2, 0.5, 0.3, 0.4, 0.6, 1.0];
        let mut by_hand = [0.0; 3];
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let mut set = 0;
            for player in order {
                by_hand[player] += (v[set | 1 << player] - v[set]) / 6.0;
                set |= 1 << player;
            }
        }
        for (player, expected) in by_hand.into_iter().enumerate() {
            let got = effect(player, 3, |set| v[set]);
            assert!((got - expected).abs() < 1e-15, "{got} {expected}");
        }
    }
}
