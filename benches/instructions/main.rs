//! Fixed workloads for counting instructions, one in each process, and a walk through every kernel
//! for a checker of memory: `benches/instructions/check` calls them under valgrind.
//!
//! `list` prints the workloads, `count WORKLOAD` runs one, `memory LEVEL` runs every kernel and some
//! demand on slices of many lengths. Without these (as under `cargo bench` and `cargo test`) it does
//! nothing. What is done is the same on every processor and at every time: one thread, fixed seeds.
#![allow(
    clippy::print_stdout,
    reason = "it lists the workloads, and says what this processor lacks"
)]

#[path = "../kernels/mod.rs"]
mod kernels;

use std::fs;
use std::hint::black_box;

use flexcast::decide::sizing::{Objective, Sizing};
use flexcast::demand::Model;
use flexcast::error::Source;
use flexcast::forecast::{forecast, resolve};
use flexcast::randomness::{Level, Sampling, Streams};
use flexcast::scenario::{Scenario, read};
use flexcast::simulate::unwatched;
use flexcast::summarise::store::Detail;

use kernels::{DRAWS, KERNELS, kernel, rounds};

/// The levels that valgrind knows.
const LEVELS: [&str; 2] = ["baseline", "avx2"];

/// Scenarios whose demand is drawn, and on how many paths.
const DEMANDS: [(&str, u64); 2] = [("portfolio", 200), ("service-desk", 1_000)];

/// Scenarios that are forecast, and with how many paths.
const FORECASTS: [(&str, u64); 3] = [
    ("service-desk", 1_000),
    ("portfolio", 200),
    ("negotiated", 200),
];

/// Scenarios whose first paths and whose file are what is counted, again and again.
const STARTED: [&str; 2] = ["portfolio", "service-desk"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => list().iter().for_each(|workload| println!("{workload}")),
        ["count", workload] => count(workload),
        ["memory", level] => with_level(level, memory),
        _ => {}
    }
}

fn list() -> Vec<String> {
    let mut names = Vec::new();
    for level in LEVELS {
        let of = |&(kernel, _): &(&str, u64)| format!("{kernel}/{level}");
        names.extend(KERNELS.iter().map(of));
    }
    for level in LEVELS {
        names.extend(DEMANDS.map(|(scenario, _)| format!("demand/{scenario}/{level}")));
    }
    for detail in ["summary", "full"] {
        names.extend(FORECASTS.map(|(scenario, _)| format!("forecast/{scenario}/{detail}")));
    }
    names.extend(STARTED.map(|scenario| format!("start-up/{scenario}")));
    names.extend(STARTED.map(|scenario| format!("read/{scenario}")));
    names.push("outlook/portfolio".to_owned());
    names.push("size/portfolio".to_owned());
    names.push("size-500/service-desk".to_owned());
    names
}

fn count(workload: &str) {
    let parts: Vec<&str> = workload.split('/').collect();
    match parts[..] {
        ["demand", name, level] => with_level(level, |level| {
            demand(name, number_of(&DEMANDS, name), level);
        }),
        ["forecast", name, detail] => {
            let paths = number_of(&FORECASTS, name);
            let detail = match detail {
                "full" => Detail::Full,
                _ => Detail::Summary,
            };
            forecasting(|| whole(name, paths, detail));
        }
        ["start-up", name] => forecasting(|| {
            (0..5).for_each(|_| whole(name, 2, Detail::Summary));
        }),
        ["read", name] => {
            let text = text(name);
            (0..30).for_each(|_| drop(black_box(scenario(name, text.clone(), 100))));
        }
        ["outlook", name] => forecasting(|| outlook(name)),
        ["size", name] => size(name),
        ["size-500", name] => size_500(name),
        [name, level] => with_level(level, |level| {
            let mut run = kernel(name, rounds(DRAWS));
            (0..number_of(&KERNELS, name)).for_each(|number| run(level, number));
        }),
        _ => panic!("there is no workload {workload}"),
    }
}

fn number_of(list: &[(&str, u64)], name: &str) -> u64 {
    let found = list.iter().find(|(known, _)| *known == name);
    found.expect("one of the list").1
}

/// Runs what needs a level, or says that this processor lacks it.
fn with_level(name: &str, run: impl FnOnce(Level)) {
    let mut levels = Level::available().into_iter();
    match levels.find(|level| level.name() == name) {
        Some(level) => run(level),
        None => println!("lacks {name}"),
    }
}

/// Runs forecasts on this thread alone, so that no other is started, waited for or woken. They take
/// the best level by themselves: it must be the one that is counted everywhere.
fn forecasting(run: impl FnOnce()) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread();
    pool.build_global().expect("the process has no other pool");
    match Level::best().name() {
        "avx2" => run(),
        "baseline" => println!("lacks avx2"),
        wider => println!("has {wider}"),
    }
}

fn text(name: &str) -> String {
    fs::read_to_string(format!("scenarios/{name}.toml")).expect("a shipped scenario")
}

fn scenario(name: &str, text: String, paths: u64) -> Scenario {
    let name = name.to_owned();
    let sets = [format!("simulation.paths={paths}")];
    read(Source { name, text }, &sets).expect("a shipped scenario is valid")
}

fn demand(name: &str, paths: u64, level: Level) {
    let model = Model::new(&scenario(name, text(name), paths)).at_level(level);
    let mut future = model.future();
    for path in 0..paths {
        model.draw(path, &mut future).expect("credits that fit");
        black_box(&mut future);
    }
}

/// What stratified sampling tells futures apart by.
fn outlook(name: &str) {
    let mut scenario = scenario(name, text(name), 100);
    scenario.simulation.sampling = Sampling::Stratified;
    let model = Model::new(&scenario);
    let mut future = model.future();
    for path in 0..2_000 {
        black_box(model.outlook(path, &mut future));
    }
}

fn whole(name: &str, paths: u64, detail: Detail) {
    let scenario = scenario(name, text(name), paths);
    let answer = forecast(&scenario, detail, &unwatched);
    black_box(answer.expect("a shipped scenario is settled"));
}

/// Sizing on many paths, as a forecast and `flexcast size` do it.
fn size(name: &str) {
    sizing(name, 20_000, |sizing, rule| {
        let optimum = sizing.optimum().expect("sizes that can be compared");
        let found = sizing.curve(&[optimum, rule]);
        let candidates = found.iter().filter_map(|&packs| sizing.evaluate(packs));
        black_box(candidates.collect::<Vec<_>>());
        black_box(sizing.ranges(Objective::Cost));
    });
}

/// 500 sizes of a plain contract, on as many paths as its forecast has among these workloads: the check wants
/// them to cost less than half of it.
fn size_500(name: &str) {
    sizing(
        name,
        number_of(&FORECASTS, name) as usize,
        |sizing, rule| {
            let most = 2 * rule;
            let candidates = (0..500).filter_map(|k| sizing.evaluate(k * most / 500));
            black_box(candidates.collect::<Vec<_>>());
        },
    );
}

/// Demands from half to one and a half of the plan, ready to be sized, and what the 80% rule buys.
fn sizing(name: &str, paths: usize, ask: impl FnOnce(&Sizing<'_>, u64)) {
    let scenario = scenario(name, text(name), 100);
    let (plan, terms) = resolve(&scenario, &Model::new(&scenario)).expect("a plan that fits");
    let mut uniforms = vec![0.0; paths];
    let key = Streams::new(1).named("size");
    key.uniforms(Level::BASELINE, 0, &mut uniforms);
    let planned = plan.credits.micro() as f64;
    let wanted = uniforms.iter().map(|u| (planned * (0.5 + u)) as i64);
    let sizing = Sizing::with_residual(&terms.prices, 0, wanted.collect());
    ask(&sizing, terms.rule_80_packs(&plan.months));
}

/// Every kernel on slices of every length about the groups and chunks in which kernels work, with
/// uniform numbers from the middle and from the ends; and some paths of demand.
fn memory(level: Level) {
    const ENDS: [f64; 4] = [1e-15, 1.0 - 1e-15, 1e-8, 1.0 - 1e-8];
    for draws in (1..=17).chain([31, 32, 33, 255, 256, 257, DRAWS]) {
        for (name, _) in KERNELS {
            let middle = rounds(draws).swap_remove(0);
            let ends = ENDS.iter().cycle().take(draws).copied().collect();
            let mut run = kernel(name, vec![middle, ends]);
            (0..2).for_each(|number| run(level, number));
        }
    }
    for (name, _) in DEMANDS {
        demand(name, 5, level);
    }
}
