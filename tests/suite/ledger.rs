//! The ledger, held against what others publish and against a second one written to be obvious.
//!
//! `naive` settles day by day without any thought for speed, from the written rules alone;
//! `vectors` are figures that others publish, `random` are contracts and demands that nobody would
//! think of. What is said of one ledger is asked of every ledger in [`LEDGERS`].

mod naive;
mod random;
mod real;
mod vectors;

use flexcast::demand::Future;
use flexcast::ledger::Purchase;
use flexcast::scenario::Scenario;

use naive::Books;

/// What settles one future: the purchase of each term, nothing bought being an empty one.
type Settle = fn(&Scenario, &[Purchase], &Future) -> Books;

/// The ledgers, each by its name.
const LEDGERS: [(&str, Option<Settle>); 2] =
    [("naive", Some(naive::settle)), ("real", real::SETTLE)];
