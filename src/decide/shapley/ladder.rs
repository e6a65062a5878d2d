//! What a regression explains as players come in one after another, and leave in the opposite order.

use super::Part;
use crate::special::linear::Factor;

/// A regression on the functions of the players that are in, and on the constant: a step a function.
#[derive(Debug)]
pub(super) struct Ladder<'a> {
    part: &'a Part,
    /// The players of each function.
    players_of: &'a [Vec<usize>],
    /// By player, whether it is in.
    is_in: Vec<bool>,
    /// The functions that are in.
    functions: Vec<usize>,
    factor: Factor,
    /// By output, the entries of y, whose squares sum to what is explained.
    solved: Vec<Vec<f64>>,
    /// Room for a function's products.
    products: Vec<f64>,
}

impl<'a> Ladder<'a> {
    /// With no player in.
    pub(super) fn new(part: &'a Part, players_of: &'a [Vec<usize>], players: usize) -> Self {
        let mut ladder = Self {
            part,
            players_of,
            is_in: vec![false; players],
            functions: Vec::new(),
            factor: Factor::default(),
            solved: vec![Vec::new(); part.moments.len()],
            products: Vec::new(),
        };
        let constants = players_of.iter().enumerate();
        let constants = constants.filter(|(_, players)| players.is_empty());
        constants.for_each(|(function, _)| ladder.push(function));
        ladder
    }

    /// Steps so far, to come back to.
    pub(super) fn height(&self) -> usize {
        self.functions.len()
    }

    /// Lets players in.
    pub(super) fn climb(&mut self, players: &[usize]) {
        for &player in players {
            self.is_in[player] = true;
            for function in 0..self.players_of.len() {
                let of = &self.players_of[function];
                if of.contains(&player) && of.iter().all(|&one| self.is_in[one]) {
                    self.push(function);
                }
            }
        }
    }

    /// Comes back to a height, which these players, the last, have left behind.
    pub(super) fn back(&mut self, height: usize, players: &[usize]) {
        players
            .iter()
            .for_each(|&player| self.is_in[player] = false);
        self.functions.truncate(height);
        self.factor.truncate(height);
        for solved in &mut self.solved {
            solved.truncate(height);
        }
    }

    fn push(&mut self, function: usize) {
        let sums = &self.part.sums;
        self.functions.push(function);
        self.products.clear();
        let products = self.functions.iter();
        let products = products.map(|&other| sums.product(function, other));
        self.products.extend(products);
        self.factor.push(&self.products);
        for (output, solved) in self.solved.iter_mut().enumerate() {
            let right = sums.with_output(function, output);
            self.factor.solve_next(solved, right);
        }
    }

    /// v of the players that are in, by output.
    pub(super) fn shares(&self) -> impl Iterator<Item = f64> {
        let n = self.part.paths;
        let left = (n - 1.0) / (n - self.height() as f64);
        let outputs = self.solved.iter().zip(&self.part.moments);
        outputs.map(move |(solved, &(sum, squares))| {
            let explained: f64 = solved.iter().map(|y| y * y).sum();
            let mean_part = sum * sum / n;
            let share = (explained - mean_part) / (squares - mean_part);
            1.0 - (1.0 - share) * left
        })
    }
}
