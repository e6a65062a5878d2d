//! The least 95th percentile of regret: how sure the paths are of its size.

use super::Sizing;
use crate::decide::sizing::regret::{Shortfall, beyond_percentile, last_near};
use crate::decide::sizing::{Difference, joined};
use crate::ledger::Purchase;
use crate::summarise::ranks::is_resolved;

impl Sizing<'_> {
    /// 95th percentile of regret of `a` minus that of `b`, with its interval on the same paths for two sizes that
    /// were not chosen by these; without one for fewer than ten paths beyond the percentile.
    pub fn regret_difference(&self, a: &Purchase, b: &Purchase) -> Difference {
        let (of_a, of_b) = (self.beyond_percentile(a), self.beyond_percentile(b));
        let mean = of_a.0 - of_b.0;
        let half = is_resolved(self.len() as u64, 95).then(|| {
            let apart = |place: usize| of_a.1[place] - of_b.1[place];
            self.error(apart).map(|error| error.half_width())
        });
        Difference {
            mean,
            interval: half.flatten().map(|half| (mean - half, mean + half)),
        }
    }

    /// The 95th percentile W of regret, and what each path does to it: `1[R > W]/f(W)`, by the place of its demand.
    fn beyond_percentile(&self, purchase: &Purchase) -> (f64, Vec<f64>) {
        beyond_percentile(self.regrets(purchase))
    }

    /// Ranges of sizes, in packs, that the run cannot tell at 95% from the one of least regret: in its own tier, and
    /// in every other whose best size is not worse for certain.
    pub(super) fn regret_ranges(&self) -> Option<Vec<(u64, u64)>> {
        if !is_resolved(self.len() as u64, 95) {
            return None;
        }
        let optimum = self.prices.purchase(self.least_regret(&self.tiers, 0)?)?;
        let mut ranges = Vec::new();
        for &(first, last) in &self.tiers {
            let last_or_none = last.unwrap_or(u64::MAX >> 1);
            let best = match (first..=last_or_none).contains(&optimum.packs) {
                true => optimum,
                false => {
                    let best = self.least_regret(&[(first, last)], 0);
                    let Some(best) = best.and_then(|packs| self.prices.purchase(packs)) else {
                        continue;
                    };
                    let difference = self.regret_difference(&best, &optimum);
                    if difference.interval.is_none_or(|(low, _)| low > 0.0) {
                        continue;
                    }
                    best
                }
            };
            let radius = self.regret_p95(&best);
            let inside: Vec<bool> = self.inside(&best, radius).collect();
            let shortfall = |packs| self.shortfall(packs, radius, &inside);
            ranges.push((
                last_near(best.packs, first, shortfall),
                last_near(best.packs, last_or_none, shortfall),
            ));
        }
        Some(joined(ranges))
    }

    /// Whether each path regrets a size by no more than a radius.
    fn inside(&self, purchase: &Purchase, radius: f64) -> impl Iterator<Item = bool> {
        let regrets = self.regrets(purchase).into_iter();
        regrets.map(move |regret| regret <= radius)
    }

    /// By how much a size holds fewer paths within a radius than the best one, whose paths are `of_best`; `None`
    /// where it cannot be bought, or has no error.
    fn shortfall(&self, packs: u64, radius: f64, of_best: &[bool]) -> Option<Shortfall> {
        let purchase = self.prices.purchase(packs)?;
        let inside = self.inside(&purchase, radius);
        let pairs = of_best.iter().zip(inside);
        let less: Vec<f64> = pairs
            .map(|(&best, other)| f64::from(i8::from(best) - i8::from(other)))
            .collect();
        Some(Shortfall {
            share: less.iter().sum::<f64>() / less.len() as f64,
            half_width: self.error(|place| less[place])?.half_width(),
            count: less.len(),
        })
    }
}
