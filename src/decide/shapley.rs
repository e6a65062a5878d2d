//! Shapley effects: a fair share of an output's variance for each group of inputs, and within a group for
//! each of its members, also where inputs are correlated.
//!
//! With v(u) = Var(E[y | the inputs of u]) / Var(y), a group's effect is what it adds to v, averaged over
//! all orders in which the groups may come. A member's effect is what it adds when its group comes,
//! averaged over these and over all orders of the group's members:
//!
//! φ(i) = Σ_S 1/(K (K-1 choose |S|)) Σ_T 1/(m (m-1 choose |T|)) (v(S, T, i) - v(S, T)),
//!
//! over the sets S of the other K - 1 groups, and T of the group's other m - 1 members (Owen's value of a
//! game with unions). So the effects of a group's members sum to the group's, those of the groups to v of
//! everything, and the rest of the variance is explained by no input. Where each group has one member these
//! are Shapley effects. None is negative but for the error of its estimate.
//! A. B. Owen, SIAM/ASA Journal on Uncertainty Quantification 2 (2014) 245; A. B. Owen & C. Prieur, the same
//! 5 (2017) 986; G. Owen, in Mathematical Economics and Game Theory, Springer (1977) 76.
//!
//! v(u) is the share that a regression on the functions of u's inputs explains, adjusted for the number
//! P of these functions: v = 1 - (1 - R²)(n - 1)/(n - P). Errors are those of a jackknife over 16 parts of
//! the paths, with Student's t.
//!
//! All sets are looked at as long as there are at most 16,384 for a group. A group of more members has its
//! orders drawn for each S, each with its reverse, in rounds that hold as many orders for each |S|: its own
//! effect stays what it is, and the variance over the rounds is added to its members' (E. Song, B. L.
//! Nelson & J. Staum, the same 4 (2016) 1060).

use rayon::prelude::*;

use crate::decide::indices::varies;
use crate::decide::regression::{Basis, Sums};
use crate::randomness::StreamKey;
use crate::special::student;
use crate::summarise::ranks::LEVEL;

mod ladder;
mod rest;

use ladder::Ladder;
pub use rest::Rest;

/// A share of the variance, with its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The estimate; one near 0 may lie below it.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Half-width of its 95% interval.
    pub half_width: f64,
}

impl Share {
    /// The 95% interval.
    pub fn interval(&self) -> (f64, f64) {
        (self.value - self.half_width, self.value + self.half_width)
    }

    /// True when the interval reaches down to 0: the run cannot tell it from nothing.
    pub fn is_lost(&self) -> bool {
        self.interval().0 <= 0.0
    }
}

/// What an output's variance is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// By group.
    pub groups: Vec<Share>,
    /// By group, of each of its members; these sum to the group's.
    pub members: Vec<Vec<Share>>,
    /// What no group's inputs explain by the regression: chance, and what the regression cannot follow
    /// ([`rest_of`](Self::rest_of)).
    pub rest: Share,
    /// The rest with each part of the paths left out.
    rest_without: Vec<f64>,
}

/// Parts of the paths that are left out in turn.
const PARTS: usize = 16;

/// Most sets that are looked at for the members of a group, and fewest rounds of drawn orders where there
/// would be more.
const SETS: usize = 1 << 14;
const FEWEST_ROUNDS: usize = 8;

/// The effects of groups on outputs, by path. `groups` holds each group's members, and of these the places
/// of their inputs in the basis. `key` is where orders are drawn from. `None` for an output that hardly
/// varies.
///
/// # Panics
/// When an output has not a value for each path, an input belongs to no member, or there are more than 12
/// groups.
pub fn shares(
    basis: &Basis,
    groups: &[Vec<Vec<usize>>],
    outputs: &[Vec<f64>],
    key: &StreamKey,
) -> Vec<Option<Shares>> {
    let game = Game::new(basis, groups, key);
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
    // Each on its own, in order: threads change nothing.
    let without: Vec<Effects> = parts
        .par_iter()
        .map(|part| {
            let mut others = whole.clone();
            others.join(part, -1.0);
            game.effects(&others)
        })
        .collect();
    let all = game.effects(&whole);
    let share = |of: &dyn Fn(&Effects) -> Vec<f64>| {
        let left_out = without.iter().map(|effects| mean(&of(effects)));
        jackknifed(&of(&all), &left_out.collect::<Vec<_>>())
    };
    let outputs = outputs.iter().enumerate();
    outputs
        .map(|(output, values)| {
            let of_group = |members: &Vec<usize>| share(&|effects| effects.of(members, output));
            let of_member = |&member: &usize| share(&|effects| effects.of(&[member], output));
            let of_members = |members: &Vec<usize>| members.iter().map(of_member).collect();
            varies(values).then(|| Shares {
                groups: game.groups.iter().map(of_group).collect(),
                members: game.groups.iter().map(of_members).collect(),
                rest: share(&|effects| vec![effects.rest[output]]),
                rest_without: without.iter().map(|effects| effects.rest[output]).collect(),
            })
        })
        .collect()
}

/// Who plays: members are numbered through all groups.
struct Game<'a> {
    /// The members of each group.
    groups: Vec<Vec<usize>>,
    /// By group, how many rounds of orders are drawn; `None` where all sets are looked at.
    rounds: Vec<Option<usize>>,
    members: usize,
    /// The members whose inputs each function is of.
    members_of: Vec<Vec<usize>>,
    key: &'a StreamKey,
}

/// What each member adds.
struct Effects {
    /// By member and output: the mean over all sets, or one by round of drawn orders.
    added: Vec<Vec<Vec<f64>>>,
    /// By output, what nobody explains.
    rest: Vec<f64>,
}

impl Effects {
    /// What some members of a group add to an output together: once, or by round of drawn orders.
    fn of(&self, members: &[usize], output: usize) -> Vec<f64> {
        let mut sums: Vec<f64> = Vec::new();
        for &member in members {
            let added = &self.added[member][output];
            sums.resize(added.len(), 0.0);
            sums.iter_mut()
                .zip(added)
                .for_each(|(sum, one)| *sum += one);
        }
        sums
    }
}

impl<'a> Game<'a> {
    fn new(basis: &Basis, groups: &[Vec<Vec<usize>>], key: &'a StreamKey) -> Self {
        assert!(groups.len() <= 12, "every set of groups is looked at");
        let mut next = 0..;
        let numbered: Vec<Vec<usize>> = groups
            .iter()
            .map(|group| next.by_ref().take(group.len()).collect())
            .collect();
        let members: Vec<&Vec<usize>> = groups.iter().flatten().collect();
        let member_of = |input: usize| {
            let member = members.iter().position(|inputs| inputs.contains(&input));
            member.expect("each input belongs to a member")
        };
        let others = groups.len().saturating_sub(1);
        let rounds = |group: &Vec<Vec<usize>>| {
            let is_few = others + group.len() <= SETS.ilog2() as usize;
            let steps = 2.0 * group.len() as f64 / least_weight(groups.len());
            let rounds = (SETS as f64 / steps) as usize;
            (!is_few).then_some(rounds.max(FEWEST_ROUNDS))
        };
        Self {
            groups: numbered,
            rounds: groups.iter().map(rounds).collect(),
            members: members.len(),
            members_of: basis
                .inputs()
                .map(|inputs| inputs.map(member_of).collect())
                .collect(),
            key,
        }
    }

    fn effects(&self, part: &Part) -> Effects {
        let outputs = part.moments.len();
        let mut effects = Effects {
            added: vec![Vec::new(); self.members],
            rest: vec![0.0; outputs],
        };
        for (group, rounds) in self.groups.iter().zip(&self.rounds) {
            for &member in group {
                effects.added[member] = vec![vec![0.0; rounds.unwrap_or(1)]; outputs];
            }
        }
        let mut ladder = Ladder::new(part, &self.members_of, self.members);
        let groups = self.groups.len();
        every_set(&mut ladder, &self.groups, &mut |set, ladder| {
            for group in (0..groups).filter(|group| set >> group & 1 == 0) {
                let weight = weight(groups, set.count_ones() as usize);
                match self.rounds[group] {
                    None => self.exactly(group, weight, ladder, &mut effects),
                    Some(rounds) => self.drawn((group, set), rounds, weight, ladder, &mut effects),
                }
            }
            if set + 1 == 1 << groups {
                let explained = ladder.shares();
                effects.rest = explained.map(|share| 1.0 - share).collect();
            }
        });
        effects
    }

    /// What each member of a group adds to those on the ladder, averaged over all orders of the members.
    fn exactly(&self, group: usize, weight: f64, ladder: &mut Ladder<'_>, effects: &mut Effects) {
        let members = &self.groups[group];
        let alone: Vec<[usize; 1]> = members.iter().map(|&member| [member]).collect();
        let outputs = effects.rest.len();
        let mut values = vec![0.0; outputs << members.len()];
        every_set(ladder, &alone, &mut |set, ladder| {
            let shares = ladder.shares();
            values[set * outputs..]
                .iter_mut()
                .zip(shares)
                .for_each(|(value, share)| *value = share);
        });
        for (place, &member) in members.iter().enumerate() {
            for (output, added) in effects.added[member].iter_mut().enumerate() {
                let value = |set: usize| values[set * outputs + output];
                added[0] += weight * effect(place, members.len(), value);
            }
        }
    }

    /// The same averaged over drawn orders, each followed by its reverse.
    fn drawn(
        &self,
        (group, set): (usize, usize),
        rounds: usize,
        weight: f64,
        ladder: &mut Ladder<'_>,
        effects: &mut Effects,
    ) {
        let bottom = ladder.height();
        let start: Vec<f64> = ladder.shares().collect();
        let mut before = start.clone();
        let mut order = self.groups[group].clone();
        // A set of few or of nearly all groups weighs more than others of which there are more.
        let pairs = (weight / least_weight(self.groups.len())).round() as usize;
        let weight = weight / (2 * pairs) as f64;
        let draws = (group << 16 | set) as u64;
        let places = order.len() as u64;
        for pair in 0..rounds * pairs {
            let first = pair as u64 * places;
            shuffle(&mut order, |place| {
                self.key.uniform_at(draws, first + place)
            });
            for _ in 0..2 {
                before.copy_from_slice(&start);
                for &member in &order {
                    ladder.climb(&[member]);
                    let added = effects.added[member].iter_mut();
                    for ((added, before), now) in added.zip(&mut before).zip(ladder.shares()) {
                        added[pair / pairs] += weight * (now - *before);
                        *before = now;
                    }
                }
                ladder.back(bottom, &order);
                order.reverse();
            }
        }
    }
}

/// Shows every set of some pieces to `see`, each as bits, when they are on the ladder.
fn every_set<P: AsRef<[usize]>>(
    ladder: &mut Ladder<'_>,
    pieces: &[P],
    see: &mut impl FnMut(usize, &mut Ladder<'_>),
) {
    from(ladder, pieces, (0, 0), see);
}

fn from<P: AsRef<[usize]>>(
    ladder: &mut Ladder<'_>,
    pieces: &[P],
    (set, first): (usize, usize),
    see: &mut impl FnMut(usize, &mut Ladder<'_>),
) {
    see(set, ladder);
    for (place, piece) in pieces.iter().enumerate().skip(first) {
        let height = ladder.height();
        ladder.climb(piece.as_ref());
        from(ladder, pieces, (set | 1 << place, place + 1), see);
        ladder.back(height, piece.as_ref());
    }
}

/// Puts a list into an order of which all are equally likely (R. Durstenfeld, Communications of the ACM 7
/// (1964) 420).
fn shuffle(order: &mut [usize], uniform: impl Fn(u64) -> f64) {
    for last in (1..order.len()).rev() {
        let place = (uniform(last as u64) * (last + 1) as f64) as usize;
        order.swap(place.min(last), last);
    }
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

/// 1 / (k (k - 1 choose size)): how often, of all orders of k players, just these `size` come before one.
fn weight(players: usize, size: usize) -> f64 {
    let choices = (0..size).fold(1.0, |choices, i| {
        choices * (players - 1 - i) as f64 / (i + 1) as f64
    });
    1.0 / (choices * players as f64)
}

/// The smallest of these weights.
fn least_weight(players: usize) -> f64 {
    weight(players, players.saturating_sub(1) / 2)
}

/// Σ over the sets u without the player of |u|! (k - |u| - 1)! / k! (v(u and player) - v(u)).
fn effect(player: usize, players: usize, value: impl Fn(usize) -> f64) -> f64 {
    let weights: Vec<f64> = (0..players).map(|size| weight(players, size)).collect();
    let sets = 0..1_usize << players;
    let without = sets.filter(|set| set >> player & 1 == 0);
    let added = without
        .map(|set| weights[set.count_ones() as usize] * (value(set | 1 << player) - value(set)));
    added.sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A share and its error: from the shares with each part left out, and from how the rounds of drawn
/// orders differ, if there are any.
fn jackknifed(by_round: &[f64], left_out: &[f64]) -> Share {
    let squares = |values: &[f64]| {
        let mean = mean(values);
        values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
    };
    let (parts, rounds) = (left_out.len() as f64, by_round.len() as f64);
    let of_orders = match by_round.len() {
        0 | 1 => 0.0,
        _ => squares(by_round) / (rounds - 1.0) / rounds,
    };
    let error = ((parts - 1.0) / parts * squares(left_out) + of_orders).sqrt();
    Share {
        value: mean(by_round),
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

    #[test]
    fn drawn_orders_say_what_all_orders_say() {
        // Three groups of eight inputs, which share a part, and an output with products of theirs.
        let key = crate::randomness::Streams::new(4).named("test");
        let inputs = 8;
        let paths = 0..2_000_u64;
        let uniform = |path: u64, input: u64| key.uniform_at(path, input) - 0.5;
        let values: Vec<Vec<f64>> = (1..=inputs)
            .map(|input| {
                let value = |path| uniform(path, 0) + uniform(path, input);
                paths.clone().map(value).collect()
            })
            .collect();
        let output = |path: usize| {
            let x = |input: usize| values[input][path];
            (0..8).map(|i| i as f64 * x(i)).sum::<f64>() + 20.0 * x(1) * x(6) + 9.0 * x(3) * x(4)
        };
        let output: Vec<f64> = (0..2_000).map(output).collect();
        let columns: Vec<_> = values
            .iter()
            .map(|values| crate::decide::regression::Column {
                values,
                support: (-1.0, 1.0),
            })
            .collect();
        let basis = Basis::new(&columns, 2, 100).expect("few functions");
        let one = |input: usize| vec![input];
        let groups = [(0..5).map(one).collect(), vec![vec![5, 6]], vec![vec![7]]];
        let mut part = Part::new(&basis, 1);
        let outputs = [output];
        parts(&basis, &outputs)
            .iter()
            .for_each(|p| part.join(p, 1.0));
        let mut game = Game::new(&basis, &groups, &key);
        assert_eq!(game.rounds, [None; 3]);
        let exact = game.effects(&part);
        game.rounds[0] = Some(200);
        let drawn = game.effects(&part);
        let total = |of: &Effects| mean(&of.of(&game.groups[0], 0));
        assert!((total(&exact) - total(&drawn)).abs() < 1e-12);
        for member in 0..5 {
            let expected = exact.of(&[member], 0)[0];
            let share = |effects: &Effects| jackknifed(&effects.of(&[member], 0), &[0.0; 16]);
            let found = share(&drawn);
            // 4.9 standard errors: a false alarm in a million.
            let off = (found.value - expected).abs();
            assert!(off <= 4.9 * found.error, "{found:?} {expected}");
            assert!(found.error > 0.0 && found.error < 0.002, "{found:?}");
        }
        // One order alone is another game.
        let mut ladder = Ladder::new(&part, &game.members_of, game.members);
        ladder.climb(&[0]);
        let first = ladder.shares().next().expect("an output");
        assert!((first - exact.of(&[0], 0)[0]).abs() > 0.01, "{first}");
    }
}
