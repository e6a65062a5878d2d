//! How a comparison is told: names, flips that are jumps, and what the JSON says of them.

use std::fs;

use flexcast::error::Error;
use flexcast::forecast::compare::{Comparison, compare, compare_point, compare_watched};
use flexcast::report::comparison;
use flexcast::report::page::width;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;

use crate::ask::with;
use crate::checks::close;

fn ways(scenario: &Scenario) -> Comparison {
    compare(scenario, &unwatched).expect("a comparison")
}

fn service_desk() -> String {
    fs::read_to_string("scenarios/service-desk.toml").expect("a scenario")
}

#[test]
fn a_flip_at_a_discounts_edge_is_a_jump_at_its_scale_of_the_plan() {
    // From a million credits on 25% off: ten packs beyond the 100,000 that are free are bought for a plan of
    // more than a million credits. Below, credits at list price for the whole plan cost more than for 80%.
    let text = service_desk();
    let at = |paths: &str| {
        let asked = with(&text, &[&format!("simulation.paths={paths}")]);
        let found = ways(&asked);
        let one = found.break_evens.iter();
        let one = one.filter(|one| one.alternative == 2 && one.against.is_none());
        let [one] = &one.collect::<Vec<_>>()[..] else {
            panic!("one break-even");
        };
        let [flip] = &one.flips[..] else {
            panic!("one flip: {one:?}");
        };
        assert!(flip.is_jump && flip.is_cheaper_above);
        close(flip.at, flip.scale * one.now, 1e-9).unwrap();
        let page = comparison::page(&asked, &found, true);
        let mut rows = page.lines();
        let is_marked = |line: &str| line.starts_with("flex at 25% off") && line.contains('^');
        assert!(rows.any(is_marked), "{page}");
        assert!(page.contains("\n^: costs jump there"), "{page}");
        let json = comparison::json(&asked, &found);
        let all = json["break_evens"].as_array().expect("break-evens");
        let jumps = all
            .iter()
            .flat_map(|one| one["flips"].as_array().expect("flips"));
        assert_eq!(
            jumps.filter(|flip| flip["jump"] == true).count(),
            1,
            "{json}"
        );
        flip.scale
    };
    let scale = at("300");
    // The same millionth.
    close(scale, at("3000"), 1e-6).unwrap();
    // There the plan wants a million credits.
    let plan = compare_point(&with(
        &text,
        &["contract.prepurchase=0", "contract.free_credits=0"],
    ));
    let spend = plan.expect("a comparison").ways[0].standing.cost.mean;
    close(scale * spend / 650.0 * 100_000.0, 1e6, 1e-5).unwrap();
}

#[test]
fn alternatives_of_long_names_are_told_apart_among_the_break_evens() {
    let users = |number: u32| {
        format!(
            "\n[[alternative]]\nname = \"Licences for everybody, plan variant number {number}\"\n\
             model = \"per-user\"\nusers = 100\nprice = {}.0\n",
            30 + number
        )
    };
    let text = format!("{}{}{}", service_desk(), users(1), users(2));
    let asked = with(&text, &["simulation.paths=100"]);
    let found = ways(&asked);
    for details in [false, true] {
        let page = comparison::page(&asked, &found, details);
        let (_, flips) = page.split_once("\nBreak-even").expect("break-evens");
        for number in 1..=2 {
            let end = format!("number {number} ");
            let rows = flips
                .lines()
                .filter(|line| line.contains('…') && line.contains(&end));
            assert!(rows.count() > 0, "{page}");
        }
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    }
}

#[test]
fn every_flip_is_told_from_wherever_it_is_looked_at() {
    for (units, is_within) in [("8_000", true), ("10_000", true), ("12_000", false)] {
        let asked = with(
            BAND,
            &[&format!("workload.chat.units_per_month.mean={units}")],
        );
        for found in [compare_point(&asked).unwrap(), ways(&asked)] {
            let [one] = &found.break_evens[..] else {
                panic!("{:?}", found.break_evens);
            };
            let [low, high] = &one.flips[..] else {
                panic!("two flips: {one:?}");
            };
            assert!(low.is_cheaper_above && !high.is_cheaper_above && high.is_jump);
            // 99 packs hold 80% of a year's chats at 100 credits each up to there; from there on 100 are
            // bought, at 30% off. The plan knows it, simulated chats are as many as were drawn.
            let jump = 99.0 * 100_000.0 / 0.8 / 12.0 / 100.0;
            // $40,000 are 0.8 of the credits at $500 and 0.2 at $650 a pack, but for a part of a pack.
            let even = 40_000.0 / (0.8 * 500.0 + 0.2 * 650.0) * 100_000.0 / 12.0 / 100.0;
            // A scale of the plan, so the same on any futures; in chats as uncertain as today's figure.
            close(high.scale * asked_mean(units), jump, 2e-6).unwrap();
            close(high.at, high.scale * one.now, 1e-9).unwrap();
            match found.is_point {
                true => {
                    close(high.at, jump, 1e-5).unwrap();
                    close(low.at, even, 5e-3).unwrap();
                }
                false => {
                    close(high.at, jump, 0.02).unwrap();
                    assert!(low.at > even && low.at < 1.1 * even, "{low:?}");
                }
            }
            let difference = found.ways[1].standing.difference.mean;
            assert_eq!(difference < 0.0, is_within, "{units}");
            let page = comparison::page(&asked, &found, false);
            assert!(page.contains(" to 10."), "{page}");
            let json = comparison::json(&asked, &found);
            let json = &json["break_evens"][0];
            assert_eq!(json["bands"][0]["from"], json["flips"][0]["at"]);
            assert_eq!(json["bands"][0]["to"], json["flips"][1]["at"]);
            let nearest = if units == "8_000" { 0 } else { 1 };
            assert_eq!(json["at"], json["flips"][nearest]["at"]);
            // Scaled as that many chats the ranking is the one told.
            let now = one.now / asked_mean(units);
            for (flip, is_cheaper) in [(low, [false, true]), (high, [true, false])] {
                for (share, is_cheaper) in [0.98, 1.02].into_iter().zip(is_cheaper) {
                    let units = flip.at / now * share;
                    let set = format!("workload.chat.units_per_month.mean={units:.6}");
                    let there = with(BAND, &[&set]);
                    let there = match found.is_point {
                        true => compare_point(&there).unwrap(),
                        false => ways(&there),
                    };
                    let difference = there.ways[1].standing.difference.mean;
                    assert_eq!(difference < 0.0, is_cheaper, "{units}: {difference}");
                }
            }
        }
    }
}

/// Chats that a set says, as a number.
fn asked_mean(units: &str) -> f64 {
    units.replace('_', "").parse().expect("a number")
}

/// A contract that gets cheaper from a size on, which its purchase reaches just above today's volume,
/// beside a commitment that is too large for small volumes.
const BAND: &str = r#"name = "band"
start = 2026-01-01
months = 12
[simulation]
paths = 1_000
[[workload]]
name = "chat"
units_per_month = { mean = 10_000, cv = 0.3 }
actions_per_unit = 5
daily_cv = 0.3
[contract]
prepurchase = "80%"
discounts = [{ from = 10_000_000, off = 0.30 }]
overage_pack_price = 650.0
[[alternative]]
name = "commit"
model = "flex"
payment = "pre-commit"
commit = { amount = 40_000.0, pack_price = 470.0 }
"#;

#[test]
fn marks_are_explained_on_the_page_that_shows_them() {
    // Ways whose break-evens take more lines than a page has, each number of them.
    let way = |number: usize| match number % 4 {
        0 => format!("model = \"per-conversation\"\nprice = {}.0\n", 2 + number),
        1 => format!(
            "model = \"per-user\"\nusers = 50\nprice = {}.0\n",
            60 + number
        ),
        2 => format!(
            "model = \"flex\"\npayment = \"pre-commit\"\n\
             commit = {{ amount = {}.0, pack_price = 470.0 }}\n",
            30_000 + 2_000 * number
        ),
        _ => format!(
            "model = \"flex\"\nprepurchase = \"{}%\"\n\
             discounts = [{{ from = 10_000_000, off = 0.3 }}]\n",
            60 + number
        ),
    };
    let mut marked = 0;
    for count in 1..=10 {
        let mut text = BAND.to_owned();
        for number in 0..count {
            text += &format!("[[alternative]]\nname = \"way {number}\"\n{}", way(number));
        }
        let asked = with(&text, &["simulation.paths=64"]);
        for found in [compare_point(&asked).expect("a plan"), ways(&asked)] {
            let page = comparison::page(&asked, &found, false);
            assert!(page.lines().count() <= 24, "{page}");
            assert!(page.lines().all(|line| width(line) <= 80), "{page}");
            let Some((_, flips)) = page.split_once("\nBreak-even") else {
                continue;
            };
            let has = |is_mark: fn(&str) -> bool| {
                let rows = flips.lines().filter(|line| !line.contains(':'));
                rows.flat_map(str::split_whitespace).any(is_mark)
            };
            let has_more = has(|word| word.len() > 1 && word.ends_with('*'));
            assert_eq!(has_more, flips.contains("*: and elsewhere, see"), "{page}");
            let has_none = has(|word| word == "-");
            assert_eq!(
                has_none,
                flips.contains("-: itself, or not in this unit"),
                "{page}"
            );
            marked += usize::from(has_more || has_none);
        }
    }
    assert!(marked > 4, "{marked}");
}

#[test]
fn rounds_of_break_evens_are_reported_and_can_be_stopped() {
    let asked = with(BAND, &["simulation.paths=200"]);
    let rounds = std::sync::Mutex::new(Vec::new());
    let watch = |made: u64, all: u64| {
        if all > 0 {
            rounds.lock().expect("a list").push((made, all));
        }
        true
    };
    let found = compare_watched(&asked, &unwatched, &watch).expect("a comparison");
    assert_eq!(found.break_evens, ways(&asked).break_evens);
    let rounds = rounds.into_inner().expect("a list");
    let begun = rounds.iter().filter(|(made, _)| *made == 0).count();
    let ended = rounds.iter().filter(|(made, all)| made == all).count();
    assert!(begun > 1 && begun == ended, "{rounds:?}");
    // At once, also within a block of paths.
    let asked = with(BAND, &["simulation.paths=200"]);
    let calls = std::sync::atomic::AtomicU64::new(0);
    let stop = |made: u64, _: u64| {
        calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        made == 0
    };
    let stopped = compare_watched(&asked, &unwatched, &stop);
    assert!(matches!(stopped, Err(Error::Interrupted)), "{stopped:?}");
}

#[test]
fn figures_that_do_not_fit_their_columns_are_shortened() {
    let sets = [
        "simulation.paths=100",
        "contract.pack=1",
        "contract.pack_price=300.0",
        "contract.overage_pack_price=390.0",
        "contract.discounts=[]",
        "alternative.commit.commit={ amount = 40_000.0, pack_price = 250.0 }",
    ];
    let asked = with(BAND, &sets);
    let found = ways(&asked);
    assert!(found.ways[1].standing.difference.mean.abs() > 1e9);
    for details in [false, true] {
        let page = comparison::page(&asked, &found, details);
        assert!(page.lines().all(|line| width(line) <= 80), "{page}");
        let rows = page.lines().filter(|line| line.starts_with("commit "));
        let shortened = rows.filter(|line| line.contains('B')).count();
        assert_eq!(shortened, if details { 2 } else { 1 }, "{page}");
    }
    let plan = compare_point(&asked).expect("a plan");
    let page = comparison::page(&asked, &plan, true);
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
}
