//! What no input explains: chance, told from what a regression cannot follow.

use flexcast::decide::regression::{Basis, Column};
use flexcast::decide::shapley::{Rest, Share, Shares, shares};
use flexcast::demand::Model;
use flexcast::demand::origins::Origins;
use flexcast::forecast::sensitivity::sensitivity;
use flexcast::randomness::Streams;
use flexcast::report::drivers::{json, page};
use flexcast::simulate::unwatched;
use flexcast::special::{normal, student};

use crate::ask::{april, scenario};
use crate::checks::square;

/// Shares of a function of an input and of chance, both standard normal, and what is left; `again` has chance
/// from another place.
fn split(function: impl Fn(f64, f64) -> f64, shift: usize) -> (Shares, Rest) {
    let n = 16_000;
    let streams = Streams::new(5);
    let of = |name: &str| -> Vec<f64> {
        let key = streams.named(name);
        let paths = 0..n as u64;
        paths
            .map(|path| normal::quantile(key.uniform_at(path, 0)))
            .collect()
    };
    let (input, chance, other) = (of("input"), of("chance"), of("other"));
    let output = |input: &[f64], chance: &[f64]| -> Vec<f64> {
        input
            .iter()
            .zip(chance)
            .map(|(&x, &z)| function(x, z))
            .collect()
    };
    let own = output(&input, &chance);
    let mut kept = input.clone();
    kept.rotate_left(shift);
    let again = output(&kept, &other);
    let column = Column {
        values: &input,
        support: (f64::NEG_INFINITY, f64::INFINITY),
    };
    let basis = Basis::new(&[column], 5, 40).expect("few functions");
    let found = shares(
        &basis,
        &[vec![vec![0]]],
        std::slice::from_ref(&own),
        &streams.named("orders"),
    );
    let found = found.into_iter().next().flatten().expect("it varies");
    let rest = found.rest_of(&own, &again).expect("it varies");
    (found, rest)
}

/// Whether a share is as expected; a jackknife of 16 parts is wrong once in a million.
fn is(share: &Share, expected: f64) -> bool {
    let most = student::two_sided(15.0, 1e-6) * share.error;
    (share.value - expected).abs() <= most && share.error < 0.02
}

#[test]
fn chance_is_measured_where_the_regression_follows() {
    // 2 x + z: a fifth is chance, and nothing else is left.
    let (shares, rest) = split(|x, z| 2.0 * x + z, 0);
    assert!(is(&rest.chance, 0.2) && !rest.chance.is_lost(), "{rest:?}");
    assert!(
        is(&rest.not_followed, 0.0) && rest.not_followed.error < 0.005,
        "{rest:?}"
    );
    let sum = shares.groups[0].value + rest.chance.value + rest.not_followed.value;
    assert!((sum - 1.0).abs() < 1e-12);
    // Inputs that are not those of the path would be rejected.
    let (_, broken) = split(|x, z| 2.0 * x + z, 1);
    assert!(!is(&broken.chance, 0.2), "{broken:?}");
}

#[test]
fn what_the_regression_cannot_follow_is_not_called_chance() {
    // Which of 40 stripes of equal probability the input lies in, even or odd, and as much chance.
    let stripe = |x: f64| (40.0 * normal::cdf(x)) as u32 % 2;
    let (shares, rest) = split(|x, z| 2.0 * f64::from(stripe(x)) + z, 0);
    assert!(is(&rest.chance, 0.5), "{rest:?}");
    assert!(
        rest.not_followed.value > 0.48 && !rest.not_followed.is_lost(),
        "{rest:?}"
    );
    assert!(shares.rest.value > 0.98);
    // A product of input and chance: 1/(1 + 1) of (1 + z) x is chance, E[Var] = E[x²] = 1.
    let (_, rest) = split(|x, z| (1.0 + z) * x, 0);
    assert!(
        is(&rest.chance, 0.5) && is(&rest.not_followed, 0.0),
        "{rest:?}"
    );
}

#[test]
fn a_function_without_chance_has_none() {
    let (_, rest) = split(|x, _| (20.0 * x).sin(), 0);
    assert_eq!((rest.chance.value, rest.chance.error), (0.0, 0.0));
    assert!(rest.chance.is_lost() && rest.not_followed.value > 0.95);
}

/// Two correlated volumes, one of them with a day-to-day noise as wide as they are.
const NOISY: &str = "[simulation]\npaths = 4000\n\
    [[workload]]\nname = \"a\"\nunits_per_month = { mean = 400, sd = 20 }\n\
    [[workload]]\nname = \"b\"\nunits_per_month = { mean = 400, sd = 20 }\n\
    [[correlation]]\nbetween = [\"workload.a.units_per_month\", \"workload.b.units_per_month\"]\n\
    spearman = 0.5\n";

#[test]
fn another_future_with_the_same_inputs_keeps_them_all() {
    let scenario = scenario(&april(NOISY));
    let model = Model::new(&scenario);
    let of = |origins: Origins| {
        let mut future = model.future();
        model.draw_from(&origins, &mut future).expect("a future");
        (future.values().to_vec(), future.base(0).to_vec())
    };
    let (own, other) = (of(Origins::plain(2)), of(Origins::plain(9)));
    let again = of(Origins::with_chance(2, 9));
    assert_eq!(again.0, own.0);
    assert!(again.0 != other.0 && again.1 != own.1);
}

#[test]
fn counts_of_poisson_have_their_share_of_chance() {
    let scenario = scenario(&april(NOISY));
    let found = sensitivity(&scenario, &unwatched).expect("drivers");
    let fair = found.shapley.as_ref().expect("correlated inputs");
    let (shares, rest) = (fair.outputs[0].as_ref(), fair.rests[0].as_ref());
    let (shares, rest) = (shares.expect("it varies"), rest.expect("it varies"));
    let sum = rest.chance.value + rest.not_followed.value;
    assert!((sum - shares.rest.value).abs() < 1e-12);
    assert!(
        !rest.chance.is_lost() && rest.not_followed.value.abs() < 0.05,
        "{rest:?}"
    );
    // Counts of 800 on average beside inputs with a variance of 2 (400 + 200): Pearson's of Spearman's 0.5.
    let pearson = 2.0 * (std::f64::consts::PI / 12.0).sin();
    let inputs = 2.0 * square(20.0) * (1.0 + pearson);
    assert!(
        rest.chance.value >= 800.0 / (800.0 + inputs) - 0.05,
        "{rest:?}"
    );
    let tree = json(&scenario, &found);
    let told = &tree["shapley"][0];
    assert_eq!(told["chance"]["value"], rest.chance.value);
    assert_eq!(told["chance"]["told_from_zero"], true);
    assert_eq!(told["no_input"]["value"], shares.rest.value);
    assert!(told["not_followed"]["interval"].is_array());
    let details = page(&scenario, &found, true);
    assert!(
        details.contains("\nchance  ") && details.contains("\nnot followed  "),
        "{details}"
    );
}

#[test]
fn shares_that_miss_what_is_not_followed_are_told_as_at_least() {
    // Who passes the p95 is a step of a + b, which polynomials do not follow; spend they do.
    let scenario = scenario(&april(&NOISY.replace("sd = 20", "sd = 80")));
    let found = sensitivity(&scenario, &unwatched).expect("drivers");
    let fair = found.shapley.as_ref().expect("correlated inputs");
    let tree = json(&scenario, &found);
    let shapley = tree["shapley"].as_array().expect("outputs");
    let outputs = fair.outputs.iter().zip(&fair.rests).zip(shapley);
    let mut seen = [false; 2];
    for ((shares, rest), told) in outputs {
        let (shares, rest) = (shares.as_ref().expect("varies"), rest.expect("varies"));
        let is_missed = rest.not_followed.value > 0.03;
        seen[usize::from(is_missed)] = true;
        for (place, share) in shares.members[0].iter().enumerate() {
            assert_eq!(rest.is_missed_by(share), is_missed, "{share:?} {rest:?}");
            let told = &told["inputs"][0]["correlated"][place];
            assert_eq!(told["is_at_least"], is_missed);
            // Half of what all inputs explain: the two are alike, but for 2 points by chance.
            let half = (1.0 - rest.chance.value) / 2.0;
            let at_most = told["at_most"].as_f64().expect("a share");
            assert!(at_most > half - 0.02, "{at_most} {half}");
            assert!(!is_missed || share.value < half, "{share:?} {half}");
        }
    }
    assert_eq!(seen, [true, true]);
    let details = page(&scenario, &found, true);
    let (_, table) = details.split_once("\nShapley shares").expect("a table");
    let (table, _) = table.split_once("\n\n").expect("more tables");
    let mut rows = table.lines().filter(|line| line.starts_with("  "));
    assert!(rows.all(|row| row.contains('≥') && row.contains('±')));
    assert!(table.contains("\n≥: at least; "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80));
}
