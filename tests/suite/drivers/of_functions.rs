//! Functions of independent or correlated numbers whose indices are known.

use std::f64::consts::PI;

use flexcast::decide::indices::{Index, first_order, total_order};
use flexcast::decide::knowing::some;
use flexcast::decide::regression::{Basis, Column};
use flexcast::decide::shapley::{Shares, shares};
use flexcast::decide::sizing::{Difference, Settled, SettledSize};
use flexcast::ledger::Purchase;
use flexcast::randomness::{StreamKey, Streams};
use flexcast::special::normal;
use flexcast::units::{Credits, Money};

use crate::checks::{Check, Z, square};

/// A uniform number by input and path.
struct Uniforms(Vec<StreamKey>);

impl Uniforms {
    fn new(seed: u64, inputs: usize) -> Self {
        let streams = Streams::new(seed);
        let names = (0..inputs).map(|input| streams.named(&format!("input/{input}")));
        Self(names.collect())
    }

    /// The numbers of a path, those of `input` taken from another.
    fn mixed(&self, path: u64, other: u64, input: Option<usize>) -> Vec<f64> {
        let of = |(place, key): (usize, &StreamKey)| {
            let from = if input == Some(place) { other } else { path };
            key.uniform_at(from, 0)
        };
        self.0.iter().enumerate().map(of).collect()
    }
}

/// First and total order of each input of a function of uniform numbers, by `n` pairs.
fn indices(
    seed: u64,
    n: u64,
    inputs: usize,
    function: impl Fn(&[f64]) -> f64,
) -> Vec<(Index, Index)> {
    let uniforms = Uniforms::new(seed, inputs);
    let outputs = |from: &dyn Fn(u64) -> Vec<f64>| -> Vec<f64> {
        (0..n).map(|path| function(&from(path))).collect()
    };
    let own = outputs(&|path| uniforms.mixed(path, 0, None));
    let other = outputs(&|path| uniforms.mixed(n + path, 0, None));
    (0..inputs)
        .map(|input| {
            let mixed = outputs(&|path| uniforms.mixed(path, n + path, Some(input)));
            let first = first_order(&own, &other, &mixed).expect("it varies");
            (first, total_order(&own, &mixed).expect("it varies"))
        })
        .collect()
}

fn agrees(index: Index, expected: f64) -> Check {
    if (index.value - expected).abs() <= Z * index.error {
        return Ok(());
    }
    Err(format!("{index:?} instead of {expected}"))
}

/// sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 of uniform numbers on ±π.
fn ishigami(u: &[f64]) -> f64 {
    let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
    x[0].sin() + 7.0 * square(x[1].sin()) + 0.1 * square(square(x[2])) * x[0].sin()
}

const ISHIGAMI_FIRST: [f64; 3] = [0.313_905_191, 0.442_411_145, 0.0];
const ISHIGAMI_TOTAL: [f64; 3] = [0.557_588_855, 0.442_411_145, 0.243_683_664];

#[test]
fn the_indices_of_ishigamis_function() {
    let found = indices(1, 40_000, 3, ishigami);
    for (input, (first, total)) in found.iter().enumerate() {
        agrees(*first, ISHIGAMI_FIRST[input]).unwrap();
        agrees(*total, ISHIGAMI_TOTAL[input]).unwrap();
        assert!(
            first.error < 0.01 && total.error < 0.01,
            "{first:?} {total:?}"
        );
    }
    assert!(found[2].0.is_lost() && !found[2].1.is_lost());
}

#[test]
fn broken_estimators_are_rejected() {
    let n = 40_000;
    let uniforms = Uniforms::new(1, 3);
    let of = |from: &dyn Fn(u64) -> Vec<f64>| -> Vec<f64> {
        (0..n).map(|path| ishigami(&from(path))).collect()
    };
    let own = of(&|path| uniforms.mixed(path, 0, None));
    let other = of(&|path| uniforms.mixed(n + path, 0, None));
    let mixed = of(&|path| uniforms.mixed(path, n + path, Some(0)));
    // The first path of a pair for the second, the total's pair for the first order's, pairs that do
    // not belong together.
    let first = |a: &[f64], b: &[f64]| first_order(a, b, &mixed).expect("it varies");
    let total = |a: &[f64]| total_order(a, &mixed).expect("it varies");
    agrees(first(&own, &other), ISHIGAMI_FIRST[0]).unwrap();
    agrees(total(&own), ISHIGAMI_TOTAL[0]).unwrap();
    assert!(agrees(first(&other, &own), ISHIGAMI_FIRST[0]).is_err());
    assert!(agrees(total(&other), ISHIGAMI_TOTAL[0]).is_err());
    let mut shifted = other.clone();
    shifted.rotate_left(1);
    assert!(agrees(first(&own, &shifted), ISHIGAMI_FIRST[0]).is_err());
    // A function that is 3% off in one of its parts.
    let off = indices(1, n, 3, |u| {
        ishigami(u) + 0.03 * 7.0 * square((PI * (2.0 * u[1] - 1.0)).sin())
    });
    let exact = indices(1, n, 3, ishigami);
    assert!(off[1].0.value > exact[1].0.value + 0.01);
}

#[test]
fn the_indices_of_sobols_g_function_and_what_cannot_be_told_from_zero() {
    let weights = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
    let g = |u: &[f64]| -> f64 {
        let pairs = u.iter().zip(weights);
        pairs
            .map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a))
            .product()
    };
    let found = indices(3, 20_000, 8, g);
    let first = [0.716_192, 0.179_048, 0.023_676, 0.007_162];
    let total = [0.787_144, 0.242_198, 0.034_317, 0.010_460];
    for input in 0..4 {
        agrees(found[input].0, first[input]).unwrap();
        agrees(found[input].1, total[input]).unwrap();
    }
    // Two thirds of a standard error: one of ten is told from 0.
    let lost = found[4..].iter().filter(|(first, _)| first.is_lost());
    assert!(lost.count() >= 2, "{:?}", &found[4..]);
    for (first, total) in &found[4..] {
        agrees(*first, 0.000_072).unwrap();
        agrees(*total, 0.000_105).unwrap();
    }
}

#[test]
fn an_input_that_does_nothing_has_nothing() {
    let found = indices(5, 10_000, 3, |u| 10.0 + 3.0 * u[0] + u[1]);
    agrees(found[0].0, 0.9).unwrap();
    agrees(found[1].0, 0.1).unwrap();
    let (low, high) = found[2].0.interval();
    assert!(low <= 0.0 && (0.0..1e-3).contains(&high), "{low} {high}");
    assert!(found[2].0.is_lost());
    assert_eq!((found[2].1.value, found[2].1.error), (0.0, 0.0));
}

#[test]
fn intervals_cover_what_they_say() {
    // Of 400 seeds, each interval misses 20; a binomial is within 4.9 standard errors of 4.36.
    let mut misses = [[0; 2]; 3];
    for seed in 0..400 {
        for (input, (first, total)) in indices(100 + seed, 1_000, 3, ishigami).iter().enumerate() {
            let pairs = [
                (first, ISHIGAMI_FIRST[input]),
                (total, ISHIGAMI_TOTAL[input]),
            ];
            for (place, (index, expected)) in pairs.into_iter().enumerate() {
                let (low, high) = index.interval();
                misses[input][place] += u32::from(!(low..=high).contains(&expected));
            }
        }
    }
    for misses in misses.as_flattened() {
        // 5% and what a delta-method interval of 1,000 pairs loses, never above 10%; and not so wide
        // that it never misses.
        assert!((1..=41).contains(misses), "{misses} misses of 400");
    }
}

#[test]
fn intervals_of_a_rare_event_cover_what_they_say() {
    // Whether the sum of two normals passes its 95th percentile. Two futures that share one normal both do
    // with probability P = ∫ φ(x) P(N > t - x)² dx, so that S = (P - p²)/(p - p²), and T = 1 - S.
    let t = 2.0_f64.sqrt() * normal::quantile(0.95);
    let step = 1e-3;
    let both: f64 = (-8_000..8_000)
        .map(|k| (f64::from(k) + 0.5) * step)
        .map(|x| (-x * x / 2.0).exp() / (2.0 * PI).sqrt() * square(1.0 - normal::cdf(t - x)))
        .sum();
    let (both, p) = (both * step, 0.05);
    let first = (both - p * p) / (p - p * p);
    let passes = |u: &[f64]| {
        let sum = normal::quantile(u[0]) + normal::quantile(u[1]);
        f64::from(u8::from(sum > t))
    };
    // Of 200 seeds, each interval misses 10; a binomial is within 4.9 standard errors of 3.1.
    let mut misses = [0; 2];
    for seed in 0..200 {
        let (s, t) = indices(1_000 + seed, 4_000, 2, passes)[0];
        for (place, (index, expected)) in [(s, first), (t, 1.0 - first)].into_iter().enumerate() {
            let (low, high) = index.interval();
            misses[place] += u32::from(!(low..=high).contains(&expected));
        }
    }
    assert!(
        misses.iter().all(|misses| (1..=25).contains(misses)),
        "{misses:?} of 200"
    );
}

fn column(values: &[f64], support: (f64, f64)) -> Column<'_> {
    Column { values, support }
}

const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

fn within(share: &Shares, expected: &[f64]) {
    for (player, expected) in share.players.iter().zip(expected) {
        let off = (player.value - expected).abs();
        assert!(off <= Z * player.error, "{player:?} instead of {expected}");
        assert!(player.error < 0.02, "{player:?}");
    }
}

#[test]
fn the_shapley_effects_of_ishigamis_function() {
    let n = 16_000;
    let uniforms = Uniforms::new(11, 3);
    let paths: Vec<Vec<f64>> = (0..n).map(|path| uniforms.mixed(path, 0, None)).collect();
    let inputs: Vec<Vec<f64>> = (0..3)
        .map(|input| paths.iter().map(|u| u[input]).collect())
        .collect();
    let columns: Vec<Column<'_>> = inputs.iter().map(|v| column(v, (0.0, 1.0))).collect();
    let basis = Basis::new(&columns, 9, 300).expect("few functions");
    let output = paths.iter().map(|u| ishigami(u)).collect();
    let found = shares(&basis, &[vec![0], vec![1], vec![2]], &[output]);
    let found = found[0].as_ref().expect("it varies");
    within(found, &[0.435_747_023, 0.442_411_145, 0.121_841_832]);
    assert!(found.rest.value.abs() < 1e-3, "{:?}", found.rest);
}

/// Pairs of normals with this correlation.
fn normals(seed: u64, n: u64, correlation: f64) -> [Vec<f64>; 2] {
    let uniforms = Uniforms::new(seed, 2);
    let pair = |path| {
        let u = uniforms.mixed(path, 0, None);
        let (a, b) = (normal::quantile(u[0]), normal::quantile(u[1]));
        (a, correlation * a + (1.0 - square(correlation)).sqrt() * b)
    };
    let (a, b) = (0..n).map(pair).unzip();
    [a, b]
}

#[test]
fn the_shapley_effects_of_correlated_normals() {
    for (weights, correlation, expected) in [
        ([4.0, 5.0], 0.3, [0.422_735_849, 0.577_264_151]),
        ([1.0, 2.0], 0.5, [0.339_285_714, 0.660_714_286]),
    ] {
        let inputs = normals(12, 20_000, correlation);
        let columns: Vec<Column<'_>> = inputs.iter().map(|v| column(v, UNBOUNDED)).collect();
        let basis = Basis::new(&columns, 3, 100).expect("few functions");
        let sum = |path: usize| weights[0] * inputs[0][path] + weights[1] * inputs[1][path];
        let output: Vec<f64> = (0..inputs[0].len()).map(sum).collect();
        let flat = vec![1.0; output.len()];
        let found = shares(&basis, &[vec![0], vec![1]], &[output, flat]);
        within(found[0].as_ref().expect("it varies"), &expected);
        assert_eq!(found[1], None);
        // Shares that ignore the correlation would be rejected.
        let total = square(weights[0]) + square(weights[1]);
        let first = found[0].as_ref().expect("it varies").players[0];
        let naive = square(weights[0]) / total;
        assert!((first.value - naive).abs() > Z * first.error);
    }
}

/// The mean regret of the decision that costs least on average, as `size` says it of settled sizes.
fn foresight(costs: &[Vec<f64>]) -> Difference {
    let micro = |costs: &Vec<f64>| {
        costs
            .iter()
            .map(|cost| (cost * 1e6).round() as i64)
            .collect()
    };
    let columns: Vec<Vec<i64>> = costs.iter().map(micro).collect();
    let best = columns
        .iter()
        .enumerate()
        .min_by_key(|(_, column)| column.iter().sum::<i64>());
    let best = best.expect("decisions").0 as u64;
    let paths = 0..columns[0].len();
    let least = paths.map(|path| {
        columns
            .iter()
            .map(|column| column[path])
            .min()
            .expect("decisions")
    });
    let least = least.collect();
    let size = |(packs, costs): (usize, Vec<i64>)| SettledSize {
        purchase: Purchase {
            packs: packs as u64,
            credits: Credits::ZERO,
            cost: Money::ZERO,
        },
        costs,
        has_grants: true,
        over: 0,
        overage: 0,
        unused: 0,
        unserved: 0,
    };
    let sizes = columns.into_iter().enumerate().map(size).collect();
    let settled = Settled::new(sizes, least, 0.0, 1);
    settled.foresight_worth(best).expect("a decision")
}

#[test]
fn the_worth_of_knowing_a_normal_difference() {
    // Net benefits 0 and p1 - p2, p1 ~ N(1, 1), p2 ~ N(0, sd 2): costs are their negatives.
    let [a, b] = normals(13, 200_000, 0.0);
    let p1: Vec<f64> = a.iter().map(|z| 1.0 + z).collect();
    let p2: Vec<f64> = b.iter().map(|z| 2.0 * z).collect();
    let second: Vec<f64> = p1.iter().zip(&p2).map(|(p1, p2)| p2 - p1).collect();
    let costs = [vec![0.0; p1.len()], second];
    let (p1, p2) = (column(&p1, UNBOUNDED), column(&p2, UNBOUNDED));
    for (found, expected) in [
        (some(&costs, &[p1]), 0.083_315_471),
        (some(&costs, &[p2]), 0.395_593_115),
        (some(&costs, &[p1, p2]), 0.479_810_706),
    ] {
        let worth = found.expect("paths enough");
        let off = (worth.value - expected).abs();
        assert!(
            off <= Z * worth.error && worth.error < 0.005,
            "{worth:?} {expected}"
        );
        assert!(!worth.is_lost());
    }
    // Knowing both is knowing which costs less: what `size` says of two sizes with these costs.
    let all = foresight(&costs);
    let half = all.interval.expect("paths enough").1 - all.mean;
    assert!(
        (all.mean - 0.479_810_706).abs() <= Z * half / 1.96,
        "{all:?}"
    );
    // The worth of one is not that of the other.
    let one = some(&costs, &[p1]).expect("paths enough");
    assert!((one.value - 0.395_593_115).abs() > Z * one.error);
    // Something that has nothing to do with the costs is worth nothing, not a little.
    let [other, _] = normals(14, 200_000, 0.0);
    let nothing = some(&costs, &[column(&other, UNBOUNDED)]).expect("paths enough");
    assert!(nothing.value <= Z * nothing.error, "{nothing:?}");
}

#[test]
fn knowing_takes_paths_decisions_and_inputs() {
    let values = vec![0.5; 99];
    let costs = [vec![1.0; 99], vec![2.0; 99]];
    assert_eq!(some(&costs, &[column(&values, UNBOUNDED)]), None);
    assert_eq!(some(&[], &[]), None);
    // The same decision is best on every path.
    assert_eq!(foresight(&costs).mean, 0.0);
}
