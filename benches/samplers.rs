//! Every sampler by regime: the time of 1,000 draws, so that microseconds read as nanoseconds a
//! draw.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flexcast::randomness::once::{self, Once};
use flexcast::randomness::{CompoundCounts, GammaProcess, Streams, UnitGamma, binomial, poisson};
use flexcast::special::normal;
use flexcast::uncertain::Uncertain;

fn thousand(c: &mut Criterion, name: &str, mut draw: impl FnMut(f64) -> f64) {
    let mut stream = Streams::new(1).named("bench").path(0);
    let uniforms: Vec<f64> = (0..1_000).map(|_| stream.uniform()).collect();
    c.bench_function(&format!("{name} x1000"), |b| {
        b.iter(|| uniforms.iter().map(|&u| draw(black_box(u))).sum::<f64>());
    });
}

fn streams(c: &mut Criterion) {
    let key = Streams::new(1).named("bench");
    let mut stream = key.path(0);
    thousand(c, "stream, next", |_| stream.uniform());
    let mut path = 0;
    thousand(c, "stream, new path and first draw", |_| {
        path += 1;
        key.path(path).uniform()
    });
    thousand(c, "stream, by index", |_| {
        path += 1;
        key.uniform_at(7, path)
    });
    let mut once = Once::new(&Streams::new(1), "bench".to_owned());
    once::spread(std::iter::once(&mut once));
    thousand(c, "scrambled Sobol point", |_| {
        path += 1;
        once.uniform(path)
    });
    thousand(c, "normal", normal::quantile);
}

fn counts(c: &mut Criterion) {
    for mean in [
        1e-3, 0.5, 3.0, 8.9, 9.1, 15.0, 30.0, 100.0, 1_500.0, 1e6, 1e9,
    ] {
        thousand(c, &format!("poisson {mean:e}"), |u| {
            poisson::quantile(mean, u) as f64
        });
    }
    for (n, p) in [
        (1_000, 1e-3),
        (20, 0.3),
        (100, 0.4),
        (1_000, 0.9),
        (1_000_000, 0.3),
    ] {
        thousand(c, &format!("binomial {n} {p}"), |u| {
            binomial::quantile(n, p, u) as f64
        });
    }
    let key = Streams::new(1).named("bench");
    let few = CompoundCounts::new(&[(3, 0.6), (7, 0.3), (14, 0.1)]);
    let many: Vec<(u64, f64)> = (0..40).map(|c| (c, (c + 1) as f64 / 820.0)).collect();
    let many = CompoundCounts::new(&many);
    let mut path = 0;
    for mean in [0.5, 300.0] {
        for (name, law) in [("3", &few), ("40", &many)] {
            thousand(
                c,
                &format!("compound of {name} counts, mean {mean}"),
                |_| {
                    path += 1;
                    law.draw(mean, |node| key.uniform_at(path, node)) as f64
                },
            );
        }
    }
}

fn factors(c: &mut Criterion) {
    c.bench_function("unit gamma, build", |b| {
        b.iter(|| UnitGamma::new(black_box(0.3)));
    });
    for cv in [0.05, 0.3, 1.0, 4.0] {
        let factor = UnitGamma::new(cv);
        thousand(c, &format!("unit gamma {cv}"), |u| factor.quantile(u));
    }
    let key = Streams::new(1).named("bench");
    let process = GammaProcess::new(UnitGamma::new(0.5), &Streams::new(1), "bench");
    let mut path = 0;
    for top in [100, 1_024, 100_000] {
        let counts: Vec<u64> = (1..=60).map(|i| top * i / 60).collect();
        let mut out = vec![0.0; 60];
        c.bench_function(&format!("gamma process, 60 levels up to {top}"), |b| {
            b.iter(|| {
                path += 1;
                process.values(&key, path, &counts, &mut out);
                out[59]
            });
        });
    }
}

fn uncertain(c: &mut Criterion) {
    let values = [
        ("uniform", Uncertain::uniform(1.0, 2.0)),
        ("triangular", Uncertain::triangular(0.0, 0.3, 1.0)),
        ("pert", Uncertain::pert(0.3, 0.55, 0.85)),
        ("normal", Uncertain::normal(20.0, 5.0)),
        (
            "normal, cut",
            Uncertain::normal(20.0, 50.0).unwrap().truncated(0.0, 90.0),
        ),
        ("lognormal", Uncertain::lognormal(1.0, 0.5)),
        ("gamma", Uncertain::gamma(2.5, 4.0)),
        ("gamma, small shape", Uncertain::gamma(0.05, 4.0)),
        ("beta", Uncertain::beta(2.0, 5.0)),
        ("weibull", Uncertain::weibull(1.5, 10.0)),
        ("exponential", Uncertain::exponential(30.0)),
        (
            "metalog",
            Uncertain::metalog(0.1, [15.0, 22.0, 40.0], Some(0.0), None),
        ),
        (
            "discrete",
            Uncertain::discrete(&[3.0, 7.0, 14.0], &[0.6, 0.3, 0.1]),
        ),
    ];
    for (name, value) in values {
        let value = value.unwrap();
        thousand(c, &format!("uncertain {name}"), |u| value.quantile(u));
    }
}

criterion_group!(samplers, streams, counts, factors, uncertain);
criterion_main!(samplers);
