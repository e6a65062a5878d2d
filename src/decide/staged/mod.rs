//! Buying in stages: now, and again at reviews with what has been seen by then.
//!
//! A term is cut into periods, with a review before each but the first. With b what is left, D_k the
//! credits of period k, p₂ the later price of a credit, o that of one beyond and v what an unused one is
//! worth at the end, period k costs o (D_k - b)⁺ and leaves (b - D_k)⁺; a review buys whole packs at p₂,
//! which last to the term's end. What is left at the end is what was bought last.
//!
//! Rule of a review but the last: where the projected use of the next period ([`project`], a quantile of it)
//! exceeds what is left, buy up to a quantile of what remains of the term, but no more than another quantile
//! of the next period. At the last review the two are one and the best quantile is the newsvendor's,
//! (o - p₂)/(o - v): nothing is tuned. The other quantiles and the first purchase are tuned on some paths and
//! judged on others, which had no say in them.
//!
//! Several terms of a path each buy the same first purchase, whatever was seen in those before, and review by the
//! same quantiles; projections follow everything seen since the first one began. Nothing is carried over, so
//! that each term has a cost of its own, and figures are those of a term, as
//! [`Sizing`](crate::decide::sizing::Sizing) has them.
//!
//! With one review and independent periods the rule is the optimum: an order-up-to level, and a first purchase
//! against the cost that it leaves. K. J. Arrow, T. Harris & J. Marschak, Econometrica 19 (1951) 250; P. H.
//! Zipkin, Foundations of Inventory Management (2000), section 9.4.

use crate::decide::compare::paired;
use crate::decide::sizing::{Candidate, Difference, Objective, Settled, SettledSize};
use crate::ledger::{PriceList, Purchase};
use crate::summarise::ranks::{Proportion, Spread, Z95};
use crate::summarise::statistics::{Moments, mean_and_error};
use crate::units::{Credits, MICRO, Money, scale};

mod demands;
pub mod project;
mod tune;

pub use demands::Demands;
use project::{Levels, Projections};
use tune::Tuning;

/// What is bought now and what the reviews do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// Packs that are bought now, and again for each later term.
    pub first: u64,
    /// A review buys where this quantile of the next period's use exceeds what is left.
    pub trigger: f64,
    /// It buys up to this quantile of what remains of the term,
    pub target: f64,
    /// but no more than this quantile of the next period's use, where there is such a bound.
    pub cover: Option<f64>,
}

/// Prices and credits of a staged purchase.
#[derive(Clone, Copy, Debug)]
pub struct Stages<'a> {
    /// Prices of the first purchase and of what lies beyond all of them.
    pub prices: &'a PriceList,
    /// Price of a pack at a review.
    pub later: Money,
    /// Worth of an unused credit as a share of its price, in millionths.
    pub residual: u64,
    /// Credits granted at the start of the first term beside what is bought, which end with it.
    pub free: Credits,
}

/// A staged purchase, judged, beside all at once. Figures are those of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// Months between reviews.
    pub months: usize,
    /// Terms that are judged, each with as many reviews.
    pub terms: usize,
    /// First month of each period after the first of each term: before it stands a review.
    pub reviews: Vec<usize>,
    /// What to buy now and what the reviews do, tuned on all paths.
    pub rule: Rule,
    /// The quantile up to which the last review of a term buys; 0 or less where no later purchase can pay.
    pub last_target: f64,
    /// What is bought now with the costs of the whole rule, each path judged under a rule that was
    /// tuned on other paths.
    pub candidate: Candidate,
    /// Mean cost of all at once minus that of the rule, on the same paths: the value of waiting.
    pub saving: Difference,
    /// Mean number of later purchases.
    pub later_purchases_mean: f64,
    /// Mean packs of all later purchases.
    pub later_packs_mean: f64,
}

/// What became of one term of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Walk {
    /// Micro-credits beyond all grants.
    over: i64,
    /// Packs bought at reviews, and at how many of them.
    packs: i64,
    purchases: u64,
    /// Micro-credits left of the first purchase and of the later ones.
    unused: [i64; 2],
}

/// A rule with its projections looked up: for each review the multiples of its levels at which it
/// buys and up to which.
struct Ready {
    purchase: Purchase,
    reviews: Vec<Quantiles>,
}

#[derive(Clone, Copy)]
struct Quantiles {
    trigger: f64,
    cover: Option<f64>,
    target: f64,
}

impl Quantiles {
    /// What a review buys up to, where it buys with so much left, in micro-credits.
    fn up_to(&self, [next, rest]: [f64; 2], left: i64) -> Option<f64> {
        if next * self.trigger <= left as f64 {
            return None;
        }
        let target = rest * self.target;
        Some(self.cover.map_or(target, |cover| target.min(next * cover)))
    }
}

impl Stages<'_> {
    /// The newsvendor's ratio of a later purchase, (o - p₂)/(o - v); 0 or less where o ≤ p₂.
    pub fn last_target(&self) -> f64 {
        let (later, beyond) = (
            self.later.to_f64(),
            self.prices.overage.pack_price().to_f64(),
        );
        let worth = later * self.residual as f64 / MICRO as f64;
        match beyond > worth {
            true => (beyond - later) / (beyond - worth),
            false => 0.0,
        }
    }

    /// Tunes a rule on every path, judges rules on paths that they were not tuned on, and compares with
    /// buying all of `at_once` at the start of each term. `reviews` are the first months of the periods after
    /// the first of each term, `most` is how many paths are tuned on at most. `None` for fewer than two paths,
    /// and where a purchase does not fit the ledger's integers.
    ///
    /// The rule for the paths with even numbers is tuned on those with odd ones, and the other way round.
    pub fn staged(
        &self,
        demands: &Demands,
        at_once: &Candidate,
        (months, reviews): (usize, Vec<usize>),
        most: usize,
    ) -> Option<Staged> {
        if demands.paths() < 2 {
            return None;
        }
        let all: Vec<usize> = (0..demands.paths()).collect();
        let packs = at_once.purchase.packs;
        let rule = self.tune(demands, &all[..all.len().min(most)], packs)?.0;
        let terms = demands.terms();
        let mut walks = vec![Walk::default(); all.len() * terms];
        let mut costs = vec![0; all.len() * terms];
        for judged in 0..2 {
            let of = |half: usize| all.iter().copied().skip(half).step_by(2);
            let tuned_on: Vec<usize> = of(1 - judged).take(most).collect();
            let (rule, projections) = self.tune(demands, &tuned_on, packs)?;
            let ready = self.ready(&rule, &projections)?;
            for path in of(judged) {
                let levels = projections.on(demands, &[path]);
                let of_path = self.walks(&ready, demands, path, levels.of(0));
                for (place, walk) in (path * terms..).zip(of_path) {
                    walks[place] = walk;
                    costs[place] = self.cost(&ready.purchase, &walk)?;
                }
            }
        }
        let saving = self.saving(demands, &at_once.purchase, &costs)?;
        let mean =
            |of: &dyn Fn(&Walk) -> f64| walks.iter().map(of).sum::<f64>() / walks.len() as f64;
        Some(Staged {
            months,
            terms,
            reviews,
            rule,
            last_target: self.last_target(),
            later_purchases_mean: mean(&|walk| walk.purchases as f64),
            later_packs_mean: mean(&|walk| walk.packs as f64),
            candidate: self.candidate(demands, &rule, &walks, costs, at_once, saving.mean)?,
            saving,
        })
    }

    /// The rule's figures as those of a size.
    fn candidate(
        &self,
        demands: &Demands,
        rule: &Rule,
        walks: &[Walk],
        costs: Vec<i64>,
        at_once: &Candidate,
        saving: f64,
    ) -> Option<Candidate> {
        let purchase = self.prices.purchase(rule.first)?;
        let sum = |of: &dyn Fn(&Walk) -> i64| walks.iter().map(|walk| i128::from(of(walk))).sum();
        let beyond = (0..demands.paths()).flat_map(|path| {
            let terms = demands.terms_of(path).enumerate();
            terms.map(|(term, wanted)| {
                let free = self.free_of(term).micro();
                (wanted.iter().sum::<i64>() - free).max(0) as f64
            })
        });
        let mean_demand = beyond.sum::<f64>() / walks.len() as f64 / MICRO as f64;
        let terms = demands.terms();
        // Terms of one path belong together: errors are those of its mean.
        let mut moments = Moments::default();
        sums(&costs, terms)?
            .iter()
            .for_each(|&sum| moments.add(sum));
        let error = moments.error();
        let size = SettledSize {
            has_grants: true,
            purchase,
            over: walks.iter().filter(|walk| walk.over > 0).count() as u64,
            overage: sum(&|walk| walk.over),
            unused: sum(&|walk| walk.unused[0] + walk.unused[1]),
            unserved: 0,
            costs,
        };
        let costs = size.costs.clone();
        let settled = Settled::new(vec![size], costs, mean_demand, 1);
        let candidate = settled.weigh(Objective::Cost, rule.first)?;
        Some(Candidate {
            cost_mean_se: error.map(|error| error.error / terms as f64),
            cost_mean_half_width: error.map(|error| error.half_width() / terms as f64),
            overage: Proportion {
                spread: spread_over(walks, terms),
                ..candidate.overage
            },
            // With foresight all would be bought at once, at the lower price: the regret is against the same.
            regret_mean: (at_once.regret_mean - saving).max(0.0),
            ..candidate
        })
    }

    /// What all at once costs more than the given costs, in a term on average.
    fn saving(&self, demands: &Demands, all: &Purchase, costs: &[i64]) -> Option<Difference> {
        let ready = Ready {
            purchase: *all,
            reviews: Vec::new(),
        };
        let walks = (0..demands.paths()).flat_map(|path| self.walks(&ready, demands, path, &[]));
        let at_once = walks.map(|walk| self.cost(all, &walk));
        let at_once: Vec<i64> = at_once.collect::<Option<_>>()?;
        let terms = demands.terms();
        let of_paths = paired(&sums(&at_once, terms)?, &sums(costs, terms)?)?;
        let of_term = |value: f64| value / terms as f64;
        Some(Difference {
            mean: of_term(of_paths.mean),
            interval: of_paths
                .interval
                .map(|(low, high)| (of_term(low), of_term(high))),
        })
    }

    /// The best rule that is found on some paths, and what its reviews expect. `at_once` is the best size
    /// without reviews, in packs. `None` where a purchase does not fit the ledger's integers.
    pub fn tune(
        &self,
        demands: &Demands,
        paths: &[usize],
        at_once: u64,
    ) -> Option<(Rule, Projections)> {
        let projections = Projections::new(demands, paths);
        let target = self.last_target();
        let start = |trigger, cover| Rule {
            first: at_once,
            trigger,
            target: target.max(0.0),
            cover,
        };
        if target <= 0.0 || demands.periods() == 1 {
            return Some((start(0.0, None), projections));
        }
        let tuning = Tuning {
            stages: self,
            demands,
            paths,
            levels: projections.on(demands, paths),
            projections,
            at_once,
        };
        // With one review there is nothing to tune but the first purchase.
        let starts = [start(0.5, None), start(0.8, Some(0.8))];
        let starts = starts.into_iter().take(demands.periods() - 1);
        let mut best: Option<(f64, Rule)> = None;
        for rule in starts {
            let found = tuning.descend(rule)?;
            if best.is_none_or(|(cost, _)| found.0 < cost) {
                best = Some(found);
            }
        }
        best.map(|(_, rule)| (rule, tuning.projections))
    }

    /// Mean cost of a term under a rule on some paths, in whole units of money; `None` where its purchase
    /// does not fit the ledger's integers.
    pub fn mean_cost(
        &self,
        rule: &Rule,
        projections: &Projections,
        demands: &Demands,
        paths: &[usize],
    ) -> Option<f64> {
        let levels = projections.on(demands, paths);
        let ready = self.ready(rule, projections)?;
        Some(self.mean_of(&ready, demands, paths, &levels))
    }

    /// Looks a rule's quantiles up in the projections.
    fn ready(&self, rule: &Rule, projections: &Projections) -> Option<Ready> {
        let last = projections.rest_ratios(self.last_target());
        let triggers = projections.next_ratios(rule.trigger);
        let covers = rule.cover.map(|cover| projections.next_ratios(cover));
        let targets = projections.rest_ratios(rule.target);
        let count = targets.len();
        let pays = self.last_target() > 0.0;
        let reviews = (0..count).filter(|_| pays).map(|review| {
            if projections.is_last(review) {
                let [trigger, target] = [last[review]; 2];
                return Quantiles {
                    trigger,
                    cover: None,
                    target,
                };
            }
            Quantiles {
                trigger: triggers[review],
                cover: covers.as_ref().map(|covers| covers[review]),
                target: targets[review],
            }
        });
        Some(Ready {
            purchase: self.prices.purchase(rule.first)?,
            reviews: reviews.collect(),
        })
    }

    /// Free credits of a term: granted once, they end with the first one.
    fn free_of(&self, term: usize) -> Credits {
        match term {
            0 => self.free,
            _ => Credits::ZERO,
        }
    }

    /// The terms of one path under a rule.
    fn walks<'a>(
        &'a self,
        ready: &'a Ready,
        demands: &'a Demands,
        path: usize,
        levels: &'a [[f64; 2]],
    ) -> impl Iterator<Item = Walk> + 'a {
        let terms = demands.terms_of(path).enumerate();
        terms.map(move |(term, demand)| self.walk(ready, term, demand, levels))
    }

    /// One term of a path under a rule; `levels` are those of the path.
    fn walk(&self, ready: &Ready, term: usize, demand: &[i64], levels: &[[f64; 2]]) -> Walk {
        let pack = self.prices.pack.micro();
        let first = ready.purchase.credits.micro();
        let mut left = self.free_of(term).micro().saturating_add(first);
        let mut walk = Walk::default();
        let before = term * (demand.len() - 1);
        for (period, &wanted) in demand.iter().enumerate() {
            let review = period.checked_sub(1).and_then(|review| {
                let review = before + review;
                let quantiles = ready.reviews.get(review)?;
                quantiles.up_to(levels[review], left)
            });
            if let Some(up_to) = review {
                // Whole packs, to the nearest; the cast keeps within 64 bits.
                let packs = ((up_to - left as f64) / pack as f64).round() as i64;
                if packs > 0 {
                    walk.packs = walk.packs.saturating_add(packs);
                    walk.purchases += 1;
                    left = left.saturating_add(packs.saturating_mul(pack));
                }
            }
            walk.over += (wanted - left).max(0);
            left = (left - wanted).max(0);
        }
        let later = walk.packs.saturating_mul(pack);
        // Free credits are used first, then the first purchase.
        let unused = left.min(first.saturating_add(later));
        walk.unused = [unused - unused.min(later), unused.min(later)];
        walk
    }

    /// What a term pays less what its unused credits are worth, in micro-units of money; `None` where 64
    /// bits cannot hold it.
    fn cost(&self, first: &Purchase, walk: &Walk) -> Option<i64> {
        let (price, pack) = (self.later.micro(), self.prices.pack.micro());
        let later = price.checked_mul(walk.packs)?;
        let beyond = self.prices.overage.of(Credits::from_micro(walk.over))?;
        let paid = first.cost.micro().checked_add(later)?;
        let paid = paid.checked_add(beyond.micro())?;
        if self.residual == 0 {
            return Some(paid);
        }
        let of_first = match first.credits.micro() {
            0 => 0,
            credits => scale(walk.unused[0], first.cost.micro(), credits)?,
        };
        let of_later = scale(walk.unused[1], price, pack)?;
        let full = of_first.checked_add(of_later)?;
        let worth = scale(full, i64::try_from(self.residual).ok()?, MICRO)?;
        paid.checked_sub(worth)
    }

    /// Mean cost of a term over some paths, from sums of whole numbers.
    fn mean_of(&self, ready: &Ready, demands: &Demands, paths: &[usize], levels: &Levels) -> f64 {
        let (mut over, mut packs, mut unused) = (0_i128, 0_i128, [0_i128; 2]);
        for (place, &path) in paths.iter().enumerate() {
            for walk in self.walks(ready, demands, path, levels.of(place)) {
                over += i128::from(walk.over);
                packs += i128::from(walk.packs);
                unused[0] += i128::from(walk.unused[0]);
                unused[1] += i128::from(walk.unused[1]);
            }
        }
        let mean = |sum: i128| sum as f64 / (paths.len() * demands.terms()) as f64;
        let credits = |sum: i128| mean(sum) / MICRO as f64;
        let first = &ready.purchase;
        let worth = self.residual as f64 / MICRO as f64
            * (credits(unused[0]) * first.per_credit().unwrap_or(0.0)
                + credits(unused[1]) * self.later.to_f64() / self.prices.pack.to_f64());
        first.cost.to_f64()
            + self.later.to_f64() * mean(packs)
            + self.prices.overage.per_credit() * credits(over)
            - worth
    }
}

/// Sums of so many values each; `None` where 64 bits cannot hold one.
fn sums(values: &[i64], terms: usize) -> Option<Vec<i64>> {
    let sum = |values: &[i64]| {
        let mut values = values.iter();
        values.try_fold(0_i64, |sum, &value| sum.checked_add(value))
    };
    values.chunks_exact(terms).map(sum).collect()
}

/// Error of the share of terms with an overage; `None` where each path has one term, which is independent of
/// every other.
fn spread_over(walks: &[Walk], terms: usize) -> Option<Spread> {
    if terms == 1 {
        return None;
    }
    let share = |walks: &[Walk]| {
        let over = walks.iter().filter(|walk| walk.over > 0).count();
        over as f64 / terms as f64
    };
    let shares: Vec<f64> = walks.chunks_exact(terms).map(share).collect();
    mean_and_error(&shares)
        .1
        .map(|error| Spread { error, width: Z95 })
}
