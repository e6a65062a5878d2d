//! Which settled sizes cannot be told from the best.

use super::{Ends, Search};
use crate::decide::sizing::{Objective, SettledSize, joined};
use crate::error::Error;
use crate::ledger::goes_in_jumps;
use crate::summarise::ranks::{RESOLVED, is_resolved};

impl Search<'_, '_> {
    /// Ranges of sizes that the paths cannot tell at 95% from the best of some settled ones; `None` where there
    /// are too few to tell.
    ///
    /// In each tier whose best size is not worse for certain the range goes half as far as the sizes that are not
    /// ([`is_near`](SettledSize::is_near)). Where these reach the tier's edge, their middle says nothing of what is
    /// beyond it: with the cost quadratic, as far as a size has no more than half of what tells it from the best.
    /// Where costs [go in jumps](Self::goes_in_jumps) the range holds every size that is not.
    pub(super) fn ranges(
        &mut self,
        sizes: &[u64],
        best: u64,
    ) -> Result<Option<Vec<(u64, u64)>>, Error> {
        if self.objective == Objective::Regret {
            return self.regret_ranges(sizes, best);
        }
        if self.futures.paths < 2 {
            return Ok(None);
        }
        if self.hangs_on_few(best)? {
            return Ok(None);
        }
        let Some(best) = self.copy(best) else {
            return Ok(None);
        };
        let objective = self.objective;
        let mut ranges = Vec::new();
        for (first, last, inside) in self.by_tier(sizes) {
            let Some(middle) = self.best(&inside, None).and_then(|own| self.copy(own)) else {
                continue;
            };
            let own = middle.purchase.packs;
            if !middle.is_near(objective, &best, 1.0) {
                continue;
            }
            if self.goes_in_jumps() {
                let is_near = |size: &SettledSize| size.is_near(objective, &best, 1.0);
                ranges.push(self.hull(&inside, own, (first, last), &is_near)?);
                continue;
            }
            let mut ends = [first, last];
            for end in &mut ends {
                let is_near = |share| {
                    let middle = &middle;
                    move |size: &SettledSize| size.is_near(objective, middle, share)
                };
                let far = self.edge(&inside, own, *end, &is_near(1.0))?;
                *end = match far == *end {
                    true => self.edge(&inside, own, *end, &is_near(0.5))?,
                    false => (far + own + u64::from(far > own)) / 2,
                };
            }
            // What they cost more says how much chance there is in it.
            self.settle(&ends)?;
            ranges.push((ends[0], ends[1]));
        }
        Ok(Some(joined(ranges)))
    }

    /// Ranges of sizes that the paths cannot tell at 95% from the one of least regret among some settled ones; `None`
    /// for too few paths.
    ///
    /// In each tier whose best size is not worse for certain: from the first to the last size that holds hardly fewer paths
    /// within the percentile of that one's regret ([`shortfall`](SettledSize::shortfall)).
    fn regret_ranges(&mut self, sizes: &[u64], best: u64) -> Result<Option<Vec<Ends>>, Error> {
        if !is_resolved(self.futures.paths, 95) {
            return Ok(None);
        }
        let Some(best) = self.copy(best) else {
            return Ok(None);
        };
        let foresight = self.foresight.clone();
        let mut ranges = Vec::new();
        for (first, last, inside) in self.by_tier(sizes) {
            let Some(middle) = self.best(&inside, None).and_then(|own| self.copy(own)) else {
                continue;
            };
            let own = middle.purchase.packs;
            let apart = middle.regret_difference(&best, &foresight).interval;
            if own != best.purchase.packs && apart.is_none_or(|(low, _)| low > 0.0) {
                continue;
            }
            let is_near = |size: &SettledSize| {
                let shortfall = size.shortfall(&middle, &foresight);
                shortfall.is_some_and(|shortfall| shortfall.is_near())
            };
            ranges.push(self.hull(&inside, own, (first, last), &is_near)?);
        }
        Ok(Some(joined(ranges)))
    }

    /// From the first to the last size of a tier that is near the best: by some settled ones, which may lie between
    /// others that are not, and on from these to the tier's ends.
    fn hull(
        &mut self,
        inside: &[u64],
        own: u64,
        (first, last): Ends,
        is_near: &impl Fn(&SettledSize) -> bool,
    ) -> Result<Ends, Error> {
        let mut near = self.of(inside).filter(|&size| is_near(size));
        let packs = |size: &SettledSize| size.purchase.packs;
        let low = near.next().map_or(own, packs);
        let high = near.last().map_or(low, packs);
        let low = self.edge(inside, low, first, is_near)?;
        let high = self.edge(inside, high, last, is_near)?;
        // What they cost or regret more says how much chance there is in it.
        self.settle(&[low, high])?;
        Ok((low, high))
    }

    /// Whether so few paths cost more without the last pack of the best size, or with another one, that single ones
    /// decide it: it is far out in the sample, where a mean says nothing of what is beyond. Where costs
    /// [go in jumps](Self::goes_in_jumps) single packs say nothing.
    fn hangs_on_few(&mut self, best: u64) -> Result<bool, Error> {
        if self.goes_in_jumps() || self.futures.are_alike() {
            return Ok(false);
        }
        let next = best.saturating_add(1);
        let mut beside: Vec<u64> = best.checked_sub(1).into_iter().chain([next]).collect();
        beside.retain(|&packs| self.futures.holds(packs));
        self.settle(&beside)?;
        let Some(best) = self.of(&[best]).next() else {
            return Ok(false);
        };
        let is_of_few = |other: &SettledSize| {
            let pairs = || best.costs.iter().zip(&other.costs);
            let gaining = pairs().filter(|(best, other)| best < other).count() as u64;
            // Where no path has it cheaper there is nothing to weigh.
            gaining < RESOLVED && pairs().any(|(best, other)| best > other)
        };
        Ok(self.of(&beside).any(is_of_few))
    }

    /// Whether the cost of a path [goes in jumps](goes_in_jumps).
    ///
    /// The slope of the mean cost then is no mean over the paths: where the least of it lies is moved by chance
    /// as n^(-1/3), and the error of a difference falls as the square root of the distance, not with it.
    fn goes_in_jumps(&self) -> bool {
        goes_in_jumps(self.futures.scenario)
    }

    /// Where costs [go in jumps](Self::goes_in_jumps): those of some settled sizes that cannot be told at 95% from the
    /// best; else none.
    pub(super) fn rivals(&self, sizes: &[u64], best: u64) -> Vec<u64> {
        let objective = self.objective;
        let best = self.of(&[best]).next();
        let Some(best) = best.filter(|_| self.goes_in_jumps() && objective != Objective::Regret)
        else {
            return Vec::new();
        };
        let near = self
            .of(sizes)
            .filter(|size| size.is_near(objective, best, 1.0));
        near.map(|size| size.purchase.packs).collect()
    }

    /// A size that has been settled, to be kept while others are.
    fn copy(&self, packs: u64) -> Option<SettledSize> {
        self.of(&[packs]).next().cloned()
    }
}
