//! Every shipped scenario from scenario to forecast: the median of criterion's samples is what to
//! quote, and ratios taken in one run are what to trust.

use std::fs;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flexcast::error::Source;
use flexcast::forecast::forecast;
use flexcast::scenario::{Scenario, read};
use flexcast::simulate::unwatched;
use flexcast::summarise::store::Detail;

const PATHS: u64 = 1_000;

fn scenario(path: &std::path::Path) -> Scenario {
    let text = fs::read_to_string(path).expect("a shipped scenario");
    let name = path.display().to_string();
    let sets = [format!("simulation.paths={PATHS}")];
    read(Source { name, text }, &sets).expect("a shipped scenario is valid")
}

fn scenarios(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("forecast");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(PATHS));
    let mut paths: Vec<_> = fs::read_dir("scenarios")
        .expect("the scenarios' folder")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    paths.sort();
    for path in paths {
        let scenario = scenario(&path);
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for (label, detail) in [("summary", Detail::Summary), ("full", Detail::Full)] {
            group.bench_function(BenchmarkId::new(&name, label), |bencher| {
                bencher.iter(|| {
                    let answer = forecast(black_box(&scenario), detail, &unwatched);
                    answer.expect("a shipped scenario is settled").paths
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
