//! The worth of knowing an input before the size of the purchase is chosen: closed forms, quadrature, and
//! every size against every future.

use std::f64::consts::PI;

use flexcast::decide::knowing::Worth;
use flexcast::demand::Model;
use flexcast::demand::origins::{Driver, Drivers};
use flexcast::forecast::knowing::How;
use flexcast::forecast::resolve;
use flexcast::forecast::sensitivity::{Knowing, Sensitivity, Source, sensitivity};
use flexcast::ledger::{Settlement, Terms};
use flexcast::report::drivers::page;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;
use flexcast::special::normal;
use flexcast::units::MICRO;

use crate::ask::{plain, scenario, with};
use crate::checks::{Check, Z, square};

fn find(scenario: &Scenario) -> Sensitivity {
    sensitivity(scenario, &unwatched).expect("drivers")
}

fn priced(found: &Sensitivity) -> (How, Worth, &[Option<Worth>]) {
    match &found.knowing {
        Knowing::Priced {
            how,
            everything,
            sources,
            ..
        } => (*how, everything.expect("paths enough"), sources),
        Knowing::NotPriced(keys) => panic!("not priced under {keys:?}"),
    }
}

/// What knowing an input is worth.
fn worth(found: &Sensitivity, key: &str) -> Worth {
    let (_, _, worths) = priced(found);
    let is_it =
        |source: &Source| matches!(source, Source::Input(input) if found.inputs[*input].key == key);
    let place = found.sources.iter().position(is_it).expect("an input");
    worths[place].expect("a regression")
}

/// A page in one line.
fn words(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn agrees(worth: Worth, expected: f64) -> Check {
    let off = (worth.value - expected).abs();
    if off <= Z * worth.error && worth.error < 0.05 * expected {
        return Ok(());
    }
    Err(format!("{worth:?} instead of {expected}"))
}

const X: &str = "workload.x.units_per_month";
const Y: &str = "workload.y.units_per_month";

/// Two volumes, normal for all that matters: X with twice the spread of Y. A credit costs half a cent
/// ahead, $0.0065 beyond.
fn volumes(months: usize, growth: f64, contract: &str) -> Scenario {
    let workload = |name: &str, sd: u32| {
        format!(
            "[[workload]]\nname = \"{name}\"\ngrowth = {growth}\n\
             units_per_month = {{ mean = 1_000_000, sd = {sd}, dist = \"normal\" }}\n"
        )
    };
    let workloads = workload("x", 200_000) + &workload("y", 100_000);
    scenario(&plain(
        "2026-01-01",
        months,
        &format!(
            "[simulation]\npaths = 12_000\nseed = 12\n{workloads}\
             [contract]\nprepurchase = \"80%\"\npack = 1_000\npack_price = 5.0\n\
             overage_pack_price = 6.5\n{contract}"
        ),
    ))
}

/// X as above; Y a volume of which the credits of an action are not known, with the same spread.
fn volume_and_rate() -> Scenario {
    scenario(&plain(
        "2026-01-01",
        1,
        "other = { mean = 1, sd = 0.1, dist = \"normal\" }\n\
         [simulation]\npaths = 12_000\nseed = 12\n[[workload]]\nname = \"x\"\n\
         units_per_month = { mean = 1_000_000, sd = 200_000, dist = \"normal\" }\n\
         [[workload]]\nname = \"y\"\nunits_per_month = 1_000_000\n\
         operation = \"other\"\n\
         [contract]\nprepurchase = \"80%\"\npack = 1_000\npack_price = 5.0\n\
         overage_pack_price = 6.5\n",
    ))
}

/// Standard deviations of the demand of volumes of which nothing, X, or Y is known; the counts are Poisson.
fn spreads() -> [f64; 3] {
    let (x, y, counts) = (square(2e5), square(1e5), 2e6);
    [x + y + counts, y + counts, x + counts].map(f64::sqrt)
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The least expected cost of normal demand is p m + o φ(z) s at the newsvendor's fractile z, so that
/// knowing X saves o φ(z) (s - s of the rest).
fn of_one_term() -> [f64; 2] {
    let slope = 0.0065 * density(normal::quantile(1.0 - 5.0 / 6.5));
    let [all, without_x, without_y] = spreads();
    [slope * (all - without_x), slope * (all - without_y)]
}

#[test]
fn all_inputs_together_are_told_beside_each() {
    let all_of = |found: &Sensitivity| match &found.knowing {
        Knowing::Priced { inputs, .. } => *inputs,
        Knowing::NotPriced(keys) => panic!("not priced under {keys:?}"),
    };
    let scenario = volume_and_rate();
    let found = find(&scenario);
    let [all, without_x, _] = spreads();
    let counts = (square(without_x) - square(1e5)).sqrt();
    let slope = 0.0065 * density(normal::quantile(1.0 - 5.0 / 6.5));
    let together = all_of(&found).expect("two drivers");
    agrees(together, slope * (all - counts)).unwrap();
    let [x, y] = of_one_term();
    assert!(together.value > 1.5 * x && together.value > 5.0 * y);
    let told = words(&page(&scenario, &found, false));
    assert!(told.contains("; all inputs together $"), "{told}");
    let told = words(&page(&scenario, &found, true));
    assert!(told.contains("all inputs together $"), "{told}");
    // One driver has them all.
    assert_eq!(all_of(&find(&volumes(1, 0.0, ""))), None);
}

#[test]
fn one_term_of_normal_demand() {
    let found = find(&volumes(1, 0.0, ""));
    let [x, y] = of_one_term();
    agrees(worth(&found, X), x).unwrap();
    agrees(worth(&found, Y), y).unwrap();
    // The one is not the other, nor 15% off.
    assert!(agrees(worth(&found, X), y).is_err());
    assert!(agrees(worth(&found, X), 1.15 * x).is_err());
    let (how, everything, worths) = priced(&found);
    assert_eq!((how.terms, how.is_settled), (1, false));
    // The group `volume` knows both, which is all but the counts: the demand that the regression makes of both
    // has the corners of the costs, which polynomials of the two do not.
    let both = worths[0].expect("the group");
    let [all, without_x, _] = spreads();
    let counts = (square(without_x) - square(1e5)).sqrt();
    let expected = 0.0065 * density(normal::quantile(1.0 - 5.0 / 6.5)) * (all - counts);
    agrees(both, expected).unwrap();
    for whole in [expected, everything.value] {
        assert!(
            both.value > 0.95 * whole,
            "{both:?} {expected} {everything:?}"
        );
    }
    assert!(both.value > worth(&found, X).value);
}

#[test]
fn all_that_is_uncertain_is_worth_the_whole_future() {
    // Two kinds of skewed volumes, the longer tail first; nothing else is uncertain but counts of thousands.
    for (volume, actions, overage) in [
        ("{ p10 = 8_000, p50 = 11_000, p90 = 20_000 }", 3, 700.0),
        ("{ p10 = 8_000, p90 = 15_000 }", 4, 650.0),
    ] {
        let body = format!(
            "[[workload]]\nname = \"x\"\nunits_per_month = {volume}\n\
             actions_per_unit = {actions}\n\
             [contract]\nprepurchase = \"80%\"\noverage_pack_price = {overage:?}\n"
        );
        let scenario = scenario(&format!(
            "name = \"x\"\nstart = 2026-04-01\nmonths = 12\n{body}"
        ));
        let found = find(&scenario);
        let (_, everything, worths) = priced(&found);
        let one = worth(&found, X);
        // A group of one is that one.
        assert_eq!(worths[0], Some(one));
        let off = everything.value - one.value;
        assert!(
            off.abs() <= 0.04 * everything.value,
            "{one:?} {everything:?}"
        );
        assert!(off.abs() <= Z * one.error, "{one:?} {everything:?}");
        let page = page(&scenario, &found, false);
        assert!(
            words(&page).contains("the volume is worth up to $"),
            "{page}"
        );
    }
}

#[test]
fn many_inputs_together_are_worth_the_whole_future() {
    // More than there can be squares of, and more than there can be lines of, on so many paths.
    for (workloads, paths, least) in [(20, 2_000, 0.96), (60, 1_000, 0.9)] {
        let workload = |at: usize| {
            format!(
                "[[workload]]\nname = \"w{at}\"\nunits_per_month = {{ mean = 4_000, cv = 1 }}\n"
            )
        };
        let workloads: String = (0..workloads).map(workload).collect();
        let found = find(&scenario(&plain(
            "2026-01-01",
            2,
            &format!(
                "[simulation]\npaths = {paths}\n{workloads}\
                 [contract]\nprepurchase = \"80%\"\npack = 1_000\npack_price = 5.0\n\
                 overage_pack_price = 6.5\n"
            ),
        )));
        let (_, everything, worths) = priced(&found);
        let all = worths[0].expect("something is expected of them");
        assert!(
            all.value > least * everything.value && all.value < everything.value,
            "{all:?} {everything:?}"
        );
    }
}

#[test]
fn many_incidents_together_are_worth_the_whole_future() {
    // Nothing else is uncertain, but for the noise of counts.
    let incidents = (0..20).map(|k| {
        format!(
            "[[incident]]\nname = \"i{k}\"\nchance = 1.0\n\
             multiplier = {{ min = 1.0, mode = 1.1, max = 1.6 }}\n"
        )
    });
    let body = format!(
        "[simulation]\npaths = 2_000\n[[workload]]\nname = \"w\"\nunits_per_month = 4_000\n{}\
         [contract]\npack = 1_000\npack_price = 5.0\noverage_pack_price = 6.5\n",
        incidents.collect::<String>()
    );
    let found = find(&scenario(&plain("2026-01-01", 2, &body)));
    let (_, everything, _) = priced(&found);
    let all = of_group(&found, Driver::Incidents);
    assert!(
        all.value > 0.94 * everything.value && all.value < everything.value,
        "{all:?} {everything:?}"
    );
}

/// What knowing all inputs of one driver is worth.
fn of_group(found: &Sensitivity, driver: Driver) -> Worth {
    let (_, _, worths) = priced(found);
    let is_it = |source: &Source| *source == Source::Drivers(Drivers::only(driver));
    let place = found.sources.iter().position(is_it).expect("a group");
    worths[place].expect("a regression")
}

#[test]
fn rate_changes_that_may_come_about_are_worth_what_their_credits_say() {
    // Twelve operations, a month at 20 credits, then one at 10 or 110, known before, if that comes about: in how
    // many it does not is never known.
    const OPERATIONS: u32 = 12;
    let each = |k: u32| {
        let workload = format!(
            "[[workload]]\nname = \"w{k}\"\nunits_per_month = 3_000\nactions_per_unit = 1\n\
             operations = {{ op{k} = 1.0 }}\n"
        );
        let change = format!(
            "[[rate_change]]\noperation = \"op{k}\"\nfrom = 2026-05-01\nchance = 0.7\n\
             credits = {{ values = [10, 110] }}\n"
        );
        workload + &change
    };
    let card: String = (0..OPERATIONS).map(|k| format!("op{k} = 20\n")).collect();
    let body = format!(
        "{card}[simulation]\npaths = 8_000\n{}[contract]\npack = 1_000\npack_price = 5.0\n\
         overage_pack_price = 6.5\n",
        (0..OPERATIONS).map(each).collect::<String>()
    );
    let found = find(&scenario(&plain("2026-04-01", 2, &body)));
    let all = of_group(&found, Driver::RateCard);
    // Those of April, and of May by what came about.
    let of = |high: u32, low: u32| {
        let rest = f64::from(OPERATIONS - high - low);
        let may = f64::from(high) * 110.0 + f64::from(low) * 10.0 + rest * 20.0;
        3_000.0 * (20.0 * f64::from(OPERATIONS) + may)
    };
    let choose = |n: u32, k: u32, p: f64| {
        let ways: f64 = (0..k)
            .map(|i| f64::from(n - i) / f64::from(i + 1))
            .product();
        ways * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)
    };
    // Demands with their probabilities, were so many to be at 110.
    let demands = |known: u32| {
        let high =
            (0..=known).flat_map(move |high| (0..=OPERATIONS - known).map(move |low| (high, low)));
        let with = move |(high, low): (u32, u32)| {
            let p = choose(known, high, 0.7) * choose(OPERATIONS - known, low, 0.7);
            (of(high, low), p)
        };
        high.map(with).collect::<Vec<_>>()
    };
    let cost = |size: f64, of: &[(f64, f64)]| -> f64 {
        let paid = |&(demand, p): &(f64, f64)| p * 0.0065 * (demand - size).max(0.0);
        0.005 * size + of.iter().map(paid).sum::<f64>()
    };
    // The least lies at one of the demands.
    let least = |of: &[(f64, f64)]| {
        let sizes = of.iter().map(|&(demand, _)| cost(demand, of));
        sizes.fold(f64::INFINITY, f64::min)
    };
    let (mut blind, mut knowing) = (Vec::new(), 0.0);
    for known in 0..=OPERATIONS {
        let p = choose(OPERATIONS, known, 0.5);
        let of = demands(known);
        knowing += p * least(&of);
        blind.extend(of.into_iter().map(|(demand, q)| (demand, p * q)));
    }
    let expected = least(&blind) - knowing;
    agrees(all, expected).unwrap();
    assert!(agrees(all, 0.7 * expected).is_err() && agrees(all, 1.3 * expected).is_err());
}

#[test]
fn several_terms_of_the_same_demand_are_worth_what_one_is_each() {
    // A month's volume is the same in each.
    let one = find(&volumes(1, 0.0, ""));
    let found = find(&volumes(3, 0.0, "term_months = 1\n"));
    assert_eq!(priced(&found).0.terms, 3);
    let [x, y] = of_one_term();
    agrees(worth(&found, X), x).unwrap();
    agrees(worth(&found, Y), y).unwrap();
    for key in [X, Y] {
        // The same inputs on the same paths.
        let (one, three) = (worth(&one, key), worth(&found, key));
        assert!(
            (one.value - three.value).abs() < one.error,
            "{one:?} {three:?}"
        );
    }
    let page = page(&volumes(3, 0.0, "term_months = 1\n"), &found, true);
    assert!(words(&page).contains(") a term before you sign"), "{page}");
    assert!(
        page.contains("Worth a term of knowing it exactly"),
        "{page}"
    );
}

#[test]
fn terms_of_different_demand_are_bought_for_together() {
    // 5% growth a month: the sixth month wants a quarter more than the first, and one size is for all.
    let scenario = volumes(6, 0.05, "term_months = 1\n");
    let found = find(&scenario);
    let (plan, _) = resolve(&scenario, &Model::new(&scenario)).expect("a plan");
    let scales: Vec<f64> = plan
        .months
        .iter()
        .map(|credits| credits.to_f64() / 2e6)
        .collect();
    assert!(scales[5] > 1.2 * scales[0], "{scales:?}");
    let (p, o) = (0.005, 0.0065);
    // Mean cost of a term for a size, the sum of both volumes being normal at scale 1.
    let cost = |size: f64, mean: f64, sd: f64| {
        let of = |scale: &f64| {
            let (m, s) = (scale * mean, scale * sd);
            let z = (size - m) / s;
            p * size + o * s * (density(z) - z * (1.0 - normal::cdf(z)))
        };
        scales.iter().map(of).sum::<f64>() / scales.len() as f64
    };
    let least = |mean: f64, sd: f64| {
        // Convex in the size: thirds of a range that holds the best.
        let (mut low, mut high) = (0.0, 2.0 * mean + 6.0 * sd);
        for _ in 0..100 {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            match cost(a, mean, sd) < cost(b, mean, sd) {
                true => high = b,
                false => low = a,
            }
        }
        cost(low, mean, sd)
    };
    let [all, without_x, without_y] = spreads();
    let known = |sd: f64, rest: f64| {
        let places = (-500..500).map(|k| (f64::from(k) + 0.5) / 100.0);
        places
            .map(|z| density(z) / 100.0 * least(2e6 + sd * z, rest))
            .sum::<f64>()
    };
    let x = least(2e6, all) - known(2e5, without_x);
    let y = least(2e6, all) - known(1e5, without_y);
    agrees(worth(&found, X), x).unwrap();
    agrees(worth(&found, Y), y).unwrap();
    // A size for each term would be worth another figure.
    let [alone, _] = of_one_term();
    let mean = scales.iter().sum::<f64>() / scales.len() as f64;
    assert!(agrees(worth(&found, X), mean * alone).is_err());
}

#[test]
fn rules_that_never_bind_change_nothing() {
    let plain = find(&volumes(1, 0.0, ""));
    for rules in ["overage_cap = 1_000_000_000\n", "soft_cap = 0.000001\n"] {
        let scenario = volumes(1, 0.0, rules);
        let found = find(&scenario);
        let (how, everything, _) = priced(&found);
        assert!(
            how.is_settled && !how.is_unserved && how.paths == 12_000,
            "{how:?}"
        );
        assert!((20..=90).contains(&how.sizes), "{how:?}");
        for key in [X, Y] {
            // The same futures, but fewer sizes to choose from.
            let (one, other) = (worth(&plain, key), worth(&found, key));
            assert!(
                (one.value - other.value).abs() < 1.96 * one.error,
                "{key} {one:?} {other:?}"
            );
            assert!(
                (one.error / other.error - 1.0).abs() < 0.1,
                "{one:?} {other:?}"
            );
        }
        // Each future's own size is found, or next to it; the best of all among fewer.
        let all = priced(&plain).1;
        assert!(
            (everything.value / all.value - 1.0).abs() < 0.01,
            "{everything:?} {all:?}"
        );
        let page = page(&scenario, &found, false);
        let words = words(&page);
        assert!(words.contains("the whole future at least"), "{page}");
        let among = format!("Among {} sizes settled on 12,000 futures.", how.sizes);
        assert!(words.contains(&among), "{page}");
    }
}

#[test]
fn a_commitment_leaves_nothing_to_choose() {
    let body = "[simulation]\npaths = 200\n[[workload]]\nname = \"a\"\nunits_per_month = 1_000\n\
        [contract]\npayment = \"pre-commit\"\ncommit = { amount = 100.0, pack_price = 450.0 }\n";
    let scenario = scenario(&plain("2026-04-01", 1, body));
    let found = find(&scenario);
    assert_eq!(found.knowing, Knowing::NotPriced(vec!["contract.payment"]));
    assert!(page(&scenario, &found, true).contains("nothing is bought ahead"));
}

/// Contracts under which sizes have to be settled, and do differ.
const RULES: [&str; 5] = [
    "expiry = \"monthly\"\n",
    "term_months = 1\nrollover = 0.5\n",
    "overage_cap = 400.0\n",
    "on_exhaustion = \"top-up\"\n\
     top_up = { below = 0.10, packs = 2, pack_price = 13.0, spending_cap = 2_000 }\n",
    "term_months = 2\nexpiry = \"never\"\nresidual_value = 0.3\n",
];

#[test]
fn settled_contracts_against_every_size_on_every_future() {
    let body = "[simulation]\npaths = 3_000\nseed = 5\n\
        [[workload]]\nname = \"x\"\nunits_per_month = { values = [500, 800, 1_300] }\ndaily_cv = 0.3\n\
        [[workload]]\nname = \"y\"\nunits_per_month = { mean = 300, cv = 0.4 }\ndaily_cv = 0.5\n\
        [contract]\npack = 50\npack_price = 10.0\noverage_pack_price = 15.0\n";
    let text = plain("2026-01-01", 4, body);
    for rules in RULES {
        let scenario = scenario(&format!("{text}{rules}"));
        let found = find(&scenario);
        let (how, everything, worths) = priced(&found);
        assert!(how.is_settled, "{rules}");
        // Of what is worth at least something no part is worth more.
        let parts = || worths.iter().flatten();
        assert!(
            parts().all(|part| part.value <= everything.value),
            "{rules}"
        );
        let costs = every_size(&scenario, 150);
        let values: Vec<f64> = crate::ask::inputs(&scenario, 3_000, X);
        // Paths by the value of X, for which a size each is chosen.
        let least = |of: &dyn Fn(f64) -> bool| -> f64 {
            let sums = costs.iter().map(|costs| {
                let paths = costs.iter().zip(&values).filter(|&(_, &value)| of(value));
                paths.map(|(cost, _)| cost).sum::<f64>()
            });
            sums.fold(f64::INFINITY, f64::min)
        };
        let known: f64 = [500.0, 800.0, 1_300.0]
            .map(|x| least(&|value| value == x))
            .iter()
            .sum();
        let expected = (least(&|_| true) - known) / 3_000.0;
        let own = |path: usize| {
            costs
                .iter()
                .map(|costs| costs[path])
                .fold(f64::INFINITY, f64::min)
        };
        let all = (least(&|_| true) - (0..3_000).map(own).sum::<f64>()) / 3_000.0;
        assert!(
            (0.98..1.005).contains(&(everything.value / all)),
            "{rules} {everything:?} {all}"
        );
        let worth = worth(&found, X);
        agrees(worth, expected).unwrap_or_else(|why| panic!("{rules}{why}"));
        assert!(agrees(worth, 1.3 * expected).is_err(), "{rules}");
        assert!(agrees(worth, 0.7 * expected).is_err(), "{rules}");
    }
}

/// What each size up to a largest costs on every path: everything paid, less what unused credits are worth.
fn every_size(scenario: &Scenario, most: u64) -> Vec<Vec<f64>> {
    let model = Model::new(scenario);
    let mut future = model.future();
    let mut books = Settlement::default();
    let residual = scenario.contract.residual_value as f64 / MICRO as f64;
    let sizes: Vec<Terms> = (0..=most)
        .map(|packs| Terms::with_packs(scenario, packs).expect("sums that fit"))
        .collect();
    let mut costs = vec![Vec::new(); sizes.len()];
    for path in 0..scenario.simulation.paths {
        model.draw(path, &mut future).unwrap();
        for (terms, costs) in sizes.iter().zip(&mut costs) {
            terms.settle(path, &future, &mut books).unwrap();
            let paid: f64 = books.months.iter().map(|month| month.spend.to_f64()).sum();
            let per_credit = terms.purchase().per_credit().unwrap_or(0.0);
            costs.push(paid - residual * per_credit * books.unused_of_term.to_f64());
        }
    }
    costs
}

#[test]
fn a_group_is_worth_no_less_than_its_inputs() {
    // Many inputs that do nothing beside one that does: the regression on all of them is the noisier.
    let idle: String = (0..6)
        .map(|k| {
            format!(
                "[[workload]]\nname = \"idle {k}\"\n\
                 units_per_month = {{ mean = 1, cv = 0.5 }}\n"
            )
        })
        .collect();
    let body = format!(
        "[simulation]\npaths = 600\n{idle}[[workload]]\nname = \"x\"\n\
         units_per_month = {{ mean = 1_000, cv = 0.3 }}\ndaily_cv = 1.0\n\
         [contract]\npack = 10\npack_price = 10.0\noverage_pack_price = 15.0\n"
    );
    for seed in 0..20 {
        let scenario = with(
            &plain("2026-04-01", 1, &body),
            &[&format!("simulation.seed={seed}")],
        );
        let found = find(&scenario);
        let group = priced(&found).2[0].expect("the volume");
        for input in &found.inputs {
            let input = worth(&found, &input.key);
            assert!(group.value >= input.value, "{seed}: {group:?} {input:?}");
        }
    }
}
