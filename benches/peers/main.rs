//! Two peers in one executable, timed on one thread: the naive loop and the library's demand.
//!
//! `naive PATHS SEED` and `flexcast PATHS SEED` print one line of JSON each; `benches/peers/run`
//! calls them. Without three arguments (as under `cargo bench` and `cargo test`) it does nothing.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints; the naive loop uses the platform's mathematics"
)]

mod naive;

use std::time::{Duration, Instant};

use flexcast::demand::Model;
use flexcast::error::Source;
use flexcast::scenario::read;
use serde_json::{Map, Value, json};

use naive::{DAYS, Portfolio, WORKLOADS};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // A filter of `cargo test` may be one of the names: it comes without numbers.
    let [peer, paths, seed] = arguments.as_slice() else {
        return;
    };
    let paths: usize = paths.parse().expect("a number of paths");
    let seed: u64 = seed.parse().expect("a seed");
    let (seconds, terms) = match peer.as_str() {
        "naive" => naive(paths, seed),
        "flexcast" => library(paths, seed),
        _ => panic!("{peer} is neither naive nor flexcast"),
    };
    let answer = json!({
        "peer": peer,
        "paths": paths,
        "cells": paths * DAYS * WORKLOADS.len(),
        "core_seconds": seconds.as_secs_f64(),
        "figures": figures(&terms),
    });
    println!("{answer}");
}

/// Credits of each path over the term by workload: without incidents, and what incidents add.
type Terms = Vec<[(f64, f64); WORKLOADS.len()]>;

fn naive(paths: usize, seed: u64) -> (Duration, Terms) {
    let portfolio = Portfolio::new();
    let mut rng = naive::generator(seed);
    let mut base = vec![0; WORKLOADS.len() * DAYS];
    let mut incident = base.clone();
    let (mut spent, mut terms) = (Duration::ZERO, Terms::new());
    for _ in 0..paths {
        let start = Instant::now();
        portfolio.draw(&mut rng, &mut base, &mut incident);
        spent += start.elapsed();
        terms.push(std::array::from_fn(|w| {
            let days = w * DAYS..(w + 1) * DAYS;
            let sum = |days: &[u64]| days.iter().sum::<u64>() as f64;
            (sum(&base[days.clone()]), sum(&incident[days]))
        }));
    }
    (spent, terms)
}

fn library(paths: usize, seed: u64) -> (Duration, Terms) {
    let name = "scenarios/portfolio.toml".to_owned();
    let text = std::fs::read_to_string(&name).expect("a shipped scenario");
    let set = format!("simulation.seed={seed}");
    let scenario = read(Source { name, text }, &[set]).expect("a shipped scenario is valid");
    let model = Model::new(&scenario);
    let mut future = model.future();
    let (mut spent, mut terms) = (Duration::ZERO, Terms::new());
    for path in 0..paths {
        let start = Instant::now();
        model
            .draw(path as u64, &mut future)
            .expect("credits that fit");
        spent += start.elapsed();
        let credits = |days: &[i64]| days.iter().sum::<i64>() as f64 / 1e6;
        terms.push(std::array::from_fn(|w| {
            (credits(future.base(w)), credits(future.incident(w)))
        }));
    }
    (spent, terms)
}

/// What is compared between peers: each a value and its standard error.
fn figures(terms: &Terms) -> Value {
    let mut found = Map::new();
    let mut totals: Vec<f64> = terms
        .iter()
        .map(|path| path.iter().map(|(base, incident)| base + incident).sum())
        .collect();
    found.insert("credits mean".into(), mean(&totals));
    totals.sort_by(f64::total_cmp);
    found.insert("credits p50".into(), quantile(&totals, 0.50));
    found.insert("credits p95".into(), quantile(&totals, 0.95));
    for (w, workload) in WORKLOADS.iter().enumerate() {
        let base: Vec<f64> = terms.iter().map(|path| path[w].0).collect();
        let incident: Vec<f64> = terms.iter().map(|path| path[w].1).collect();
        found.insert(format!("base credits: {}", workload.name), mean(&base));
        found.insert(
            format!("incident credits: {}", workload.name),
            mean(&incident),
        );
    }
    found.into()
}

fn mean(values: &[f64]) -> Value {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    json!([mean, (variance / n).sqrt()])
}

/// The ceil(q n)-th smallest, and half the distance of the ranks one standard error around.
fn quantile(ordered: &[f64], q: f64) -> Value {
    let n = ordered.len() as f64;
    let at = |rank: f64| ordered[(rank.ceil() - 1.0).clamp(0.0, n - 1.0) as usize];
    let sd = (n * q * (1.0 - q)).sqrt();
    json!([at(q * n), (at(q * n + sd) - at(q * n - sd)) / 2.0])
}
