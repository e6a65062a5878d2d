//! Published newsvendors, objectives and limits with a closed form, and series of savings plans.
//!
//! With h the price of a unit and a penalty for one that is missing, h (Q - D)⁺ + penalty (D - Q)⁺ is our
//! cost less p E[D] at p = h and o = h + penalty. Cases and figures: L. V. Snyder & Z.-J. M. Shen, Fundamentals
//! of Supply Chain Theory, as computed by stockpyl 1.0; J. L. Walton's example of the value of information.

use flexcast::decide::sizing::{Objective, Sizing};
use flexcast::special::normal;
use flexcast::units::MICRO;

use super::sizing::{COST, lognormal, prices, strata};
use crate::checks::close;

/// A demand that takes whole values with these probabilities, in parts of `of`.
fn discrete(parts: &[(i64, usize)]) -> Vec<i64> {
    let copies = parts.iter();
    copies
        .flat_map(|&(value, count)| std::iter::repeat_n(value * MICRO, count))
        .collect()
}

/// Quantiles of a Poisson demand.
fn poisson(mean: f64) -> Vec<i64> {
    let mut below = 0.0;
    let mut probability = libm::exp(-mean);
    let mut count = 0_i64;
    let mut demand = Vec::new();
    for k in 0..200_000 {
        let u = (f64::from(k) + 0.5) / 200_000.0;
        while u > below + probability {
            below += probability;
            count += 1;
            probability *= mean / count as f64;
        }
        demand.push(count * MICRO);
    }
    demand
}

/// The optimum in units and the newsvendor's cost at sizes, for packs of one unit.
fn whole(
    h: f64,
    penalty: f64,
    demand: &[i64],
    best: (u64, f64),
    others: &[(u64, f64)],
    relative: f64,
) {
    let prices = prices(1.0, h, h + penalty, &[]);
    let sizing = Sizing::new(&prices, demand.to_vec());
    assert_eq!(sizing.optimum(), Some(best.0));
    let mean = demand.iter().sum::<i64>() as f64 / demand.len() as f64 / MICRO as f64;
    for &(size, cost) in [best].iter().chain(others) {
        let found = sizing.evaluate(size).unwrap().cost_mean - h * mean;
        close(found, cost, relative).unwrap();
        assert!(close(found, 1.01 * cost, relative).is_err());
    }
}

#[test]
fn poisson_and_discrete_newsvendors_are_reproduced() {
    // [D7], [D8] and systems 5.2.
    let at = [(5, 6.590_296_024_616_343)];
    whole(
        1.0,
        4.0,
        &poisson(6.0),
        (8, 3.570_106_945_770_941),
        &at,
        2e-4,
    );
    let at = [(13, 1_445.751_062_891_969)];
    whole(200.0, 270.0, &poisson(18.0), (19, 786.088_440_9), &at, 2e-4);
    // A lead time of four periods: five periods' demand.
    whole(
        0.08,
        1.25,
        &poisson(90.0),
        (105, 1.545_018_869_2),
        &[],
        2e-4,
    );
    whole(
        0.18,
        0.70,
        &poisson(50.0),
        (56, 1.797_235_211_809_178),
        &[],
        2e-4,
    );
    // [D10] exactly.
    let parts = [
        (1, 5),
        (2, 1),
        (3, 2),
        (4, 4),
        (5, 3),
        (6, 2),
        (7, 2),
        (8, 1),
    ];
    let at = [(3, 1_725_000.0)];
    whole(5e5, 1e6, &discrete(&parts), (5, 1_225_000.0), &at, 1e-12);
}

#[test]
fn a_lognormal_newsvendor_is_reproduced() {
    // [D9] LN(6, 0.3), h = 1, p = 0.1765; thousandths of a unit, packs of 10.
    let demand = strata(|u| 1_000.0 * libm::exp(6.0 + 0.3 * normal::quantile(u)));
    let prices = prices(10.0, 1.0, 1.1765, &[]);
    let sizing = Sizing::new(&prices, demand);
    let best = sizing.optimum().expect("costs that compare");
    assert!(
        (best as f64 / 100.0 - 295.626_644_8).abs() <= 0.02,
        "{best}"
    );
    let mean = libm::exp(6.0 + 0.045);
    let at = |packs| sizing.evaluate(packs).unwrap().cost_mean / 1_000.0 - mean;
    close(at(29_563), 29.442_543_58, 1e-4).unwrap();
    close(at(35_000), 34.588_836_69, 1e-4).unwrap();
}

#[test]
fn credits_beyond_a_size_and_unused_are_the_normal_losses() {
    // Systems 5.2, the standard normal losses: E(Z - z)⁺ and E(z - Z)⁺, of demand 1,000 (10 + Z). What is off is
    // the middle of the outermost strata for their mean: less than 0.2/n.
    let scale = 1_000.0;
    let demand = strata(|u| scale * (10.0 + normal::quantile(u)));
    let list = prices(1.0, 0.5, 1.0, &[]);
    let sizing = Sizing::new(&list, demand);
    for (z, beyond, unused) in [
        (-1.4, 1.436_668_142_708_465, 0.036_668_142_708_465),
        (0.3, 0.266_761_242_117_21, 0.566_761_242_117_21),
        (3.1, 2.672_490_952_231_408e-4, 3.100_267_249_095_223),
    ] {
        let packs = (scale * (10.0 + z)).round() as u64;
        let size = sizing.evaluate(packs).unwrap();
        let found = [size.overage_credits_mean, size.unused_credits_mean];
        for (found, loss) in found.into_iter().zip([beyond, unused]) {
            let off = (found / scale - loss).abs();
            assert!(off < 1e-6, "{z}: {found} for {loss}");
        }
        // Half a credit for each bought ahead and one for each beyond.
        let cost = 0.5 * (10.0 + z) + beyond;
        close(size.cost_mean / scale, cost, 1e-6).unwrap();
    }
}

#[test]
fn what_is_left_is_worth_its_salvage_value() {
    // [D11] Revenue 1, cost 0.3, salvage 0.12 = 0.4 of the cost: profit is o E[D] - cost.
    let scale = 1_000.0;
    let demand = strata(|u| scale * (50.0 + 8.0 * normal::quantile(u)));
    let list = prices(10.0, 0.3, 1.0, &[]);
    let sizing = Sizing::with_residual(&list, 400_000, demand);
    let best = sizing.optimum().expect("costs that compare");
    assert!(
        (best as f64 / 100.0 - 56.603_955_93).abs() <= 0.02,
        "{best}"
    );
    let profit = 50.0 - sizing.evaluate(best).unwrap().cost_mean / scale;
    close(profit, 33.002_394_806_8, COST).unwrap();
    // The same with Poisson(50), in whole units.
    let list = prices(1.0, 0.3, 1.0, &[]);
    let sizing = Sizing::with_residual(&list, 400_000, poisson(50.0));
    assert_eq!(sizing.optimum(), Some(56));
    let profit = 50.0 - sizing.evaluate(56).unwrap().cost_mean;
    close(profit, 33.202_764_79, 1e-4).unwrap();
}

#[test]
fn perfect_information_is_worth_what_walton_says() {
    // [D12] Cost 7.5, price 10, refund 2.5: h = 5, penalty 2.5; profit = 7.5 E[D] - cost; packs of 50.
    let parts = [(100, 6), (150, 4), (200, 6), (250, 3), (300, 1)];
    let list = prices(50.0, 5.0, 7.5, &[]);
    let sizing = Sizing::new(&list, discrete(&parts));
    assert_eq!(sizing.optimum(), Some(3));
    let profits = [250.0, 262.5, 200.0, 25.0, -206.25];
    for (packs, expected) in (2..).zip(profits) {
        let profit = 7.5 * 172.5 - sizing.evaluate(packs).unwrap().cost_mean;
        assert!((profit - expected).abs() < 1e-9, "{packs}: {profit}");
    }
    let best = sizing.purchase(3).unwrap();
    let worth = sizing.foresight_worth(&best);
    assert!((worth.mean - 168.75).abs() < 1e-9, "{worth:?}");
    // The same by the refund, a third of the cost, in millionths.
    let list = prices(50.0, 7.5, 10.0, &[]);
    let sizing = Sizing::with_residual(&list, 333_333, discrete(&parts));
    assert_eq!(sizing.optimum(), Some(3));
    close(1_725.0 - sizing.evaluate(3).unwrap().cost_mean, 262.5, 1e-5).unwrap();
    // [D13] Triangular(100, 175, 300).
    let quantile = |u: f64| match u < 0.375 {
        true => 100.0 + (u * 15_000.0).sqrt(),
        false => 300.0 - ((1.0 - u) * 25_000.0).sqrt(),
    };
    let list = prices(10.0, 5.0, 7.5, &[]);
    let sizing = Sizing::new(&list, strata(|u| 1_000.0 * quantile(u)));
    let best = sizing.optimum().expect("costs that compare");
    assert!(
        (best as f64 / 100.0 - 170.710_678_1).abs() <= 0.02,
        "{best}"
    );
    let mean = 575.0 / 3.0;
    let profit = 7.5 * mean - sizing.evaluate(best).unwrap().cost_mean / 1_000.0;
    close(profit, 367.851_130, COST).unwrap();
}

#[test]
fn a_limit_on_the_shortage_is_priced_and_inverted() {
    // [D2] P(short) at most 5%: Q = 1,782,365.564 at 14,468.618534, 4,905.38474 above the optimum.
    let list = prices(100.0, 0.008, 0.012, &[]);
    let sizing = Sizing::new(&list, lognormal());
    let limited = sizing.best(Objective::Cost, Some(50_000)).unwrap();
    assert_eq!(limited, 17_824);
    assert_eq!(sizing.fewest(50_000), limited);
    let (low, high) = sizing.fewest_interval(50_000).unwrap();
    // Ranks 10,000 ± 1.96 sqrt(0.05 0.95 n) from the top.
    assert!(
        low < limited && limited < high && high - low < 250,
        "{low} {high}"
    );
    let best = sizing.best(Objective::Cost, None).unwrap();
    let [best, limited] = [best, limited].map(|packs| sizing.purchase(packs).unwrap());
    let price = sizing.difference(&limited, &best);
    let slope = 0.008 - 0.012 * 0.05;
    let expected = 4_905.384_74 + slope * (1_782_400.0 - 1_782_365.564);
    close(price.mean, expected, 1e-4).unwrap();
    // A limit that all sizes meet changes nothing; none over is the largest demand.
    assert_eq!(
        sizing.best(Objective::Cost, Some(1_000_000)),
        Some(best.packs)
    );
    let all = sizing.fewest(0);
    assert_eq!(sizing.evaluate(all).unwrap().overage.hits, 0);
    assert_eq!(sizing.evaluate(all - 1).unwrap().overage.hits, 1);
}

#[test]
fn the_tail_and_regret_have_their_own_optimum() {
    let list = prices(100.0, 0.008, 0.012, &[]);
    let sizing = Sizing::new(&list, lognormal());
    // The fractile 1 - 0.05 x 0.008/0.012 of demand.
    let tail = Objective::Cvar { alpha: 950_000 };
    let best = sizing.best(tail, None).unwrap();
    assert!(
        (best as f64 * 100.0 - 1_922_383.561_4).abs() <= 300.0,
        "{best}"
    );
    let value = sizing.weigh(tail, best).unwrap().objective.unwrap();
    // The top stratum's middle stands for its mean: 4e-5 of the tail's mean.
    close(value, 18_191.594_964, 1e-4).unwrap();
    let neutral = sizing.weigh(tail, 7_770).unwrap().objective.unwrap();
    close(neutral, 22_474.192_5, 1e-4).unwrap();
    // [C7] VaR and CVaR at 90% of the demand itself: nothing ahead, a credit for one of money.
    let one = prices(1.0, 1.0, 1.0, &[]);
    let sizing_of_demand = Sizing::new(&one, lognormal());
    let tail = Objective::Cvar { alpha: 900_000 };
    let size = sizing_of_demand.weigh(tail, 0).unwrap();
    close(size.objective.unwrap(), 1_890_096.785_2, 1e-4).unwrap();
    let var = sizing_of_demand.fewest(100_000) as f64;
    close(var, 1_541_291.384_2, 1e-5).unwrap();
    // The shortest interval with 95% of demand, [338,818.5, 1,827,393.3], divided in the ratio of the
    // costs of too much and too little.
    let best = sizing.best(Objective::Regret, None).unwrap();
    assert!(
        (best as f64 * 100.0 - 835_010.09).abs() <= 3_000.0,
        "{best}"
    );
    let regret = sizing
        .weigh(Objective::Regret, best)
        .unwrap()
        .objective
        .unwrap();
    close(regret, 3_969.532_8, 1e-3).unwrap();
}

#[test]
fn costs_within_a_hundredth_are_found() {
    // Uniform(0, 1e6), p = 0.00375, o = 0.005: 2,343.75 at 250,000, within 1% up to 96,824.58 away.
    let list = prices(100.0, 0.00375, 0.005, &[]);
    let sizing = Sizing::new(&list, strata(|u| 1e6 * u));
    for (size, cost) in [
        (0, 2_500.0),
        (2_500, 2_343.75),
        (4_000, 2_400.0),
        (5_000, 2_500.0),
    ] {
        close(sizing.evaluate(size).unwrap().cost_mean, cost, COST).unwrap();
    }
    let ranges = sizing.within(Objective::Cost, (0, 2_500), 1.01 * 2_343.75);
    let [(low, high)] = ranges[..] else {
        panic!("{ranges:?}");
    };
    assert!((low as f64 - 1_531.754).abs() <= 2.0, "{low}");
    assert!((high as f64 - 3_468.246).abs() <= 2.0, "{high}");
}

#[test]
fn eighty_percent_of_the_mean_is_best_near_the_coefficients_that_the_domain_names() {
    // Lognormal demand with a coefficient of variation, a saving: best share of the mean.
    let share = |cv: f64, saving: f64| {
        let s2 = libm::log1p(cv * cv);
        let demand = strata(|u| 1e6 * libm::exp(s2.sqrt() * normal::quantile(u) - s2 / 2.0));
        let list = prices(100.0, 0.005 * (1.0 - saving), 0.005, &[]);
        Sizing::new(&list, demand).optimum().unwrap() as f64 / 10_000.0
    };
    for (cv, saving) in [(0.24, 0.20), (0.28, 0.25), (0.40, 0.35)] {
        let found = share(cv, saving);
        assert!((found - 0.80).abs() < 0.006, "{cv} {saving}: {found}");
    }
    let table = [
        (0.5, [0.49, 0.60, 0.65, 0.75]),
        (0.2, [0.76, 0.83, 0.86, 0.91]),
    ];
    for (cv, expected) in table {
        for (saving, expected) in [0.10, 0.20, 0.25, 0.35].into_iter().zip(expected) {
            let found = share(cv, saving);
            assert!((found - expected).abs() < 0.006, "{cv} {saving}: {found}");
        }
    }
}

/// A series of hourly spend, each value a path: the best commitment and what it saves.
fn saves(series: &[f64], saving: f64, best: f64, saved: f64) {
    let demand: Vec<i64> = series
        .iter()
        .map(|value| (value * 1e6).round() as i64)
        .collect();
    let list = prices(0.1, 1.0 - saving, 1.0, &[]);
    let sizing = Sizing::new(&list, demand);
    let found = sizing.optimum().expect("costs that compare");
    assert_eq!(found, (best * 10.0).round() as u64);
    let n = series.len() as f64;
    let cost = sizing.evaluate(found).unwrap().cost_mean;
    close(series.iter().sum::<f64>() - n * cost, saved, 1e-9).unwrap();
}

#[test]
fn savings_plans_commit_to_an_observed_value() {
    let days = [45.2, 52.1, 48.7, 60.3, 55.8, 42.0, 38.5, 50.0, 65.2, 70.1];
    saves(&days.repeat(7), 0.348, 48.7, 1_043.532);
    let weekday = [60.0, 65.0, 70.0, 75.0, 80.0, 75.0, 70.0, 65.0].repeat(3);
    let weekend = [40.0, 35.0, 38.0, 42.0, 45.0, 43.0, 40.0, 38.0].repeat(3);
    let week = [weekday.repeat(5), weekend.repeat(2)].concat();
    saves(&week, 0.30, 60.0, 2_070.0);
    let spiky = [10.0, 100.0, 15.0, 95.0, 20.0, 90.0, 25.0, 85.0];
    saves(&spiky.repeat(10), 0.40, 25.0, 500.0);
    let even = [50.0, 60.0, 55.0, 70.0, 65.0, 45.0].repeat(12);
    saves(&even, 0.10, 45.0, 324.0);
    saves(&even, 0.60, 60.0, 2_232.0);
}
