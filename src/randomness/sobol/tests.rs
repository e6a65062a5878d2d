//! The false-alarm rate of each statistical check is about 1e-6: 4.9 standard errors, or chi-square at
//! that level. Seeds are fixed.

use super::*;
use crate::randomness::streams::Streams;
use crate::randomness::{open_unit, sampling::RANDOMISATIONS};

fn key(name: &str) -> StreamKey {
    Streams::new(20_26).named(name)
}

fn taken(count: usize) -> Vec<Dimension> {
    dimensions().take(count).collect()
}

/// Scrambled coordinates of the first `count` points of some dimensions, by dimension.
fn net(of: &[Dimension], seed: u64, randomisation: u64, count: u64) -> Vec<Vec<u64>> {
    let streams = Streams::new(seed);
    let column = |(index, dimension): (usize, &Dimension)| {
        let key = streams.named(&format!("dimension {index}"));
        (0..count)
            .map(|i| scrambled(&key, randomisation, dimension.point(i)))
            .collect()
    };
    of.iter().enumerate().map(column).collect()
}

#[test]
fn points_are_those_that_others_publish() {
    let all = taken(DIMENSIONS);
    assert_eq!(dimensions().count(), DIMENSIONS);
    // The first points on the authors' page: 0, 1/2, 3/4 1/4 1/4, 1/4 3/4 3/4, 3/8 3/8 5/8, ...,
    // there in the order of the Gray code.
    let eighths = |index: u64| [0, 1, 2].map(|d: usize| all[d].point(index) >> 61);
    let gray = |i: u64| i ^ (i >> 1);
    let first: Vec<_> = (0..8).map(|i| eighths(gray(i))).collect();
    assert_eq!(
        first,
        [
            [0, 0, 0],
            [4, 4, 4],
            [6, 2, 2],
            [2, 6, 6],
            [3, 3, 5],
            [7, 7, 1],
            [5, 1, 7],
            [1, 5, 3]
        ]
    );
    // scipy 1.17: stats.qmc.Sobol(1024, scramble=False, bits=30) in 2^-30, its point i being ours of
    // i ^ (i >> 1).
    let places = [1, 2, 3, 4, 10, 50, 100, 500, 1_000, 1_024];
    let points = |index: u64| places.map(|d| all[d - 1].point(index) >> 34);
    assert_eq!(
        points(86),
        [
            444_596_224,
            276_824_064,
            830_472_192,
            780_140_544,
            746_586_112,
            713_031_680,
            947_912_704,
            528_482_304,
            981_467_136,
            1_015_021_568
        ]
    );
    assert_eq!(
        points(1_572_864),
        [
            1_536,
            503_324_160,
            729_685_504,
            894_905_856,
            552_721_920,
            214_874_624,
            821_949_952,
            649_452_032,
            1_064_704_512,
            402_039_296
        ]
    );
    // Sum over every dimension d of d times its coordinate: one wrong number of the table shows.
    let sum = |index: u64| -> u64 {
        let weighted = all.iter().zip(1..).map(|(d, k)| k * (d.point(index) >> 34));
        weighted.sum()
    };
    assert_eq!(sum(2), 281_914_137_116_672);
    assert_eq!(sum(10_277), 276_885_030_699_008);
    assert_eq!(sum(1_572_864), 284_318_484_087_808);
}

#[test]
fn any_number_of_points_is_had_directly() {
    for dimension in taken(40) {
        let (a, b) = (0x1234_5678_9abc, u64::MAX);
        // The construction is linear over XOR, in all 64 bits of the index.
        assert_eq!(
            dimension.point(a) ^ dimension.point(b),
            dimension.point(a ^ b)
        );
        assert_ne!(dimension.point(1 << 63), 0);
    }
}

#[test]
fn scrambling_is_nested() {
    // Two points that share their first k digits, and differ in the next, do so scrambled.
    let key = key("nested");
    for k in 0..64 {
        for point in [0, 0x0123_4567_89ab_cdef, u64::MAX] {
            let other = point ^ (1 << (63 - k)) ^ (0x5555_5555_5555_5555_u64.unbounded_shr(k + 1));
            let [a, b] = [point, other].map(|p| scrambled(&key, 3, p));
            assert_eq!((a ^ b).leading_zeros(), k, "{point:x} {other:x}");
        }
    }
}

#[test]
fn every_node_flips_by_a_bit_of_its_own() {
    // Over many randomisations: each node of the first levels, and some far down, flips half the
    // time, and no two of them together more often than not.
    let key = key("flips");
    let count = 20_000_u64;
    let mut nodes: Vec<(u32, u64)> = (0..8)
        .flat_map(|depth| (0..1 << depth).map(move |prefix| (depth, prefix)))
        .collect();
    let deep = [8, 11, 12, 13, 17, 18, 29, 30, 47, 51, 53];
    nodes.extend(deep.map(|depth| (depth, 0x0001_2345 & ((1 << depth) - 1))));
    let flips: Vec<Vec<bool>> = nodes
        .iter()
        .map(|&(depth, prefix)| {
            let point = prefix.unbounded_shl(64 - depth);
            let flip = |r| (scrambled(&key, r, point) ^ point) >> (63 - depth) & 1 == 1;
            (0..count).map(flip).collect()
        })
        .collect();
    // 4.9 standard errors for one comparison; about 36,000 pairs ask for 6.4.
    let error = 0.5 / (count as f64).sqrt();
    let off = |share: usize| (share as f64 / count as f64 - 0.5).abs() / error;
    for (index, one) in flips.iter().enumerate() {
        let share = one.iter().filter(|&&flip| flip).count();
        assert!(off(share) < 6.0, "{:?}", nodes[index]);
        for (before, other) in flips[..index].iter().enumerate() {
            let agree = one.iter().zip(other).filter(|(a, b)| a == b).count();
            assert!(off(agree) < 6.4, "{:?} {:?}", nodes[index], nodes[before]);
        }
    }
}

#[test]
fn a_hash_by_multiplication_alone_would_be_found_out() {
    // Laine and Karras's hash with a seed that is only added: of the leading digits' scramblings it
    // knows few. The check above must see that; here on three nodes of two levels.
    let lk = |seed: u64, point: u64| {
        let mut x = point.reverse_bits().wrapping_add(seed);
        for factor in [0x6c50_b47c_u64, 0xb82f_1e52, 0xc7af_e638, 0x8d22_f6e6] {
            x ^= x.wrapping_mul(factor);
        }
        x.reverse_bits()
    };
    let key = key("lk");
    let count = 20_000;
    let flips = |node: u64, depth: u32, scramble: &dyn Fn(u64, u64) -> u64| -> Vec<u64> {
        let point = node.unbounded_shl(64 - depth);
        (0..count)
            .map(|r| (scramble(r, point) ^ point) >> (63 - depth) & 1)
            .collect()
    };
    // Of the eight scramblings of the first two digits, how many come up?
    let kinds = |scramble: &dyn Fn(u64, u64) -> u64| {
        let [a, b, c] = [(0, 0), (0, 1), (1, 1)].map(|(node, depth)| flips(node, depth, scramble));
        let mut seen = [false; 8];
        for ((a, b), c) in a.iter().zip(&b).zip(&c) {
            seen[(4 * a + 2 * b + c) as usize] = true;
        }
        seen.iter().filter(|&&is_seen| is_seen).count()
    };
    assert_eq!(kinds(&|r, point| lk(key.word_at(r, 0), point)), 4);
    assert_eq!(kinds(&|r, point| scrambled(&key, r, point)), 8);
}

#[test]
fn every_scrambled_point_is_uniform() {
    // One point under many randomisations: its first six digits are equally likely, 64 cells.
    let count = 64_000;
    for index in [0, 1, 77, 1 << 20] {
        for (place, dimension) in taken(4).iter().enumerate() {
            let key = key(&format!("uniform {place}"));
            let mut cells = [0_u32; 64];
            for r in 0..count {
                cells[(scrambled(&key, r, dimension.point(index)) >> 58) as usize] += 1;
            }
            let chi = |n: &u32| (f64::from(*n) - 1_000.0) * (f64::from(*n) - 1_000.0) / 1_000.0;
            let chi: f64 = cells.iter().map(chi).sum();
            // The 1 - 1e-6 quantile of chi-square with 63 degrees of freedom is 128.5.
            assert!(chi < 128.5, "{index} {place}: {chi}");
        }
    }
}

#[test]
fn dimensions_seeds_and_randomisations_are_independent() {
    // Products of centred coordinates of the same point: mean 0, sd 1/12.
    let of = taken(3);
    let centred = |word: u64| open_unit(word) - 0.5;
    let count = 100_000_u64;
    let mean = |pair: &dyn Fn(u64) -> (u64, u64)| {
        let products = (0..count).map(|r| {
            let (a, b) = pair(r);
            centred(a) * centred(b)
        });
        products.sum::<f64>() / count as f64 * 12.0 * (count as f64).sqrt()
    };
    let draw = |seed: u64, name: &str, r: u64, dimension: usize| {
        let key = Streams::new(seed).named(name);
        scrambled(&key, r, of[dimension].point(5))
    };
    let (a, b) = (Streams::new(1).named("a"), Streams::new(1).named("b"));
    let across = |r: u64| {
        let points = [of[1].point(5), of[2].point(5)];
        (scrambled(&a, r, points[0]), scrambled(&b, r, points[1]))
    };
    assert!(mean(&across).abs() < 4.9);
    let next = |r: u64| {
        let point = of[1].point(5);
        (scrambled(&a, r, point), scrambled(&a, r + 1, point))
    };
    assert!(mean(&next).abs() < 4.9);
    let seeds = |seed: u64| (draw(seed, "a", 0, 1), draw(seed + 1, "a", 0, 1));
    assert!(mean(&seeds).abs() < 4.9);
}

#[test]
fn each_dimension_of_a_net_has_one_point_in_every_interval() {
    let mut of = taken(DIMENSIONS);
    let last = of.split_off(DIMENSIONS - 3);
    of.truncate(50);
    of.extend(last);
    for digits in [4, 7, 10] {
        for seed in [0, 9] {
            for column in net(&of, seed, 11, 1 << digits) {
                let mut cells: Vec<u64> = column.iter().map(|c| c >> (64 - digits)).collect();
                cells.sort_unstable();
                assert!(cells.into_iter().eq(0..1 << digits));
            }
        }
    }
}

/// Boxes of 2^-p by 2^-q, p + q = `digits`, of two dimensions that do not hold one point each.
fn uneven_boxes(a: &[u64], b: &[u64], digits: u32) -> usize {
    let is_uneven = |p: &u32| {
        let q = digits - p;
        let cell = |(a, b): (&u64, &u64)| {
            (a.unbounded_shr(64 - p) << q | b.unbounded_shr(64 - q)) as usize
        };
        let mut seen = vec![false; 1 << digits];
        a.iter().zip(b).for_each(|pair| seen[cell(pair)] = true);
        seen.contains(&false)
    };
    (0..=digits).filter(is_uneven).count()
}

#[test]
fn two_dimensions_of_a_net_stay_as_even_as_they_are() {
    // Pairs of dimensions are nets of some quality; scrambling neither loses nor gains any. The
    // first two are a (0, m, 2)-net: one point in every box.
    let of = taken(12);
    let digits = 8;
    let plain: Vec<Vec<u64>> = of
        .iter()
        .map(|d| (0..1 << digits).map(|i| d.point(i)).collect())
        .collect();
    for randomisation in 0..4 {
        let mixed = net(&of, 3, randomisation, 1 << digits);
        for a in 0..of.len() {
            for b in 0..a {
                assert_eq!(
                    uneven_boxes(&mixed[a], &mixed[b], digits),
                    uneven_boxes(&plain[a], &plain[b], digits),
                    "{a} {b}"
                );
            }
        }
        assert_eq!(uneven_boxes(&mixed[0], &mixed[1], digits), 0);
    }
    // Random points are far from even.
    let random: Vec<Vec<u64>> = (0..2)
        .map(|k| (0..1 << digits).map(|i| key("x").word_at(k, i)).collect())
        .collect();
    assert!(uneven_boxes(&random[0], &random[1], digits) >= 7);
}

/// Variance over randomisations of the mean of a function of `of` dimensions at `count` points.
fn variance(of: &[Dimension], count: u64, f: impl Fn(&[f64]) -> f64) -> f64 {
    let runs = 8 * RANDOMISATIONS as u64;
    let means: Vec<f64> = (0..runs)
        .map(|r| {
            let columns = net(of, 8, r, count);
            let mut point = vec![0.0; of.len()];
            let value = |i: usize| {
                let coordinates = columns.iter().map(|column| open_unit(column[i]));
                point.iter_mut().zip(coordinates).for_each(|(p, x)| *p = x);
                f(&point)
            };
            (0..count as usize).map(value).sum::<f64>() / count as f64
        })
        .collect();
    let mean = means.iter().sum::<f64>() / runs as f64;
    let squares = means.iter().map(|m| (m - mean) * (m - mean));
    squares.sum::<f64>() / (runs - 1) as f64
}

#[test]
fn the_variance_of_smooth_means_falls_faster_than_with_chance() {
    // One dimension, f = e^u: variance n^-3 times the mean of f'^2 / 12 (Owen 1997), 2^-24 of one
    // point's at 256. Four, of product form: at least 30 times below chance at 256 points and
    // falling faster than n^-2, where chance falls as n^-1. An F ratio of 127 and 127 degrees of
    // freedom stays within a factor of 2.4 but for 1e-6.
    let one = taken(1);
    let exp = |x: &[f64]| libm::exp(x[0]);
    let n = 256.0_f64;
    let mean_square_slope = (libm::exp(2.0) - 1.0) / 2.0;
    let expected = mean_square_slope / 12.0 / (n * n * n);
    let ratio = variance(&one, 256, exp) / expected;
    assert!((0.4..2.4).contains(&ratio), "{ratio}");
    let four = taken(4);
    let product = |x: &[f64]| -> f64 { x.iter().map(|x| 0.5 + x).product() };
    let one_point = libm::pow(13.0 / 12.0, 4.0) - 1.0;
    let (few, many) = (
        variance(&four, 64, product),
        variance(&four, 1_024, product),
    );
    assert!(few < one_point / 64.0 / 4.0, "{few}");
    assert!(many < few / 256.0 * 2.4, "{few} {many}");
    assert!(many < one_point / 1_024.0 / 30.0, "{many}");
}

#[test]
fn a_mean_over_randomisations_is_unbiased() {
    // The mean of u^3 at 64 points of one randomisation is 1/4 on average, however few they are.
    let of = taken(2);
    let runs = 4_000;
    let cubes: Vec<f64> = (0..runs)
        .map(|r| {
            let column = &net(&of, 2, r, 64)[1];
            let sum: f64 = column.iter().map(|&c| libm::pow(open_unit(c), 3.0)).sum();
            sum / 64.0
        })
        .collect();
    let mean = cubes.iter().sum::<f64>() / runs as f64;
    let squares: f64 = cubes.iter().map(|c| (c - mean) * (c - mean)).sum();
    let error = (squares / (runs * (runs - 1)) as f64).sqrt();
    assert!((mean - 0.25).abs() < 4.9 * error, "{mean} ± {error}");
}

#[test]
fn every_instruction_set_flips_the_same_digits() {
    let key = key("levels");
    for randomisation in [0, 7] {
        for index in 0..200 {
            let point = key.word_at(3, index);
            let at = |level: Level| {
                let key = &key;
                level.run(Flips {
                    key,
                    randomisation,
                    point,
                })
            };
            let baseline = at(Level::BASELINE);
            assert!(Level::available().into_iter().all(|l| at(l) == baseline));
        }
    }
}

#[test]
fn indices_of_any_size_are_shuffled_among_their_neighbours() {
    let (key, other) = (key("order"), key("another"));
    for start in [0, 1 << DIGITS, 5 << DIGITS] {
        for length in [1_u64, 16, 256] {
            let of = |key: &StreamKey| -> Vec<u64> {
                let indices = start..start + length;
                indices.map(|index| shuffled(key, 3, index)).collect()
            };
            let mut sorted = of(&key);
            sorted.sort_unstable();
            let first = sorted[0];
            assert!(first.is_multiple_of(length) && first >> DIGITS == start >> DIGITS);
            assert!(sorted.into_iter().eq(first..first + length));
            assert!(length == 1 || of(&key) != of(&other));
        }
    }
}
