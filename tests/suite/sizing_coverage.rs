//! What sizing says of its own errors, against a demand whose optimum is known.

use flexcast::decide::sizing::{Named, Question, Searched, Sizes, Sizing};
use flexcast::ledger::{Price, PriceList};
use flexcast::randomness::Streams;
use flexcast::special::normal;
use flexcast::units::{Credits, MICRO, Money};

use crate::checks::close;

/// Demand LN(mean 1e6, s = 0.4) credits, packs of 100, $0.008 ahead and $0.012 beyond: reference case D1.
const MEAN: f64 = 1e6;
const S: f64 = 0.4;

fn prices() -> PriceList {
    let pack = Credits::from_micro(100 * MICRO);
    PriceList {
        pack,
        pack_price: Money::from_micro(800_000),
        discounts: Vec::new(),
        overage: Price {
            pack_price: Money::from_micro(1_200_000),
            pack,
        },
    }
}

/// Place of a size on the scale of the normal behind the demand.
fn score(credits: f64) -> f64 {
    (libm::log(credits / MEAN) + S * S / 2.0) / S
}

/// P(D > Q).
fn above(credits: f64) -> f64 {
    normal::cdf(-score(credits))
}

/// 0.008 Q + 0.012 E(D - Q)⁺.
fn cost(credits: f64) -> f64 {
    let beyond = MEAN * normal::cdf(S - score(credits)) - credits * above(credits);
    0.008 * credits + 0.012 * beyond
}

/// Of `seeds` samples of `paths` demands: how often each interval holds the truth.
fn coverage(seeds: u64, paths: u64) -> Vec<(String, u64)> {
    let prices = prices();
    let best = MEAN * libm::exp(S * normal::quantile(1.0 / 3.0) - S * S / 2.0);
    close(cost(best), 9_563.233_795, 1e-9).unwrap();
    let rules = [7_850, 8_000, 8_200, 9_000, 10_000];
    let mut hits = vec![0_u64; 3 + rules.len()];
    for seed in 0..seeds {
        let stream = Streams::new(seed).named("demand");
        let demand = |path| {
            let z = normal::quantile(stream.uniform_at(path, 0));
            (MEAN * libm::exp(S * z - S * S / 2.0) * MICRO as f64) as i64
        };
        let sizing = Sizing::new(&prices, (0..paths).map(demand).collect());
        let optimum = sizing.optimum().expect("costs that compare");
        let mut place = 0;
        let mut count = |holds: bool| {
            hits[place] += u64::from(holds);
            place += 1;
        };
        for (index, &rule) in rules.iter().enumerate() {
            let named = Named {
                optimum,
                unconstrained: optimum,
                fewest: 0,
                rule_80: rule,
                current: 8_000,
                plan: rule,
                invert: None,
                curve: Vec::new(),
            };
            let sizes = Sizes::new(
                Question::default(),
                &sizing,
                &named,
                (Searched::All, 1, false),
            );
            let sizes = sizes.expect("sizes that can be evaluated");
            let holds = |(low, high): (f64, f64), truth: f64| (low..=high).contains(&truth);
            if index == 0 {
                let half = sizes.optimum.cost_mean_half_width.expect("an error");
                let cost_mean = sizes.optimum.cost_mean;
                count(holds((cost_mean - half, cost_mean + half), cost(best)));
                let found = sizes.optimum.purchase.credits.to_f64();
                count(holds(sizes.optimum.overage.interval(), above(found)));
                count(holds(sizes.current.overage.interval(), above(800_000.0)));
            }
            let interval = sizes.rule_80_excess.interval.expect("an interval");
            count(holds(interval, cost(100.0 * rule as f64) - cost(best)));
        }
    }
    let names = [
        "cost of the optimum",
        "P(overage) there",
        "P(overage) of the current size",
    ];
    let rules = rules.map(|rule| format!("what {rule} packs cost more"));
    let names = names.map(str::to_owned).into_iter().chain(rules);
    names.zip(hits).collect()
}

/// The stated 95% intervals hold the truth in 95% of runs, within 4.9 standard errors: a false alarm about
/// once in a million for each of the eight.
#[test]
fn sizes_intervals_cover_as_they_say() {
    let seeds = 2_000;
    for (name, hits) in coverage(seeds, 1_000) {
        let share = hits as f64 / seeds as f64;
        let error = (0.95_f64 * 0.05 / seeds as f64).sqrt();
        assert!((share - 0.95).abs() <= 4.9 * error, "{name}: {share}");
    }
}
