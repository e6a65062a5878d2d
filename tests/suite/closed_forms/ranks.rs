//! Errors of percentiles: binomial ranks, tolerance intervals, interval widths.

use flexcast::randomness::Sampling;
use flexcast::randomness::binomial;
use flexcast::special::{beta, normal};
use flexcast::summarise::ranks::{LEVEL, rank_interval};
use flexcast::summarise::statistics::Statistics;

use crate::ask;
use crate::checks::{self, average, close, square};

/// P(B <= k), B ~ Binomial(n, p), k from -1 on: I_{1-p}(n - k, k + 1).
fn at_most(n: u64, p: f64, k: i64) -> f64 {
    match u64::try_from(k) {
        Err(_) => 0.0,
        Ok(k) if k >= n => 1.0,
        Ok(k) => beta::below((n - k) as f64, k as f64 + 1.0, 1.0 - p),
    }
}

#[test]
fn the_largest_of_n_bounds_a_quantile_from_wilks_number_on() {
    // [C1] The maximum passes the p-quantile with confidence c when P(B <= n - 1) >= c.
    for (p, confidence, expected) in [
        (0.95, 0.95, 59),
        (0.99, 0.95, 299),
        (0.99, 0.99, 459),
        (0.90, 0.95, 29),
    ] {
        let covers = |n: &u64| binomial::quantile(*n, p, confidence) < *n;
        assert_eq!(
            (1..1_000).find(covers),
            Some(expected),
            "p {p}, confidence {confidence}"
        );
        // The ends of an interval are one-sided bounds, each at its own tail.
        let has_both = |n: &u64| rank_interval(*n, p, 2.0 * confidence - 1.0).is_some();
        assert_eq!((1..1_000).find(has_both), Some(expected));
        assert!(at_most(expected, p, expected as i64 - 1) >= confidence);
        assert!(at_most(expected - 1, p, expected as i64 - 2) < confidence);
    }
}

#[test]
fn lower_ranks_of_the_fifth_percentile_are_the_tables() {
    // [C2] The tables count ranks from 0; a one-sided bound at 95% is a two-sided one at 90%.
    let table = [
        (59, 0),
        (93, 1),
        (124, 2),
        (153, 3),
        (181, 4),
        (208, 5),
        (1_013, 39),
    ];
    for (n, expected) in table {
        let quantile = binomial::quantile(n, 0.05, 0.05);
        assert_eq!(quantile, expected + 1, "n = {n}");
        let ends = rank_interval(n, 0.05, 0.90);
        assert_eq!(ends.map(|(low, _)| low), Some(expected + 1), "n = {n}");
        // One path fewer does not reach the rank, except in the last row, which is no threshold.
        assert!(at_most(n, 0.05, expected as i64) <= 0.05);
        assert!(n == 1_013 || at_most(n - 1, 0.05, expected as i64) > 0.05);
    }
}

#[test]
fn the_shortest_coverage_above_95_percent_has_the_tables_ranks() {
    // [C3] Ranks i, j from 0 of the interval [X_i, X_j], which covers with P(i + 1 <= B <= j):
    // of all pairs that reach 95%, the tables' come nearest to it.
    for (n, expected) in [(100, (1, 10)), (1_000, (36, 63)), (10_000, (437, 536))] {
        let (mean, sd) = (0.05 * n as f64, (0.05 * 0.95 * n as f64).sqrt());
        let first = (mean - 6.0 * sd).max(0.0) as i64;
        let last = (mean + 6.0 * sd) as i64;
        let cumulative: Vec<f64> = (first..=last).map(|k| at_most(n, 0.05, k)).collect();
        let at = |k: i64| cumulative[(k - first) as usize];
        let pairs = (first..last).flat_map(|i| (i + 1..=last).map(move |j| (i, j)));
        let reaching = pairs
            .map(|(i, j)| (at(j) - at(i), (i, j)))
            .filter(|(c, _)| *c >= LEVEL);
        let best = reaching.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        assert_eq!(best.1, expected, "n = {n}, coverage {}", best.0);
        // Ours keeps each tail below 2.5%, where the tables' takes from one for the other.
        let (low, high) = rank_interval(n, 0.05, LEVEL).expect("draws enough");
        assert!(at(high as i64 - 1) - at(low as i64 - 1) >= LEVEL);
    }
}

#[test]
fn our_rank_intervals_cover_as_promised_on_both_sides() {
    for n in [100, 389, 1_000, 10_000, 1_000_000] {
        for q in [0.05, 0.5, 0.95] {
            let Some((low, high)) = rank_interval(n, q, LEVEL) else {
                assert!(n <= 100, "n = {n}");
                continue;
            };
            // P(X_(low) <= x_q) = P(B >= low), P(x_q < X_(high)) = P(B < high), ranks from 1.
            let below = at_most(n, q, low as i64 - 1);
            let above = 1.0 - at_most(n, q, high as i64 - 1);
            assert!(
                below <= 0.025 && above <= 0.025,
                "n = {n}, q = {q}: {below} {above}"
            );
            // One rank further in on either side would promise too much.
            assert!(at_most(n, q, low as i64) > 0.025 - 1e-12);
            assert!(1.0 - at_most(n, q, high as i64 - 2) > 0.025 - 1e-12);
        }
    }
}

#[test]
fn a_tolerance_interval_of_the_second_ranks_needs_667_draws() {
    // [C4] The content of [X_(k), X_(n+1-k)] is Beta(n + 1 - 2k, 2k): 99% with confidence 90%.
    let confidence = |n: u64| beta::above(n as f64 - 3.0, 4.0, 0.99);
    assert_eq!((5..2_000).find(|&n| confidence(n) >= 0.90), Some(667));
}

#[test]
fn percentile_intervals_have_the_tables_confidence() {
    // [C5] n = 1000. The 1% quantile (rank 10.01) three ranks to either side: X_(7)..X_(14).
    let two_sided = at_most(1_000, 0.01, 13) - at_most(1_000, 0.01, 6);
    close(two_sided, 0.736_688_2, 1e-6).unwrap();
    // An upper bound of the 95% quantile (rank 950.95) eleven ranks above: X_(962).
    close(at_most(1_000, 0.95, 961), 0.956_651_8, 1e-6).unwrap();
}

/// σ of the 95th percentile of n standard normals.
fn error_of_p95(n: f64) -> f64 {
    (0.95_f64 * 0.05 / n).sqrt() / normal::density(normal::quantile(0.95))
}

#[test]
fn the_interval_of_a_p95_is_as_wide_as_its_standard_error_says() {
    // [C6] 0.0211318751 for n = 10^4. A run's interval is 2 x 1.96 of them wide on average over
    // 60 runs of 10,000 normals each.
    close(error_of_p95(1e4), 0.021_131_875_1, 1e-9).unwrap();
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = { mean = 1000, sd = 10 }\n";
    let scenario = ask::scenario(&ask::april(body));
    let normals = ask::inputs(&scenario, 600_000, "workload.w.units_per_month");
    let widths: Vec<f64> = normals
        .chunks(10_000)
        .map(|chunk| {
            let mut micro: Vec<i64> = chunk.iter().map(|x| (x * 1e6).round() as i64).collect();
            let (low, high) = Statistics::of(&mut micro, Sampling::Random)
                .unwrap()
                .p95_interval
                .unwrap();
            (high - low) / 10.0
        })
        .collect();
    // The ranks are whole: 9457 to 9544, 87 apart instead of 2 x 1.96 x 21.79 = 85.4; the 95%
    // quantile's density bends over them by less than 0.1%.
    let (low, high) = rank_interval(10_000, 0.95, LEVEL).unwrap();
    let ranks = (high - low) as f64 / (2.0 * 1.959_964 * (1e4_f64 * 0.95 * 0.05).sqrt());
    let expected = 2.0 * 1.959_964 * error_of_p95(1e4) * ranks;
    checks::mean(&widths, expected).unwrap();
    // An interval for n = 5,000 would be noticed.
    assert!(
        checks::mean(&widths, expected * 2.0_f64.sqrt()).is_err(),
        "{}",
        average(&widths)
    );
}

#[test]
fn ten_numbers_have_the_moments_of_the_reference() {
    // [B15] Skewness and kurtosis are not reported.
    let mut values = [3, 4, 5, 2, 3, 4, 5, 6, 4, 7].map(|x| x * 1_000_000);
    let statistics = Statistics::of(&mut values, Sampling::Random).unwrap();
    close(statistics.mean, 4.3, 1e-12).unwrap();
    close(square(statistics.sd.unwrap()), 2.233_333_333_33, 1e-9).unwrap();
    close(square(statistics.mean_se.unwrap()), 0.223_333_333_333, 1e-9).unwrap();
}
