//! The ledger, held against what others publish and against a second one written to be obvious.
//!
//! `naive` settles day by day without any thought for speed, from the written rules alone;
//! `vectors` are figures that others publish, `by_hand` are rules worked out with pencil and paper,
//! `random` are contracts and demands that nobody would think of. What is said of one ledger is asked of every ledger in [`LEDGERS`].

mod by_hand;
mod naive;
pub(crate) mod random;
mod real;
mod relations;
mod vectors;

use flexcast::demand::Future;
use flexcast::ledger::{PriceList, Purchase};
use flexcast::scenario::{Prepurchase, Scenario};

use naive::Books;

/// What settles one future: the purchase of each term, nothing bought being an empty one.
type Settle = fn(&Scenario, &[Purchase], &Future) -> Books;

/// The ledgers, each by its name.
const LEDGERS: [(&str, Option<Settle>); 2] =
    [("naive", Some(naive::settle)), ("real", real::SETTLE)];

/// The books that every ledger keeps of a future. `packs` are bought in each term in turn, none
/// beyond the list.
fn agreed(scenario: &Scenario, packs: &[u64], future: &Future) -> Books {
    let prices = PriceList::new(&scenario.contract);
    let months = scenario.horizon.months();
    let terms = months.div_ceil(scenario.contract.term_months);
    let purchases: Vec<Purchase> = (0..terms)
        .map(|term| prices.purchase(packs.get(term).copied().unwrap_or(0)))
        .collect::<Option<_>>()
        .expect("small numbers");
    let mut scenario = scenario.clone();
    scenario.contract.prepurchase = Prepurchase::Packs(packs.first().copied().unwrap_or(0));
    let kept = LEDGERS
        .iter()
        .filter_map(|&(name, settle)| Some((name, settle?)));
    let mut books = kept.map(|(name, settle)| (name, settle(&scenario, &purchases, future)));
    let (_, first) = books.next().expect("a ledger");
    books.for_each(|(name, other)| assert_eq!(other, first, "{name}"));
    first
}
