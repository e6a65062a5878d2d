//! Pairs of paths, drawn and settled: as they are, and with what each source does to the first of them.

use super::{Design, Output, Source};
use crate::demand::origins::Origins;
use crate::demand::{Future, Model};
use crate::error::Error;
use crate::ledger::{Settlement, Terms};
use crate::simulate::{self, Progress};
use crate::units::MICRO;

/// The outcome of one settled future.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) spend: i64,
    exhausted: u32,
    has_overage: bool,
}

/// What was seen of some pairs of paths.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Of the first path of each pair, and of the second.
    pub(super) own: Vec<Outcome>,
    pub(super) other: Vec<Outcome>,
    /// Of the first path with its inputs kept and all else from the second, where there are fair shares.
    pub(super) again: Vec<Outcome>,
    /// By source: with its draws from the second path; with the input at its p10, and at its p90.
    pub(super) mixed: Vec<Vec<Outcome>>,
    pub(super) fixed: Vec<[Vec<Outcome>; 2]>,
    /// Of the first path: credits wanted in each whole term, the uncertain inputs, a list for each, and
    /// whether each incident happened.
    pub(super) wanted: Vec<i64>,
    pub(super) values: Vec<Vec<f64>>,
    pub(super) happened: Vec<Vec<bool>>,
}

/// A block of pairs, and the buffers to draw and settle with.
struct Block {
    seen: Seen,
    future: Future,
    books: Settlement,
}

impl Design {
    /// Draws and settles all that is asked of every pair.
    pub(super) fn observe(
        &self,
        model: &Model,
        terms: &Terms,
        progress: Progress<'_>,
    ) -> Result<Seen, Error> {
        let mut seen = self.nothing();
        let width = 3 + 3 * self.sources.len() + self.inputs.len() + self.incidents;
        simulate::run(
            model,
            0..self.paths,
            progress,
            width,
            |_| Block {
                seen: self.nothing(),
                future: model.future(),
                books: Settlement::default(),
            },
            |path, future, block| self.look(model, terms, path, future, block),
            |blocks| blocks.iter().for_each(|block| seen.append(&block.seen)),
        )?;
        Ok(seen)
    }

    fn nothing(&self) -> Seen {
        Seen {
            mixed: vec![Vec::new(); self.sources.len()],
            fixed: vec![Default::default(); self.inputs.len()],
            values: vec![Vec::new(); self.inputs.len()],
            happened: vec![Vec::new(); self.incidents],
            ..Seen::default()
        }
    }

    /// Looks at a pair: `future` is its first path.
    fn look(
        &self,
        model: &Model,
        terms: &Terms,
        path: u64,
        future: &Future,
        block: &mut Block,
    ) -> Result<(), Error> {
        let Block {
            seen,
            future: scratch,
            books,
        } = block;
        let other = self.paths + path;
        seen.own.push(settle(terms, path, future, books)?);
        if path < self.regressed() {
            let of_term = |days: &std::ops::Range<usize>| -> i64 {
                // The ledger has made sure that the sum fits.
                books.wanted[days.clone()].iter().map(|c| c.micro()).sum()
            };
            seen.wanted.extend(self.whole.iter().map(of_term));
        }
        if path < self.kept {
            for (input, values) in self.inputs.iter().zip(&mut seen.values) {
                values.push(future.values()[input.place]);
            }
            for (incident, happened) in seen.happened.iter_mut().enumerate() {
                let mut occurrences = future.occurrences().iter();
                happened.push(occurrences.any(|o| o.incident == incident));
            }
        }
        let mut outcome = |origins: Origins| {
            model.draw_from(&origins, scratch)?;
            settle(terms, path, scratch, books)
        };
        seen.other.push(outcome(Origins::plain(other))?);
        if path < self.regressed() && self.are_correlated() {
            seen.again.push(outcome(Origins::with_chance(path, other))?);
        }
        let sources = self.sources.iter().zip(&self.is_defined);
        for ((source, &is_defined), mixed) in sources.zip(&mut seen.mixed) {
            let origins = match *source {
                Source::Drivers(drivers) => Origins::mixed(path, other, drivers),
                Source::Input(input) if path < self.paths_of_inputs => {
                    Origins::with_input(path, other, self.inputs[input].place)
                }
                Source::Input(_) => continue,
            };
            if is_defined {
                mixed.push(outcome(origins)?);
            }
        }
        if path < self.paths_of_swings {
            for (input, fixed) in self.inputs.iter().zip(&mut seen.fixed) {
                let (low, high) = input.range;
                for (value, fixed) in [low, high].into_iter().zip(fixed) {
                    fixed.push(outcome(Origins::with_value(path, input.place, value))?);
                }
            }
        }
        Ok(())
    }
}

impl Seen {
    /// Adds the pairs that follow.
    fn append(&mut self, next: &Self) {
        self.own.extend_from_slice(&next.own);
        self.other.extend_from_slice(&next.other);
        self.again.extend_from_slice(&next.again);
        self.wanted.extend_from_slice(&next.wanted);
        join(&mut self.mixed, &next.mixed);
        for (all, next) in self.fixed.iter_mut().zip(&next.fixed) {
            join(all, next);
        }
        join(&mut self.values, &next.values);
        join(&mut self.happened, &next.happened);
    }
}

fn join<T: Copy>(all: &mut [Vec<T>], next: &[Vec<T>]) {
    for (all, next) in all.iter_mut().zip(next) {
        all.extend_from_slice(next);
    }
}

impl Outcome {
    pub(super) fn value(&self, output: Output, above: i64) -> f64 {
        let flag = |yes: bool| f64::from(u8::from(yes));
        match output {
            Output::Spend => self.spend as f64 / MICRO as f64,
            Output::Overage => flag(self.has_overage),
            Output::SpendAboveP95 => flag(self.spend > above),
            Output::Exhaustion => f64::from(self.exhausted),
        }
    }
}

fn settle(
    terms: &Terms,
    path: u64,
    future: &Future,
    books: &mut Settlement,
) -> Result<Outcome, Error> {
    terms.settle_whole(path, future, books)?;
    let spend = books.spend_to_date.last().map_or(0, |spend| spend.micro());
    // Never is the day after the horizon, which has far fewer than 2^32 days.
    let exhausted = books.exhausted.unwrap_or(future.days()) as u32;
    let mut months = books.months.iter();
    Ok(Outcome {
        spend,
        exhausted,
        has_overage: months.any(|month| month.overage.micro() > 0),
    })
}
