//! What the page of `size` says of the objective that was asked for, and of an overage that no path has.

use flexcast::decide::sizing::{Objective, Question, Settled, SettledSize, Sizes, Sizing};
use flexcast::forecast::size::size;
use flexcast::ledger::{Price, PriceList, Purchase};
use flexcast::randomness::Streams;
use flexcast::report::page::width;
use flexcast::report::sizes::sizes;
use flexcast::simulate::unwatched;
use flexcast::units::{Credits, MICRO, Money};

use crate::ask::{april, scenario};

const BODY: &str = "[simulation]\npaths = 2_000\n[[workload]]\nname = \"a\"\n\
    units_per_month = { mean = 10_000, cv = 0.4 }\n[contract]\nprepurchase = \"80%\"\npack = 100\n\
    pack_price = 100.0\noverage_pack_price = 140.0\n";

/// Contracts of which the first is weighed by demand and the second settled; the cap never binds.
const RULES: [&str; 2] = ["", "overage_cap = 1_000_000_000\n"];

/// The page's lines, its words in one line, and what it tells.
fn page(rules: &str, question: Question, details: bool) -> (Vec<String>, String, Sizes) {
    let scenario = scenario(&april(&format!("{BODY}{rules}")));
    let forecast = size(&scenario, question, &unwatched).expect("sizes");
    let found = forecast.sizes.clone().expect("sizes");
    let page = sizes(&scenario, &forecast, &found, details);
    assert!(details || page.lines().count() < 24, "{page}");
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    (page.lines().map(str::to_owned).collect(), words, found)
}

fn best_at(objective: Objective) -> Question {
    Question {
        objective,
        ..Question::default()
    }
}

#[test]
fn the_sentence_is_about_the_objective_asked_for() {
    for rules in RULES {
        let tail = Objective::Cvar { alpha: 950_000 };
        let (_, words, found) = page(rules, best_at(tail), false);
        assert!(words.contains("The worst 5% of futures cost $"), "{words}");
        assert!(words.contains("less than under the 80% rule"), "{words}");
        let tail = found.rule_80_tail.expect("a tail");
        let apart = found.rule_80.objective.unwrap() - found.optimum.objective.unwrap();
        assert!((tail.mean - apart).abs() < 1e-5, "{tail:?} {apart}");
        let (_, words, found) = page(rules, best_at(Objective::Regret), false);
        assert!(words.contains("Regret is at most $"), "{words}");
        assert!(words.contains("under the 80% rule"), "{words}");
        assert!(found.rule_80_tail.is_none() && found.objective_half_width.is_some());
        let (_, words, _) = page(rules, Question::default(), false);
        assert!(
            !words.contains("worst") && !words.contains("Regret"),
            "{words}"
        );
    }
}

#[test]
fn the_bars_are_those_of_the_objective() {
    let tail = Objective::Cvar { alpha: 950_000 };
    for objective in [tail, Objective::Regret, Objective::Cost] {
        let (lines, _, found) = page("", best_at(objective), true);
        let curve = &lines[lines.len() - found.curve.len()..];
        let bars: Vec<usize> = curve.iter().map(|line| line.matches('#').count()).collect();
        let aim = |place: usize| found.curve[place].objective.expect("paths enough");
        let best = (0..bars.len()).min_by(|&a, &b| aim(a).total_cmp(&aim(b)));
        let best = best.expect("a curve");
        assert_eq!(found.curve[best].purchase, found.optimum.purchase);
        let worst = (0..bars.len()).map(aim).fold(0.0, f64::max);
        for (place, &bar) in bars.iter().enumerate() {
            let share = (aim(place) - aim(best)) / (worst - aim(best));
            assert_eq!(bar, (40.0 * share).round() as usize, "{objective:?}");
        }
    }
}

#[test]
fn an_overage_that_no_path_has_is_not_called_impossible() {
    // Wilson's upper end at 0 of 2,000: 1.96² / (2,000 + 1.96²) = 0.1917%.
    let none = "seen in none of 2,000 futures: in fewer than 0.20% (95%)";
    for rules in RULES {
        let limited = Question {
            max_overage: Some(0),
            ..Question::default()
        };
        let (_, words, _) = page(rules, limited, false);
        assert!(words.contains(none), "{words}");
        let inverted = |share| Question {
            invert: Some(share),
            ..Question::default()
        };
        let (_, words, _) = page(rules, inverted(0), false);
        assert!(words.contains(none), "{words}");
        let (_, words, _) = page(rules, inverted(50_000), false);
        assert!(!words.contains("seen in none"), "{words}");
    }
}

#[test]
fn the_interval_of_a_tails_difference_covers_what_it_says() {
    // Demand uniform on 0..1,000,000 credits, a credit at 1 ahead and 1.5 beyond. Bought below the worst
    // twentieth, a size costs there Q + 1.5 (975,000 - Q); within it, at 980,000, Q + 1.5 x 20,000²/2/50,000.
    let unit = Credits::from_micro(MICRO);
    let price = |price: f64| Money::from_f64(price).expect("money");
    let prices = PriceList {
        pack: unit,
        pack_price: price(1.0),
        discounts: Vec::new(),
        overage: Price {
            pack_price: price(1.5),
            pack: unit,
        },
    };
    let (a, b, alpha) = (800_000, 980_000, 950_000);
    let expected = (800e3 + 1.5 * 175e3) - (980e3 + 1.5 * 20e3 * 20e3 / 2.0 / 50e3);
    let bought = |packs: u64| prices.purchase(packs).expect("a size");
    let mut misses = 0;
    for seed in 0..400 {
        let key = Streams::new(seed).named("demand");
        let demand: Vec<i64> = (0..1_000)
            .map(|path| (key.uniform_at(path, 0) * 1e12) as i64)
            .collect();
        let sizing = Sizing::new(&prices, demand.clone());
        let plain = sizing.tail_difference(alpha, &bought(a), &bought(b));
        let (low, high) = plain.interval.expect("paths enough");
        misses += u32::from(!(low..=high).contains(&expected));
        // Settled sizes of these costs say the same.
        let size = |purchase: Purchase| SettledSize {
            costs: demand
                .iter()
                .map(|&demand| (sizing.cost(&purchase, demand) * MICRO as f64).round() as i64)
                .collect(),
            purchase,
            has_grants: true,
            over: 0,
            overage: 0,
            unused: 0,
            unserved: 0,
        };
        let both = vec![size(bought(a)), size(bought(b))];
        let settled = Settled::new(both, vec![0; 1_000], 1.0, 1);
        let settled = settled.tail_difference(alpha, a, b).expect("two sizes");
        assert!(
            (settled.mean - plain.mean).abs() < 1e-3,
            "{settled:?} {plain:?}"
        );
        let (other, _) = settled.interval.expect("paths enough");
        assert!((low - other).abs() < 1e-3, "{settled:?} {plain:?}");
    }
    // 20 of 400 are to be expected, a binomial is within 4.9 standard errors of 4.36; the tail's 50 paths cost
    // a little more.
    assert!((1..=45).contains(&misses), "{misses} of 400");
}
