//! Functions of independent or correlated numbers whose indices are known.

use std::f64::consts::PI;

use flexcast::decide::indices::{Index, first_order, total_order};
use flexcast::decide::knowing::some;
use flexcast::decide::regression::{Basis, Column};
use flexcast::decide::shapley::{Share, Shares, shares};
use flexcast::decide::sizing::{Difference, Settled, SettledSize};
use flexcast::ledger::Purchase;
use flexcast::randomness::{StreamKey, Streams};
use flexcast::special::{normal, student};
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

/// Whether a share is as expected; a jackknife of 16 parts is wrong once in a million.
fn is(share: &Share, expected: f64) -> bool {
    let most = student::two_sided(15.0, 1e-6) * share.error;
    (share.value - expected).abs() <= most && share.error < 0.02
}

fn within(found: &[Share], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (share, &expected) in found.iter().zip(expected) {
        assert!(is(share, expected), "{share:?} instead of {expected}");
    }
}

fn sum(shares: &[Share]) -> f64 {
    shares.iter().map(|share| share.value).sum()
}

/// A group for each input.
fn alone(inputs: usize) -> Vec<Vec<Vec<usize>>> {
    (0..inputs).map(|input| vec![vec![input]]).collect()
}

/// Where orders are drawn from, if they are.
fn orders() -> StreamKey {
    Streams::new(1).named("orders")
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
    let found = shares(&basis, &alone(3), &[output], &orders());
    let found = found[0].as_ref().expect("it varies");
    within(
        &found.groups,
        &[0.435_747_023, 0.442_411_145, 0.121_841_832],
    );
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
        let found = shares(&basis, &alone(2), &[output, flat], &orders());
        within(&found[0].as_ref().expect("it varies").groups, &expected);
        assert_eq!(found[1], None);
        // Shares that ignore the correlation would be rejected.
        let total = square(weights[0]) + square(weights[1]);
        let first = found[0].as_ref().expect("it varies").groups[0];
        let naive = square(weights[0]) / total;
        assert!(!is(&first, naive));
    }
}

/// Independent normals for `common` and then for each weight; `normal` makes an input of them. The
/// shares of the variance of the weighted sum of these inputs.
fn shares_of_sum(
    seed: u64,
    weights: &[f64],
    normal: impl Fn(&[f64], usize) -> f64,
    groups: &[Vec<Vec<usize>>],
) -> Shares {
    let uniforms = Uniforms::new(seed, weights.len() + 1);
    let paths: Vec<Vec<f64>> = (0..16_000)
        .map(|path| {
            let u = uniforms.mixed(path, 0, None);
            let z: Vec<f64> = u.into_iter().map(normal::quantile).collect();
            (0..weights.len()).map(|input| normal(&z, input)).collect()
        })
        .collect();
    let inputs: Vec<Vec<f64>> = (0..weights.len())
        .map(|input| paths.iter().map(|x| x[input]).collect())
        .collect();
    let columns: Vec<Column<'_>> = inputs.iter().map(|v| column(v, UNBOUNDED)).collect();
    let basis = Basis::new(&columns, 2, 40).expect("few functions");
    let weighted = |x: &Vec<f64>| x.iter().zip(weights).map(|(x, weight)| x * weight).sum();
    let output = paths.iter().map(weighted).collect();
    let found = shares(&basis, groups, &[output], &orders());
    let found = found.into_iter().next().flatten().expect("it varies");
    for (group, members) in found.groups.iter().zip(&found.members) {
        assert!((group.value - sum(members)).abs() < 1e-9);
    }
    assert!((sum(&found.groups) + found.rest.value - 1.0).abs() < 1e-9);
    assert!(found.rest.value.abs() < 1e-3, "{:?}", found.rest);
    found
}

#[test]
fn correlated_normals_of_one_group_have_an_effect_each() {
    // 4 a + 5 b + 3 c + 2 d, a and b with a correlation of 0.3, the others independent: of a variance of 66
    // a has 16 (1 - 0.3²/2) + 0.3 × 20 + 25 × 0.3²/2 and b the same the other way round (Owen & Prieur 2017).
    let weights = [4.0, 5.0, 3.0, 2.0];
    let normal = |z: &[f64], input: usize| match input {
        1 => 0.3 * z[1] + 0.91_f64.sqrt() * z[2],
        _ => z[input + 1],
    };
    let groups = [vec![vec![0], vec![1], vec![2]], vec![vec![3]]];
    let found = shares_of_sum(15, &weights, normal, &groups);
    let members = [22.405 / 66.0, 30.595 / 66.0, 9.0 / 66.0];
    within(&found.members[0], &members);
    within(&found.members[1], &[4.0 / 66.0]);
    within(&found.groups, &[62.0 / 66.0, 4.0 / 66.0]);
    // An input without weight lives on what it says about another: half of its correlation squared.
    let normal = |z: &[f64], input: usize| match input {
        1 => 0.8 * z[1] + 0.6 * z[2],
        _ => z[input + 1],
    };
    let found = shares_of_sum(16, &[1.0, 0.0], normal, &[vec![vec![0], vec![1]]]);
    within(&found.members[0], &[0.68, 0.32]);
    // Shares by weights alone would be rejected, and so would what each explains alone, halved.
    assert!(!is(&found.members[0][1], 0.0) && !is(&found.members[0][0], 0.5));
    // And one that says nothing about anything has nothing.
    let found = shares_of_sum(17, &[1.0, 0.0], |z, i| z[i], &[vec![vec![0], vec![1]]]);
    assert!(found.members[0][1].is_lost() && !found.members[0][0].is_lost());
}

#[test]
fn members_come_when_their_group_comes() {
    // a + b + c with common parts: correlations 0.64 of a and b, 0.48 with c. With c a group of its own.
    let loads = [0.8_f64, 0.8, 0.6];
    let normal = |z: &[f64], input: usize| {
        let load = loads[input];
        load * z[0] + (1.0 - square(load)).sqrt() * z[input + 1]
    };
    let found = shares_of_sum(
        18,
        &[1.0; 3],
        normal,
        &[vec![vec![0], vec![1]], vec![vec![2]]],
    );
    let (ab, c) = (0.64, 0.48);
    let variance = 3.0 + 2.0 * ab + 4.0 * c;
    // v of a, of c, of a and b, of a and c: by the covariances with the sum and the inverse of their matrix.
    let (with_a, with_c) = (1.0 + ab + c, 1.0 + 2.0 * c);
    let pair = |x: f64, y: f64, r: f64| (x * x + y * y - 2.0 * r * x * y) / (1.0 - r * r);
    let v = [
        with_a * with_a,
        with_c * with_c,
        pair(with_a, with_a, ab),
        pair(with_a, with_c, c),
    ];
    let [one, other, both, mixed] = v.map(|v| v / variance);
    // Orders abc, bac, cab, cba.
    let effect = (one + (both - one) + (mixed - other) + (1.0 - mixed)) / 4.0;
    within(&found.members[0], &[effect, effect]);
    within(&found.members[1], &[1.0 - 2.0 * effect]);
    // The effect of a over all six orders, also those in which c parts a and b, is another.
    let all = (2.0 * one + (both - one) + (mixed - other) + 2.0 * (1.0 - mixed)) / 6.0;
    assert!((all - effect).abs() > 1e-3 && !is(&found.groups[0], 2.0 * all));
}

#[test]
fn too_many_members_for_all_orders_have_the_effects_of_normals_too() {
    // 16 normals, any two with a correlation of 0.5, and one that is independent. With B the sum of the
    // weights β, each has the covariance c = (β + B)/2 with the sum, and k of them explain
    // 2 (Σ c² - (Σ c)²/(k + 1)).
    let weights: Vec<f64> = (0..16).map(|k| f64::from(k % 4)).chain([6.0]).collect();
    let normal = |z: &[f64], input: usize| match input {
        16 => z[17],
        _ => (z[0] + z[input + 1]) / 2.0_f64.sqrt(),
    };
    let groups = [(0..16).map(|i| vec![i]).collect(), vec![vec![16]]];
    let found = shares_of_sum(19, &weights, normal, &groups);
    let b: f64 = weights[..16].iter().sum();
    let squares: f64 = weights[..16].iter().map(|w| w * w).sum();
    let variance = (b * b + squares) / 2.0 + 36.0;
    let explained = |set: u32| {
        let members = (0..16).filter(|place| set >> place & 1 == 1);
        let c = members.map(|place| (weights[place] + b) / 2.0);
        let (sum, squares) = c.fold((0.0, 0.0), |(s, q), c| (s + c, q + c * c));
        2.0 * (squares - sum * sum / f64::from(set.count_ones() + 1)) / variance
    };
    let v: Vec<f64> = (0..1 << 16).map(explained).collect();
    // k! (15 - k)! / 16! by the number of those that come before.
    let weight: Vec<f64> = (0..16)
        .map(|k| (0..k).fold(16.0, |w, i| w * f64::from(15 - i) / f64::from(i + 1)))
        .collect();
    let effect = |player: usize| -> f64 {
        let without = (0..1 << 16).filter(|set: &usize| set >> player & 1 == 0);
        let added = |set: usize| v[set | 1 << player] - v[set];
        let shares = without.map(|set| added(set) / weight[set.count_ones() as usize]);
        shares.sum()
    };
    let expected: Vec<f64> = (0..16).map(effect).collect();
    within(&found.members[0], &expected);
    within(&found.members[1], &[36.0 / variance]);
    let errors = found.members[0].iter().map(|share| share.error);
    assert!(errors.fold(0.0, f64::max) < 0.005, "{found:?}");
    // What weights alone say would be rejected.
    assert!(!is(&found.members[0][0], 0.0));
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
        (some(&costs, &costs[1], &[p1], None), 0.083_315_471),
        (some(&costs, &costs[1], &[p2], None), 0.395_593_115),
        (some(&costs, &costs[1], &[p1, p2], None), 0.479_810_706),
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
    let one = some(&costs, &costs[1], &[p1], None).expect("paths enough");
    assert!((one.value - 0.395_593_115).abs() > Z * one.error);
    // Something that has nothing to do with the costs is worth nothing, not a little.
    let [other, _] = normals(14, 200_000, 0.0);
    let nothing =
        some(&costs, &costs[1], &[column(&other, UNBOUNDED)], None).expect("paths enough");
    assert!(nothing.value <= Z * nothing.error, "{nothing:?}");
    // What is expected may be wrong: the inputs are known all the same.
    let both = some(&costs, &costs[1], &[p1, p2], Some(&other)).expect("paths enough");
    let off = (both.value - 0.479_810_706).abs();
    assert!(off <= Z * both.error && both.error < 0.005, "{both:?}");
}

#[test]
fn knowing_takes_paths_decisions_and_inputs() {
    let values = vec![0.5; 99];
    let costs = [vec![1.0; 99], vec![2.0; 99]];
    assert_eq!(
        some(&costs, &values, &[column(&values, UNBOUNDED)], None),
        None
    );
    assert_eq!(some(&[], &[], &[], None), None);
    // The same decision is best on every path.
    assert_eq!(foresight(&costs).mean, 0.0);
}
