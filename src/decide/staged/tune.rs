//! The numbers of a rule, improved one at a time.

use super::project::{Levels, Projections};
use super::{Demands, Rule, Stages};
use crate::decide::sizing::tiers;

/// Quantiles that are tried.
const GRID: [f64; 14] = [
    0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98,
];

/// A rule is improved so many times over at most.
const ROUNDS: usize = 4;

/// A rule being tuned: one of its numbers at a time.
pub(super) struct Tuning<'a> {
    pub(super) stages: &'a Stages<'a>,
    pub(super) demands: &'a Demands,
    pub(super) paths: &'a [usize],
    pub(super) projections: Projections,
    pub(super) levels: Levels,
    pub(super) at_once: u64,
}

impl Tuning<'_> {
    fn cost(&self, rule: &Rule) -> Option<f64> {
        let ready = self.stages.ready(rule, &self.projections)?;
        let cost = self
            .stages
            .mean_of(&ready, self.demands, self.paths, &self.levels);
        Some(cost)
    }

    /// Improves a rule until nothing does.
    pub(super) fn descend(&self, rule: Rule) -> Option<(f64, Rule)> {
        let mut best = (self.cost(&rule)?, rule);
        for _ in 0..ROUNDS {
            let before = best.0;
            self.first(&mut best);
            // One review of a term is the last one, of which nothing is tuned.
            if self.demands.periods() > 2 {
                self.quantiles(&mut best);
            }
            if best.0 >= before {
                break;
            }
        }
        Some(best)
    }

    /// Takes a rule if it costs less than the best; one whose purchase the ledger's integers cannot hold
    /// is none.
    fn offer(&self, rule: Rule, best: &mut (f64, Rule)) {
        let Some(cost) = self.cost(&rule) else {
            return;
        };
        if cost < best.0 || cost == best.0 && rule.first < best.1.first {
            *best = (cost, rule);
        }
    }

    fn quantiles(&self, best: &mut (f64, Rule)) {
        let own = self.stages.last_target();
        for cover in std::iter::once(None).chain(GRID.map(Some)) {
            self.offer(Rule { cover, ..best.1 }, best);
            // A review that buys no further than the next period needs may as well look no further.
            if let Some(trigger) = cover {
                let rule = Rule {
                    trigger,
                    cover,
                    ..best.1
                };
                self.offer(rule, best);
            }
        }
        for target in GRID.into_iter().chain([own]) {
            self.offer(Rule { target, ..best.1 }, best);
        }
        for trigger in GRID {
            self.offer(Rule { trigger, ..best.1 }, best);
        }
    }

    /// Sizes of the first purchase: a grid up to somewhat beyond that of all at once, every price tier's
    /// edge, and ever closer around the best.
    fn first(&self, best: &mut (f64, Rule)) {
        const STEPS: u64 = 16;
        const FINER: u64 = 8;
        let most = (self.at_once + self.at_once / 4).max(STEPS);
        let edges = tiers(self.stages.prices);
        for (first, _) in edges {
            self.offer(Rule { first, ..best.1 }, best);
        }
        let mut step = most.div_ceil(STEPS);
        let (mut from, mut to) = (0, most);
        loop {
            let mut first = from;
            while first <= to {
                self.offer(Rule { first, ..best.1 }, best);
                first += step;
            }
            if step == 1 {
                return;
            }
            (from, to) = (best.1.first.saturating_sub(step), best.1.first + step);
            step = step.div_ceil(FINER);
        }
    }
}
