//! Moments of whole simulations: days, agents, levels, counts, and inputs drawn once per path.

use flexcast::special::{beta, normal};

use crate::ask::{self, april, inputs, paths, plain, scenario, total, wanted};
use crate::checks::{at_most, average, central, close, covariance, mean, probability, variance};

const PATHS: u64 = 20_000;

#[test]
fn a_day_varies_as_a_negative_binomial() {
    // λ = 900/30 = 30 a day, cv 0.5: mean 30, variance 30 + 0.25 x 900 = 255, days independent.
    let text = april("[[workload]]\nname = \"w\"\nunits_per_month = 900\ndaily_cv = 0.5\n");
    let futures = paths(&scenario(&text), 4_000, |future, _| wanted(future, 0));
    let days: Vec<f64> = futures.concat();
    mean(&days, 30.0).unwrap();
    variance(&days, 255.0).unwrap();
    let column = |day: usize| -> Vec<f64> { futures.iter().map(|days| days[day]).collect() };
    covariance(&column(3), &column(4), 0.0).unwrap();
    // Poisson days, or a cv 5% off, are rejected.
    assert!(variance(&days, 30.0).is_err());
    assert!(variance(&days, 30.0 + 0.525 * 0.525 * 900.0).is_err());
}

#[test]
fn without_daily_noise_a_day_is_poisson() {
    let text = april("[[workload]]\nname = \"w\"\nunits_per_month = 900\n");
    let days: Vec<f64> = paths(&scenario(&text), 4_000, |future, _| wanted(future, 0)).concat();
    mean(&days, 30.0).unwrap();
    variance(&days, 30.0).unwrap();
}

#[test]
fn agents_that_differ_are_a_gamma_process() {
    // 20 agents, 5 actions a day each, cv 2 between them: the sum of rates has mean 100 and
    // variance 20 x 25 x 4 = 2,000. It lasts all month: two days share it, each adds its Poisson.
    let text = april(
        "[[workload]]\nname = \"w\"\nseats = 20\nactivation = 1\nactions_per_day = 5\n\
         agent_cv = 2\n",
    );
    let futures = paths(&scenario(&text), PATHS, |future, _| wanted(future, 0));
    let column = |day: usize| -> Vec<f64> { futures.iter().map(|days| days[day]).collect() };
    mean(&column(0), 100.0).unwrap();
    variance(&column(0), 2_100.0).unwrap();
    covariance(&column(0), &column(29), 2_000.0).unwrap();
    assert!(covariance(&column(0), &column(29), 1_800.0).is_err());
}

#[test]
fn active_seats_are_binomial_and_the_same_ones_return() {
    // 40 seats at 50%, 20% and 50% again: N ~ Bin(40, 0.5), Bin(40, 0.2); the few are among the
    // many, so their covariance is 40 (0.2 - 0.5 x 0.2) = 4.
    let body = "[[workload]]\nname = \"w\"\nseats = 40\nactions_per_day = 3\nagent_cv = 1.5\n\
        activation = { months = [0.5, 0.2, 0.5] }\n";
    let futures = paths(
        &scenario(&plain("2026-04-01", 3, body)),
        PATHS,
        |future, _| {
            let days = [30.0, 31.0, 30.0];
            let agents =
                [0, 1, 2].map(|month| ask::whole(future.agent_days(0)[month]) / days[month]);
            (agents, wanted(future, 0))
        },
    );
    let agents = |month: usize| -> Vec<f64> { futures.iter().map(|(n, _)| n[month]).collect() };
    let (first, second, third) = (agents(0), agents(1), agents(2));
    assert_eq!(first, third, "the same seats come back");
    assert!(first.iter().zip(&second).all(|(many, few)| few <= many));
    mean(&first, 20.0).unwrap();
    variance(&first, 10.0).unwrap();
    mean(&second, 8.0).unwrap();
    variance(&second, 6.4).unwrap();
    covariance(&first, &second, 4.0).unwrap();
    at_most(&first, 17.0, beta::below(23.0, 18.0, 0.5)).unwrap();
    // Their rates come back too: the sum of rates R = 3 Σ g over N agents has variance
    // 9 (20 x 2.25 + 10) = 495, all of it shared between the first month and the last.
    let on = |day: usize| -> Vec<f64> { futures.iter().map(|(_, days)| days[day]).collect() };
    covariance(&on(0), &on(90), 495.0).unwrap();
    // Between the months: 9 (8 x 2.25 + 4) = 198.
    covariance(&on(0), &on(40), 198.0).unwrap();
    assert!(covariance(&on(0), &on(90), 400.0).is_err());
}

#[test]
fn many_seats_are_binomial_and_the_same_ones_return() {
    // 3,000 seats, most of which only have their number drawn: N ~ Bin(3,000, p) in each month, and
    // those at the lesser share p are among those at the greater one q: covariance 3,000 p (1 - q).
    // Ten comparisons beside the means, about 10⁻⁶ each.
    let shares = [0.3, 0.6, 0.45, 0.8];
    let body = format!(
        "[[workload]]\nname = \"w\"\nseats = 3_000\nactions_per_day = 0\n\
         activation = {{ months = {shares:?} }}\n"
    );
    let text = plain("2026-04-01", 4, &body);
    let agents = paths(&scenario(&text), PATHS, |future, _| {
        let days = [30.0, 31.0, 30.0, 31.0];
        [0, 1, 2, 3].map(|month| ask::whole(future.agent_days(0)[month]) / days[month])
    });
    let month = |month: usize| -> Vec<f64> { agents.iter().map(|n| n[month]).collect() };
    for (i, p) in shares.into_iter().enumerate() {
        mean(&month(i), 3_000.0 * p).unwrap();
        variance(&month(i), 3_000.0 * p * (1.0 - p)).unwrap();
        for (j, q) in shares[..i].iter().copied().enumerate() {
            let expected = 3_000.0 * p.min(q) * (1.0 - p.max(q));
            covariance(&month(i), &month(j), expected).unwrap();
        }
    }
}

#[test]
fn growth_is_in_the_mean_of_each_day() {
    let text = april("[[workload]]\nname = \"w\"\nunits_per_month = 30_000\ngrowth = 0.2\n");
    let futures = paths(&scenario(&text), 2_000, |future, _| wanted(future, 0));
    for day in [0, 10, 29] {
        let values: Vec<f64> = futures.iter().map(|days| days[day]).collect();
        mean(&values, 1_000.0 * libm::pow(1.2, day as f64 / 30.4375)).unwrap();
    }
}

#[test]
fn the_level_keeps_its_mean_and_spreads_with_time() {
    // λ = 10^6 a day: X = λ L + noise of 10^6; L(t) has mean 1, variance exp(σ² t) - 1 and, before
    // a later day, the same covariance. σ = 0.5, t = 30/365 and 364/365.
    let body = "[[workload]]\nname = \"w\"\nseats = 1\nactivation = 1\n\
        actions_per_day = 1_000_000\nvolatility = 0.5\n";
    let futures = paths(
        &scenario(&plain("2026-01-01", 12, body)),
        // A covariance 15% off is to be seen: 20,000 paths would be at the limit.
        3 * PATHS,
        |future, _| {
            let days = wanted(future, 0);
            [days[0], days[30], days[364]].map(|credits| credits / 1e6)
        },
    );
    let column = |k: usize| -> Vec<f64> { futures.iter().map(|levels| levels[k]).collect() };
    let spread = |day: f64| libm::expm1(0.25 * day / 365.0);
    let poisson = 1e-6;
    variance(&column(0), poisson).unwrap();
    for (k, day) in [(1, 30.0), (2, 364.0)] {
        mean(&column(k), 1.0).unwrap();
        variance(&column(k), spread(day) + poisson).unwrap();
        // Lognormal: P(L <= 1) = Φ(σ √t / 2).
        let half = normal::cdf(0.25 * (day / 365.0_f64).sqrt());
        at_most(&column(k), 1.0, half).unwrap();
    }
    covariance(&column(1), &column(2), spread(30.0)).unwrap();
    assert!(covariance(&column(1), &column(2), 1.15 * spread(30.0)).is_err());
}

#[test]
fn an_uncertain_slow_start_is_drawn_once_per_path() {
    // 1,000 a day from 60-70% before day 10 to all of it from day 20: the first days share the
    // draw U, with mean 0.65 and variance 0.01/12; on day 15 half of it is left.
    let text = april(
        "[[workload]]\nname = \"w\"\nunits_per_month = 30_000\n\
         acceleration = { initial = { min = 0.6, max = 0.7 }, from_day = 10, to_day = 20 }\n",
    );
    let futures = paths(&scenario(&text), PATHS, |future, _| wanted(future, 0));
    let column = |day: usize| -> Vec<f64> { futures.iter().map(|days| days[day]).collect() };
    mean(&column(0), 650.0).unwrap();
    variance(&column(0), 650.0 + 1e4 / 12.0).unwrap();
    covariance(&column(0), &column(10), 1e4 / 12.0).unwrap();
    mean(&column(15), 825.0).unwrap();
    covariance(&column(0), &column(15), 0.5 * 1e4 / 12.0).unwrap();
    mean(&column(20), 1_000.0).unwrap();
    covariance(&column(0), &column(20), 0.0).unwrap();
}

#[test]
fn units_of_several_actions_are_compound_poisson() {
    // 10 units a day of 3, 7 or 14 actions: mean 53, variance 10 E[k²] = 10 (0.6 x 9 + 0.3 x 49 +
    // 0.1 x 196) = 397, P(0) = e⁻¹⁰; P(3) = 6 e⁻¹⁰, P(6) = 18 e⁻¹⁰.
    let text = april(
        "[[workload]]\nname = \"w\"\nunits_per_month = 300\nactions_per_unit = { mix = [\
         { share = 0.6, actions = 3 }, { share = 0.3, actions = 7 }, \
         { share = 0.1, actions = 14 }] }\n",
    );
    let days: Vec<f64> = paths(&scenario(&text), 10_000, |future, _| wanted(future, 0)).concat();
    mean(&days, 53.0).unwrap();
    variance(&days, 397.0).unwrap();
    let none = libm::exp(-10.0);
    at_most(&days, 2.0, none).unwrap();
    at_most(&days, 5.0, 7.0 * none).unwrap();
    at_most(&days, 6.0, 25.0 * none).unwrap();
    assert!(variance(&days, 10.0 * 5.3 * 5.3).is_err());
}

#[test]
fn the_numbers_of_a_use_case_are_equally_likely() {
    // 8 to 15 actions: mean 11.5, E[k²] = 11.5² + 63/12 = 137.5; at 2 units a day 23 and 275.
    let text = april(
        "[[workload]]\nname = \"w\"\nunits_per_month = 60\n\
         actions_per_unit = { use_case = \"troubleshooting\" }\n",
    );
    let days: Vec<f64> = paths(&scenario(&text), 5_000, |future, _| wanted(future, 0)).concat();
    mean(&days, 23.0).unwrap();
    variance(&days, 275.0).unwrap();
    // One unit of k: 2 e⁻² / 8 each.
    let one = 0.25 * libm::exp(-2.0);
    for k in 8..16 {
        let hits = days
            .iter()
            .filter(|&&credits| credits == f64::from(k))
            .count();
        probability(hits, days.len(), one).unwrap();
    }
}

#[test]
fn operations_split_the_units() {
    // 30 units a day, 90% at 20 credits and 10% at 30: mean 630, variance 30 (0.9 x 400 +
    // 0.1 x 900) = 13,500.
    let text = "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[calendar]\noff_day_share = 1\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 900\n\
        operations = { action = 0.9, voice = 0.1 }\n";
    let days: Vec<f64> = paths(&scenario(text), 4_000, |future, _| wanted(future, 0)).concat();
    mean(&days, 630.0).unwrap();
    variance(&days, 13_500.0).unwrap();
}

#[test]
fn operations_share_the_units_whatever_their_shares() {
    // At the same credits each, all operations together take what one alone takes, day by day.
    let scenario_of = |operations: &str| {
        scenario(&format!(
            "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[rate_card]\na = 1\nb = 1\nc = 1\n\
             [[workload]]\nname = \"w\"\nunits_per_month = 900\ndaily_cv = 0.3\n{operations}\n\
             [[incident]]\nname = \"i\"\nchance = 0.5\nmultiplier = 2\n"
        ))
    };
    let of = |operations: &str| {
        paths(&scenario_of(operations), 40, |future, _| {
            [future.base(0).to_vec(), future.incident(0).to_vec()]
        })
    };
    let alone = of("operation = \"a\"");
    for shares in [
        "a = 0.2, b = 0.3, c = 0.5",
        "a = 0, b = 0, c = 1",
        "a = 0, b = 1, c = 0",
        "a = 1, b = 0, c = 0",
        "a = 0.5, b = 0.5, c = 0",
        "a = 0.9, b = 0.1, c = 1e-18",
        "a = 0.7, b = 0.3, c = 0",
    ] {
        assert!(
            of(&format!("operations = {{ {shares} }}")) == alone,
            "{shares}"
        );
    }
}

#[test]
fn three_operations_split_the_units_independently() {
    // At 1, 1,000 and 1,000,000 credits the day's credits tell the three counts: Poisson means of 6, 9 and 15.
    let text = "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[calendar]\noff_day_share = 1\n\
        [rate_card]\na = 1\nb = 1_000\nc = 1_000_000\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 900\n\
        operations = { a = 0.2, b = 0.3, c = 0.5 }\n";
    let days: Vec<f64> = paths(&scenario(text), 4_000, |future, _| wanted(future, 0)).concat();
    let of = |place: u64| -> Vec<f64> {
        let counts = days
            .iter()
            .map(|&credits| (credits as u64 / place % 1_000) as f64);
        counts.collect()
    };
    let counts = [of(1), of(1_000), of(1_000_000)];
    for (counts, expected) in counts.iter().zip([6.0, 9.0, 15.0]) {
        mean(counts, expected).unwrap();
        variance(counts, expected).unwrap();
    }
    // Products of independent counts have the product of the means.
    for (one, other, expected) in [(0, 1, 54.0), (0, 2, 90.0), (1, 2, 135.0)] {
        let pairs = counts[one].iter().zip(&counts[other]);
        let products: Vec<f64> = pairs.map(|(one, other)| one * other).collect();
        mean(&products, expected).unwrap();
    }
}

#[test]
fn a_rate_change_comes_with_its_chance() {
    let text = "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[calendar]\noff_day_share = 1\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 300_000\n\
        [[rate_change]]\noperation = \"action\"\nfrom = 2026-04-16\ncredits = 30\nchance = 0.3\n";
    let days = paths(&scenario(text), PATHS, |future, _| {
        let days = wanted(future, 0);
        [days[14], days[15], days[29]]
    });
    // 10,000 a day at 20 or 30 credits: 250,000 is 25 standard deviations from either.
    assert!(days.iter().all(|day| day[0] < 250_000.0));
    assert!(
        days.iter()
            .all(|day| (day[1] > 250_000.0) == (day[2] > 250_000.0))
    );
    let risen = days.iter().filter(|day| day[1] > 250_000.0).count();
    probability(risen, days.len(), 0.3).unwrap();
}

/// Two volumes whose rank correlation is `spearman`.
fn pair(margin: &str, spearman: f64) -> String {
    april(&format!(
        "[[workload]]\nname = \"a\"\nunits_per_month = {margin}\n\
         [[workload]]\nname = \"b\"\nunits_per_month = {margin}\n\
         [[correlation]]\nspearman = {spearman}\n\
         between = [\"workload.a.units_per_month\", \"workload.b.units_per_month\"]\n"
    ))
}

/// The copula of the two: uniform margins are its coordinates.
fn copula(spearman: f64, paths: u64) -> (Vec<f64>, Vec<f64>) {
    let scenario = scenario(&pair("{ min = 0, max = 1 }", spearman));
    let draw = |name: &str| {
        inputs(
            &scenario,
            paths,
            &format!("workload.{name}.units_per_month"),
        )
    };
    (draw("a"), draw("b"))
}

#[test]
fn correlated_inputs_have_the_rank_correlation_that_was_asked_for() {
    // Spearman of continuous inputs is 12 E[(U - 1/2)(V - 1/2)].
    for spearman in [-0.9, -0.3, 0.25, 0.74, 0.99] {
        let (u, v) = copula(spearman, 100_000);
        let products: Vec<f64> = u
            .iter()
            .zip(&v)
            .map(|(u, v)| 12.0 * (u - 0.5) * (v - 0.5))
            .collect();
        mean(&products, spearman).unwrap();
        mean(&u, 0.5).unwrap();
        variance(&v, 1.0 / 12.0).unwrap();
    }
}

#[test]
fn a_rank_correlation_is_not_taken_for_pearsons() {
    // Pearson 0.74 would be Spearman 6/π arcsin(0.37) = 0.7238, 11 standard errors away.
    let (u, v) = copula(0.74, 400_000);
    let products: Vec<f64> = u
        .iter()
        .zip(&v)
        .map(|(u, v)| 12.0 * (u - 0.5) * (v - 0.5))
        .collect();
    mean(&products, 0.74).unwrap();
    assert!(mean(&products, 6.0 / std::f64::consts::PI * libm::asin(0.37)).is_err());
}

#[test]
fn the_copula_is_gaussian_in_its_tail_and_its_middle() {
    // [B10] Spearman 0.74: P(U1 > 0.958722, U2 > 0.902063) = 0.027802.
    let (u, v) = copula(0.74, 200_000);
    let both = |a: f64, b: f64| u.iter().zip(&v).filter(|&(u, v)| *u > a && *v > b).count();
    probability(both(0.958_722, 0.902_063), u.len(), 0.027_802).unwrap();
    // A corner a tenth lighter would be rejected (independent inputs put 0.0040 there).
    assert!(probability(both(0.958_722, 0.902_063), u.len(), 0.0250).is_err());
    // [B11] Pearson 0.8 is Spearman 0.785939283 and Kendall 0.590334471; Pearson 0.5 puts a third
    // into the upper quadrant.
    let (u, v) = copula(0.785_939_283, 200_000);
    let concordant = |i: usize| (u[i] - u[i + 1]) * (v[i] - v[i + 1]) > 0.0;
    let hits = (0..u.len()).step_by(2).filter(|&i| concordant(i)).count();
    probability(hits, u.len() / 2, (1.0 + 0.590_334_471) / 2.0).unwrap();
    let (u, v) = copula(6.0 / std::f64::consts::PI * libm::asin(0.25), 200_000);
    let hits = u
        .iter()
        .zip(&v)
        .filter(|&(u, v)| *u > 0.5 && *v > 0.5)
        .count();
    probability(hits, u.len(), 1.0 / 3.0).unwrap();
}

#[test]
fn the_sum_of_two_correlated_normals_has_its_p95() {
    // [B13] N(100, 10) + N(200, 20) with correlation 0.5: N(300, √700), p95 343.5187364. In
    // millions, where the counts' own noise of 1.7e-5 of the variance disappears.
    let spearman = 6.0 / std::f64::consts::PI * libm::asin(0.25);
    let text = pair("{ mean = 100e6, sd = 10e6 }", spearman).replacen(
        "name = \"b\"\nunits_per_month = { mean = 100e6, sd = 10e6 }",
        "name = \"b\"\nunits_per_month = { mean = 200e6, sd = 20e6 }",
        1,
    );
    let sums = paths(&scenario(&text), PATHS, |future, _| {
        (total(future, 0) + total(future, 1)) / 1e6
    });
    mean(&sums, 300.0).unwrap();
    variance(&sums, 700.0).unwrap();
    at_most(&sums, 343.518_736_4, 0.95).unwrap();
    assert!(
        at_most(&sums, 336.8, 0.95).is_err(),
        "the p95 without correlation"
    );
    // The run's own p95 and its interval agree with it.
    let scenario = ask::with(&text, &["simulation.paths=20000"]);
    let forecast = ask::run(&scenario);
    let credits = forecast
        .term(flexcast::summarise::record::Metric::Credits)
        .unwrap();
    let (low, high) = credits.p95_interval.unwrap();
    // Three half-widths of a 95% interval are 5.9 standard errors.
    let p95 = credits.percentile(95).unwrap() / 1e6;
    assert!(
        (p95 - 343.518_736_4).abs() <= 1.5 * (high - low) / 1e6,
        "{p95}"
    );
}

#[test]
fn equally_long_samples_are_not_drawn_in_step() {
    // Two empirical inputs are resampled on their own: no correlation between sorted samples.
    let text = april(
        "[[workload]]\nname = \"a\"\nunits_per_month = { values = [1, 2, 3, 4, 5] }\n\
         [[workload]]\nname = \"b\"\nunits_per_month = { values = [1, 2, 3, 4, 5] }\n",
    );
    let draw = |name: &str| {
        inputs(
            &scenario(&text),
            50_000,
            &format!("workload.{name}.units_per_month"),
        )
    };
    let (a, b) = (draw("a"), draw("b"));
    mean(&a, 3.0).unwrap();
    variance(&b, 2.0).unwrap();
    covariance(&a, &b, 0.0).unwrap();
}

#[test]
fn the_same_seed_pairs_scenarios_and_another_does_not() {
    // [E9] Two prices on one demand D: cost c D. With common random numbers the difference has
    // variance (c1 - c2)² Var D, with independent seeds (c1² + c2²) Var D.
    let text = |seed: u32, price: u32| {
        april(&format!(
            "[[workload]]\nname = \"w\"\nunits_per_month = {{ mean = 1e6, cv = 0.3 }}\n\
             [simulation]\nseed = {seed}\n[contract]\npack = 1000\npack_price = {price}\n\
             overage_pack_price = {price}\n"
        ))
    };
    let spend = |seed, price| {
        paths(&scenario(&text(seed, price)), PATHS, |_, books| {
            books.spend_to_date.last().unwrap().to_f64()
        })
    };
    let (five, six, other) = (spend(1, 5), spend(1, 6), spend(2, 6));
    let differ =
        |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    // $0.005 a credit: Var D = (0.3e6)² and the Poisson's 10^6.
    let variance_of_demand = 9e10 + 1e6;
    variance(&differ(&five, &six), 1e-6 * variance_of_demand).unwrap();
    variance(&differ(&five, &other), 61e-6 * variance_of_demand).unwrap();
    covariance(&five, &other, 0.0).unwrap();
    // Path by path the paired difference is the demand: its ratio is exact, not within an error.
    let ratio = central(&differ(&five, &six), 2) / central(&five, 2);
    close(ratio, 1.0 / 25.0, 1e-9).unwrap();
    close(average(&six), 1.2 * average(&five), 1e-9).unwrap();
}
