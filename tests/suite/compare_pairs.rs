//! Break-evens between two alternatives: closed forms, and what must not depend on how a scenario is
//! written.

use std::fs;

use flexcast::forecast::compare::{
    BREAK_EVEN_ALTERNATIVES, BreakEven, Comparison, Quantity, compare, compare_point,
};
use flexcast::report::comparison;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;

use crate::ask::{plain, scenario, with};
use crate::checks::{Z, close};

fn ways(scenario: &Scenario) -> Comparison {
    compare(scenario, &unwatched).expect("a comparison")
}

/// Index of an alternative by its name.
fn index(scenario: &Scenario, name: &str) -> usize {
    let mut names = scenario.alternatives.iter();
    let place = names.position(|one| one.name == name);
    place.unwrap_or_else(|| panic!("no {name}"))
}

/// The break-even of two alternatives, whichever of them is set against the other.
fn between<'a>(
    scenario: &Scenario,
    found: &'a Comparison,
    names: [&str; 2],
    quantity: Quantity,
) -> &'a BreakEven {
    let [a, b] = names.map(|name| index(scenario, name));
    let all = found.break_evens.iter();
    let all = all.filter(|one| {
        let pair = (one.alternative, one.against);
        (pair == (a, Some(b)) || pair == (b, Some(a))) && one.quantity == quantity
    });
    let [one] = all.collect::<Vec<_>>()[..] else {
        panic!("one break-even of {names:?} in {quantity:?}");
    };
    one
}

/// Chats at list price, by the conversation and by the user, beside a contract that is none of them:
/// a commitment to more than a year's use.
const MODELS: &str = r#"name = "models"
start = 2026-01-01
months = 12
[simulation]
paths = 2_500
[[workload]]
name = "chat"
units_per_month = { mean = 10_000, cv = 0.2 }
daily_cv = 0.25
actions_per_unit = { mix = [{ share = 0.5, actions = 3 }, { share = 0.5, actions = 7 }] }
[contract]
prepurchase = 90_000_000
[[alternative]]
name = "by conversation"
model = "per-conversation"
price = 2.0
[[alternative]]
name = "by user"
model = "per-user"
users = 50
price = 125.0
[[alternative]]
name = "at list"
model = "flex"
payment = "pay-as-you-go"
"#;

/// Both names, the quantity and the closed form.
const CLOSED: [([&str; 2], Quantity, f64); 4] = [
    // $2 a conversation over $0.10 an action.
    (
        ["by conversation", "at list"],
        Quantity::ActionsPerInteraction,
        20.0,
    ),
    // $125 a user over $0.10; the $6,250 of all of them over $0.50 a chat of five actions.
    (["by user", "at list"], Quantity::ActionsPerUser, 1_250.0),
    (["by user", "at list"], Quantity::Interactions, 12_500.0),
    // $6,250 over $2.
    (
        ["by user", "by conversation"],
        Quantity::Interactions,
        3_125.0,
    ),
];

#[test]
fn pairs_of_alternatives_break_even_where_the_closed_forms_say() {
    let asked = scenario(MODELS);
    let plan = compare_point(&asked).unwrap();
    let simulated = ways(&asked);
    for (names, quantity, expected) in CLOSED {
        let one = between(&asked, &plan, names, quantity);
        close(one.at.unwrap(), expected, 1e-6).unwrap();
        // On futures the same but for how many actions their chats happen to take.
        let one = between(&asked, &simulated, names, quantity);
        let (low, high) = one.interval.unwrap();
        let se = (high - low) / 2.0 / 1.96;
        let off = |expected: f64| (one.at.unwrap() - expected).abs();
        assert!(off(expected) < Z * se.max(expected * 1e-9), "{one:?}");
        assert!(off(expected * 1.002) > Z * se, "{one:?}");
    }
    // Fees on both sides meet nowhere, and are not asked about; nor is how long a conversation is
    // where no side bills actions.
    assert!(plan.break_evens.iter().all(|one| {
        one.quantity != Quantity::ActionsPerInteraction
            || one
                .against
                .is_none_or(|other| other == index(&asked, "at list"))
    }));
}

#[test]
fn at_a_break_even_both_cost_the_same_to_the_cent() {
    let at = [
        "workload.chat.actions_per_unit=20",
        "workload.chat.units_per_month=12500",
        "workload.chat.units_per_month=12500",
        "workload.chat.units_per_month=3125",
    ];
    for ((names, quantity, expected), set) in CLOSED.into_iter().zip(at) {
        let asked = with(MODELS, &[set]);
        let found = compare_point(&asked).unwrap();
        let cost = |name| found.ways[index(&asked, name) + 1].standing.cost.mean;
        assert_eq!(cost(names[0]), cost(names[1]), "{names:?}");
        // And there it is told to be today's figure.
        let one = between(&asked, &found, names, quantity);
        close(one.now, expected, 1e-9).unwrap();
        close(one.at.unwrap(), expected, 1e-9).unwrap();
    }
}

#[test]
fn the_dearer_is_set_against_the_cheaper_and_they_change_places_at_the_break_even() {
    let quantity = Quantity::ActionsPerUser;
    let told = |units: &str| {
        let asked = with(MODELS, &[&format!("workload.chat.units_per_month={units}")]);
        let found = compare_point(&asked).unwrap();
        let one = between(&asked, &found, ["by user", "at list"], quantity);
        let name = asked.alternatives[one.alternative].name.clone();
        (name, one.at.unwrap(), one.is_cheaper_above)
    };
    let (dearer, low, is_above) = told("10_000");
    assert_eq!((dearer.as_str(), is_above), ("by user", true));
    let (dearer, high, is_above) = told("20_000");
    assert_eq!((dearer.as_str(), is_above), ("at list", false));
    close(low, high, 1e-9).unwrap();
}

#[test]
fn the_first_place_changes_hands_at_the_nearest_break_even_with_the_cheapest() {
    // Credits at list cost least from nothing up to 12,500 chats a month, which cost all licences.
    let cheapest = |units: f64| {
        let asked = with(MODELS, &[&format!("workload.chat.units_per_month={units}")]);
        let found = compare_point(&asked).unwrap();
        let mut ways = found.ways.iter();
        let first = ways.find(|way| way.standing.cheapest.value == 1.0);
        first.expect("a cheapest way").name.clone()
    };
    let asked = scenario(MODELS);
    let found = compare_point(&asked).unwrap();
    let with_cheapest = found.break_evens.iter().filter(|one| {
        let is_volume = one.quantity == Quantity::Interactions;
        is_volume && one.against == Some(index(&asked, "at list"))
    });
    let found: Vec<f64> = with_cheapest.filter_map(|one| one.at).collect();
    let [at] = found[..] else {
        panic!("one volume: {found:?}");
    };
    for (share, name) in [
        (0.02, "at list"),
        (0.999, "at list"),
        (1.001, "by user"),
        (50.0, "by user"),
    ] {
        assert_eq!(cheapest((at * share).round()), name, "{share}");
    }
}

/// Names and figures of break-evens, in an order of their own.
fn told(asked: &Scenario, found: &Comparison) -> Vec<String> {
    let name = |index: usize| &asked.alternatives[index].name;
    let all = found.break_evens.iter();
    let mut told: Vec<String> = all
        .map(|one| {
            let (other, side) = (one.against.map(name), one.is_cheaper_above);
            let (quantity, found) = (one.quantity, (one.now, one.at, one.interval));
            format!(
                "{} {other:?} {quantity:?} {found:?} {side}",
                name(one.alternative)
            )
        })
        .collect();
    told.sort();
    told
}

fn shipped(name: &str) -> String {
    fs::read_to_string(format!("scenarios/{name}.toml")).expect("a scenario")
}

#[test]
fn the_order_of_the_alternatives_changes_no_break_even() {
    for name in ["service-desk", "ten-thousand-interactions"] {
        let mut asked = with(&shipped(name), &["simulation.paths=300"]);
        let before = told(&asked, &ways(&asked));
        for _ in 0..asked.alternatives.len() {
            asked.alternatives.rotate_left(1);
            assert_eq!(told(&asked, &ways(&asked)), before, "{name}");
        }
        asked.alternatives.reverse();
        assert_eq!(told(&asked, &ways(&asked)), before, "{name}");
    }
}

#[test]
fn against_the_contract_and_against_the_same_as_an_alternative_is_one_question() {
    for name in ["service-desk", "ten-thousand-interactions"] {
        let text = shipped(name);
        let (_, contract) = text.split_once("\n[contract]\n").expect("a contract");
        let lines: Vec<&str> = contract.lines().collect();
        let lines = lines.split(|line| line.is_empty()).next().expect("lines");
        let same = format!("name = \"same\"\nmodel = \"flex\"\n{}", lines.join("\n"));
        let text = format!("{text}\n[[alternative]]\n{same}\n");
        let asked = with(&text, &["simulation.paths=300"]);
        let (found, same) = (ways(&asked), index(&asked, "same"));
        let mut count = 0;
        let of_contract = found.break_evens.iter().filter(|one| one.against.is_none());
        for one in of_contract.filter(|one| one.alternative != same) {
            let names =
                [one.alternative, same].map(|index| asked.alternatives[index].name.as_str());
            let other = between(&asked, &found, names, one.quantity);
            assert_eq!(
                (one.now, one.at, one.interval),
                (other.now, other.at, other.interval)
            );
            if one.at.is_some() {
                let is_turned = other.alternative == same;
                assert_eq!(one.is_cheaper_above, other.is_cheaper_above != is_turned);
                count += 1;
            }
        }
        assert!(count >= 3, "{name}: {count}");
    }
}

#[test]
fn agents_are_told_in_actions_of_a_user() {
    // $2 for every four actions and $125 a user: 250 actions of each of 20 users, 5,000 together.
    let text = plain(
        "2026-04-01",
        12,
        "[[workload]]\nname = \"desk\"\nseats = 20\nactions_per_day = 30\n\
         activation = { start = 0.9, plateau = 0.9, days = 60 }\n\
         [[alternative]]\nname = \"talks\"\nmodel = \"per-conversation\"\nprice = 2.0\n\
         actions_per_conversation = 4\n\
         [[alternative]]\nname = \"users\"\nmodel = \"per-user\"\nusers = 20\nprice = 125.0\n",
    );
    let asked = scenario(&text);
    let found = compare_point(&asked).unwrap();
    let at = |quantity| between(&asked, &found, ["talks", "users"], quantity).at;
    close(at(Quantity::ActionsPerUser).unwrap(), 250.0, 1e-6).unwrap();
    close(at(Quantity::Actions).unwrap(), 5_000.0, 1e-6).unwrap();
}

#[test]
fn of_what_covers_something_else_or_begins_otherwise_all_demand_is_scaled() {
    let one = |name: &str, rest: &str| {
        format!(
            "[[alternative]]\nname = \"{name}\"\nmodel = \"flex\"\npack = 100\npack_price = 90.0\n\
             payment = \"pay-as-you-go\"\noverage_pack_price = 90.0\n{rest}\n"
        )
    };
    let body = [
        "[[workload]]\nname = \"staff\"\nunits_per_month = 3_000\n",
        "[[workload]]\nname = \"public\"\nunits_per_month = 1_500\n",
        "[contract]\npack = 100\npack_price = 100.0\n",
        &one("all", ""),
        &one("staff", "covers = \"staff\""),
        &one("public", "covers = \"public\""),
        &one("later", "covers = \"staff\"\nfrom = 2026-10-01"),
        "[[alternative]]\nname = \"users\"\nmodel = \"per-user\"\nusers = 7\nprice = 700.0\n",
        "covers = \"staff\"\n",
        "[[alternative]]\nname = \"talks\"\nmodel = \"per-conversation\"\nprice = 2.0\n",
        "covers = \"public\"\n",
    ];
    let asked = scenario(&plain("2026-04-01", 12, &body.concat()));
    let found = compare_point(&asked).unwrap();
    // Of the same covers and start: what is not covered costs both the same, $4,900 at $0.90.
    let same = between(&asked, &found, ["users", "staff"], Quantity::Interactions);
    close(same.at.unwrap(), 4_900.0 / 0.9, 1e-6).unwrap();
    // A month of all: the contract has the rest at $1. Half a year of "later" is at $0.90, and half at $1.
    let [staff, public, fee] = [3_000.0, 1_500.0, 4_900.0];
    let closed = [
        ("all", fee / (0.9 * (staff + public) - public)),
        ("later", fee / (0.95 * staff)),
        ("public", fee / (staff + 0.9 * public - public)),
        ("talks", fee / (staff + 2.0 * public - public)),
    ];
    for (name, scale) in closed {
        let one = between(&asked, &found, ["users", name], Quantity::AllDemand);
        assert_eq!(one.now, 100.0);
        close(one.at.unwrap(), 100.0 * scale, 1e-6).unwrap();
        let is_users = one.alternative == index(&asked, "users");
        assert_eq!(one.is_cheaper_above, is_users, "{name}");
        // There both cost the same.
        let sets = [("staff", staff), ("public", public)]
            .map(|(name, units)| format!("workload.{name}.units_per_month={}", units * scale));
        let there = with(
            &plain("2026-04-01", 12, &body.concat()),
            &[&sets[0], &sets[1]],
        );
        let ways = compare_point(&there).unwrap().ways;
        let cost = |name| ways[index(&there, name) + 1].standing.cost.mean;
        close(cost("users"), cost(name), 1e-6).unwrap();
    }
    // Prices of credits alone meet at no volume.
    let none = between(&asked, &found, ["staff", "public"], Quantity::AllDemand);
    assert_eq!((none.at, none.is_cheaper_above), (None, false));
    // Each pair once, in one of the two ways; on the page with what the words mean.
    for one in found.break_evens.iter().filter(|one| one.against.is_some()) {
        let covered = |index: usize| {
            let way = &asked.alternatives[index];
            (&way.covers, way.from_day)
        };
        let are_apart = covered(one.alternative) != covered(one.against.unwrap());
        assert_eq!(one.quantity == Quantity::AllDemand, are_apart, "{one:?}");
    }
    let page = comparison::page(&asked, &found, true);
    assert!(
        page.contains("% of all demand today        100           -   above 192"),
        "{page}"
    );
    assert!(
        page.contains("always: at 1/64 to 64 times today's; -: itself, or not in this unit\n"),
        "{page}"
    );
    let json = comparison::json(&asked, &found).to_string();
    assert!(json.contains("\"all_demand_percent\""), "{json}");
}

#[test]
fn ways_that_cost_the_same_up_to_a_volume_have_no_break_even() {
    // Beyond 48,000 credits one costs more; up to there they cost the same. It never costs less than the
    // other, which costs as much or less everywhere.
    let flex = |name: &str, price: f64| {
        format!(
            "[[alternative]]\nname = \"{name}\"\nmodel = \"flex\"\npack = 100\npack_price = 100.0\n\
             prepurchase = 48_000\noverage_pack_price = {price:.1}\n"
        )
    };
    for (prices, is_less) in [([100.0, 150.0], false), ([150.0, 100.0], true)] {
        let text = format!(
            "[[workload]]\nname = \"chat\"\nunits_per_month = 1_000\n{}{}",
            flex("one", prices[0]),
            flex("other", prices[1])
        );
        let asked = scenario(&plain("2026-04-01", 12, &text));
        let found = compare_point(&asked).unwrap();
        let one = between(&asked, &found, ["one", "other"], Quantity::Interactions);
        assert_eq!(one.alternative, index(&asked, "other"));
        assert_eq!(
            (one.at, one.is_cheaper_above),
            (None, is_less),
            "{prices:?}"
        );
    }
}

/// Tariffs that differ in what is free and what more costs: each is the cheapest at some volume.
fn tariffs(count: usize) -> String {
    let one = |k: usize| {
        format!(
            "[[alternative]]\nname = \"tariff {k}\"\nmodel = \"flex\"\npack = 100\n\
             pack_price = 100.0\npayment = \"pay-as-you-go\"\nfree_credits = {}\n\
             overage_pack_price = {}.0\n",
            6_000 - 400 * k,
            200 - 10 * k
        )
    };
    let all: Vec<String> = (0..count).map(one).collect();
    let body = "[simulation]\npaths = 200\n[[workload]]\nname = \"chat\"\n\
                units_per_month = { mean = 1_000, cv = 0.3 }\n";
    plain("2026-04-01", 12, &format!("{body}{}", all.concat()))
}

#[test]
fn of_many_alternatives_the_cheapest_are_set_against_each_other() {
    let asked = scenario(&tariffs(12));
    let found = ways(&asked);
    let all = found.break_evens.iter();
    let pairs: Vec<_> = all.filter_map(|one| Some((one, one.against?))).collect();
    let most = BREAK_EVEN_ALTERNATIVES;
    assert_eq!(pairs.len(), most * (most - 1) / 2);
    let mean = |index: usize| found.ways[index + 1].standing.cost.mean;
    let mut means: Vec<f64> = (0..12).map(mean).collect();
    means.sort_by(f64::total_cmp);
    for (one, against) in pairs {
        assert!(mean(against) <= mean(one.alternative), "{one:?}");
        assert!(mean(one.alternative) <= means[most - 1], "{one:?}");
        // (200 - 10 a)(x - 6,000 + 400 a) = (200 - 10 b)(x - 6,000 + 400 b), x credits a year, where
        // hardly a future is within what is free.
        let [a, b] = [one.alternative, against].map(|index| index as f64);
        let paid = |k: f64| (200.0 - 10.0 * k) * (6_000.0 - 400.0 * k);
        let even = (paid(a) - paid(b)) / (10.0 * (b - a)) / 12.0;
        close(one.at.unwrap(), even, 0.02).unwrap();
    }
    let page = comparison::page(&asked, &found, true);
    assert!(page.contains("if among the 8 cheapest."), "{page}");
    let few = scenario(&tariffs(8));
    assert!(!comparison::page(&few, &ways(&few), true).contains("if among"));
}

#[test]
fn intervals_cover_the_closed_form() {
    // 80/3 actions against credits at 25% off: what varies is how long conversations happen to be.
    let text = MODELS.replace(
        "payment = \"pay-as-you-go\"",
        "payment = \"pay-as-you-go\"\noverage_pack_price = 375.0",
    );
    const SEEDS: usize = 120;
    let covers = |seed: usize| {
        let sets = [
            format!("simulation.seed={seed}"),
            "simulation.paths=60".to_owned(),
        ];
        let asked = with(&text, &[&sets[0], &sets[1]]);
        let found = ways(&asked);
        let names = ["by conversation", "at list"];
        let one = between(&asked, &found, names, Quantity::ActionsPerInteraction);
        let (low, high) = one.interval.unwrap();
        low <= 80.0 / 3.0 && 80.0 / 3.0 <= high
    };
    let hits = (1..=SEEDS).filter(|&seed| covers(seed)).count() as f64;
    let n = SEEDS as f64;
    // Of 60 paths 1.96 standard errors are 94.5%.
    let off = (hits - 0.945 * n) / (n * 0.945 * 0.055).sqrt();
    assert!(off.abs() < Z, "{hits} of {n}");
}

#[test]
fn what_a_break_even_is_with_is_in_the_json() {
    let asked = scenario(MODELS);
    let found = compare_point(&asked).unwrap();
    let json = comparison::json(&asked, &found);
    let all = json["break_evens"].as_array().expect("break-evens");
    assert_eq!(all.len(), found.break_evens.len());
    assert_eq!(all[0]["alternative"], "by conversation");
    assert_eq!(all[0]["against"], "contract");
    let users = all
        .iter()
        .find(|one| one["against"] == "at list" && one["quantity"] == "actions_per_user_and_month");
    let users = users.expect("a pair");
    assert_eq!(users["alternative"], "by user");
    assert_eq!(users["cheaper"], "above");
    close(users["at"].as_f64().unwrap(), 1_250.0, 1e-6).unwrap();
}

#[test]
fn pages() {
    let asked = scenario(MODELS);
    let many = scenario(&tariffs(12));
    let page = |asked: &Scenario, found: Comparison, details| {
        let command = if found.is_point { " --point" } else { "" };
        let details_shown = if details { " --details" } else { "" };
        let page = comparison::page(asked, &found, details);
        format!("compare{command}{details_shown}\n\n{page}")
    };
    let pages = [
        page(&asked, compare_point(&asked).unwrap(), false),
        page(&asked, compare_point(&asked).unwrap(), true),
        page(&asked, ways(&asked), false),
        page(&asked, ways(&asked), true),
        page(&many, ways(&many), false),
    ];
    let ruler = format!("{}|\n", "-".repeat(79));
    insta::assert_snapshot!("pages", pages.join(&ruler));
}
