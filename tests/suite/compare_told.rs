//! How a comparison is told: names, flips that are jumps, and what the JSON says of them.

use std::fs;

use flexcast::forecast::compare::{compare, compare_point};
use flexcast::report::comparison;
use flexcast::report::page::width;
use flexcast::simulate::unwatched;

use crate::ask::with;
use crate::checks::close;

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
        let found = compare(&asked, &unwatched).expect("a comparison");
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
        let row = page
            .lines()
            .find(|line| line.contains(" above 4,") || line.contains(" above 5,"));
        assert!(row.is_some_and(|row| row.contains("^")), "{page}");
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
    assert_eq!(scale, at("3000"));
    // There the plan wants a million credits.
    let plan = compare_point(&with(
        &text,
        &["contract.payment=pay-as-you-go", "contract.free_credits=0"],
    ));
    let spend = plan.expect("a comparison").ways[0].standing.cost.mean;
    close(scale * spend / 650.0 * 100_000.0, 1e6, 1e-5).unwrap();
}

#[test]
fn alternatives_of_long_names_are_told_apart_among_the_break_evens() {
    let users = |number: u32| {
        format!(
            "\n[[alternative]]\nname = \"Licences for everybody, plan variant number {number}\"\n\
             model = \"per-user\"\nusers = 50\nprice = {}.0\n",
            60 + number
        )
    };
    let text = format!("{}{}{}", service_desk(), users(1), users(2));
    let asked = with(&text, &["simulation.paths=100"]);
    let found = compare(&asked, &unwatched).expect("a comparison");
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
