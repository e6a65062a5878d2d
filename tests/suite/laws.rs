//! Laws that hold on every path of every scenario, tried on random ones.
//!
//! Two related scenarios are run on the same futures (one seed, common random numbers) and compared
//! path by path, day by day: no law here is statistical, none has a tolerance beyond the ledger's
//! millionths, and none can fail by chance. Scenarios come from a fixed seed.

mod demand;
mod figures;
mod money;
mod question;
mod settled_sizes;
mod sizing;

use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};

use question::{Question, Tape};

/// Tries a law on `cases` random scenarios; shrinks and prints one that breaks it.
fn holds(seed: u64, cases: u32, law: impl Fn(Question, Tape) -> TestCaseResult) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_096,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&question::questions(), |(question, tape)| {
        law(question, tape)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
