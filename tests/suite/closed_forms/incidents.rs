//! Incidents: how often they come, what they add, and how they combine.

use flexcast::demand::Impact;
use flexcast::summarise::record::Metric;

use crate::ask::{self, april, paths, plain, scenario, wanted, whole};
use crate::checks::{at_most, average, covariance, mean, probability, variance};

const PATHS: u64 = 20_000;

fn sums(future: &flexcast::demand::Future) -> (f64, f64) {
    let sum = |days: &[i64]| whole(days.iter().sum());
    (sum(future.base(0)), sum(future.incident(0)))
}

/// 1,000 units a day, and some incidents.
fn troubled(incidents: &str) -> flexcast::scenario::Scenario {
    let body = format!("[[workload]]\nname = \"w\"\nunits_per_month = 30_000\n{incidents}");
    scenario(&april(&body))
}

#[test]
fn arrivals_are_poisson_with_a_year_of_365_days() {
    // 24 a year over January to June, 181 days: 24 x 181/365 = 11.9014 on average, Poisson.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 0\n\
        [[incident]]\nname = \"i\"\nper_year = 24\ndays = 1\nmultiplier = 2\n";
    let counts = paths(
        &scenario(&plain("2026-01-01", 6, body)),
        PATHS,
        |future, _| future.occurrences().len() as f64,
    );
    let expected = 24.0 * 181.0 / 365.0;
    mean(&counts, expected).unwrap();
    variance(&counts, expected).unwrap();
    assert!(
        mean(&counts, 24.0 * 181.0 / 360.0).is_err(),
        "a year of 360 days"
    );
}

#[test]
fn a_lump_of_random_size_makes_a_compound_poisson_sum() {
    // [E4] 2 on average over 30 days, exponential sizes with mean 5, in millions so that the
    // counts' noise disappears (2e-7 of the variance): mean 10, variance 100, P(0) = e⁻².
    let per_year = 2.0 * 365.0 / 30.0;
    let body = format!(
        "[[workload]]\nname = \"w\"\nunits_per_month = 0\n[[incident]]\nname = \"i\"\n\
         per_year = {per_year}\ndays = 1\n\
         extra_actions = {{ dist = \"exponential\", mean = 5e6 }}\n"
    );
    let sums = paths(&scenario(&april(&body)), PATHS, |future, _| {
        sums(future).1 / 1e6
    });
    mean(&sums, 10.0).unwrap();
    variance(&sums, 100.0).unwrap();
    at_most(&sums, 0.0, 0.135_335_283).unwrap();
    let quantiles = [
        (7.347_029, 0.5),
        (23.642_055, 0.9),
        (29.784_612, 0.95),
        (43.112_840, 0.99),
    ];
    for (quantile, q) in quantiles {
        at_most(&sums, quantile, q).unwrap();
    }
    // A quantile a tenth off is ten standard errors away.
    assert!(at_most(&sums, 26.0, 0.9).is_err());
}

#[test]
fn a_condition_with_a_share_is_that_share_of_the_total() {
    // 20% of the total in incidents: a quarter of the base on top of it.
    let scenario = troubled("[[incident]]\nname = \"i\"\nchance = 1\nshare = 0.2\n");
    let sums = paths(&scenario, 4_000, |future, _| sums(future));
    let incident: Vec<f64> = sums.iter().map(|(_, incident)| *incident).collect();
    let total: Vec<f64> = sums
        .iter()
        .map(|(base, incident)| base + incident)
        .collect();
    mean(&incident, 7_500.0).unwrap();
    mean(&total, 37_500.0).unwrap();
    assert!(mean(&incident, 6_000.0).is_err(), "20% of the base");
    let row = ask::run(&scenario);
    let share =
        row.term(Metric::IncidentCredits).unwrap().mean / row.term(Metric::Credits).unwrap().mean;
    assert!((share - 0.2).abs() < 1e-3);
}

#[test]
fn a_condition_with_a_multiplier_comes_with_its_chance() {
    let scenario = troubled("[[incident]]\nname = \"i\"\nchance = 0.25\nmultiplier = 3\n");
    let sums = paths(&scenario, PATHS, |future, _| sums(future));
    let hit = sums.iter().filter(|(_, incident)| *incident > 0.0).count();
    probability(hit, sums.len(), 0.25).unwrap();
    let extra: Vec<f64> = sums
        .iter()
        .map(|(_, incident)| *incident)
        .filter(|&i| i > 0.0)
        .collect();
    mean(&extra, 60_000.0).unwrap();
    // A day's counts with and without are quantiles at one random number z of means 3,000 and 1,000: sd z
    // apart, (sqrt(3,000) - sqrt(1,000)) z, what else there is of the expansion being alike.
    let apart = 3_000_f64.sqrt() - 1_000_f64.sqrt();
    variance(&extra, 30.0 * apart * apart).unwrap();
}

#[test]
fn factors_that_overlap_multiply() {
    // x 2, x 3 and 50% of the total (x 2) together: 12 times the base, 11 of them incidents.
    let scenario = troubled(
        "[[incident]]\nname = \"a\"\nchance = 1\nmultiplier = 2\n\
         [[incident]]\nname = \"b\"\nchance = 1\nmultiplier = 3\n\
         [[incident]]\nname = \"c\"\nchance = 1\nshare = 0.5\n",
    );
    let extra = paths(&scenario, 2_000, |future, _| sums(future).1);
    mean(&extra, 11.0 * 30_000.0).unwrap();
}

#[test]
fn arrivals_that_overlap_multiply() {
    // 0.1 a day, 5 days, x 1.5: on a late day the number running is Poisson(0.5) and E[1.5^N] =
    // e^(0.5 x 0.5) = 1.2840; on day 2 it is Poisson(0.3).
    let scenario =
        troubled("[[incident]]\nname = \"i\"\nper_year = 36.5\ndays = 4.2\nmultiplier = 1.5\n");
    let days = paths(&scenario, PATHS, |future, _| wanted(future, 0));
    for (day, running) in [(0, 0.1), (2, 0.3), (4, 0.5), (29, 0.5)] {
        let values: Vec<f64> = days.iter().map(|days| days[day]).collect();
        mean(&values, 1_000.0 * libm::exp(0.5 * running)).unwrap();
    }
    // Added instead of multiplied: 1 + 0.5 x 0.5.
    let late: Vec<f64> = days.iter().map(|days| days[29]).collect();
    assert!(mean(&late, 1_250.0).is_err());
}

#[test]
fn lumps_spread_over_their_days_and_are_cut_at_the_end() {
    // 0.1 a day, 300 actions over 3 days: 100 on each; day 0 sees 0.1 x 100, day 2 and later
    // 0.3 x 100. What runs beyond the last day is lost: 10 x (30 + 29 + 28).
    let scenario =
        troubled("[[incident]]\nname = \"i\"\nper_year = 36.5\ndays = 3\nextra_actions = 300\n");
    let futures = paths(&scenario, PATHS, |future, _| {
        let lumps: Vec<f64> = future
            .incident(0)
            .iter()
            .map(|&micro| whole(micro))
            .collect();
        lumps
    });
    let column = |day: usize| -> Vec<f64> { futures.iter().map(|days| days[day]).collect() };
    mean(&column(0), 10.0).unwrap();
    mean(&column(1), 20.0).unwrap();
    mean(&column(2), 30.0).unwrap();
    mean(&column(29), 30.0).unwrap();
    // Of a Poisson(0.3) number of lumps of 100, each a Poisson: 0.3 (100² + 100).
    variance(&column(29), 3_030.0).unwrap();
    let all: Vec<f64> = futures.iter().map(|days| days.iter().sum()).collect();
    mean(&all, 870.0).unwrap();
}

#[test]
fn lumps_fall_on_off_days_too_and_take_no_weight() {
    // Only Mondays work; lumps of 1,000 in a day come on every day alike, whatever the level.
    let text = "name = \"t\"\nstart = 2026-04-01\nmonths = 1\n[rate_card]\naction = 1\n\
        [calendar]\nworking_days = [\"mon\"]\n\
        [[workload]]\nname = \"w\"\nunits_per_month = 400\nvolatility = 1\ndaily_cv = 1\n\
        [[incident]]\nname = \"i\"\nper_year = 73\ndays = 1\nextra_actions = 1000\n";
    let futures = paths(&scenario(text), PATHS, |future, _| {
        let days: Vec<f64> = future
            .incident(0)
            .iter()
            .map(|&micro| whole(micro))
            .collect();
        (days, future.occurrences().to_vec())
    });
    for day in [0, 4, 5, 29] {
        let values: Vec<f64> = futures.iter().map(|(days, _)| days[day]).collect();
        mean(&values, 200.0).unwrap();
        variance(&values, 0.2 * (1e6 + 1e3)).unwrap();
    }
    let lump = |impact| impact == Impact::ActionsPerDay(1_000.0);
    assert!(
        futures
            .iter()
            .flat_map(|(_, all)| all)
            .all(|o| lump(o.effect))
    );
}

#[test]
fn lengths_are_rounded_up_and_at_least_a_day() {
    let lengths = |days: &str| -> Vec<f64> {
        let text =
            format!("[[incident]]\nname = \"i\"\nper_year = 365\ndays = {days}\nmultiplier = 2\n");
        let scenario = troubled(&text);
        let all = paths(&scenario, 1_000, |future, _| {
            let early = future.occurrences().iter().filter(|o| o.from_day < 20);
            early
                .map(|o| (o.to_day - o.from_day) as f64)
                .collect::<Vec<_>>()
        });
        all.concat()
    };
    assert!(lengths("0.2").iter().all(|&days| days == 1.0));
    assert!(lengths("2.01").iter().all(|&days| days == 3.0));
    // Uniform on 1 to 4, rounded up: 2, 3 or 4 alike.
    let days = lengths("{ min = 1, max = 4 }");
    mean(&days, 3.0).unwrap();
    variance(&days, 2.0 / 3.0).unwrap();
    assert!(average(&days) > 2.9);
}

#[test]
fn one_arrival_hits_all_its_workloads_on_the_same_days() {
    let body = "[[workload]]\nname = \"a\"\nunits_per_month = 30_000\n\
        [[workload]]\nname = \"b\"\nunits_per_month = 30_000\n\
        [[workload]]\nname = \"c\"\nunits_per_month = 30_000\n\
        [[incident]]\nname = \"i\"\nworkload = [\"a\", \"c\"]\nper_year = 36.5\ndays = 2\n\
        multiplier = 2\n";
    paths(&scenario(&april(body)), 500, |future, _| {
        for day in 0..30 {
            let hit = [0, 1, 2].map(|workload| future.incident(workload)[day] > 0);
            assert!(hit[0] == hit[2] && !hit[1], "day {day}");
        }
    });
}

#[test]
fn what_an_arrival_does_does_not_depend_on_when_it_comes_or_how_long_it_lasts() {
    // First day, length and factor of one arrival: no two of them are correlated. Arrivals of the first
    // 100 days of 6 months: none of 30 days at most is cut.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 0\n[[incident]]\nname = \"i\"\n\
        per_year = 40\ndays = { min = 0, max = 30 }\nmultiplier = { min = 1, max = 3 }\n";
    let all = paths(
        &scenario(&plain("2026-01-01", 6, body)),
        2_000,
        |future, _| {
            let early = future.occurrences().iter().filter(|o| o.from_day < 100);
            let of = |o: &flexcast::demand::Occurrence| {
                let Impact::Multiplier(factor) = o.effect else {
                    panic!("a factor");
                };
                [
                    o.from_day as f64,
                    (o.to_day - o.from_day) as f64,
                    factor * 10.0,
                ]
            };
            early.map(of).collect::<Vec<_>>()
        },
    )
    .concat();
    let column = |k: usize| -> Vec<f64> { all.iter().map(|arrival| arrival[k]).collect() };
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        covariance(&column(a), &column(b), 0.0).unwrap();
    }
    variance(&column(2), 100.0 / 3.0).unwrap();
}

#[test]
fn arrivals_of_a_second_year_are_others() {
    // Days are drawn 366 at a time: numbers before and after the 366th day are independent, Poisson, and
    // no day comes again 366 days later more often than by chance.
    let body = "[[workload]]\nname = \"w\"\nunits_per_month = 0\n[[incident]]\nname = \"i\"\n\
        per_year = 3\ndays = 1\nmultiplier = 2\n";
    let text = plain("2026-01-01", 24, body);
    let arrivals = paths(&scenario(&text), 6_000, |future, _| {
        let days: Vec<usize> = future.occurrences().iter().map(|o| o.from_day).collect();
        let again = days.iter().filter(|&&day| days.contains(&(day + 366)));
        let early = days.iter().filter(|&&day| day < 366).count();
        (
            early as f64,
            (days.len() - early) as f64,
            again.count() as f64,
        )
    });
    let early: Vec<f64> = arrivals.iter().map(|(early, ..)| *early).collect();
    let late: Vec<f64> = arrivals.iter().map(|(_, late, _)| *late).collect();
    mean(&late, 3.0 * 364.0 / 365.0).unwrap();
    covariance(&early, &late, 0.0).unwrap();
    // Arrivals on one of 364 days that have a partner, 3/365 a day: 0.0246 a path.
    let again: Vec<f64> = arrivals.iter().map(|(.., again)| *again).collect();
    let hit = 1.0 - libm::exp(-3.0 / 365.0);
    mean(&again, 364.0 * 3.0 / 365.0 * hit).unwrap();
}

#[test]
fn days_of_a_lump_are_drawn_one_by_one() {
    // 300 actions over 3 days, Poisson(100) on each: of paths with one lump, two of its days have
    // covariance 0 and variance 100.
    let scenario =
        troubled("[[incident]]\nname = \"i\"\nper_year = 12\ndays = 3\nextra_actions = 300\n");
    let lumps = paths(&scenario, PATHS, |future, _| match future.occurrences() {
        [one] if one.from_day < 27 => {
            let days = &future.lumps(0)[one.from_day..one.to_day];
            days.iter().map(|&micro| whole(micro)).collect()
        }
        _ => Vec::new(),
    });
    let lumps: Vec<Vec<f64>> = lumps.into_iter().filter(|days| days.len() == 3).collect();
    assert!(lumps.len() > 3_000);
    let day = |k: usize| -> Vec<f64> { lumps.iter().map(|days| days[k]).collect() };
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        covariance(&day(a), &day(b), 0.0).unwrap();
    }
    variance(&day(1), 100.0).unwrap();
}
