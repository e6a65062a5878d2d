//! The same question gives the same bytes: on any number of threads, today and tomorrow.
//!
//! Golden files hold what every shipped scenario answers at its own seed and 500 paths. They are
//! written again with `FLEXCAST_BLESS=1 cargo test --test suite reproducible`; a difference that
//! was not meant is a broken promise, one that was meant is a value-breaking change and belongs in
//! the changelog.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use flexcast::demand::Model;
use flexcast::forecast::{self, Forecast};
use flexcast::randomness::{Level, STREAMS_VERSION, Sampling, Streams};
use flexcast::report::csv::File;
use flexcast::report::{csv, json};
use flexcast::scenario::Scenario;
use sha2::{Digest, Sha256};

use crate::ask;

/// The golden file of a quasi-random run.
const QUASI: &str = "service-desk-quasi-random";

/// The shipped scenarios by file name, in order.
fn shipped() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = fs::read_dir("scenarios")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        (stem, fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

fn of_500_paths(text: &str) -> Scenario {
    let mut scenario = ask::with(text, &["simulation.paths=500"]);
    scenario.simulation.precision.clear();
    scenario
}

/// Every file of a run, and the sizes.
fn files(scenario: &Scenario, forecast: &Forecast) -> Vec<File> {
    let mut files = csv::tables(scenario, forecast);
    files.extend(
        forecast
            .sizes
            .as_ref()
            .map(|sizes| csv::sizing(scenario, sizes)),
    );
    // The program's version is not a figure.
    let mut summary = json::summary(scenario, forecast);
    summary.as_object_mut().unwrap().remove("flexcast");
    let bytes = format!("{summary:#}\n").into_bytes();
    files.push(File {
        name: "summary.json",
        bytes,
    });
    files
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Compares a text with its golden file, or writes it when blessing.
fn golden(name: &str, text: &str) {
    let path = Path::new("tests/golden").join(format!("{name}.txt"));
    if std::env::var_os("FLEXCAST_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; bless it", path.display()));
    assert!(
        kept == text,
        "{} differs.\nkept:\n{kept}\nnow:\n{text}\nIf this is meant, bless it and say so in the \
         changelog under \"Value-breaking\".",
        path.display()
    );
}

fn hashes(files: &[File]) -> String {
    let line = |file: &File| format!("{}  {}\n", hash(&file.bytes), file.name);
    files.iter().map(line).collect()
}

#[test]
fn shipped_scenarios_give_their_golden_files() {
    for (name, text) in shipped() {
        let scenario = of_500_paths(&text);
        let run = files(&scenario, &ask::run(&scenario));
        let plan = files(&scenario, &forecast::point(&scenario).unwrap());
        let summary = run.iter().find(|file| file.name == "summary.csv").unwrap();
        let summary = String::from_utf8(summary.bytes.clone()).unwrap();
        let text = format!(
            "{summary}\nrun of 500 paths\n{}\nsingle-number plan\n{}",
            hashes(&run),
            hashes(&plan)
        );
        golden(&name, &text);
    }
}

#[test]
fn a_quasi_random_run_gives_its_golden_file() {
    let shipped = shipped().into_iter();
    let (_, text) = shipped
        .rev()
        .find(|(name, _)| name == "service-desk")
        .unwrap();
    let mut scenario = of_500_paths(&text);
    scenario.simulation.sampling = Sampling::Quasi;
    let run = files(&scenario, &ask::run(&scenario));
    let summary = run.iter().find(|file| file.name == "summary.csv").unwrap();
    let summary = String::from_utf8(summary.bytes.clone()).unwrap();
    golden(QUASI, &format!("{summary}\n{}", hashes(&run)));
}

#[test]
fn every_golden_file_has_its_scenario() {
    let mut names: Vec<String> = shipped().into_iter().map(|(name, _)| name).collect();
    names.extend(["draws", QUASI].map(str::to_owned));
    for entry in fs::read_dir("tests/golden").unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            names.contains(&stem),
            "{} belongs to nothing",
            path.display()
        );
    }
}

#[test]
fn draws_of_this_version_are_pinned() {
    // The layout of streams: names, seeds, paths, places; then what the samplers make of them.
    let mut text = format!("streams {STREAMS_VERSION}\n");
    for (seed, name) in [
        (0, "input/rate_card.action"),
        (1, "workload/service/daily"),
        (1, "incident/loop/arrivals"),
        (u64::MAX, "workload/Zoë %2F 100%25/seats"),
    ] {
        let key = Streams::new(seed).named(name);
        for path in [0, 1, u64::MAX] {
            let mut stream = key.path(path);
            let draws = [stream.uniform(), stream.uniform(), key.uniform_at(path, 7)];
            let bits = draws
                .map(|draw| format!("{:016x}", draw.to_bits()))
                .join(" ");
            writeln!(text, "{seed} {name} {path}: {bits}").unwrap();
        }
    }
    for (name, scenario) in shipped() {
        let scenario = of_500_paths(&scenario);
        let model = Model::new(&scenario);
        let mut future = model.future();
        for path in 0..3 {
            model.draw(path, &mut future).unwrap();
            let mut bytes = Vec::new();
            future
                .values()
                .iter()
                .for_each(|v| bytes.extend(v.to_bits().to_le_bytes()));
            for workload in 0..future.workloads() {
                for days in [future.base(workload), future.incident(workload)] {
                    days.iter().for_each(|day| bytes.extend(day.to_le_bytes()));
                }
                let months = future.agent_days(workload);
                months
                    .iter()
                    .for_each(|month| bytes.extend(month.to_le_bytes()));
            }
            writeln!(text, "{name} path {path}: {}", hash(&bytes)).unwrap();
        }
    }
    golden("draws", &text);
}

#[test]
fn every_instruction_set_draws_the_same_futures() {
    for (name, text) in shipped() {
        let model = Model::new(&ask::scenario(&text));
        let mut expected = model.future();
        let others: Vec<Model> = Level::available()
            .into_iter()
            .map(|level| model.clone().at_level(level))
            .collect();
        let baseline = model.clone().at_level(Level::BASELINE);
        let mut future = model.future();
        for path in 0..40 {
            baseline.draw(path, &mut expected).unwrap();
            for other in &others {
                other.draw(path, &mut future).unwrap();
                assert_eq!(future.values(), expected.values(), "{name}, path {path}");
                assert_eq!(future.occurrences(), expected.occurrences());
                for workload in 0..future.workloads() {
                    assert_eq!(future.base(workload), expected.base(workload));
                    assert_eq!(future.incident(workload), expected.incident(workload));
                    assert_eq!(future.lumps(workload), expected.lumps(workload));
                    assert_eq!(future.agent_days(workload), expected.agent_days(workload));
                }
            }
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    // 777 paths are no multiple of a block; every shipped scenario on 1, 2, 3 and 7 threads.
    for (name, text) in shipped() {
        let scenario = ask::with(&text, &["simulation.paths=777"]);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| files(&scenario, &ask::run(&scenario)))
        };
        let one = on(1);
        for threads in [2, 3, 7] {
            assert!(on(threads) == one, "{name} on {threads} threads");
        }
    }
}

#[test]
fn the_records_of_a_run_begin_those_of_twice_as_many_paths() {
    for (name, text) in shipped() {
        let scenario = of_500_paths(&text);
        let record = |paths| {
            ask::paths(&scenario, paths, |future, books| {
                let demand: Vec<i64> = (0..future.workloads())
                    .flat_map(|workload| {
                        [future.base(workload), future.incident(workload)].concat()
                    })
                    .collect();
                let books = (books.months.clone(), books.exhausted, books.watched.clone());
                (demand, future.occurrences().to_vec(), books)
            })
        };
        let (few, many) = (record(100), record(200));
        assert!(few[..] == many[..100], "{name}");
        assert!(few[0].0 != many[100].0, "{name}: paths differ");
    }
}

#[test]
fn a_run_that_doubles_is_the_run_of_the_last_number() {
    // Precision asks for more in steps: figures are those of one run of as many paths.
    let (_, text) = shipped()
        .into_iter()
        .find(|(name, _)| name == "service-desk")
        .unwrap();
    let doubled = ask::with(
        &text,
        &[
            "simulation.paths=100",
            "simulation.max_paths=800",
            "simulation.precision.mean_spend=1e-6",
        ],
    );
    let once = ask::with(&text, &["simulation.paths=800"]);
    let (doubled_run, once_run) = (ask::run(&doubled), ask::run(&once));
    assert_eq!(doubled_run.paths, 800);
    let figures = |scenario, forecast| -> Vec<File> {
        let mut files = files(scenario, forecast);
        files.retain(|file| !file.name.starts_with("summary"));
        files
    };
    assert!(figures(&doubled, &doubled_run) == figures(&once, &once_run));
}
