//! Stratified sampling: paths are chosen evenly by their outlook, without bias, by the rules of other
//! runs, and errors are smaller for it.

use flexcast::demand::{Future, Model};
use flexcast::forecast::forecast;
use flexcast::randomness::Sampling;
use flexcast::randomness::sampling::{CANDIDATES, RANDOMISATIONS};
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;
use flexcast::summarise::record::Metric;
use flexcast::summarise::store::Detail;

use crate::ask;

const SERVICE_DESK: &str = include_str!("../../scenarios/service-desk.toml");
const PORTFOLIO: &str = include_str!("../../scenarios/portfolio.toml");
const FIELD_SERVICE: &str = include_str!("../../scenarios/field-service.toml");

/// Two workloads that differ from path to path in everything that the outlook knows of, in the order
/// asked for.
fn mixed(order: [usize; 4]) -> String {
    let tables = [
        "[[workload]]\nname = \"a\"\nseats = 40\nactivation = { start = 0.2, plateau = { min = 0.3, max = 0.8 }, \
         days = 60 }\nactions_per_day = { p10 = 20, p90 = 40 }\nagent_cv = 1\ndaily_cv = 0.2\n\
         acceleration = { initial = { min = 0.6, max = 0.7 }, from_day = 30, to_day = 60 }\n",
        "[[workload]]\nname = \"b\"\nunits_per_month = { p10 = 900, p90 = 2000 }\nvolatility = 0.3\n\
         growth = { mean = 0.02, sd = 0.01 }\nactions_per_unit = { min = 1, max = 3 }\n",
        "[[incident]]\nname = \"loop\"\nper_year = 2\ndays = 3\nmultiplier = { p10 = 2, p90 = 4 }\n",
        "[[incident]]\nname = \"import\"\nworkload = \"b\"\nper_year = 1\ndays = 2\n\
         extra_actions = { p10 = 300, p90 = 2000 }\n",
    ];
    let tables: String = order.iter().map(|&place| tables[place]).collect();
    format!(
        "name = \"mixed\"\nstart = 2026-01-01\nmonths = 4\n{tables}\
         [[event]]\nname = \"fair\"\nfrom = 2026-02-03\nto = 2026-02-20\n\
         multiplier = {{ min = 1, max = 2 }}\n\
         [[rate_change]]\noperation = \"action\"\nfrom = 2026-03-15\n\
         credits = {{ min = 15, max = 30 }}\nchance = 0.5\n\
         [contract]\nprepurchase = \"80%\"\noverage_pack_price = 650.0\n"
    )
}

const WRITTEN: [usize; 4] = [0, 1, 2, 3];

fn stratified(text: &str, sets: &[&str]) -> Scenario {
    let mut scenario = ask::with(text, sets);
    scenario.simulation.sampling = Sampling::Stratified;
    scenario
}

/// Demand of a path: base and incidents.
fn demand(future: &Future) -> Vec<i64> {
    let of = |workload| [future.base(workload), future.incident(workload)].concat();
    (0..future.workloads()).flat_map(of).collect()
}

/// Demand of each path.
fn demands(scenario: &Scenario, paths: u64) -> Vec<Vec<i64>> {
    ask::paths(scenario, paths, |future, _| demand(future))
}

/// Credits that each path wants over the horizon.
fn totals(scenario: &Scenario, paths: u64) -> Vec<f64> {
    ask::paths(scenario, paths, |future, _| {
        let of = |workload| ask::total(future, workload);
        (0..future.workloads()).map(of).sum()
    })
}

#[test]
fn the_first_paths_of_twice_as_many_are_the_run_itself() {
    // Rounds end after 256, 512 and 1,024 paths: within, at the end of and beyond one.
    let scenario = stratified(&mixed(WRITTEN), &[]);
    let many = demands(&scenario, 1_100);
    for few in [1, 90, 256, 550] {
        assert!(demands(&scenario, few as u64)[..] == many[..few], "{few}");
    }
    assert!(demands(&ask::scenario(&mixed(WRITTEN)), 90)[..] != many[..90]);
}

#[test]
fn a_stratified_run_is_the_same_on_any_number_of_threads_and_begun_anywhere() {
    let scenario = stratified(&mixed(WRITTEN), &["simulation.paths=777"]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| ask::run(&scenario))
    };
    let one = on(1);
    for threads in [2, 3] {
        let other = on(threads);
        assert!(one.rows == other.rows && one.days == other.days);
        assert!(one.exhausted == other.exhausted && one.sizes == other.sizes);
    }
    // A target that doubles the paths picks up in the middle of a round.
    let doubled = [
        "simulation.paths=300",
        "simulation.max_paths=600",
        "simulation.precision={ p95_spend = 0.0001 }",
    ];
    let grown = forecast(
        &stratified(&mixed(WRITTEN), &doubled),
        Detail::Summary,
        &unwatched,
    );
    let at_once = stratified(&mixed(WRITTEN), &["simulation.paths=600"]);
    let at_once = forecast(&at_once, Detail::Summary, &unwatched).unwrap();
    let (grown, at_once) = (grown.unwrap(), at_once);
    assert_eq!((grown.paths, at_once.paths), (600, 600));
    assert_eq!(grown.rows, at_once.rows);
}

#[test]
fn the_order_of_tables_does_not_matter() {
    let of = |order| totals(&stratified(&mixed(order), &[]), 300);
    let written = of(WRITTEN);
    assert!(written == of([3, 2, 1, 0]) && written == of([1, 3, 0, 2]));
}

#[test]
fn the_order_of_tables_does_not_matter_to_futures_that_look_the_same() {
    // Conditions that do the same to workloads of their own: sums of as many of them are equal, in any order.
    let of = |order: [&str; 4]| {
        let workload = |name: &str| {
            format!("[[workload]]\nname = \"{name}\"\nunits_per_month = 1000\ndaily_cv = 0.3\n")
        };
        let incident = |name: &str| {
            format!(
                "[[incident]]\nname = \"bad {name}\"\nworkload = \"{name}\"\nchance = 0.5\n\
                 multiplier = 1.3\n"
            )
        };
        let tables = order.map(workload).concat() + &order.map(incident).concat();
        let text = format!("name = \"same\"\nstart = 2026-01-01\nmonths = 3\n{tables}");
        totals(&stratified(&text, &[]), 300)
    };
    let written = of(["a", "b", "c", "d"]);
    for order in [
        ["d", "c", "b", "a"],
        ["b", "d", "a", "c"],
        ["c", "a", "d", "b"],
    ] {
        assert!(of(order) == written, "{order:?}");
    }
}

/// Demands of the futures that the paths of one randomisation's first round are chosen among, in order
/// of their outlooks.
fn candidates(scenario: &Scenario, part: usize) -> Vec<Vec<i64>> {
    let model = Model::new(scenario);
    let mut future = model.future();
    let ids = (part as u64..).step_by(RANDOMISATIONS);
    let mut found: Vec<(i64, Vec<i64>)> = ids
        .take(16 * CANDIDATES as usize)
        .map(|id| {
            let outlook = model.outlook(id, &mut future);
            model.draw(id, &mut future).expect("a path");
            (outlook, demand(&future))
        })
        .collect();
    // Stable: those that look the same are in order of their numbers.
    found.sort_by_key(|(outlook, _)| *outlook);
    found.into_iter().map(|(_, demand)| demand).collect()
}

#[test]
fn each_stratum_of_a_round_is_run_once() {
    let scenario = stratified(&mixed(WRITTEN), &[]);
    let run = demands(&scenario, 256);
    let mut picked = [0; CANDIDATES as usize];
    for part in 0..RANDOMISATIONS {
        let candidates = candidates(&scenario, part);
        let of_part = run[part..].iter().step_by(16);
        let places: Vec<usize> = of_part
            .map(|demand| candidates.iter().position(|c| c == demand).unwrap())
            .collect();
        let mut strata: Vec<usize> = places.iter().map(|p| p / CANDIDATES as usize).collect();
        // However few of them are run, they are spread: the first two in halves, the first four in quarters.
        for few in [2, 4, 8, 16] {
            let mut cells: Vec<usize> = strata[..few].iter().map(|s| s * few / 16).collect();
            cells.sort_unstable();
            assert!(cells.into_iter().eq(0..few), "{part} {few}");
        }
        strata.sort_unstable();
        assert!(strata.into_iter().eq(0..16), "{part}");
        for place in places {
            picked[place % CANDIDATES as usize] += 1;
        }
    }
    // Any of a stratum's candidates as likely: 256 picks, each 32 ± 5.3; 4.9 standard errors.
    assert!(
        picked.iter().all(|count: &i32| (32 - count).abs() <= 26),
        "{picked:?}"
    );
}

#[test]
fn what_is_estimated_is_not_biased() {
    // 1,500 short runs with seeds of their own against one long random run; 48 paths are no whole round.
    const RUNS: u64 = 1_500;
    let text = mixed(WRITTEN);
    let random = totals(&ask::scenario(&text), 60_000);
    let limit = {
        let mut sorted = random.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[54_000]
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let above = |values: &[f64]| {
        let count = values.iter().filter(|&&value| value > limit).count();
        count as f64 / values.len() as f64
    };
    let error = |values: &[f64]| {
        let centre = mean(values);
        let squares: f64 = values.iter().map(|v| (v - centre) * (v - centre)).sum();
        (squares / (values.len() as f64 - 1.0) / values.len() as f64).sqrt()
    };
    let score = |runs: &[Vec<f64>]| {
        let means: Vec<f64> = runs.iter().map(|run| mean(run)).collect();
        let shares: Vec<f64> = runs.iter().map(|run| above(run)).collect();
        let share_error = (0.1_f64 * 0.9 / random.len() as f64).sqrt();
        [
            (mean(&means) - mean(&random)) / error(&means).hypot(error(&random)),
            (mean(&shares) - above(&random)) / error(&shares).hypot(share_error),
        ]
    };
    let seeded = |seed: u64| {
        let set = format!("simulation.seed={seed}");
        stratified(&text, &[&set])
    };
    let runs: Vec<Vec<f64>> = (0..RUNS).map(|seed| totals(&seeded(seed), 48)).collect();
    let scores = score(&runs);
    assert!(scores.iter().all(|score| score.abs() < 4.9), "{scores:?}");
    // Broken on purpose: the last of each stratum instead of any.
    let broken: Vec<Vec<f64>> = (0..60)
        .map(|seed| {
            let candidates = candidates(&seeded(seed), 0);
            let last = candidates.iter().skip(CANDIDATES as usize - 1);
            let credits = |demand: &Vec<i64>| ask::whole(demand.iter().sum());
            last.step_by(CANDIDATES as usize).map(credits).collect()
        })
        .collect();
    let scores = score(&broken);
    assert!(scores.iter().any(|score| score.abs() > 4.9), "{scores:?}");
}

/// Variance over runs with seeds of their own of mean, p50, p95 of spend and P(overage).
fn variances(text: &str, sampling: Sampling, runs: u64, paths: &str) -> [f64; 4] {
    let of = |seed: u64| {
        let set = format!("simulation.seed={seed}");
        let mut scenario = ask::with(text, &[&set, paths]);
        scenario.simulation.sampling = sampling;
        let found = forecast(&scenario, Detail::Summary, &unwatched).expect("a forecast");
        let spend = found.term(Metric::Spend).expect("spend");
        [
            spend.mean,
            spend.percentile(50).expect("many paths"),
            spend.percentile(95).expect("many paths"),
            found.overage.as_ref().expect("a grant").probability.value(),
        ]
    };
    let found: Vec<[f64; 4]> = (1..=runs).map(of).collect();
    std::array::from_fn(|figure| {
        let values = || found.iter().map(|run| run[figure]);
        let mean = values().sum::<f64>() / runs as f64;
        values().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (runs as f64 - 1.0)
    })
}

#[test]
fn errors_are_smaller_than_those_of_random_paths() {
    // 100 runs of each: equal variances would differ by more than 2.7 times once in a million comparisons
    // (F with 99 and 99 degrees of freedom).
    let (runs, paths) = (100, "simulation.paths=1024");
    let random = variances(SERVICE_DESK, Sampling::Random, runs, paths);
    let chosen = variances(SERVICE_DESK, Sampling::Stratified, runs, paths);
    for (random, chosen) in random.into_iter().zip(chosen) {
        assert!(random > 2.7 * chosen, "{random} {chosen}");
    }
}

#[test]
fn the_outlook_is_nearly_what_a_path_wants() {
    for text in [SERVICE_DESK, FIELD_SERVICE, PORTFOLIO, &mixed(WRITTEN)] {
        let scenario = stratified(text, &[]);
        let model = Model::new(&scenario);
        let mut future = model.future();
        let pairs: Vec<(f64, f64)> = (0..1_000)
            .map(|path| {
                let outlook = ask::whole(model.outlook(path, &mut future));
                model.draw(path, &mut future).expect("a path");
                let credits = (0..future.workloads()).map(|w| ask::total(&future, w));
                (outlook, credits.sum())
            })
            .collect();
        let n = pairs.len() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
        let product = mean(&|p| (p.0 - a) * (p.1 - b));
        let spread = mean(&|p| (p.0 - a) * (p.0 - a)) * mean(&|p| (p.1 - b) * (p.1 - b));
        let correlation = product / spread.sqrt();
        assert!(correlation > 0.99, "{}: {correlation}", scenario.name);
        assert!((a / b - 1.0).abs() < 0.02, "{}: {a} {b}", scenario.name);
    }
}
