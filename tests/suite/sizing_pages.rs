//! What the page of `size` says of the objective that was asked for, and of an overage that no path has.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use flexcast::decide::sizing::{
    Difference, Objective, Question, Settled, SettledSize, Sizes, Sizing,
};
use flexcast::forecast::forecast;
use flexcast::forecast::size::size;
use flexcast::ledger::{Price, PriceList, Purchase, goes_in_jumps};
use flexcast::randomness::Streams;
use flexcast::report::json;
use flexcast::report::page::width;
use flexcast::report::rough::rough_mean;
use flexcast::report::sizes::{sizes, warnings};
use flexcast::report::summary::summary;
use flexcast::report::words::gain;
use flexcast::scenario::Scenario;
use flexcast::simulate::{Progress, unwatched};
use flexcast::summarise::store::Detail;
use flexcast::units::{Credits, MICRO, Money};

use crate::ask::{self, april, plain, scenario, with};

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
        let tail = found.rule_80_in_objective.expect("a tail");
        let apart = found.rule_80.objective.unwrap() - found.optimum.objective.unwrap();
        assert!((tail.mean - apart).abs() < 1e-5, "{tail:?} {apart}");
        let (_, words, found) = page(rules, best_at(Objective::Regret), false);
        assert!(words.contains("Regret is at most $"), "{words}");
        // The rule is near the best size: it may have no more.
        assert!(
            words.contains("against the 80% rule: no clear difference ($0 to $"),
            "{words}"
        );
        let regret = found.rule_80_in_objective.expect("a percentile");
        let apart = found.rule_80.objective.unwrap() - found.optimum.objective.unwrap();
        assert!((regret.mean - apart).abs() < 1e-5, "{regret:?} {apart}");
        let (low, high) = regret.interval.expect("paths enough");
        assert!(low == 0.0 && apart < high, "{regret:?}");
        // The rule is what the contract buys.
        assert_eq!(found.current_in_objective, Some(regret));
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
        overage: Price::new(price(1.5), unit),
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

/// Packs of 100 credits for terms of some months in a horizon of others.
fn in_terms(months: usize, term_months: usize, prepurchase: &str, rules: &str) -> String {
    let body = BODY.replace("2_000", "400");
    let body = body.replace(
        "prepurchase = \"80%\"",
        &format!("prepurchase = {prepurchase}"),
    );
    let terms = format!("term_months = {term_months}\n");
    plain("2026-01-01", months, &format!("{body}{terms}{rules}"))
}

#[test]
fn the_terms_that_are_sized_are_named() {
    // Horizon, term, settled or not; what is bought for, what the last term's line says, terms sized, and
    // what is told of the cut one: its months, whether it is sized.
    let first = "Terms the first is sized; the second, cut to 6 of 12 months, is left out";
    let some = "Terms the first 3 are sized; the last, cut to 1 of 4 months, is left out";
    let part = "Terms the term is cut to 6 of 12 months, and the size is for these";
    let full = "Of the terms 2 are sized, the last cut to 6 of 12 months but paid in full: sizes of whole terms";
    let settled = "overage_cap = 1_000_000_000\n";
    let cut = |months, is_sized| Some((months, is_sized));
    for (months, term, rules, bought, told, terms, cut_term) in [
        (
            18,
            12,
            "",
            " for the first term: $",
            first,
            1,
            cut(6, false),
        ),
        (
            13,
            4,
            "",
            " for each of 3 whole terms: $",
            some,
            3,
            cut(1, false),
        ),
        (
            6,
            12,
            "",
            " for 6 of the term's 12 months: $",
            part,
            1,
            cut(6, true),
        ),
        (24, 12, "", " for each of 2 terms: $", "", 2, None),
        (3, 1, "", " for each of 3 terms: $", "", 3, None),
        (12, 12, "", " credits): $", "", 1, None),
        (
            18,
            12,
            settled,
            " for each of 2 terms: $",
            full,
            2,
            cut(6, true),
        ),
        (
            6,
            12,
            settled,
            " for 6 of the term's 12 months: $",
            part,
            1,
            cut(6, true),
        ),
    ] {
        let text = in_terms(months, term, "5_000", rules);
        let scenario = scenario(&text);
        let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
        let found = forecast.sizes.as_ref().expect("sizes");
        let page = sizes(&scenario, &forecast, found, false);
        assert!(page.lines().count() < 24, "{page}");
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(bought), "{bought}: {page}");
        assert!(words.contains(told), "{told}: {page}");
        assert_eq!(
            words.contains("Terms "),
            told.starts_with("Terms "),
            "{page}"
        );
        assert_eq!(
            words.contains("expected a term."),
            terms > 1 && rules.is_empty()
        );
        assert_eq!(found.terms, terms, "{text}");
        // The same in the JSON, and on the page of `run`, which weighs plain contracts only.
        let tree = json::sizes(&scenario, found);
        assert_eq!(tree["terms"], terms);
        let found = tree.get("cut_term");
        assert_eq!(found.is_some(), cut_term.is_some(), "{tree:#}");
        if let (Some(found), Some((held, is_sized))) = (found, cut_term) {
            assert_eq!(found["months_within_horizon"], held);
            assert_eq!(
                (&found["months"], &found["is_sized"]),
                (&term.into(), &is_sized.into())
            );
        }
        let summary = summary(&scenario, &ask::run(&scenario), false);
        let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
        let bought = bought
            .trim_start_matches(" credits)")
            .trim_end_matches(": $");
        assert!(!rules.is_empty() || summary.contains(bought), "{summary}");
    }
}

#[test]
fn a_left_out_term_changes_nothing() {
    // What the whole terms of 18 months say is what 12 months do: the rest counts nowhere.
    let sized = |months| {
        let scenario = scenario(&in_terms(months, 12, "5_000", ""));
        let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
        forecast.sizes.expect("sizes")
    };
    let (cut, whole) = (sized(18), sized(12));
    assert_eq!(cut.terms, whole.terms);
    assert_eq!(cut.optimum, whole.optimum);
    assert_eq!(cut.foresight_worth, whole.foresight_worth);
}

#[test]
fn the_warning_of_a_cut_term_is_about_what_is_bought() {
    let warnings = |months, prepurchase| scenario(&in_terms(months, 12, prepurchase, "")).warnings;
    let share = warnings(18, "\"80%\"").join("\n");
    let words = "ends inside a term of 12: `prepurchase` buys it a share of the plan of the 6 months within \
                 the horizon only; set months to a multiple, like 24";
    assert!(share.contains(words), "{share}");
    let packs = warnings(18, "5_000").join("\n");
    assert!(
        packs.contains("its purchase is paid in full and used in part"),
        "{packs}"
    );
    for text in [share, packs] {
        assert!(!text.contains("sized"), "{text}");
    }
}

#[test]
fn stages_leave_room_for_what_knowing_is_worth() {
    // One term, two, and two of which the second is cut short.
    for (months, term) in [(12, 12), (24, 12), (18, 12)] {
        let scenario = scenario(&in_terms(months, term, "5_000", ""));
        let question = Question {
            stages: Some(3),
            ..Question::default()
        };
        let forecast = size(&scenario, question, &unwatched).expect("sizes");
        let found = forecast.sizes.as_ref().expect("sizes");
        let page = sizes(&scenario, &forecast, found, false);
        assert!(page.lines().count() < 24, "{page}");
        for label in ["Flat ", "Staged ", "Plan ", "Knowing ", "More "] {
            assert!(
                page.lines().any(|line| line.starts_with(label)),
                "{label}\n{page}"
            );
        }
    }
}

#[test]
fn one_future_is_not_said_to_be_sure_of_anything() {
    for rules in RULES {
        let scenario = with(&april(&format!("{BODY}{rules}")), &["simulation.paths=1"]);
        let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
        let found = forecast.sizes.as_ref().expect("sizes");
        assert_eq!(found.optimum_ranges, None);
        let page = sizes(&scenario, &forecast, found, false);
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let sure =
            "Sure 1 future cannot say how sure this is, nor what else is as good: raise --paths";
        assert!(words.contains(sure), "{page}");
        for label in ["95%)", "Flat ", "Plan ", "Knowing "] {
            assert!(!words.contains(label), "{page}");
        }
    }
}

#[test]
fn an_interval_that_reads_like_one_number_is_one() {
    let difference = |mean: f64, low: f64, high: f64| Difference {
        mean,
        interval: Some((low, high)),
    };
    let scenario = scenario(&april(BODY));
    let told = |mean, low, high| gain(&scenario, &difference(mean, low, high));
    assert_eq!(told(1_000.2, 1_000.1, 1_000.3), "$1,000");
    assert_eq!(told(-0.002, -0.003, -0.001), "no difference");
    assert_eq!(told(20.0, 19.0, 21.0), "$20 ($19 to $21)");
    assert_eq!(told(1.0, -1.0, 3.0), "no clear difference (-$1 to $3)");
    assert_eq!(told(-20.0, -21.0, -19.0), "$20 less ($19 to $21)");
    // Of nearly known demand (Poisson, which passes a pack in 5%) the interval of the size with a probability is that
    // size.
    let known = BODY.replace("cv = 0.4", "cv = 0.000_001");
    let inverted = Question {
        invert: Some(500_000),
        ..Question::default()
    };
    let known = ask::scenario(&april(&known.replace("pack = 100", "pack = 10_160")));
    let forecast = size(&known, inverted, &unwatched).expect("sizes");
    let found = forecast.sizes.as_ref().expect("sizes");
    let page = sizes(&known, &forecast, found, false);
    assert!(page.contains("1 pack (95%: no other)"), "{page}");
    assert!(
        page.contains("Knowing   the future before buying would be worth"),
        "{page}"
    );
}

#[test]
fn one_simulation_serves_every_size_of_a_plain_contract() {
    // Calls of `progress`, one for each block of paths that is drawn, whatever is then done with it.
    let calls = |rules: &str, asked: &dyn Fn(&Scenario, Progress<'_>)| {
        let calls = AtomicU64::new(0);
        asked(&scenario(&april(&format!("{BODY}{rules}"))), &|_| {
            calls.fetch_add(1, Relaxed);
            true
        });
        calls.into_inner()
    };
    let run = |scenario: &Scenario, progress: Progress<'_>| {
        forecast(scenario, Detail::Summary, progress).expect("a forecast");
    };
    let sized = |scenario: &Scenario, progress: Progress<'_>| {
        size(scenario, Question::default(), progress).expect("sizes");
    };
    let [plain, settled] = RULES;
    assert!(calls(plain, &run) > 0);
    assert_eq!(calls(plain, &sized), calls(plain, &run));
    // The power of this: where futures are settled under each size they are drawn again.
    assert!(calls(settled, &sized) > calls(settled, &run));
}

const TAIL: Objective = Objective::Cvar { alpha: 950_000 };

fn limited(objective: Objective, max_overage: u32) -> Question {
    Question {
        objective,
        max_overage: Some(max_overage),
        ..Question::default()
    }
}

#[test]
fn the_best_size_has_a_range_whatever_it_is_best_at() {
    for rules in RULES {
        let (_, words, found) = page(rules, best_at(TAIL), false);
        let ranges = found.optimum_ranges.expect("a range");
        let best = found.optimum.purchase.packs;
        assert!(ranges.iter().any(|&(low, high)| low < best && best < high));
        assert!(words.contains("The best size is "), "{words}");
        // Where a limit decides the size, its range is that of the same share inverted.
        for objective in [Objective::Cost, TAIL, Objective::Regret] {
            let question = Question {
                invert: Some(2_500),
                ..limited(objective, 2_500)
            };
            let (_, words, found) = page(rules, question, false);
            let (low, high) = found.invert_interval.expect("an interval");
            assert_eq!(found.optimum_ranges, Some(vec![(low, high)]), "{words}");
            let told = format!("The best size is {low} to {high} packs, at ");
            assert!(low < high && words.contains(&told), "{words}");
        }
        // Where it does not, its range is the same as without.
        let free = page(rules, best_at(Objective::Cost), false).2;
        let loose = page(rules, limited(Objective::Cost, 900_000), false).2;
        assert!(free.optimum_ranges.is_some());
        assert_eq!(loose.optimum_ranges, free.optimum_ranges);
        // The least regret has one too.
        let (_, words, found) = page(rules, best_at(Objective::Regret), false);
        let ranges = found.optimum_ranges.expect("a range");
        let best = found.optimum.purchase.packs;
        let holds = |&(low, high): &(u64, u64)| low <= best && best <= high && low < high;
        assert!(ranges.iter().any(holds), "{ranges:?}");
        assert!(words.contains("The best size is "), "{words}");
    }
}

#[test]
fn shares_that_were_typed_are_told_as_they_were() {
    for rules in RULES {
        let question = Question {
            invert: Some(52_500),
            ..limited(Objective::Cost, 77_500)
        };
        let (_, words, _) = page(rules, question, false);
        for told in ["at most 7.75% of futures", "at most 5.25% of futures"] {
            assert!(words.contains(told), "{words}");
        }
        let (_, words, _) = page(rules, best_at(Objective::Cvar { alpha: 992_500 }), false);
        assert!(words.contains("in the worst 0.75% on"), "{words}");
        assert!(words.contains("The worst 0.75% of futures cost"), "{words}");
    }
}

#[test]
fn a_limits_price_is_told_in_the_objective_too() {
    for rules in RULES {
        let (_, words, found) = page(rules, limited(TAIL, 2_500), false);
        let price = found.limit_price_in_objective.expect("a price");
        let value = |size: &Option<f64>| size.expect("paths enough");
        let free = found.unconstrained.expect("one without the limit");
        let apart = value(&found.optimum.objective) - value(&free.objective);
        assert!(
            (price.mean - apart).abs() < 1e-5 && apart > 0.0,
            "{price:?}"
        );
        let told = "on average in the worst 5%; on average over all futures it costs $";
        assert!(words.contains(told), "{words}");
        let (_, words, found) = page(rules, limited(Objective::Regret, 2_500), false);
        let price = found.limit_price_in_objective.expect("a price");
        assert!(price.mean > 0.0 && price.interval.is_some_and(|(low, _)| low > 0.0));
        assert!(words.contains("of regret in the 95th percentile; on average over"));
        let (_, words, found) = page(rules, limited(Objective::Cost, 2_500), false);
        assert!(found.limit_price_in_objective.is_none());
        assert!(words.contains(") on average"), "{words}");
        // A limit that is met anyway is told, too.
        for objective in [Objective::Cost, TAIL, Objective::Regret] {
            let (_, words, found) = page(rules, limited(objective, 900_000), false);
            assert_eq!(found.limit_price.map(|price| price.mean), Some(0.0));
            let told = "Limit overage in at most 90% of futures costs nothing: the best size without the limit \
                        meets it";
            assert!(words.contains(told), "{words}");
        }
        assert!(
            page(rules, Question::default(), false)
                .2
                .limit_price
                .is_none()
        );
    }
}

#[test]
fn a_difference_has_one_interval() {
    for rules in RULES {
        // Without a discount nothing ahead is best: what a limit costs and what is more than nothing are one.
        let body = BODY.replace("140.0", "100.0");
        let scenario = scenario(&april(&format!("{body}{rules}")));
        let forecast = size(&scenario, limited(Objective::Cost, 50_000), &unwatched);
        let found = forecast.expect("sizes").sizes.expect("sizes");
        assert_eq!(found.unconstrained.expect("a size").purchase.packs, 0);
        let price = found.limit_price.expect("a price");
        let (low, high) = price.interval.expect("paths enough");
        let other = found.pay_as_you_go_excess;
        assert_eq!(other.mean, -price.mean);
        assert_eq!(other.interval, Some((-high, -low)));
    }
}

#[test]
fn what_makes_no_difference_costs_none() {
    let scenario = with(&april(BODY), &["simulation.paths=100"]);
    let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
    let mut found = forecast.sizes.clone().expect("sizes");
    assert_ne!(found.plan.purchase, found.optimum.purchase);
    for (interval, told) in [
        (
            (-749.0, 949.0),
            "number makes no clear difference (-$749 to $949)",
        ),
        ((50.0, 150.0), "number costs $100 ($50 to $150) more"),
        ((-949.0, -749.0), "number costs $100 less ($749 to $949)"),
    ] {
        found.plan_excess = Difference {
            mean: if interval.1 < 0.0 { -100.0 } else { 100.0 },
            interval: Some(interval),
        };
        let page = sizes(&scenario, &forecast, &found, false);
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(told), "{page}");
    }
    // Nor is a regret of nothing at most so much.
    found.question = best_at(Objective::Regret);
    found.optimum.objective = Some(0.0);
    found.objective_half_width = Some(0.0);
    let page = sizes(&scenario, &forecast, &found, false);
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("There is no regret in 95% of futures"),
        "{page}"
    );
    // A size that breaks the limit is called what it is.
    found.question = limited(Objective::Cost, 50_000);
    found.is_limit_met = false;
    found.optimum = found.pay_as_you_go.clone();
    for details in [false, true] {
        let page = sizes(&scenario, &forecast, &found, details);
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "No size keeps overage to 5% of futures; the nearest is to buy nothing ahead: $";
        assert!(words.contains(told), "{page}");
        assert!(
            words.contains("nearest 0 ") && !words.contains("optimum"),
            "{page}"
        );
    }
}

/// The words of the page, and what it tells, of a whole scenario.
fn told(text: &str, question: Question) -> (String, Sizes) {
    let scenario = scenario(text);
    let forecast = size(&scenario, question, &unwatched).expect("sizes");
    let found = forecast.sizes.clone().expect("sizes");
    let page = sizes(&scenario, &forecast, &found, false);
    assert!(page.lines().count() <= 24, "{page}");
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    (page.split_whitespace().collect::<Vec<_>>().join(" "), found)
}

#[test]
fn what_is_planned_costs_what_it_costs_less_what_is_left() {
    // Twice as much in the second year, of which each plan buys its share; weighed by demand and settled alike.
    let text = |rules: &str| {
        let body = BODY.replace("[contract]", "growth = 0.03\n[contract]");
        let body = body.replace("2_000", "400");
        let more = "term_months = 12\nresidual_value = 0.3\n";
        plain("2026-01-01", 24, &format!("{body}{more}{rules}"))
    };
    let mut costs = Vec::new();
    for rules in RULES {
        let (words, found) = told(&text(rules), Question::default());
        let planned = found.planned.expect("another size in each term");
        assert!(planned.packs.len() == 2 && planned.packs[0] < planned.packs[1]);
        let cost = planned.cost.expect("whole terms");
        let apart = cost.optimum_mean - cost.planned_mean;
        assert!((apart - cost.optimum_minus_planned.mean).abs() < 1e-6);
        // The page of `run` says the same, not what the first year's size would cost in both.
        if rules.is_empty() {
            let scenario = scenario(&text(rules));
            let forecast = forecast(&scenario, Detail::Summary, &unwatched).expect("a forecast");
            let page = summary(&scenario, &forecast, false);
            let run = page.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                run.contains("As planned, ") && run.contains("than planned."),
                "{page}"
            );
            assert!(
                run.contains(" Saves a term: ") && !run.contains("the scenario's"),
                "{page}"
            );
        }
        let all = if found.is_of_horizon { 1.0 } else { 2.0 };
        let advised = all * found.optimum.cost_mean;
        assert!((cost.optimum_mean / advised - 1.0).abs() < 1e-9, "{cost:?}");
        let more = match apart > 0.0 {
            true => "more than planned.",
            false => "than planned.",
        };
        assert!(
            words.contains("As planned, ") && words.contains(more),
            "{words}"
        );
        costs.push(cost);
    }
    // Both ways come to the same.
    assert!(
        (costs[0].planned_mean / costs[1].planned_mean - 1.0).abs() < 1e-6,
        "{costs:?}"
    );
    // Where it is one size, nothing is said of it, and it is what is bought.
    let one = text("").replace("\"80%\"", "5_000");
    let (words, found) = told(&one, Question::default());
    assert!(
        found.planned.is_none() && !words.contains("lanned"),
        "{words}"
    );
}

#[test]
fn shares_of_terms_are_said_to_be() {
    let text = in_terms(24, 12, "5_000", "");
    let (words, found) = told(&text, Question::default());
    let any = found.any_overage.expect("two terms");
    assert_eq!(any.paths, 400);
    // At least the share of terms, at most twice that.
    let of_terms = found.optimum.overage.value();
    assert!(any.value() >= of_terms && any.value() <= 2.0 * of_terms);
    assert!(
        words.contains("Overage shares are of terms; with the optimum "),
        "{words}"
    );
    assert!(words.contains(") a term."), "{words}");
    let (words, found) = told(&in_terms(12, 12, "5_000", ""), Question::default());
    assert!(
        found.any_overage.is_none() && !words.contains(" a term"),
        "{words}"
    );
}

#[test]
fn a_share_too_small_for_the_futures_is_said_to_be() {
    for rules in RULES {
        // Of 2,000 futures one may lie beyond 0.05%.
        let rare = Question {
            invert: Some(400),
            ..limited(Objective::Cost, 400)
        };
        let (_, words, found) = page(rules, rare, false);
        let told = "2,000 futures cannot tell sizes passed so rarely: the largest of these decides (--paths \
                    25,000 would do)";
        assert!(words.contains(told), "{words}");
        // What has been said is not said again.
        let told = "; seen in none of 2,000 futures: in fewer than 0.20% (95%)";
        assert!(words.contains(told), "{words}");
        assert!(words.contains(" packs; as advised"), "{words}");
        assert_eq!(words.matches("would do").count(), 1, "{words}");
        let alone = Question {
            invert: Some(400),
            ..Question::default()
        };
        let (_, words, _) = page(rules, alone, false);
        let told = "seen in none of 2,000 futures: the largest decides (--paths 25,000 \
                    would do)";
        assert!(words.contains(told), "{words}");
        // As few are on the other side of nearly all.
        let most = Question {
            invert: Some(999_000),
            ..Question::default()
        };
        let (_, words, _) = page(rules, most, false);
        let told = "cannot tell sizes passed so often: a few of the smallest decide (--paths 10,000 would do)";
        assert!(words.contains(told), "{words}");
        assert_eq!(found.limit_price.and_then(|price| price.interval), None);
        assert_eq!(found.optimum.cost_mean_half_width, None);
        assert_eq!(found.optimum_cost_interval, None);
        assert!(!words.contains("± $0"), "{words}");
        // Where order statistics bound the size only its line says that so few are rough.
        let (_, words, _) = page(rules, limited(Objective::Cost, 2_500), false);
        let rough = "; rough, with so few beyond it: --paths 4,000 would do";
        assert!(
            words.contains(rough) && !words.contains("cannot tell"),
            "{words}"
        );
        // Ten are enough.
        let (_, words, found) = page(rules, limited(Objective::Cost, 5_000), false);
        assert!(!words.contains("cannot tell"), "{words}");
        let (low, high) = found.optimum_cost_interval.expect("paths enough");
        let price = found.limit_price.and_then(|price| price.interval);
        let (least, most) = price.expect("paths enough");
        assert!(low < found.optimum.cost_mean && found.optimum.cost_mean < high);
        // The size moves what it costs by far more than what happens with it.
        assert!(high - low > 100.0 && most - least > 100.0, "{price:?}");
    }
}

#[test]
fn what_goes_unserved_is_told_as_a_share() {
    // What lies beyond both the purchase and a pack more.
    let cap = "overage_cap = 100\n";
    let (words, found) = told(
        &april(&format!("{BODY}{cap}")),
        limited(Objective::Cost, 100_000),
    );
    assert!(found.optimum.unserved_credits_mean > 0.0);
    assert!(
        words.contains(" With it ") && words.contains("of what is wanted goes unserved"),
        "{words}"
    );
    assert!(!words.contains("It costs least because"), "{words}");
    let (words, _) = told(&april(&format!("{BODY}{cap}")), Question::default());
    assert!(words.contains("It costs least because"), "{words}");
    assert!(words.contains("with the current size"), "{words}");
}

#[test]
fn where_nothing_is_billed_beyond_the_grants_that_is_said() {
    let question = Question {
        invert: Some(50_000),
        ..limited(Objective::Cost, 50_000)
    };
    let block = april(&format!("{BODY}on_exhaustion = \"block\"\n"));
    let (words, _) = told(&block, question);
    let clause = "nothing is billed beyond the grants under `block`: no size has overage";
    assert!(
        words.contains(&format!(
            "Limit {clause}, so that the limit changes nothing"
        )),
        "{words}"
    );
    assert!(
        words.contains(&format!("Invert {clause}; the smallest is 1 pack")),
        "{words}"
    );
    assert!(!words.contains("seen in none"), "{words}");
}

#[test]
fn a_share_that_is_an_estimate_is_neither_nothing_nor_all() {
    // Wilson's ends of none, and of all, of 2,000: 0.19%.
    let question = Question {
        at: Some(100_000),
        ..Question::default()
    };
    for rules in RULES {
        let free = format!("{rules}free_credits = 1\n");
        let (_, words, _) = page(&free, question, false);
        assert!(
            words.contains(" <0.2% ") && words.contains(" >99.8% "),
            "{words}"
        );
    }
}

#[test]
fn least_regret_is_flat_wherever_it_is_within_one_percent() {
    let (_, words, found) = page("", best_at(Objective::Regret), false);
    let least = found.optimum.objective.expect("paths enough");
    let most = least
        + found
            .objective_half_width
            .expect("paths enough")
            .min(0.01 * least);
    let is_flat = |packs: u64| {
        found
            .flat
            .iter()
            .any(|&(low, high)| (low..=high).contains(&packs))
    };
    for size in &found.curve {
        let is_within = size.objective.expect("paths enough") <= most;
        assert_eq!(is_flat(size.purchase.packs), is_within, "{words}");
    }
}

#[test]
fn what_is_on_average_is_said_to_be() {
    for objective in [TAIL, Objective::Regret] {
        let (_, words, _) = page("", best_at(objective), false);
        assert!(words.contains(". On average "), "{words}");
        assert!(!words.contains(". Against"), "{words}");
    }
    let all = Question {
        invert: Some(1_000_000),
        ..Question::default()
    };
    let (_, words, _) = page("", all, false);
    assert!(
        words.contains("at most 100% of futures: any size, also nothing ahead"),
        "{words}"
    );
}

#[test]
fn few_futures_are_said_to_be_few() {
    for (paths, is_few) in [(99, true), (100, false)] {
        let scenario = with(&april(BODY), &[&format!("simulation.paths={paths}")]);
        let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
        let found = forecast.sizes.as_ref().expect("sizes");
        let page = sizes(&scenario, &forecast, found, false);
        assert_eq!(
            page.contains("intervals from fewer than 100 futures are rough"),
            is_few
        );
        assert_eq!(
            warnings(&scenario, &forecast, found).len(),
            usize::from(is_few)
        );
    }
}

#[test]
fn guardrails_that_hold_nothing_back_move_no_range() {
    let body = BODY.replace("[contract]", "team = \"a\"\n[contract]");
    let found = |rules: &str| {
        let (_, found) = told(&april(&format!("{body}{rules}")), Question::default());
        let ranges = found.optimum_ranges.expect("paths enough");
        (ranges, found.rule_80_excess, found.pay_as_you_go_excess)
    };
    let cap = found(RULES[1]);
    let breaker = "[governance]\ncircuit_breaker = 0.5\n[[team]]\nname = \"a\"\nshare = 1.0\n";
    let response = "[governance]\nincident_response = { alert = 0.5, days = 1 }\n";
    // Every workload is critical; there is no incident.
    assert_eq!(found("soft_cap = 0.2\n"), cap);
    assert_eq!(found(breaker), cap);
    assert_eq!(found(response), cap);
    // An allocation that does not follow the purchase holds as much back of every size.
    let allocated = |more: &str| {
        let body = body.replace("[contract]", "critical = false\n[contract]");
        let rules = format!("monthly_allocation = 12_000\n{more}");
        goes_in_jumps(&scenario(&april(&format!("{body}{rules}"))))
    };
    assert!(!allocated(breaker));
    assert!(allocated(&format!("overage_cap = 10.0\n{breaker}")));
    assert!(allocated("soft_cap = 0.2\n"));
}

#[test]
fn a_mean_that_few_futures_decide_is_said_to_be_rough() {
    let paths = |text: &str, paths: u64| {
        let scenario = with(text, &[&format!("simulation.paths={paths}")]);
        let forecast = forecast(&scenario, Detail::Summary, &unwatched).expect("a forecast");
        (
            rough_mean(&forecast),
            json::summary(&scenario, &forecast).to_string(),
        )
    };
    assert_eq!(paths(&april(BODY), 2_000).0, None);
    let loops = "[[incident]]\nname = \"loop\"\nchance = 0.004\nmultiplier = 40\n[contract]";
    let text = april(&BODY.replace("[contract]", loops));
    let (told, json) = paths(&text, 1_000);
    let told = told.expect("a warning");
    assert!(
        told.contains("its ± says too little; about --paths "),
        "{told}"
    );
    assert!(json.contains(&told), "{json}");
    assert_eq!(paths(&text, 20_000).0, None);
    // What the advised size costs is another mean.
    let ahead = with(
        &text,
        &["contract.prepurchase=10_000_000", "simulation.paths=1_000"],
    );
    let spent = forecast(&ahead, Detail::Summary, &unwatched).expect("a forecast");
    let told = rough_mean(&spent).expect("a warning");
    assert!(
        told.contains(
            "cost far more than the others, and decide the mean cost of the advised size"
        ),
        "{told}"
    );
    // A few that cost far less decide a mean, too.
    let cheap = "[[rate_change]]\noperation = \"action\"\nfrom = 2026-04-02\ncredits = 0.01\n\
                 chance = 0.02\n[contract]";
    let cheap = BODY
        .replace("[contract]", cheap)
        .replace("cv = 0.4", "cv = 0.02");
    let cheap = april(&cheap.replace("\"80%\"", "0"));
    let cheap = paths(&cheap, 200).0.expect("a warning");
    assert!(
        cheap.contains("cost far less than the others, and decide the mean spend"),
        "{cheap}"
    );
    // `size` says it of the size that it advises, whatever the scenario buys; settled sizes alike.
    for rules in RULES {
        let text = format!("{text}{rules}");
        for purchase in ["\"80%\"", "10_000_000"] {
            let purchase = format!("contract.prepurchase={purchase}");
            let of = |paths: u64| {
                let scenario = with(&text, &[&purchase, &format!("simulation.paths={paths}")]);
                let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
                let found = forecast.sizes.as_ref().expect("sizes");
                warnings(&scenario, &forecast, found)
            };
            assert!(
                of(1_000)
                    .iter()
                    .any(|said| said.contains("decide the mean")),
                "{purchase}"
            );
            assert!(
                !of(20_000)
                    .iter()
                    .any(|said| said.contains("decide the mean")),
                "{purchase}"
            );
        }
    }
}

#[test]
fn a_best_size_that_few_futures_decide_has_no_errors() {
    let few =
        "2,000 futures cannot tell the best size: a few of the largest decide (raise --paths)";
    for rules in RULES {
        let told = |price: &str, question: Question| {
            let body = BODY.replace("overage_pack_price = 140.0", price);
            self::told(&april(&format!("{body}{rules}")), question)
        };
        let aims = [Objective::Cost, Objective::Cvar { alpha: 500_000 }];
        for aim in aims {
            // One future in a thousand, two of these.
            let (words, found) = told("overage_pack_price = 100_000.0", best_at(aim));
            assert!(words.contains(few), "{words}");
            assert_eq!(found.optimum.cost_mean_half_width, None, "{words}");
            assert_eq!(found.optimum_ranges, None, "{words}");
            assert_eq!(found.rule_80_excess.interval, None, "{words}");
            // One in a hundred, 20 of these.
            let (words, found) = told("overage_pack_price = 10_000.0", best_at(aim));
            assert!(!words.contains("cannot tell"), "{words}");
            assert!(found.optimum.cost_mean_half_width.is_some(), "{words}");
            assert!(found.optimum_ranges.is_some(), "{words}");
        }
    }
    // Where all want next to the same every future pays for the last pack, though none needs another.
    let alike = BODY.replace("cv = 0.4", "cv = 0.0001");
    let (words, found) = told(&april(&format!("{alike}{}", RULES[1])), Question::default());
    assert!(!words.contains("cannot tell"), "{words}");
    assert!(found.optimum_ranges.is_some(), "{words}");
}

#[test]
fn that_no_other_size_does_better_is_said_of_the_sizes_tried() {
    let words = |name: &str| {
        let text = std::fs::read_to_string(format!("scenarios/{name}.toml")).expect("a scenario");
        let scenario = with(&text, &["simulation.paths=300"]);
        let forecast = size(&scenario, Question::default(), &unwatched).expect("sizes");
        let found = forecast.sizes.as_ref().expect("sizes");
        let page = sizes(&scenario, &forecast, found, false);
        page.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // Several sizes cost the same to the cent, none costs less.
    let alike = words("loan-approvals-planned");
    assert!(
        alike.contains("No other size does better (95%). Against the 80% rule: no difference."),
        "{alike}"
    );
    let some = words("copilot-style");
    assert!(
        some.contains("No other size tried does better (95%)."),
        "{some}"
    );
}

#[test]
fn what_a_size_costs_more_than_others_is_one_sentence() {
    let text = std::fs::read_to_string("scenarios/service-desk.toml").expect("a scenario");
    let (words, _) = told(&text, limited(Objective::Cost, 50_000));
    let (_, first) = words
        .split_once(" On average it costs $")
        .expect("a sentence");
    let (sentence, _) = first.split_once(". ").unwrap_or((first, ""));
    for told in [" more than pay as you go, $", " more than the 80% rule"] {
        assert!(first.contains(told), "{sentence}");
    }
    // Behind what is planned it is no longer "it".
    let (words, _) = told(
        &text.replace("[contract]", "[contract]\nterm_months = 6"),
        Question::default(),
    );
    let planned = words
        .find("As planned, ")
        .expect("another size in each term");
    let saves = words
        .find("Against pay as you go this size saves $")
        .expect("a saving");
    assert!(planned < saves, "{words}");
}

#[test]
fn all_that_may_be_asked_at_once_fits_the_screen() {
    for name in ["copilot-style", "service-desk"] {
        let text = std::fs::read_to_string(format!("scenarios/{name}.toml")).expect("a scenario");
        let scenario = with(&text, &["simulation.paths=500"]);
        for objective in [Objective::Cvar { alpha: 950_000 }, Objective::Regret] {
            for (limit, share) in [(50_000, 10_000), (1_000, 100)] {
                let question = Question {
                    at: Some(5_000),
                    invert: Some(share),
                    ..limited(objective, limit)
                };
                let forecast = size(&scenario, question, &unwatched).expect("sizes");
                let found = forecast.sizes.as_ref().expect("sizes");
                let page = sizes(&scenario, &forecast, found, false);
                assert!(page.lines().count() <= 24, "{page}");
                assert!(page.lines().all(|line| width(line) <= 80), "{page}");
                assert!(
                    page.contains("\n--at ") && page.contains("\nMore "),
                    "{page}"
                );
            }
        }
    }
}
