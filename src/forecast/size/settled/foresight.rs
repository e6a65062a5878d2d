//! What each path costs at least, whatever is bought.

use super::explore::{EACH_OF_ANY, Explored};
use super::{Search, in_order};
use crate::decide::sizing::least_costs;
use crate::error::Error;

/// Sizes among which foresight chooses beside the ones that may be best on average.
const EVENLY: u64 = 32;

impl Search<'_, '_> {
    /// Finds what each path costs at least, whatever is bought; false where only some sizes were weighed, so that
    /// others may cost less.
    ///
    /// What is too much on average may be best where most is wanted: of larger sizes, up to those whose purchase
    /// alone costs more than any path, each is weighed on the paths where it may be best. Where the best was found
    /// among some sizes, others are put evenly between and beyond them, and on each path ever closer around the one
    /// that costs it least.
    pub(super) fn foresee(&mut self, found: &Explored) -> Result<bool, Error> {
        self.foresight = least_costs(self.of(&found.sizes));
        let highest = self.foresight.iter().copied().max().unwrap_or(0);
        let last = self.last_within(i128::from(highest));
        let knows_all = found.is_each && last - last.min(found.most) < EACH_OF_ANY;
        if knows_all {
            let more: Vec<u64> = (found.most + 1..=last).collect();
            let bounds: Vec<i64> = more.iter().map(|&packs| self.bound(packs)).collect();
            self.futures.lower(&mut self.foresight, &more, &bounds)?;
        } else {
            let even = (1..=EVENLY).map(|k| last / EVENLY * k);
            let edges = self.tiers.iter().map(|&(first, _)| first);
            let more = even.chain(edges.filter(|&first| first <= last));
            let all = in_order(found.sizes.iter().copied().chain(more).collect());
            self.foresight = self.close_by(&all)?;
        }
        Ok(knows_all)
    }

    /// The least cost of each path among some sizes, those of which that were not settled being settled where they may be best,
    /// and among others ever closer around the best of these.
    pub(super) fn close_by(&self, sizes: &[u64]) -> Result<Vec<i64>, Error> {
        let sizes = in_order(sizes.to_vec());
        let known = |packs: u64| self.place(packs).map(|place| &self.settled[place]);
        let around = sizes
            .iter()
            .map(|&packs| (packs, known(packs), self.bound(packs)));
        self.futures.close_by(&around.collect::<Vec<_>>())
    }

    /// What a size costs at least on any path, in micro-units.
    fn bound(&self, packs: u64) -> i64 {
        let least = self.at_least(packs).unwrap_or(i128::MAX);
        i64::try_from(least).unwrap_or(i64::MAX)
    }
}
