//! Swings: functions whose swing and its error are known, what intervals cover, and scenarios.

use flexcast::decide::swings::{Gap, Swing, swing};
use flexcast::forecast::sensitivity::{Driven, Output, Sensitivity, sensitivity};
use flexcast::randomness::{StreamKey, Streams};
use flexcast::report::drivers::{json, page, table};
use flexcast::report::page::width;
use flexcast::scenario::Scenario;
use flexcast::simulate::unwatched;
use flexcast::special::normal;

use crate::ask::{april, scenario};
use crate::checks::{Z, square};

/// Standard normals by input and path.
struct Normals([StreamKey; 3]);

impl Normals {
    fn new(seed: u64) -> Self {
        let streams = Streams::new(seed);
        Self(["a", "b", "c"].map(|name| streams.named(name)))
    }

    fn of(&self, path: u64) -> [f64; 3] {
        let normal = |key: &StreamKey| normal::quantile(key.uniform_at(path, 0));
        self.0.each_ref().map(normal)
    }
}

/// The swing of the first input of a function of normals, on `few` of `all` paths.
fn of_function(seed: u64, few: u64, all: u64, function: impl Fn([f64; 3]) -> f64) -> Swing {
    let normals = Normals::new(seed);
    let own: Vec<f64> = (0..all).map(|path| function(normals.of(path))).collect();
    let fixed = |share: f64| -> Vec<f64> {
        let fixed = |path| {
            let [_, b, c] = normals.of(path);
            function([normal::quantile(share), b, c])
        };
        (0..few).map(fixed).collect()
    };
    swing(&own, &fixed(0.1), &fixed(0.9))
}

/// Whether a mean difference is as expected, and its error within 10% of that for so many paths.
fn agrees(gap: Gap, expected: f64, sd: f64, paths: u64) -> bool {
    let error = gap.error.expect("many paths");
    let known = sd / (paths as f64).sqrt();
    let is_near = (gap.value - expected).abs() <= Z * known + 1e-9;
    is_near && (error - known).abs() <= 0.1 * known + 1e-9
}

#[test]
fn the_swing_of_a_linear_function_is_known() {
    // 10 + 3 a + b: fixing a moves each path by 6 × 1.2816 whatever b, and takes 3 a out of it.
    let reach = normal::quantile(0.9);
    let found = of_function(1, 5_000, 20_000, |[a, b, _]| 10.0 + 3.0 * a + b);
    assert!(agrees(found.width, 6.0 * reach, 0.0, 5_000), "{found:?}");
    assert!(agrees(found.below, -3.0 * reach, 3.0, 5_000), "{found:?}");
    assert!(agrees(found.above, 3.0 * reach, 3.0, 5_000), "{found:?}");
    assert!(!found.width.is_lost());
    // The end: 10 - 3 × 1.2816 but for b on all paths and for a on the few.
    let error = (1.0 / 20_000.0 + 9.0 * (1.0 / 5_000.0 - 1.0 / 20_000.0_f64)).sqrt();
    assert!(
        (found.low - (10.0 - 3.0 * reach)).abs() < Z * error,
        "{found:?}"
    );
    // a (2 + b) - a: the width is 2 × 1.2816 (1 + b) on each path.
    let found = of_function(2, 5_000, 5_000, |[a, b, _]| a * (2.0 + b) - a);
    assert!(
        agrees(found.width, 2.0 * reach, 2.0 * reach, 5_000),
        "{found:?}"
    );
    // Errors of what is not paired would be rejected: b and c are in both.
    let noisy = of_function(3, 5_000, 5_000, |[a, b, c]| a * (1.0 + 0.1 * b) + 3.0 * c);
    let known = 0.2 * reach;
    assert!(agrees(noisy.width, 2.0 * reach, known, 5_000), "{noisy:?}");
    assert!(known < 0.1 * 18.0_f64.sqrt());
}

/// Misses of 2,000 intervals: by the paired interval, and by one that takes the two ends for independent.
fn misses(differ: impl Fn([f64; 3]) -> (f64, f64), expected: f64) -> [u32; 2] {
    let mut misses = [0; 2];
    for seed in 0..2_000 {
        let normals = Normals::new(10_000 + seed);
        let (low, high): (Vec<f64>, Vec<f64>) =
            (0..400).map(|path| differ(normals.of(path))).unzip();
        let gap = Gap::between(&low, &high);
        let paired = gap.half_width.expect("many paths");
        let error = |values: &[f64]| Gap::between(&vec![0.0; 400], values).error;
        let [low, high] = [&low, &high].map(|values| error(values).expect("many paths"));
        let unpaired = 1.96 * (square(low) + square(high)).sqrt();
        for (misses, half) in misses.iter_mut().zip([paired, unpaired]) {
            *misses += u32::from((gap.value - expected).abs() > half);
        }
    }
    misses
}

#[test]
fn intervals_of_swings_cover_what_they_say() {
    // Of 2,000 intervals 100 miss; a binomial is within 4.9 standard errors of 9.75.
    let is_right = |misses: u32| (53..=147).contains(&misses);
    let line = |[_, b, c]: [f64; 3]| (c - 0.5 * b, c + 1.0 + 0.5 * b);
    let [paired, unpaired] = misses(line, 1.0);
    assert!(is_right(paired), "{paired} misses of 2,000");
    assert!(!is_right(unpaired), "{unpaired} misses of 2,000");
    // Nothing but chance: as often told from 0 as said.
    let [paired, unpaired] = misses(|[_, b, c]| (c - 0.5 * b, c + 0.5 * b), 0.0);
    assert!(is_right(paired), "{paired} misses of 2,000");
    assert!(!is_right(unpaired), "{unpaired} misses of 2,000");
    // An event of 15%, which the input makes one of 30%: a sum passes 0 or not.
    let t = 2.0_f64.sqrt();
    let passes = |sum: f64, p: f64| f64::from(u8::from(sum > t * normal::quantile(1.0 - p)));
    let event = |[_, b, c]: [f64; 3]| (passes(b + c, 0.15), passes(b + c, 0.3));
    let [paired, unpaired] = misses(event, 0.15);
    assert!(is_right(paired), "{paired} misses of 2,000");
    assert!(!is_right(unpaired), "{unpaired} misses of 2,000");
}

#[test]
fn a_rare_event_is_seldom_told_from_nothing_by_chance() {
    // Two independent events of 1% in 400 futures: 8 differ. No more than 5% are told, and 4.9 standard
    // errors of 9.75 beside.
    let rare = |x: f64| f64::from(u8::from(x > normal::quantile(0.99)));
    let [paired, _] = misses(|[_, b, c]| (rare(b), rare(c)), 0.0);
    assert!((1..=147).contains(&paired), "{paired} misses of 2,000");
}

/// Twelve volumes and a growth of nothing, on more paths than an input is fixed on.
fn many(paths: u32) -> Scenario {
    let workload = |place: u32| {
        format!(
            "[[workload]]\nname = \"w{place}\"\nunits_per_month = {{ min = 10_000, max = {}, \
             dist = \"uniform\" }}\n",
            11_000 * (place + 1)
        )
    };
    let idle = "[[workload]]\nname = \"idle\"\nunits_per_month = 0\n\
                growth = { min = 0.0, max = 0.1, dist = \"uniform\" }\n";
    let body: String = (0..12).map(workload).collect();
    scenario(&april(&format!(
        "[simulation]\npaths = {paths}\nseed = 7\n{body}{idle}\
         [contract]\nprepurchase = 475_000\noverage_pack_price = 650.0\n"
    )))
}

fn find(scenario: &Scenario) -> Sensitivity {
    sensitivity(scenario, &unwatched).expect("drivers")
}

fn swing_of(found: &Sensitivity, driven: &Driven, key: &str) -> Swing {
    let place = found.inputs.iter().position(|input| input.key == key);
    let place = place.unwrap_or_else(|| panic!("no input {key}"));
    let groups = found.sources.len() - found.inputs.len();
    driven.effects[groups + place].swing.expect("an input")
}

#[test]
fn ends_stand_around_the_mean_of_all_paths() {
    let scenario = many(6_000);
    let found = find(&scenario);
    assert!(found.paths_of_swings < found.paths);
    for driven in &found.outputs {
        for input in &found.inputs {
            let swing = swing_of(&found, driven, &input.key);
            let is_probability = matches!(driven.output, Output::Overage | Output::SpendAboveP95);
            let is_kept = |end: f64| is_probability && (end == 0.0 || end == 1.0);
            if is_kept(swing.low) || is_kept(swing.high) {
                continue;
            }
            if is_probability {
                assert!((0.0..=1.0).contains(&swing.low) && (0.0..=1.0).contains(&swing.high));
            }
            let ends = [(swing.low, swing.below), (swing.high, swing.above)];
            for (end, gap) in ends {
                let off = (end - driven.mean - gap.value).abs();
                assert!(off < 1e-9 * driven.mean.max(1.0), "{} {swing:?}", input.key);
            }
            let width = swing.high - swing.low;
            assert!((width - swing.width.value).abs() < 1e-9 * driven.mean.max(1.0));
            if input.key == "workload.idle.growth" {
                assert_eq!(swing.width.interval(), Some((0.0, 0.0)));
                assert!((swing.low - driven.mean).abs() < 1e-9 * driven.mean.max(1.0));
            }
        }
    }
}

#[test]
fn what_does_nothing_is_marked_and_what_does_something_is_not() {
    let scenario = many(6_000);
    let found = find(&scenario);
    let (screen, details) = (
        page(&scenario, &found, false),
        page(&scenario, &found, true),
    );
    let tree = json(&scenario, &found);
    let effects = &tree["outputs"][0]["effects"];
    let effects = effects.as_array().expect("effects");
    let of = |key: &str| effects.iter().find(|effect| effect["input"] == key);
    for (key, is_told) in [
        ("workload.w11.units_per_month", true),
        ("workload.idle.growth", false),
    ] {
        assert_eq!(
            swing_of(&found, &found.outputs[0], key).width.is_lost(),
            !is_told
        );
        let effect = of(key).expect("an effect");
        for name in ["swing", "swing_p10_from_mean", "swing_p90_from_mean"] {
            assert_eq!(effect[name]["told_from_zero"], is_told, "{key} {name}");
            assert!(effect[name]["interval"][1].is_f64());
        }
        assert_eq!(effect["swing_is_told"], is_told, "{key}");
        let name = key.trim_start_matches("workload.");
        let mut lines = details.lines().filter(|line| line.starts_with(name));
        let bar = lines.next().expect("a bar");
        assert_eq!(
            (bar.contains('#'), bar.contains("≈0")),
            (is_told, !is_told),
            "{bar}"
        );
        assert_eq!(width(bar), 80);
    }
    assert!(of("volume").is_some_and(|effect| effect["swing"].is_null()));
    // Explained where it stands, and only there.
    assert!(details.contains("\n≈0: neither end is told"), "{details}");
    let marked = screen
        .lines()
        .any(|line| line.contains("|≈0") || line.contains("≈0|"));
    assert_eq!(
        marked,
        screen.contains("\n≈0: neither end is told"),
        "{screen}"
    );
    assert!(screen.lines().count() <= 23, "{screen}");
    let (_, widths) = details.split_once("\nAt p90 less").expect("a table");
    let told = |name: &str| widths.lines().find(|line| line.starts_with(name));
    let nothing = told("idle.growth").expect("a row").split_whitespace();
    assert_eq!(nothing.skip(1).collect::<Vec<_>>(), ["≈0"; 4]);
    assert!(
        told("w11.units").is_some_and(|row| row.matches('±').count() >= 3),
        "{details}"
    );
    // The columns of the file are a contract: ends, as in the JSON.
    let csv = String::from_utf8(table(&scenario, &found).bytes).expect("UTF-8");
    let idle = csv
        .lines()
        .find(|row| row.contains("idle.growth"))
        .expect("a row");
    assert_eq!(idle.split(',').count(), 11);
}

/// A volume that decides who passes the p95: its p90 is not enough to pass it.
const DECIDES: &str = r#"
name = "Decides"
start = 2026-01-01
months = 12
[simulation]
paths = 1000
[[workload]]
name = "w"
units_per_month = { mean = 20000, cv = 0.4 }
daily_cv = 0.2
[contract]
prepurchase = 3_000_000
overage_pack_price = 600
"#;

#[test]
fn ends_that_are_alike_and_far_from_the_mean_have_a_bar() {
    let scenario = scenario(DECIDES);
    let found = find(&scenario);
    let past = &found.outputs[2];
    assert_eq!(past.output, Output::SpendAboveP95);
    // The definition's, not the share of the futures that happen to come first.
    assert!((past.mean - 0.05).abs() < 1e-12);
    let swing = swing_of(&found, past, "workload.w.units_per_month");
    assert_eq!((swing.low, swing.high), (0.0, 0.0));
    assert!(swing.width.is_lost() && !swing.is_lost());
    let tree = json(&scenario, &found);
    let effects = tree["outputs"][2]["effects"].as_array().expect("effects");
    let effect = effects.last().expect("an input");
    assert_eq!(effect["swing"]["told_from_zero"], false);
    assert_eq!(effect["swing_p10_from_mean"]["told_from_zero"], true);
    assert_eq!(effect["swing_is_told"], true);
    let details = page(&scenario, &found, true);
    let (_, bars) = details.split_once("\nP(spend > p95)").expect("a tornado");
    let title = bars.lines().next().expect("a title");
    assert!(title.ends_with("| is the mean, 5%"), "{title}");
    let bar = bars.lines().nth(1).expect("a bar");
    assert!(bar.contains("0% #   ") && bar.contains("   |  "), "{bar}");
    assert_eq!(width(bar), 80);
    assert!(details.contains(" ≈0*") && details.contains("\n*: but an end"));
}

#[test]
fn a_mean_below_the_end_is_no_never() {
    // Few futures run dry, in the last days: the mean date rounds to the day after the last.
    let rare = DECIDES.replace("3_000_000", "5_100_000");
    let scenario = scenario(&rare.replace("cv = 0.4", "cv = 0.03"));
    let found = find(&scenario);
    let dry = found.outputs.last().expect("an output");
    assert_eq!(dry.output, Output::Exhaustion);
    let swing = swing_of(&found, dry, "workload.w.units_per_month");
    let days = scenario.horizon.days() as f64;
    let details = page(&scenario, &found, true);
    let (_, bars) = details.split_once("\nMean dry date").expect("a tornado");
    // A mean of dates has to make something of "never".
    let counted = bars.lines().nth(1).expect("a line");
    assert_eq!(
        counted,
        "Futures that never run dry count as the day after the horizon"
    );
    let bar = bars.lines().nth(2).expect("a bar");
    let told = |mean: f64| match mean < days {
        true => "2026-",
        false => "never",
    };
    assert!(bar.contains(told(swing.low)), "{bar} {swing:?}");
    let title = bars.lines().next().expect("a title");
    assert!(dry.mean < days && dry.mean > days - 0.5, "{}", dry.mean);
    assert!(title.ends_with("the mean, 2026-12-31"), "{title}");
}

#[test]
fn a_chance_of_overage_that_no_future_changes_is_not_known_exactly() {
    let scenario = scenario(
        "name = \"T\"\nstart = 2026-01-01\nmonths = 1\n[simulation]\npaths = 500\n\
         [[workload]]\nname = \"a\"\nunits_per_month = { mean = 40_000, cv = 0.3 }\n\
         daily_cv = 0.4\n[[workload]]\nname = \"few\"\nunits_per_month = { min = 1, max = 2 }\n\
         [[workload]]\nname = \"idle\"\nunits_per_month = 0\ngrowth = { min = 0.0, max = 0.1 }\n\
         [contract]\nprepurchase = 800_000\noverage_pack_price = 650.0\n",
    );
    let found = find(&scenario);
    let swing = |output: Output, key: &str| {
        let mut outputs = found.outputs.iter();
        let driven = outputs.find(|driven| driven.output == output);
        swing_of(&found, driven.expect("an output"), key)
    };
    // A unit or two moves what is spent, and hardly ever whether it is too much.
    let few = swing(Output::Overage, "workload.few.units_per_month");
    let least = 3.841_458_820_694_124 / 503.841_458_820_694_1;
    for gap in [few.width, few.below, few.above] {
        assert!(gap.half_width.expect("many paths") >= least - 1e-12 && gap.is_lost());
    }
    // What changes nothing is known to.
    for output in [Output::Spend, Output::Overage] {
        let idle = swing(output, "workload.idle.growth");
        assert_eq!(idle.width.interval(), Some((0.0, 0.0)));
    }
}
