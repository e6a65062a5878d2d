//! What sizing says of its own errors, against a demand whose optimum is known.

use flexcast::decide::sizing::{
    Named, Objective, Question, Searched, Settled, SettledSize, Sizes, Sizing, Weigh, least_costs,
};
use flexcast::ledger::{Price, PriceList};
use flexcast::randomness::Streams;
use flexcast::special::normal;
use flexcast::summarise::ranks::Z95;
use flexcast::units::{Credits, MICRO, Money};

use crate::checks::close;

/// Demand LN(mean 1e6, s = 0.4) credits, packs of 100, $0.008 ahead and $0.012 beyond: reference case D1.
pub(crate) const MEAN: f64 = 1e6;
const S: f64 = 0.4;

pub(crate) fn prices() -> PriceList {
    let pack = Credits::from_micro(100 * MICRO);
    PriceList {
        pack,
        pack_price: Money::from_micro(800_000),
        discounts: Vec::new(),
        overage: Price::new(Money::from_micro(1_200_000), pack),
    }
}

/// Place of a size on the scale of the normal behind the demand.
fn score(credits: f64) -> f64 {
    (libm::log(credits / MEAN) + S * S / 2.0) / S
}

/// P(D > Q).
pub(crate) fn above(credits: f64) -> f64 {
    normal::cdf(-score(credits))
}

/// 0.008 Q + 0.012 E(D - Q)⁺.
pub(crate) fn cost(credits: f64) -> f64 {
    let beyond = MEAN * normal::cdf(S - score(credits)) - credits * above(credits);
    0.008 * credits + 0.012 * beyond
}

/// The mean of the worst 1 - alpha costs, of the largest demands: 0.008 Q + 0.012 E(D - Q | D > q)⁺ with the quantile q.
pub(crate) fn worst(credits: f64, alpha: f64) -> f64 {
    let beyond = |credits: f64| MEAN * normal::cdf(S - score(credits)) - credits * above(credits);
    let q = at(normal::quantile(alpha)).max(credits);
    let excess = beyond(q) + (q - credits) * above(q);
    0.008 * credits + 0.012 * excess / (1.0 - alpha)
}

/// The demand of a place on the scale of the normal behind it.
pub(crate) fn at(z: f64) -> f64 {
    MEAN * libm::exp(S * z - S * S / 2.0)
}

/// The same demands as the ledger would settle them, under some sizes.
pub(crate) fn settled(
    sizing: &Sizing<'_>,
    demand: &[i64],
    mut packs: Vec<u64>,
) -> Vec<SettledSize> {
    packs.push(0);
    packs.sort_unstable();
    packs.dedup();
    let size = |&packs: &u64| {
        let purchase = sizing.purchase(packs).expect("a size that fits");
        let limit = purchase.credits.micro();
        let cost = |&d: &i64| (sizing.cost(&purchase, d) * MICRO as f64).round() as i64;
        SettledSize {
            purchase,
            costs: demand.iter().map(cost).collect(),
            has_grants: true,
            over: demand.iter().filter(|&&d| d > limit).count() as u64,
            overage: 0,
            unused: 0,
            unserved: 0,
        }
    };
    packs.iter().map(size).collect()
}

/// The range of sizes that cannot be told from the best of settled ones, as a search finds it among these: half as far
/// as those that cannot be told from it.
pub(crate) fn range(sizes: &[SettledSize], objective: Objective, best: u64) -> (u64, u64) {
    let place = sizes.iter().position(|size| size.purchase.packs == best);
    let place = place.expect("a settled size");
    let far = |steps: &mut dyn Iterator<Item = &SettledSize>| {
        let near = steps.take_while(|size| size.is_near(objective, &sizes[place], 1.0));
        let far = near.last().map_or(best, |size| size.purchase.packs);
        let middle = far.midpoint(best);
        let held = sizes.iter().map(|size| size.purchase.packs);
        held.min_by_key(|packs| packs.abs_diff(middle))
            .expect("sizes")
    };
    let low = far(&mut sizes[..place].iter().rev());
    (low, far(&mut sizes[place + 1..].iter()))
}

/// A best size with its ranges, beside a purchase of `rule` packs.
pub(crate) fn named(optimum: u64, ranges: Option<Vec<(u64, u64)>>, rule: u64) -> Named {
    Named {
        optimum,
        unconstrained: optimum,
        ranges,
        rivals: Vec::new(),
        flat: Vec::new(),
        rule_80: rule,
        current: 8_000,
        plan: rule,
        invert: None,
        invert_interval: None,
        limit_interval: None,
        limit_sizes: None,
        is_certain: false,
        curve: Vec::new(),
    }
}

/// What an answer says of the sizes that have a name.
pub(crate) fn answer(sizes: &impl Weigh, question: Question, named: &Named) -> Sizes {
    let of = (Searched::All, 1, false);
    Sizes::new(question, sizes, named, of).expect("sizes that can be evaluated")
}

/// An objective without a limit.
pub(crate) fn best_at(objective: Objective) -> Question {
    Question {
        objective,
        ..Question::default()
    }
}

/// The demands of a sample, in micro-credits.
pub(crate) fn sample(seed: u64, paths: u64) -> Vec<i64> {
    let stream = Streams::new(seed).named("demand");
    let demand = |path| (at(normal::quantile(stream.uniform_at(path, 0))) * MICRO as f64) as i64;
    (0..paths).map(demand).collect()
}

/// What is asked of every sample.
struct Asked {
    objective: Objective,
    /// The share of the demands below the best size.
    fractile: f64,
    /// Sizes whose difference from the best is stated, in packs.
    rules: [u64; 5],
    /// Sizes that are settled: from, to, every so many.
    grid: (u64, u64, usize),
}

const BY_COST: Asked = Asked {
    objective: Objective::Cost,
    fractile: 1.0 / 3.0,
    rules: [7_850, 8_000, 8_200, 9_000, 10_000],
    grid: (6_500, 9_100, 20),
};

/// Of a fifth of the paths: 200 of 1,000.
const BY_TAIL: Asked = Asked {
    objective: Objective::Cvar { alpha: 800_000 },
    fractile: 1.0 - 0.2 * 2.0 / 3.0,
    rules: [8_000, 12_000, 14_000, 15_000, 18_000],
    grid: (11_400, 18_500, 100),
};

impl Asked {
    /// What is to be least, of a size in truth.
    fn truth(&self, credits: f64) -> f64 {
        match self.objective {
            Objective::Cvar { alpha } => worst(credits, f64::from(alpha) / MICRO as f64),
            Objective::Cost | Objective::Regret => cost(credits),
        }
    }

    /// Of `seeds` samples of `paths` demands: how often each interval holds the truth, and with what probability it
    /// should.
    fn coverage(&self, seeds: u64, paths: u64, is_settled: bool) -> Vec<(String, u64, f64)> {
        let prices = prices();
        let best = at(normal::quantile(self.fractile));
        let mut hits = vec![0_u64; 3 + self.rules.len()];
        for seed in 0..seeds {
            let demand = sample(seed, paths);
            let sizing = Sizing::new(&prices, demand.clone());
            let by_ledger = is_settled.then(|| {
                let (from, to, step) = self.grid;
                let grid = (from..=to).step_by(step);
                let packs = grid.chain(self.rules).chain([8_000]).collect();
                let sizes = settled(&sizing, &demand, packs);
                let scored = sizes
                    .iter()
                    .map(|size| (size.value(self.objective, &[]), size.purchase.packs));
                let (_, best) = scored.min().expect("sizes");
                let ranges = vec![range(&sizes, self.objective, best)];
                let foresight = least_costs(&sizes);
                (
                    Settled::new(sizes, foresight, MEAN, 1),
                    (best, Some(ranges)),
                )
            });
            let plain = (
                sizing
                    .best(self.objective, None)
                    .expect("costs that compare"),
                sizing.ranges(self.objective),
            );
            let mut place = 0;
            let mut count = |holds: bool| {
                hits[place] += u64::from(holds);
                place += 1;
            };
            let holds = |(low, high): (f64, f64), truth: f64| (low..=high).contains(&truth);
            for (index, &rule) in self.rules.iter().enumerate() {
                let question = best_at(self.objective);
                let of = |(optimum, ranges): &(u64, Option<Vec<(u64, u64)>>)| {
                    named(*optimum, ranges.clone(), rule)
                };
                let sizes = match &by_ledger {
                    Some((settled, found)) => answer(settled, question, &of(found)),
                    None => answer(&sizing, question, &of(&plain)),
                };
                if index == 0 {
                    let half = sizes.objective_half_width.expect("an error");
                    let value = sizes.optimum.objective.expect("paths enough");
                    count(holds((value - half, value + half), self.truth(best)));
                    let found = sizes.optimum.purchase.credits.to_f64();
                    count(holds(sizes.optimum.overage.interval(), above(found)));
                    count(holds(sizes.current.overage.interval(), above(800_000.0)));
                }
                let excess = match self.objective {
                    Objective::Cvar { .. } => sizes.rule_80_in_objective.expect("a tail"),
                    Objective::Cost | Objective::Regret => sizes.rule_80_excess,
                };
                let truth = self.truth(100.0 * rule as f64) - self.truth(best);
                count(holds(excess.interval.expect("an interval"), truth));
            }
        }
        let names = [
            "objective of the optimum",
            "P(overage) there",
            "P(overage) of the current size",
        ];
        let of_rules = self
            .rules
            .map(|rule| format!("what {rule} packs have more"));
        let expected = [0.95; 3].into_iter().chain(
            self.rules
                .map(|rule| self.folded(100.0 * rule as f64, best, paths)),
        );
        let names = names.map(str::to_owned).into_iter().chain(of_rules);
        let all = names.zip(hits).zip(expected);
        all.map(|((name, hits), expected)| (name, hits, expected))
            .collect()
    }

    /// The probability with which the interval of what a size has more than the best one holds the truth. It is the
    /// image of q - Q̂ ± 1.96 τ under the square. The one of q - Q* holds it in 95%, but where both its ends are on
    /// one side of the best the square is the same on the other side, too: δ standard deviations τ from Q* it
    /// misses only 1.96 τ off on one side and 1.96 τ + 2 δ on the other, or where δ > 1.96 on both again.
    fn folded(&self, credits: f64, best: f64, paths: u64) -> f64 {
        let z = normal::quantile(self.fractile);
        let density = libm::exp(-z * z / 2.0) / (std::f64::consts::TAU.sqrt() * S * best);
        let spread = (self.fractile * (1.0 - self.fractile) / paths as f64).sqrt() / density;
        let apart = (credits - best).abs() / spread;
        match apart < Z95 {
            true => normal::cdf(Z95 + 2.0 * apart) - normal::cdf(-Z95),
            false => 0.95,
        }
    }
}

/// The stated 95% intervals hold the truth in 95% of runs, within 4.9 standard errors: a false alarm about once in a
/// million for each of the 32, of the least expected cost and of the least mean of the worst, weighed by demand and as
/// the ledger settles them. Next to the best size (six of them) they should hold it in up to 97.5%, and do so within
/// as much.
#[test]
fn sizes_intervals_cover_as_they_say() {
    let best = at(normal::quantile(BY_COST.fractile));
    close(cost(best), 9_563.233_795, 1e-9).unwrap();
    // At a tail of all paths the mean of the worst is the mean.
    close(worst(best, 1e-12), cost(best), 1e-9).unwrap();
    let seeds = 2_000;
    let error = (0.95_f64 * 0.05 / seeds as f64).sqrt();
    for asked in [BY_COST, BY_TAIL] {
        for is_settled in [false, true] {
            for (name, hits, expected) in asked.coverage(seeds, 1_000, is_settled) {
                let share = hits as f64 / seeds as f64;
                let case = format!("{name}, settled {is_settled}: {share}");
                assert!(share - 0.95 >= -4.9 * error, "{case}");
                assert!((share - expected).abs() <= 4.9 * error, "{case}");
            }
        }
    }
}

/// Shown to fail: intervals that do not know that the best size was chosen by the same paths.
#[test]
fn intervals_that_do_not_know_of_the_choice_cover_less() {
    let (seeds, paths) = (400, 1_000);
    let prices = prices();
    let best = at(normal::quantile(BY_TAIL.fractile));
    let rule = 14_000;
    let truth = BY_TAIL.truth(100.0 * rule as f64) - BY_TAIL.truth(best);
    let mut hits = 0;
    for seed in 0..seeds {
        let sizing = Sizing::new(&prices, sample(seed, paths));
        let found = sizing.best(BY_TAIL.objective, None).expect("a size");
        // As if the size were certain.
        let known = Named {
            is_certain: true,
            ..named(found, None, rule)
        };
        let sizes = answer(&sizing, best_at(BY_TAIL.objective), &known);
        let interval = sizes.rule_80_in_objective.expect("a tail").interval;
        let (low, high) = interval.expect("an interval");
        hits += u32::from((low..=high).contains(&truth));
    }
    let error = (0.95_f64 * 0.05 / f64::from(seeds as u32)).sqrt();
    assert!(
        f64::from(hits) / f64::from(seeds as u32) < 0.95 - 4.9 * error,
        "{hits}"
    );
}

/// What a size of another aim costs on average hangs on the size, which the paths only estimate.
#[test]
fn average_costs_of_another_aim_know_of_its_range() {
    let (seeds, paths) = (400, 1_000);
    let prices = prices();
    let best = at(normal::quantile(BY_TAIL.fractile));
    let rule = 9_000;
    let truth = cost(100.0 * rule as f64) - cost(best);
    let [mut held, mut told, mut owns] = [0; 3];
    for seed in 0..seeds {
        let sizing = Sizing::new(&prices, sample(seed, paths));
        let found = sizing.best(BY_TAIL.objective, None).expect("a size");
        let ranges = sizing.ranges(BY_TAIL.objective);
        let sizes = answer(
            &sizing,
            best_at(BY_TAIL.objective),
            &named(found, ranges, rule),
        );
        let holds = |interval: Option<(f64, f64)>, truth: f64| {
            let (low, high) = interval.expect("paths enough");
            u32::from(low <= truth && truth <= high)
        };
        held += holds(sizes.rule_80_excess.interval, truth);
        owns += holds(sizes.optimum_cost_interval, cost(best));
        let bought = |packs| sizing.purchase(packs).expect("a size");
        told += holds(
            sizing.difference(&bought(rule), &bought(found)).interval,
            truth,
        );
    }
    let share = |count: u32| f64::from(count) / f64::from(seeds as u32);
    let held = [held, owns, told].map(share);
    assert!(held[0] > 0.93 && held[1] > 0.93, "{held:?}");
    // Shown to fail: the paired interval of the size told.
    assert!(held[2] < 0.8, "{held:?}");
    // Where order statistics do not bound the size nothing of it is sure.
    let sizing = Sizing::new(&prices, sample(1, 1_000));
    let sizes = answer(
        &sizing,
        best_at(BY_TAIL.objective),
        &named(12_000, None, rule),
    );
    assert_eq!(sizes.optimum_cost_interval, None);
    assert_eq!(sizes.rule_80_excess.interval, None);
    assert_eq!(sizes.optimum.cost_mean_half_width, None);
}
