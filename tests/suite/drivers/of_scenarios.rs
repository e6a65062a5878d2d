//! What drives whole scenarios: cases with a known answer, what is not defined, threads, the screen.

use std::fs;

use flexcast::demand::origins::{Driver, Drivers, Origins};
use flexcast::demand::{Future, Model};
use flexcast::forecast::sensitivity::{Output, Sensitivity, Source, Subject, sensitivity};
use flexcast::report::drivers::{json, page, table};
use flexcast::report::page::width;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;
use flexcast::special::student;

use crate::ask::{april, scenario, with};
use crate::checks::Z;

fn find(scenario: &Scenario) -> Sensitivity {
    sensitivity(scenario, &unwatched).expect("drivers")
}

fn csv(scenario: &Scenario, found: &Sensitivity) -> String {
    String::from_utf8(table(scenario, found).bytes).expect("UTF-8")
}

/// The cells of the row of an output and an input.
fn row<'a>(csv: &'a str, output: &str, input: &str) -> Vec<&'a str> {
    let rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let mut found = rows.filter(|cells| (cells[1], cells[2]) == (output, input));
    found
        .next()
        .unwrap_or_else(|| panic!("no row {output} {input} in\n{csv}"))
}

/// Everything that is drawn of a future.
fn drawn(model: &Model, origins: &Origins) -> (Vec<f64>, Vec<i64>, String) {
    let mut future: Future = model.future();
    model.draw_from(origins, &mut future).expect("a future");
    let workloads = 0..future.workloads();
    let credits = workloads.flat_map(|w| {
        let parts = [
            future.base(w),
            future.incident(w),
            future.lumps(w),
            future.agent_days(w),
        ];
        parts.concat()
    });
    let credits = credits.collect();
    let occurrences = format!("{:?}", future.occurrences());
    (future.values().to_vec(), credits, occurrences)
}

#[test]
fn every_draw_belongs_to_a_driver() {
    let all = Driver::ALL.map(Drivers::only);
    let everything = all.into_iter().fold(Drivers::default(), Drivers::and);
    for entry in fs::read_dir("scenarios").expect("scenarios").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let scenario = scenario(&fs::read_to_string(&path).expect("a scenario"));
        let model = Model::new(&scenario);
        for (own, other) in [(0, 7), (3, 10_003)] {
            let plain = drawn(&model, &Origins::plain(own));
            let swapped = drawn(&model, &Origins::mixed(own, other, everything));
            assert!(
                swapped == drawn(&model, &Origins::plain(other)),
                "{}",
                path.display()
            );
            assert!(drawn(&model, &Origins::mixed(own, other, Drivers::default())) == plain);
            // What u does on one path from another is what all the rest does the other way round.
            for driver in all {
                let rest = all.into_iter().filter(|&one| one != driver);
                let rest = rest.fold(Drivers::default(), Drivers::and);
                let there = drawn(&model, &Origins::mixed(own, other, driver));
                assert!(there == drawn(&model, &Origins::mixed(other, own, rest)));
            }
        }
    }
}

#[test]
fn correlated_inputs_move_to_the_other_path_together() {
    let scenario = scenario(&april(CORRELATED));
    let model = Model::new(&scenario);
    let both = Drivers::only(Driver::Ramp).and(Drivers::only(Driver::ActionRates));
    let of = |origins| drawn(&model, &origins).0;
    let (own, other) = (of(Origins::plain(2)), of(Origins::plain(9)));
    let mixed = of(Origins::mixed(2, 9, both));
    for (place, (key, _)) in model.inputs().keys().enumerate() {
        let from = match model.inputs().driver(place) {
            Driver::Ramp | Driver::ActionRates => &other,
            _ => &own,
        };
        assert_eq!(mixed[place], from[place], "{key}");
        let fixed = of(Origins::with_value(2, place, 0.25));
        assert_eq!(fixed[place], 0.25);
        assert!(
            (0..own.len()).all(|k| k == place || fixed[k] == own[k]),
            "{key}"
        );
    }
    // One input, independent of the others, moves alone.
    let growth = model
        .inputs()
        .keys()
        .position(|(key, _)| key == "workload.s.growth");
    let growth = growth.expect("an input");
    let one = of(Origins::with_input(2, 9, growth));
    assert_eq!(one[growth], other[growth]);
    assert!((0..own.len()).all(|k| k == growth || one[k] == own[k]));
}

/// Volumes so large that whole units hardly matter: spend is 30 a + 30 b credits at $0.005 but for
/// Poisson noise. Var(a) = 9 Var(b).
fn two_volumes() -> Scenario {
    let workload = |name: &str, least: u32, most: u32| {
        format!(
            "[[workload]]\nname = \"{name}\"\n\
             units_per_month = {{ min = {least}, max = {most}, dist = \"uniform\" }}\n"
        )
    };
    let body = workload("a", 1_000_000, 4_000_000) + &workload("b", 1_000_000, 2_000_000);
    let text = april(&format!("[simulation]\npaths = 4000\nseed = 7\n{body}"));
    scenario(&text)
}

#[test]
fn two_volumes_have_the_shares_of_their_variances() {
    let scenario = two_volumes();
    let found = find(&scenario);
    let spend = &found.outputs[0];
    let expected = [
        ("workload.a.units_per_month", 0.9),
        ("workload.b.units_per_month", 0.1),
    ];
    for (key, expected) in expected {
        let input = found
            .inputs
            .iter()
            .position(|input| input.key == key)
            .expect("an input");
        let source = found
            .sources
            .iter()
            .position(|s| *s == Source::Input(input));
        let effect = spend.effects[source.expect("a source")];
        for index in [effect.first_order, effect.total_order] {
            let index = index.expect("it varies");
            assert!(
                (index.value - expected).abs() <= Z * index.error,
                "{key} {index:?}"
            );
        }
    }
    // An action costs one credit, a credit half a cent: the mean of the other stays.
    let swing = spend.effects[found.sources.len() - 2]
        .swing
        .expect("an input");
    let other = 1_500_000.0;
    for (got, volume) in [(swing.low, 1_300_000.0), (swing.high, 3_700_000.0)] {
        // The other volume has a standard deviation of 288,675 on 4,000 paths.
        let expected = 0.005 * (volume + other);
        assert!(
            (got - expected).abs() < Z * 0.005 * 288_675.0 / 4_000.0_f64.sqrt(),
            "{got} {expected}"
        );
    }
}

#[test]
fn what_is_not_defined_has_no_rows() {
    let scenario = two_volumes();
    let found = find(&scenario);
    // Nothing is granted: no overage, no exhaustion.
    let outputs: Vec<Output> = found.outputs.iter().map(|driven| driven.output).collect();
    assert_eq!(outputs, [Output::Spend, Output::SpendAboveP95]);
    let csv = csv(&scenario, &found);
    assert!(
        !csv.contains(",overage,") && !csv.contains(",exhaustion_date,"),
        "{csv}"
    );
    assert_eq!(
        csv.lines().next(),
        Some(
            "scenario,output,input,first_order,first_low,first_high,total,total_low,total_high,\
             swing_p10,swing_p90"
        )
    );
    // A group has no swing; an input has both.
    assert_eq!(row(&csv, "spend", "volume")[9..], ["", ""]);
    assert!(
        row(&csv, "spend", "workload.a.units_per_month")
            .iter()
            .all(|cell| !cell.is_empty())
    );
}

#[test]
fn a_certain_future_has_nothing_to_share_out() {
    let body = "[simulation]\npaths = 200\n[[workload]]\nname = \"a\"\nunits_per_month = 0\n\
                [contract]\nprepurchase = 500_000\n";
    let scenario = scenario(&april(body));
    let found = find(&scenario);
    assert_eq!(found.outputs.len(), 4);
    assert!(found.outputs.iter().all(|driven| !driven.varies));
    assert_eq!(found.worst_above, None);
    let csv = csv(&scenario, &found);
    assert_eq!(row(&csv, "spend", "day-to-day noise")[3..], [""; 8]);
    assert!(page(&scenario, &found, true).contains("nothing to share out"));
}

const CORRELATED: &str = "[simulation]\npaths = 3000\n\
    [[workload]]\nname = \"s\"\nseats = 100\nactivation = { min = 0.3, mode = 0.5, max = 0.8 }\n\
    actions_per_day = { p10 = 20, p90 = 40 }\ngrowth = { mean = 0.01, sd = 0.01 }\n\
    [[correlation]]\nbetween = [\"workload.s.actions_per_day\", \"workload.s.activation\"]\n\
    spearman = 0.6\n[contract]\nprepurchase = \"80%\"\noverage_pack_price = 650.0\n";

#[test]
fn correlated_inputs_are_looked_at_together() {
    let scenario = scenario(&april(CORRELATED));
    let found = find(&scenario);
    let csv = csv(&scenario, &found);
    for alone in ["ramp", "action rates"] {
        assert_eq!(row(&csv, "spend", alone)[3..], [""; 8]);
    }
    let input = row(&csv, "spend", "workload.s.actions_per_day");
    assert_eq!(input[3..9], [""; 6]);
    assert!(!input[9].is_empty() && !input[10].is_empty());
    let together: f64 = row(&csv, "spend", "ramp + action rates")[3]
        .parse()
        .expect("a share");
    assert!(together > 0.9, "{together}");
    let fair = found.shapley.as_ref().expect("correlated inputs");
    let shares = fair.outputs[0].as_ref().expect("spend varies");
    assert_eq!(fair.drivers.len(), 3);
    let sum: f64 = shares.groups.iter().map(|share| share.value).sum();
    assert!((sum + shares.rest.value - 1.0).abs() < 1e-9, "{sum}");
    assert!(page(&scenario, &found, false).contains("Shapley"));
}

/// Two volumes of one group, so large that spend is 4 a + 5 b for two normals with a correlation of 0.3 but
/// for Poisson noise: Spearman's is 6/π asin(0.3/2).
const OF_ONE_GROUP: &str = "[simulation]\npaths = 8000\n\
    [[workload]]\nname = \"a\"\nunits_per_month = { mean = 5_000_000, sd = 400_000 }\n\
    [[workload]]\nname = \"b\"\nunits_per_month = { mean = 5_000_000, sd = 500_000 }\n\
    [[workload]]\nname = \"c\"\nunits_per_month = { mean = 1_000, sd = 10 }\n\
    [[correlation]]\nbetween = [\"workload.a.units_per_month\", \"workload.b.units_per_month\"]\n\
    spearman = 0.287_564\n";

#[test]
fn inputs_correlated_within_one_group_have_an_effect_each() {
    let scenario = scenario(&april(OF_ONE_GROUP));
    let found = find(&scenario);
    let fair = found.shapley.as_ref().expect("correlated inputs");
    assert_eq!(fair.drivers, [Driver::Volume]);
    assert_eq!(fair.members, [[Some(0), Some(1), None]]);
    let shares = fair.outputs[0].as_ref().expect("spend varies");
    let expected = [0.422_735_849, 0.577_264_151, 0.0];
    for (share, expected) in shares.members[0].iter().zip(expected) {
        // A jackknife of 16 parts is wrong once in a million.
        let most = student::two_sided(15.0, 1e-6) * share.error;
        let off = (share.value - expected).abs();
        assert!(off <= most && share.error < 0.01, "{share:?} {expected}");
    }
    assert!(shares.groups[0].value > 0.999 && shares.members[0][2].is_lost());
    let csv = csv(&scenario, &found);
    let tree = json(&scenario, &found);
    let group = &tree["shapley"][0]["inputs"][0];
    assert_eq!(group["input"], "volume");
    assert_eq!(group["others"]["told_from_zero"], false);
    let screen = page(&scenario, &found, false);
    for (place, name) in ["a", "b"].into_iter().enumerate() {
        let key = format!("workload.{name}.units_per_month");
        assert_eq!(row(&csv, "spend", &key)[3..9], [""; 6]);
        let input = &group["correlated"][place];
        assert_eq!(input["input"], key);
        assert_eq!(input["told_from_zero"], true);
        assert_eq!(input["value"], shares.members[0][place].value);
        let percent = 100.0 * shares.members[0][place].value;
        let told = format!("{name}.units_per_month {percent:.0}% ±");
        assert!(screen.contains(&told), "{told}\n{screen}");
    }
    let details = page(&scenario, &found, true);
    let nothing = details
        .lines()
        .find(|line| line.contains("its other inputs"));
    assert!(
        nothing.is_some_and(|line| line.ends_with("≈0         ≥0%")),
        "{details}"
    );
}

#[test]
fn too_few_futures_for_fair_shares_are_said_to_be() {
    let scenario = with(&april(OF_ONE_GROUP), &["simulation.paths=60"]);
    let found = find(&scenario);
    assert_eq!(found.shapley, None);
    assert!(page(&scenario, &found, false).contains("inputs take more futures"));
}

#[test]
fn threads_change_no_byte() {
    let scenario = with(&april(CORRELATED), &["simulation.paths=700"]);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let found = pool.expect("threads").install(|| find(&scenario));
        (csv(&scenario, &found), json(&scenario, &found).to_string())
    };
    let one = on(1);
    assert_eq!(on(2), one);
    assert_eq!(on(5), one);
}

#[test]
fn the_worst_futures_are_those_with_the_incident() {
    let body = "[simulation]\npaths = 4000\n[[workload]]\nname = \"a\"\n\
        units_per_month = { mean = 10_000, cv = 0.1 }\n\
        [[incident]]\nname = \"loop\"\nchance = 0.04\nmultiplier = 5\n";
    let scenario = scenario(&april(body));
    let found = find(&scenario);
    let first = found.worst.first().expect("a difference");
    assert_eq!(first.subject, Subject::Incident(0));
    assert!((first.shift.overall - 0.04).abs() < Z * (0.04 * 0.96 / 4_000.0_f64).sqrt());
    assert!(
        first.shift.there > 0.7 && !first.shift.is_lost(),
        "{first:?}"
    );
}

#[test]
fn long_names_among_the_worst_futures_keep_both_ends() {
    let name = "サービス部門の名古屋支社".repeat(5);
    let body = format!(
        "[simulation]\npaths = 1000\n[[workload]]\nname = \"{name}\"\n\
         units_per_month = {{ mean = 10_000, cv = 0.4 }}\n"
    );
    let scenario = scenario(&april(&body));
    let page = page(&scenario, &find(&scenario), false);
    let mut lines = page
        .lines()
        .skip_while(|line| !line.starts_with("Worst 5%"));
    let told: Vec<&str> = lines.by_ref().take(2).collect();
    let told = told.join(" ");
    assert!(
        told.contains(" サービス") && told.contains("units_per_month "),
        "{page}"
    );
    assert!(told.contains('…') && told.contains(" overall)"), "{page}");
}

#[test]
fn every_scenario_fits_the_screen() {
    for entry in fs::read_dir("scenarios").expect("scenarios").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a scenario");
        for paths in ["simulation.paths=1", "simulation.paths=120"] {
            let scenario = with(&text, &[paths]);
            let found = find(&scenario);
            for details in [false, true] {
                let page = page(&scenario, &found, details);
                for line in page.lines() {
                    assert!(width(line) <= 80, "{} columns: {line}\n{page}", width(line));
                }
                assert!(details || page.lines().count() <= 23, "{page}");
            }
            assert!(csv(&scenario, &found).lines().count() > 1);
        }
    }
}

/// Pages of the service desk, with some lines of the file replaced.
fn desk(change: impl Fn(String) -> String, paths: u32, details: bool) -> String {
    let text = fs::read_to_string("scenarios/service-desk.toml").expect("a scenario");
    let sets = [format!("simulation.paths={paths}")];
    let scenario = with(&change(text), &sets.each_ref().map(String::as_str));
    page(&scenario, &find(&scenario), details)
}

#[test]
fn inputs_of_long_names_are_told_apart() {
    let long = |text: String| text.replace("\"service\"", "\"customer support region EMEA\"");
    let screen = desk(long, 120, true);
    for shown in [
        "customer sup…EMEA.actions_per_day ",
        "customer suppo…activation.plateau ",
        "incident.testing…production.share ",
    ] {
        assert!(screen.contains(shown), "{shown}\n{screen}");
    }
    let (_, table) = screen.split_once("\nspend   ").expect("a table");
    let table = table.split("\n\n").next().expect("a table").lines();
    let names = table.map(|line| line.chars().take(30).collect());
    let names: Vec<String> = names.collect();
    let mut different = names.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), names.len(), "{screen}");
}

#[test]
fn too_few_futures_are_not_said_to_be_alike() {
    for paths in [1, 10, 50] {
        let screen = desk(|text| text, paths, false);
        assert!(screen.contains("-: too few futures"), "{screen}");
        assert!(!screen.contains("nothing to share out"), "{screen}");
        let worst = "Worst 5%  what is different there takes more futures";
        assert!(screen.contains(worst), "{screen}");
    }
    let screen = desk(|text| text, 1_000, false);
    assert!(!screen.contains("too few futures"), "{screen}");
    assert!(screen.contains("futures pass"), "{screen}");
}

#[test]
fn groups_that_a_correlation_joins_are_all_named() {
    let correlated = |text: String| {
        text + "\n[[correlation]]\nbetween = [\"workload.service.actions_per_day\", \
                \"workload.service.growth\"]\nspearman = -0.5\n\
                [[correlation]]\nbetween = [\"workload.service.actions_per_day\", \
                \"workload.service.activation.plateau\"]\nspearman = 0.6\n"
    };
    let screen = desk(correlated, 400, false);
    let mut lines = screen.lines();
    let first = lines.find(|line| line.starts_with("ramp + action rates  "));
    assert!(first.is_some(), "{screen}");
    assert_eq!(lines.next(), Some("  + growth"), "{screen}");
    // What the inputs do not explain is said to be in the rest.
    let details = desk(correlated, 400, true);
    let (_, told) = details.split_once("\nchance: ").expect("what chance is");
    let told = told
        .split("\nnot followed: ")
        .next()
        .expect("a sentence")
        .replace('\n', " ");
    assert_eq!(
        told,
        "which seats are active, how agents differ, volatility, which incidents come, when and how \
         badly, day-to-day noise"
    );
}

#[test]
fn the_json_says_what_made_it() {
    let scenario = with(&april(CORRELATED), &["simulation.paths=60"]);
    let tree = json(&scenario, &find(&scenario));
    assert_eq!(tree["schema"], "flexcast.sensitivity/1");
    assert_eq!(tree["flexcast"], env!("CARGO_PKG_VERSION"));
    assert!(tree["streams"].is_u64() && tree["warnings"].is_array());
    let keys = tree.as_object().expect("a tree").keys();
    let first: Vec<&str> = keys.take(3).map(String::as_str).collect();
    assert_eq!(first, ["schema", "flexcast", "scenario"]);
}
