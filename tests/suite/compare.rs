//! Ways to pay, side by side: hand calculations, identities that hold on every path, and what the
//! reader refuses.

use std::fs;

use flexcast::decide::compare::standings;
use flexcast::demand::Model;
use flexcast::error::Source;
use flexcast::forecast::compare::{
    Comparison, Quantity, compare, compare_point, compare_scenarios,
};
use flexcast::report::comparison;
use flexcast::report::page::width;
use flexcast::scenario::{Scenario, read};
use flexcast::simulate::unwatched;
use flexcast::summarise::record::Metric;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::ask::{self, plain, scenario, with};
use crate::checks::{self, close};

fn shipped() -> Vec<(String, String)> {
    let files = fs::read_dir("scenarios").expect("scenarios");
    let files = files.map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(path).expect("a scenario"))
        })
        .collect();
    files.sort();
    files
}

fn ways(scenario: &Scenario) -> Comparison {
    compare(scenario, &unwatched).expect("a comparison")
}

fn planned(text: &str, sets: &[&str]) -> Comparison {
    compare_point(&with(text, sets)).expect("a comparison")
}

/// Mean cost of a way to the cent, which is the cost where there is one path.
fn cents(comparison: &Comparison, name: &str) -> f64 {
    let way = comparison.ways.iter().find(|way| way.name == name);
    let cost = way
        .unwrap_or_else(|| panic!("no {name}"))
        .standing
        .cost
        .mean;
    (cost * 100.0).round() / 100.0
}

fn break_even(comparison: &Comparison, alternative: usize, quantity: Quantity) -> f64 {
    let found = comparison.break_evens.iter();
    let found = found.filter(|b| (b.alternative, b.against) == (alternative, None));
    let found = found.filter(|b| b.quantity == quantity);
    let [one] = found.collect::<Vec<_>>()[..] else {
        panic!("one break-even of {quantity:?}");
    };
    one.at.expect("a break-even")
}

const CHAT: &str = "workload.customer chat";

#[test]
fn the_worked_comparison_to_the_cent() {
    let text = fs::read_to_string("scenarios/ten-thousand-interactions.toml").unwrap();
    let found = planned(&text, &[]);
    assert_eq!(cents(&found, "contract"), 63_600.0);
    assert_eq!(cents(&found, "per conversation"), 240_000.0);
    assert_eq!(cents(&found, "flex at 25% off"), 47_700.0);
    assert_eq!(cents(&found, "per user"), 75_000.0);
    let twice = planned(&text, &[&format!("{CHAT}.units_per_month=20000")]);
    assert_eq!(cents(&twice, "contract"), 127_200.0);
    assert_eq!(cents(&twice, "per conversation"), 480_000.0);
    let longer = planned(&text, &[&format!("{CHAT}.actions_per_unit=18")]);
    assert_eq!(cents(&longer, "contract"), 216_000.0);
    assert_eq!(cents(&longer, "per conversation"), 240_000.0);
    let cheapest: Vec<f64> = found
        .ways
        .iter()
        .map(|w| w.standing.cheapest.value)
        .collect();
    assert_eq!(cheapest, [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn the_worked_break_evens() {
    // $2 a conversation over $0.10 an action; $125 a user over $0.10; $6,250 over $0.53 a chat.
    let text = fs::read_to_string("scenarios/ten-thousand-interactions.toml").unwrap();
    let found = planned(&text, &[]);
    let is = |got: f64, expected: f64| close(got, expected, 1e-6).unwrap();
    is(break_even(&found, 0, Quantity::ActionsPerInteraction), 20.0);
    is(break_even(&found, 2, Quantity::ActionsPerUser), 1_250.0);
    is(
        break_even(&found, 2, Quantity::Interactions),
        6_250.0 / 0.53,
    );
    // Against flex at 25% off: 26.67 actions, 1,666.67 actions a user.
    let dearer = planned(&text, &["contract.overage_pack_price=375.0"]);
    is(
        break_even(&dearer, 0, Quantity::ActionsPerInteraction),
        80.0 / 3.0,
    );
    is(
        break_even(&dearer, 2, Quantity::ActionsPerUser),
        5_000.0 / 3.0,
    );
    // 25% off is cheaper at every volume.
    let flex: Vec<_> = found
        .break_evens
        .iter()
        .filter(|b| (b.alternative, b.against) == (1, None))
        .collect();
    assert!(flex.iter().all(|b| b.at.is_none() && b.is_cheaper_above));
    // On futures the same: what makes one dearer makes it longer, but for how many actions its
    // interactions happen to take, which the interval allows for. More futures than break-evens are
    // solved on change nothing.
    let simulated = ways(&with(&text, &["simulation.paths=2500"]));
    let solved = simulated
        .break_evens
        .iter()
        .filter(|b| b.against.is_none() && b.at.is_some());
    let mut count = 0;
    for one in solved {
        let (low, high) = one.interval.unwrap();
        let expected = match one.quantity {
            Quantity::ActionsPerUser => 1_250.0,
            Quantity::ActionsPerInteraction => 20.0,
            _ => 6_250.0 / 0.53,
        };
        let se = (high - low) / 2.0 / 1.96;
        let at = one.at.unwrap();
        assert!((at - expected).abs() < 4.9 * se, "{one:?}");
        assert!((at - expected * 1.001).abs() > 4.9 * se, "{one:?}");
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn the_contract_costs_what_run_says_path_by_path() {
    for (name, text) in shipped() {
        // Paths are a prefix: the means of 1, 2, 3 ... paths tell the cost of each.
        for paths in [1, 2, 3, 4, 5, 60] {
            let asked = with(&text, &[&format!("simulation.paths={paths}")]);
            let spend = ask::run(&asked).term(Metric::Spend).cloned().unwrap();
            assert_eq!(
                ways(&asked).ways[0].standing.cost,
                spend,
                "{name}, {paths} paths"
            );
        }
        let asked = with(&text, &[]);
        let spend = flexcast::forecast::point(&asked).unwrap();
        let spend = spend.term(Metric::Spend).unwrap().mean;
        assert_eq!(
            compare_point(&asked).unwrap().ways[0].standing.cost.mean,
            spend,
            "{name}"
        );
    }
}

/// The lines below `[contract]` in a scenario.
fn contract_of(text: &str) -> String {
    let after = text.split("\n[contract]").nth(1).unwrap_or_default();
    let lines = after
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_contract_as_an_alternative_costs_the_same_on_every_path() {
    for (name, text) in shipped() {
        let same = format!("name = \"same\"\nmodel = \"flex\"\n{}", contract_of(&text));
        let asked = with(
            &format!("{text}\n[[alternative]]\n{same}"),
            &["simulation.paths=100"],
        );
        let found = ways(&asked);
        let (first, last) = (&found.ways[0], found.ways.last().unwrap());
        let difference = last.standing.difference;
        assert_eq!((difference.mean, difference.se), (0.0, Some(0.0)), "{name}");
        assert_eq!(last.standing.cost, first.standing.cost, "{name}");
        assert_eq!(last.standing.cheapest.value, first.standing.cheapest.value);
        assert_eq!(last.unserved_mean, first.unserved_mean);
        // Ranks nothing at any volume.
        let index = asked.alternatives.len() - 1;
        let even = found.break_evens.iter();
        let mut even = even.filter(|b| (b.alternative, b.against) == (index, None));
        assert!(
            even.all(|b| b.at.is_none() && !b.is_cheaper_above),
            "{name}"
        );
    }
}

/// A volume and agents that use credits as they go, at $0.005 a credit, with incidents.
const AS_USED: &str = r#"name = "as used"
start = 2026-01-01
months = 12
[simulation]
paths = 200
[[workload]]
name = "chat"
units_per_month = { mean = 900, cv = 0.4 }
actions_per_unit = 5
daily_cv = 0.3
growth = { mean = 0.02, sd = 0.02 }
[[workload]]
name = "desk"
seats = { min = 5, max = 30 }
activation = { start = 0.2, plateau = 0.8, days = 60 }
actions_per_day = { p10 = 20, p90 = 40 }
agent_cv = 1.6
[[incident]]
name = "loop"
per_year = 3
days = { min = 1, max = 20 }
multiplier = { min = 1, max = 6 }
[contract]
payment = "pay-as-you-go"
"#;

#[test]
fn a_price_a_unit_is_what_its_actions_cost_on_every_path() {
    // Five actions at $0.10 are $0.50, a chat or an agent's conversation, whichever of them are
    // covered and whenever it begins: incidents that multiply actions multiply units.
    for (covers, from) in [
        ("[\"chat\", \"desk\"]", "2026-01-01"),
        ("[\"chat\"]", "2026-01-01"),
        ("\"chat\"", "2026-05-17"),
    ] {
        let text = format!(
            "{AS_USED}[[alternative]]\nname = \"chats\"\nmodel = \"per-conversation\"\n\
             price = 0.5\ncovers = {covers}\nfrom = {from}\nactions_per_conversation = 5"
        );
        let found = ways(&scenario(&text));
        let difference = found.ways[1].standing.difference;
        assert_eq!(
            (difference.mean, difference.se),
            (0.0, Some(0.0)),
            "{covers} {from}"
        );
        let shares: Vec<f64> = found
            .ways
            .iter()
            .map(|w| w.standing.cheapest.value)
            .collect();
        assert_eq!(shares, [0.5, 0.5]);
    }
    let dearer = format!(
        "{AS_USED}[[alternative]]\nname = \"chats\"\nmodel = \"per-conversation\"\nprice = 0.5\n\
         actions_per_conversation = 4"
    );
    assert!(ways(&scenario(&dearer)).ways[1].standing.difference.mean > 0.0);
}

#[test]
fn credits_billed_as_used_cost_the_same_whoever_bills_them_from_any_day() {
    for (covers, from) in [("\"desk\"", "2026-01-01"), ("\"chat\"", "2026-08-09")] {
        let text = format!(
            "{AS_USED}[[alternative]]\nname = \"other\"\nmodel = \"flex\"\ncovers = {covers}\n\
             from = {from}\npayment = \"pay-as-you-go\""
        );
        let difference = ways(&scenario(&text)).ways[1].standing.difference;
        assert_eq!(
            (difference.mean, difference.se),
            (0.0, Some(0.0)),
            "{covers} {from}"
        );
    }
}

#[test]
fn lumps_of_actions_are_no_units() {
    let lumps = "[[incident]]\nname = \"job\"\nworkload = \"chat\"\nper_year = 40\ndays = 2\n\
                 extra_actions = 5_000\n";
    let chats = "[[alternative]]\nname = \"chats\"\nmodel = \"per-conversation\"\nprice = 0.5\n\
                 covers = \"chat\"";
    let cost = |text: &str| ways(&scenario(text)).ways[1].standing.cost.mean;
    assert_eq!(
        cost(&format!("{AS_USED}{chats}")),
        cost(&format!("{AS_USED}{lumps}{chats}"))
    );
}

#[test]
fn counting_units_changes_no_draw() {
    for actions in [
        "1",
        "{ mix = [{ share = 0.5, actions = 0 }, { share = 0.5, actions = 3 }] }",
        "{ use_case = \"troubleshooting\" }",
        "{ dist = \"gamma\", mean = 40, cv = 0.5 }",
    ] {
        let text = plain(
            "2026-01-01",
            2,
            &format!(
                "[[workload]]\nname = \"w\"\nunits_per_month = 3_000\nactions_per_unit = {actions}\n\
                 [[incident]]\nname = \"loop\"\nper_year = 30\ndays = 3\nmultiplier = 4"
            ),
        );
        let asked = scenario(&text);
        let (model, counting) = (Model::new(&asked), Model::new(&asked).counting(vec![true]));
        let (mut one, mut other) = (model.future(), counting.future());
        let (mut base, mut units) = (Vec::new(), Vec::new());
        for path in 0..300 {
            model.draw(path, &mut one).unwrap();
            counting.draw(path, &mut other).unwrap();
            assert_eq!(one.base(0), other.base(0));
            assert_eq!(one.incident(0), other.incident(0));
            assert!(one.units(0).is_empty());
            let counted: i64 = other.units(0).iter().sum();
            base.push(ask::total(&other, 0));
            units.push(ask::whole(counted));
        }
        // Wald: on average credits are units times the mean actions of one.
        counting.plan(&mut other).unwrap();
        let each = ask::total(&other, 0) / ask::whole(other.units(0).iter().sum());
        let rest: Vec<f64> = base.iter().zip(&units).map(|(b, u)| b - u * each).collect();
        checks::mean(&rest, 0.0).unwrap();
        let off: Vec<f64> = base
            .iter()
            .zip(&units)
            .map(|(b, u)| b - 1.01 * u * each)
            .collect();
        if actions == "1" {
            assert!(rest.iter().all(|&rest| rest == 0.0));
        }
        assert!(
            checks::mean(&off, 0.0).is_err(),
            "{actions}: 1% off is not seen"
        );
    }
}

#[test]
fn licences_are_paid_by_the_month_and_a_begun_month_by_its_days() {
    let users =
        "[[alternative]]\nname = \"users\"\nmodel = \"per-user\"\nusers = 7\nprice = 125.0\n";
    let found = ways(&scenario(&format!("{AS_USED}{users}")));
    assert_eq!(cents(&found, "users"), 7.0 * 125.0 * 12.0);
    let (contract, of_users) = (&found.ways[0].standing, &found.ways[1].standing);
    assert_eq!(of_users.cost.mean_se, Some(0.0));
    // What varies is the contract alone.
    close(
        of_users.difference.se.unwrap(),
        contract.cost.mean_se.unwrap(),
        1e-9,
    )
    .unwrap();
    close(
        of_users.difference.mean,
        of_users.cost.mean - contract.cost.mean,
        1e-12,
    )
    .unwrap();
    // From 15 October: 17 of 31 days, then two months. What was used before stays metered.
    let idle = AS_USED
        .replace(
            "units_per_month = { mean = 900, cv = 0.4 }",
            "units_per_month = 0",
        )
        .replace("seats = { min = 5, max = 30 }", "seats = 0");
    let later = planned(&format!("{idle}{users}from = 2026-10-15"), &[]);
    let october = (875.0 * 17.0 / 31.0 * 1e6_f64).round() / 1e6;
    assert_eq!(
        cents(&later, "users"),
        ((october + 1_750.0) * 100.0).round() / 100.0
    );
    // A date before the start is the start.
    let before = planned(&format!("{idle}{users}from = 2020-01-01"), &[]);
    assert_eq!(cents(&before, "users"), 7.0 * 125.0 * 12.0);
}

/// Two workloads of 100 and 50 units a day at a credit each, $1 a credit.
fn two(contract: &str, alternative: &str) -> String {
    let body = format!(
        "[[workload]]\nname = \"staff\"\nunits_per_month = 3_000\n\
         [[workload]]\nname = \"public\"\nunits_per_month = 1_500\n\
         [contract]\npack = 100\npack_price = 100.0\n{contract}\n\
         [[alternative]]\nname = \"other\"\n{alternative}\n"
    );
    plain("2026-04-01", 12, &body)
}

#[test]
fn an_edition_brings_credits_for_what_it_does_not_cover() {
    let edition = "model = \"edition\"\ncovers = \"staff\"\nusers = 2\nprice = 10.0\n\
                   credits_per_year = 5_000";
    // The public wants 18,000 credits a year: 13,000 are billed beside $240 of licences.
    let found = planned(&two("payment = \"pay-as-you-go\"", edition), &[]);
    assert_eq!(cents(&found, "contract"), 54_000.0);
    assert_eq!(cents(&found, "other"), 13_000.0 + 240.0);
    // 80% of these 13,000 are 104 packs at $100, and 2,600 credits run over at twice the price.
    let found = planned(
        &two("prepurchase = \"80%\"\noverage_pack_price = 200.0", edition),
        &[],
    );
    assert_eq!(cents(&found, "other"), 10_400.0 + 2.0 * 2_600.0 + 240.0);
    // With everybody covered nothing is metered, and the contract is not paid.
    let all = edition.replace("covers = \"staff\"\n", "");
    let found = planned(&two("prepurchase = 1_000", &all), &[]);
    assert_eq!(cents(&found, "other"), 240.0);
    // From October on: half a year of licences; the contract serves all until then (27,000 credits),
    // and the year's credits cover 5,000 of the public's last 9,000.
    let later = format!("{edition}\nfrom = 2026-10-01");
    let found = planned(&two("payment = \"pay-as-you-go\"", &later), &[]);
    let before = 27_000.0;
    assert_eq!(cents(&found, "other"), before + 4_000.0 + 120.0);
}

#[test]
fn the_rest_stays_on_the_contract_as_written() {
    // A contract of 100 packs is paid in full although only the public's 18,000 credits stay on it.
    let covered = "model = \"per-user\"\ncovers = \"staff\"\nusers = 1\nprice = 10.0";
    let found = planned(&two("prepurchase = 10_000", covered), &[]);
    assert_eq!(cents(&found, "other"), 18_000.0 + 120.0);
    let found = planned(&two("prepurchase = 30_000", covered), &[]);
    assert_eq!(cents(&found, "other"), 30_000.0 + 120.0);
    // A share is of the plan of what stays: 80% of 18,000 are 144 packs, the rest at twice the price.
    let found = planned(
        &two("prepurchase = \"80%\"\noverage_pack_price = 200.0", covered),
        &[],
    );
    assert_eq!(cents(&found, "other"), 14_400.0 + 2.0 * 3_600.0 + 120.0);
}

#[test]
fn break_evens_of_contracts_that_bend() {
    let users = "model = \"per-user\"\nusers = 10\nprice = 1_080.0";
    let at = |contract: &str, alternative: &str, quantity| {
        let contract = format!("{contract}\noverage_pack_price = 200.0");
        let found = planned(&two(&contract, alternative), &[]);
        let one = found.break_evens.iter().find(|b| b.quantity == quantity);
        let one = one.expect("a break-even").clone();
        (one.now, one.at.expect("a crossing"), one.is_cheaper_above)
    };
    // Licences for $129,600 a year against $1.20 a credit while the purchase follows the plan: twice
    // today's 450 actions a user and month, but for a part of a pack.
    let (now, even, is_above) = at("prepurchase = \"80%\"", users, Quantity::ActionsPerUser);
    close(now, 450.0, 1e-9).unwrap();
    close(even, 900.0, 2e-3).unwrap();
    assert!(is_above);
    // 43,200 credits whatever the demand: 43,200 + 2 (54,000 s - 43,200) is that at s = 1.6.
    let (_, even, _) = at("prepurchase = 43_200", users, Quantity::ActionsPerUser);
    close(even, 1.6 * 450.0, 1e-6).unwrap();
    // Credits at $1.50 as they are used cost less than those 43,200 where s is below 0.533.
    let flex = "model = \"flex\"\npack = 100\npack_price = 100.0\npayment = \"pay-as-you-go\"\n\
                overage_pack_price = 150.0";
    // Beyond 1.6 they do again: each credit more is $2 there.
    let contract = "prepurchase = 43_200\noverage_pack_price = 200.0";
    let found = planned(&two(contract, flex), &[]);
    let one = &found.break_evens[0];
    close(one.now, 4_500.0, 1e-9).unwrap();
    let [low, high] = &one.flips[..] else {
        panic!("two flips: {one:?}");
    };
    close(low.at, 2_400.0, 1e-6).unwrap();
    close(high.at, 7_200.0, 1e-6).unwrap();
    assert!(!low.is_cheaper_above && high.is_cheaper_above);
    assert_eq!((one.at, one.is_cheaper_above), (Some(high.at), true));
    // What is not covered does not grow: the staff's 36,000 s at $1 beside the public's 18,000 are
    // $129,600 + $18,000 at s = 3.6.
    let staff = format!("{users}\ncovers = \"staff\"");
    let found = planned(&two("payment = \"pay-as-you-go\"", &staff), &[]);
    let even = break_even(&found, 0, Quantity::Interactions);
    close(even, 3.6 * 3_000.0, 1e-6).unwrap();
}

#[test]
fn another_contract_takes_nothing_over() {
    // The scenario's pack has 100 credits at $100; the alternative's has the defaults of a contract,
    // 100,000 credits at $500: 54,000 credits cost $270. With licences of $20 a month, $510.
    let flex = "model = \"flex\"\npayment = \"pay-as-you-go\"";
    let found = planned(&two("prepurchase = 10_000", flex), &[]);
    assert_eq!(cents(&found, "other"), 270.0);
    let licensed = format!("{flex}\nusers = 4\nprice = 5.0");
    let found = planned(&two("prepurchase = 10_000", &licensed), &[]);
    assert_eq!(cents(&found, "other"), 510.0);
    // A purchase from the middle of June: its "100%" is what is left of the plan (June 15 to March
    // 31: 16 days and nine months), in packs of 100.
    let later = "model = \"flex\"\nfrom = 2026-06-15\npack = 100\npack_price = 90.0\n\
                 prepurchase = \"100%\"";
    let found = planned(&two("payment = \"pay-as-you-go\"", later), &[]);
    // April, May and 14 of June's 30 days at $1; then 2,400 + 9 x 4,500 = 42,900 credits in 429 packs.
    assert_eq!(cents(&found, "other"), 9_000.0 + 2_100.0 + 429.0 * 90.0);
    // Any key is set by the alternative's name.
    let text = two("payment = \"pay-as-you-go\"", later);
    let found = planned(&text, &["alternative.other.pack_price=80.0"]);
    assert_eq!(cents(&found, "other"), 9_000.0 + 2_100.0 + 429.0 * 80.0);
}

#[test]
fn threads_change_no_byte() {
    let text = fs::read_to_string("scenarios/service-desk.toml").unwrap();
    let asked = with(&text, &["simulation.paths=300"]);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let found = pool.expect("threads").install(|| ways(&asked));
        let json = comparison::json(&asked, &found).to_string();
        (comparison::file(&found).bytes, json)
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn scenarios_are_compared_on_the_same_futures() {
    let as_used = |price: &str, seed: &str| {
        let seed = format!("simulation.seed={seed}");
        let price = format!("contract.overage_pack_price={price}");
        ("name".to_owned(), with(AS_USED, &[&seed, &price]))
    };
    // The second has another seed, which does not count: costs are 500 and 400 times one demand, and
    // the variance falls by (25 + 16)/(5 - 4)² = 41.
    let pair = [as_used("500.0", "1"), as_used("400.0", "2")];
    let found = compare_scenarios(&pair, false, &unwatched).unwrap();
    let (first, second) = (&found.ways[0].standing, &found.ways[1].standing);
    close(second.difference.variance_reduction.unwrap(), 41.0, 1e-9).unwrap();
    close(-second.difference.mean, first.cost.mean / 5.0, 1e-9).unwrap();
    close(
        second.difference.se.unwrap(),
        first.cost.mean_se.unwrap() / 5.0,
        1e-9,
    )
    .unwrap();
    assert_eq!(first.cheapest.value, 0.0);
    assert_eq!(first.difference.interval, Some((0.0, 0.0)));
    // The first is what `run` says of it.
    let spend = ask::run(&pair[0].1).term(Metric::Spend).cloned().unwrap();
    assert_eq!(first.cost, spend);
    // The same in the plan, without errors.
    let plan = compare_scenarios(&pair, true, &unwatched).unwrap();
    let saved = -plan.ways[1].standing.difference.mean;
    close(saved, plan.ways[0].standing.cost.mean / 5.0, 1e-9).unwrap();
    assert_eq!(
        (plan.paths, plan.ways[1].standing.difference.interval),
        (1, None)
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(5),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_chances_to_be_cheapest_are_shared_out(
        columns in (1_usize..5, 1_usize..40).prop_flat_map(|(ways, paths)| {
            prop::collection::vec(prop::collection::vec(0_i64..4, paths), ways)
        }),
        copied in 0_usize..5,
    ) {
        let mut columns = columns;
        columns.push(columns[copied % columns.len()].clone());
        let found = standings(&columns).expect("paths");
        let sum: f64 = found.iter().map(|way| way.cheapest.value).sum();
        prop_assert!((sum - 1.0).abs() < 1e-12, "{}", sum);
        // Equal ways share alike, and nobody beats what is never dearer.
        let twin = &found[copied % (columns.len() - 1)];
        prop_assert_eq!(twin.cheapest, found[columns.len() - 1].cheapest);
        for (way, column) in found.iter().zip(&columns) {
            let paths = column.len() as f64;
            let least = |path: usize| columns.iter().map(|c| c[path]).min();
            let hits = (0..column.len()).filter(|&p| Some(column[p]) == least(p)).count() as f64;
            let share = way.cheapest.value * paths;
            prop_assert!(share <= hits + 1e-9 && share >= hits / columns.len() as f64 - 1e-9);
        }
        // The order of the ways is not their rank.
        columns.reverse();
        let reversed = standings(&columns).expect("paths");
        for (way, same) in found.iter().zip(reversed.iter().rev()) {
            prop_assert_eq!(way.cheapest, same.cheapest);
            prop_assert_eq!(&way.cost, &same.cost);
        }
    }
}

/// Lines that an alternative may have, sound and not.
fn line() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        (
            "model",
            &[
                "\"flex\"",
                "\"edition\"",
                "\"per-user\"",
                "\"per-conversation\"",
            ][..],
        ),
        ("price", &["0", "2.0", "1e9", "-1", "\"dear\""]),
        ("users", &["0", "50", "1_000_000_000", "1.5"]),
        (
            "covers",
            &["\"chat\"", "[\"chat\", \"desk\"]", "[]", "\"chats\""],
        ),
        (
            "from",
            &["2025-01-01", "2026-12-31", "2026-02-17", "2027-01-01", "7"],
        ),
        ("credits_per_year", &["0", "1_000_000", "1e11", "1e12"]),
        ("actions_per_conversation", &["4", "0.000001", "1e6", "0"]),
        (
            "prepurchase",
            &["0", "\"80%\"", "1e11", "5_000_000", "\"1000%\""],
        ),
        (
            "payment",
            &["\"pay-as-you-go\"", "\"pre-purchase\"", "\"pre-commit\""],
        ),
        (
            "commit",
            &["{ amount = 9_000.0, pack_price = 400.0, monthly_minimum = 700.0 }"],
        ),
        ("overage_pack_price", &["400.0", "600.0"]),
        ("term_months", &["1", "7", "60"]),
        ("expiry", &["\"monthly\"", "\"12 months\"", "\"never\""]),
        ("rollover", &["0.5", "1"]),
        ("on_exhaustion", &["\"block\"", "\"grace\"", "\"top-up\""]),
        (
            "top_up",
            &["{ below = 0.1, packs = 3, pack_price = 500.0 }"],
        ),
        ("free_credits", &["100_000", "1e11"]),
        (
            "grants",
            &["[{ credits = 9, from = 2026-03-01, expires = 2026-05-01, unit_cost = 2 }]"],
        ),
        ("overage_cap", &["100.0"]),
    ]);
    keys.prop_flat_map(|(key, values)| {
        prop::sample::select(values).prop_map(move |value| format!("{key} = {value}\n"))
    })
}

/// A scenario with an alternative of a few such lines, each key once.
fn with_random_alternative() -> impl Strategy<Value = String> {
    let models = ["per-user", "per-conversation", "edition", "flex"];
    let lines = prop::collection::vec(line(), 1..8);
    (prop::sample::select(models.to_vec()), lines).prop_map(|(model, lines)| {
        let mut kept = vec![format!("model = \"{model}\"\n")];
        for line in lines {
            let key = line.split(' ').next().unwrap_or_default();
            if !kept.iter().any(|old| old.split(' ').next() == Some(key)) {
                kept.push(line);
            }
        }
        format!("{AS_USED}[[alternative]]\nname = \"x\"\n{}", kept.concat())
    })
}

#[test]
fn a_random_alternative_is_refused_or_compared() {
    let config = ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(6),
        ..ProptestConfig::default()
    };
    let compared = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&with_random_alternative(), |text| {
        let name = "s.toml".to_owned();
        let sets = ["simulation.paths=2".to_owned()];
        let Ok(asked) = read(Source { name, text }, &sets) else {
            return Ok(());
        };
        // Sums that no ledger holds are said to be too large: never a panic.
        let (Ok(found), Ok(plan)) = (compare(&asked, &unwatched), compare_point(&asked)) else {
            return Ok(());
        };
        compared.set(compared.get() + 1);
        prop_assert_eq!((found.ways.len(), plan.ways.len()), (2, 2));
        for one in found.break_evens.iter().chain(&plan.break_evens) {
            let is_sound = one.at.is_none_or(|at| at > 0.0 && at.is_finite());
            prop_assert!(one.now > 0.0 && is_sound, "{:?}", one);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        compared.get() > 200,
        "only {} were compared",
        compared.get()
    );
}

#[test]
fn a_page_without_room_for_all_shows_the_cheapest() {
    // Licences of 500, 490, ... down to 10 a month: the cheapest come last in the file.
    let many: String = (0..50)
        .map(|k| {
            format!(
                "\n[[alternative]]\nname = \"way {k}\"\nmodel = \"per-user\"\nusers = 1\n\
                 price = {}.0\n",
                500 - 10 * k
            )
        })
        .collect();
    let body = "[simulation]\npaths = 50\n[[workload]]\nname = \"a\"\nunits_per_month = 100_000\n";
    let asked = with(&crate::ask::april(&format!("{body}{many}")), &[]);
    for found in [ways(&asked), compare_point(&asked).unwrap()] {
        let page = comparison::page(&asked, &found, false);
        let (table, _) = page.split_once("Break-even").unwrap_or((&page, ""));
        let named = table.lines().filter_map(|line| {
            let rest = line.strip_prefix("way ")?;
            rest.split(' ').next()
        });
        let named: Vec<&str> = named.collect();
        let count = named.len();
        assert!(count >= 3, "{page}");
        let cheapest: Vec<String> = (50 - count..50).map(|k| k.to_string()).collect();
        assert_eq!(named, cheapest, "{page}");
        assert!(
            page.lines().any(|line| line.starts_with("contract ")),
            "{page}"
        );
        // The dearest first in the file, at a price a month.
        let least = 10 * (count + 1);
        let hidden = format!("Not shown: {} at {least} to 500", 50 - count);
        assert!(page.contains(&hidden), "{page}");
        assert!(!comparison::page(&asked, &found, true).contains("Not shown"));
        // Files stay in the file's order.
        let csv = String::from_utf8(comparison::file(&found).bytes).unwrap();
        let third = csv.lines().nth(2);
        assert!(third.is_some_and(|line| line.contains(",way 0,")), "{csv}");
    }
}

#[test]
fn every_page_fits_the_screen() {
    let fits = |page: &str, most: usize| {
        assert!(page.lines().count() <= most, "{page}");
        let wide = page.lines().find(|line| width(line) > 80);
        assert!(wide.is_none(), "{wide:?}\n{page}");
    };
    for (name, text) in shipped() {
        let long = format!("name=\"{}\"", "予算と".repeat(40));
        let many: String = (0..30)
            .map(|k| {
                format!(
                    "\n[[alternative]]\nname = \"{} {k}\"\nmodel = \"per-user\"\nusers = {k}\n\
                     price = 99.5\n",
                    "a name that is long enough to be cut".repeat(2)
                )
            })
            .collect();
        for text in [text.clone(), format!("{text}{many}")] {
            for sets in [&["simulation.paths=1"][..], &["simulation.paths=30", &long]] {
                let asked = with(&text, sets);
                let found = ways(&asked);
                fits(&comparison::page(&asked, &found, false), 23);
                fits(&comparison::page(&asked, &found, true), usize::MAX);
                let plan = compare_point(&asked).unwrap();
                fits(&comparison::page(&asked, &plan, false), 23);
                fits(&comparison::page(&asked, &plan, true), usize::MAX);
                let pair = [(name.clone(), asked.clone()), (name.repeat(9), asked)];
                let both = compare_scenarios(&pair, false, &unwatched).unwrap();
                fits(&comparison::page(&pair[0].1, &both, false), 23);
                fits(&comparison::page(&pair[0].1, &both, true), usize::MAX);
            }
        }
    }
}

#[test]
fn the_table_has_the_documented_header_and_a_row_a_way() {
    let text = fs::read_to_string("scenarios/service-desk.toml").unwrap();
    let asked = with(&text, &["simulation.paths=300"]);
    let bytes = comparison::file(&ways(&asked)).bytes;
    let rows = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = rows.lines().collect();
    assert_eq!(
        lines[0],
        "scenario,alternative,cost_mean,cost_mean_se,cost_p5,cost_p50,cost_p95,cost_cvar95,\
         probability_cheapest,difference_mean,difference_low,difference_high"
    );
    let names: Vec<&str> = lines[1..]
        .iter()
        .map(|line| {
            line.trim_start_matches("\"Service desk, first year\",")
                .split(',')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(
        names,
        [
            "contract",
            "per conversation",
            "per user",
            "flex at 25% off"
        ]
    );
    assert!(lines[1].ends_with(",0,0,0"), "{}", lines[1]);
    // A single path has a cost and nothing else; its difference has no interval.
    let one = ways(&with(&text, &["simulation.paths=1"]));
    let rows = String::from_utf8(comparison::file(&one).bytes).unwrap();
    let last = rows.lines().last().unwrap();
    assert!(last.contains(",,,,,") && last.ends_with(",,"), "{last}");
}

#[test]
fn ways_of_long_names_are_told_apart_and_savings_that_may_be_none_are_marked() {
    let text = fs::read_to_string("scenarios/service-desk.toml").unwrap();
    let plans = [("1", "75%"), ("2", "90%"), ("3", "250%")].map(|(number, bought)| {
        let name = format!("Service desk, first year, plan variant number {number}");
        let bought = format!("contract.prepurchase=\"{bought}\"");
        let asked = with(&text, &["simulation.paths=200", &bought]);
        (name, asked)
    });
    let found = compare_scenarios(&plans, false, &unwatched).unwrap();
    let page = comparison::page(&plans[0].1, &found, true);
    for number in 1..=3 {
        let label = format!("Servic…variant number {number} ");
        let rows = page.lines().filter(|line| line.starts_with(&label));
        assert_eq!(rows.count(), 2, "{page}");
    }
    let row = |number: u32| {
        let label = format!("Servic…variant number {number} ");
        page.lines().find(|line| line.starts_with(&label)).unwrap()
    };
    let told = |way: usize| found.ways[way].standing.difference.is_told_from_zero();
    assert!(!told(1) && told(2), "{page}");
    assert!(row(2).ends_with(" ≈0") && !row(3).ends_with("≈0"), "{page}");
    assert!(page.contains("≈0: not told from 0"), "{page}");
    assert!(page.lines().all(|line| width(line) <= 80), "{page}");
    // Nothing is marked or explained where all is told.
    let clear = with(&text, &["simulation.paths=200"]);
    let page = comparison::page(&clear, &ways(&clear), false);
    assert!(!page.contains('≈'), "{page}");
}
