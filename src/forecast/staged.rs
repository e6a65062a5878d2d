//! Buying in stages: the demand of each period on every path, and what a contract says of later prices.
//!
//! A review stands every so many months of each whole term, counted from its own first day: a term that the
//! horizon cuts short is left out, as it is where all is bought at once.

use std::ops::Range;

use crate::decide::sizing::Candidate;
use crate::decide::staged::{Demands, Staged, Stages};
use crate::demand::Model;
use crate::error::Error;
use crate::ledger::{Terms, feedback};
use crate::scenario::Scenario;
use crate::simulate::{self, Progress};

/// Most paths that a rule is tuned on: its numbers are rounder than what more would tell.
const TUNED: usize = 20_000;

/// Why a purchase cannot be staged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The reason, with its remedy; what it says of keys is said of those below.
    pub why: String,
    /// Keys to leave out.
    pub keys: Vec<&'static str>,
}

impl Obstacle {
    /// A reason that is not one of keys.
    fn new(why: String) -> Self {
        let keys = Vec::new();
        Self { why, keys }
    }
}

/// Why a purchase cannot be staged with a review every so many months; empty where it can.
pub fn obstacles(scenario: &Scenario, months: usize) -> Vec<Obstacle> {
    let contract = &scenario.contract;
    let mut found = Vec::new();
    let keys: Vec<&str> = feedback(scenario)
        .into_iter()
        .filter(|&key| key != "contract.term_months")
        .collect();
    if !keys.is_empty() {
        found.push(Obstacle {
            why: "--stages buys under plain contracts only (overage, credits that end with the term); ask \
                  without --stages, or leave out"
                .to_owned(),
            keys,
        });
    }
    let horizon = scenario.horizon.months();
    let term = contract.term_months;
    if term < horizon && months >= term {
        found.push(Obstacle::new(format!(
            "--stages has no review within a term: contract.term_months = {term} is no longer than from one \
             review to the next; take longer terms or reviews more often"
        )));
    }
    if term >= horizon && months >= horizon {
        let s = if horizon == 1 { "" } else { "s" };
        found.push(Obstacle::new(format!(
            "--stages has no review within a horizon of {horizon} month{s}; take more months or reviews more often"
        )));
    }
    found
}

/// Buys in stages with a review every `months` months and compares with `at_once`; `None` where there
/// are fewer than two paths, or a purchase does not fit the ledger's integers.
///
/// The futures are drawn again, since a run keeps no months of a path.
///
/// # Errors
/// [`Error::Overflow`] when a path passes the ledger's integers, [`Error::Interrupted`] when `progress`
/// returns false.
///
/// # Panics
/// When the contract has [`obstacles`].
pub fn staged(
    scenario: &Scenario,
    model: &Model,
    terms: &Terms,
    at_once: &Candidate,
    (months, paths): (usize, u64),
    progress: Progress<'_>,
) -> Result<Option<Staged>, Error> {
    assert!(obstacles(scenario, months).is_empty());
    let whole = terms.whole_terms();
    let demands = by_period(scenario, model, (&whole, months), paths, progress)?;
    let reviews = whole.iter().flat_map(|term| reviews(term, months));
    let reviews = reviews.collect();
    let stages = Stages {
        prices: &terms.prices,
        later: terms.prices.pack_price,
        residual: scenario.contract.residual_value,
        free: terms.free(),
    };
    Ok(stages.staged(&demands, at_once, (months, reviews), TUNED))
}

/// The months of a term before which stands a review, with one every `months` months.
fn reviews(term: &Range<usize>, months: usize) -> impl Iterator<Item = usize> + use<> {
    (term.start + months..term.end).step_by(months)
}

/// What each path wants in each of some terms, which follow each other and are equally long: before the
/// first review, between reviews, and after the last, with one every `months` months.
///
/// # Errors
/// As for [`staged`].
pub fn by_period(
    scenario: &Scenario,
    model: &Model,
    (terms, months): (&[Range<usize>], usize),
    paths: u64,
    progress: Progress<'_>,
) -> Result<Demands, Error> {
    let ends = terms
        .iter()
        .flat_map(|term| reviews(term, months).chain([term.end]));
    let ends: Vec<usize> = ends
        .map(|month| scenario.horizon.days_of(0..month).end)
        .collect();
    let periods = ends.len();
    let mut all = Vec::with_capacity(paths as usize * periods);
    simulate::run(
        model,
        0..paths,
        progress,
        periods,
        |count| (Vec::with_capacity(count * periods), Vec::new()),
        |path, future, (block, wanted)| {
            let sum = future.add_up(wanted);
            sum.ok_or(Error::Overflow { path: Some(path) })?;
            let mut first = 0;
            for &end in &ends {
                block.push(
                    wanted[first..end]
                        .iter()
                        .map(|credits| credits.micro())
                        .sum::<i64>(),
                );
                first = end;
            }
            Ok(())
        },
        |blocks| {
            for (block, _) in blocks {
                all.extend(block);
            }
        },
    )?;
    Ok(Demands::of_terms(terms.len(), periods / terms.len(), all))
}
