//! Which settled sizes cannot be told from the best.

use super::{Ends, Search};
use crate::decide::sizing::{Objective, SettledSize, joined};
use crate::error::Error;
use crate::summarise::ranks::is_resolved;

impl Search<'_, '_> {
    /// Ranges of sizes that the paths cannot tell at 95% from the best of some settled ones; `None` where there
    /// are too few to tell.
    ///
    /// In each tier whose best size is not worse for certain the range goes half as far as the sizes that are not
    /// ([`is_near`](SettledSize::is_near)). Where these reach the tier's edge, their middle says nothing of what is beyond it: with the
    /// cost quadratic, as far as a size has no more than half of what tells it from the best.
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
            let near: Vec<u64> = self
                .of(&inside)
                .filter(|&size| is_near(size))
                .map(|size| size.purchase.packs)
                .collect();
            let ends = near.first().copied().zip(near.last().copied());
            let (low, high) = ends.unwrap_or((own, own));
            let low = self.edge(&inside, low, first, &is_near)?;
            let high = self.edge(&inside, high, last, &is_near)?;
            // What they regret more says how much chance there is in it.
            self.settle(&[low, high])?;
            ranges.push((low, high));
        }
        Ok(Some(joined(ranges)))
    }

    /// A size that has been settled, to be kept while others are.
    fn copy(&self, packs: u64) -> Option<SettledSize> {
        self.of(&[packs]).next().cloned()
    }
}
