//! Every sampler by regime: kernels by slices of 365 draws on each level that this processor has,
//! and what is still drawn one at a time. Throughput is in draws: 1 Gelem/s is a draw a nanosecond.

#[path = "kernels/mod.rs"]
mod kernels;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flexcast::randomness::{Level, Once, Streams, UnitGamma, binomial, once, poisson};
use flexcast::special::normal;
use flexcast::uncertain::Uncertain;

use kernels::{DRAWS, KERNELS, kernel, rounds};

fn slices(criterion: &mut Criterion) {
    for (name, _) in KERNELS {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(DRAWS as u64));
        for level in Level::available() {
            let mut run = kernel(name, rounds(DRAWS));
            let mut number = 0;
            group.bench_function(BenchmarkId::from_parameter(level.name()), |bencher| {
                bencher.iter(|| {
                    run(level, number);
                    number += 1;
                });
            });
        }
        group.finish();
    }
}

/// A sampler of one draw at a time, over uniform numbers in no order.
fn one_by_one(criterion: &mut Criterion, name: &str, mut draw: impl FnMut(f64) -> f64) {
    let uniforms = rounds(DRAWS).concat();
    let mut group = criterion.benchmark_group("one by one");
    group.throughput(Throughput::Elements(uniforms.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| uniforms.iter().map(|&u| draw(black_box(u))).sum::<f64>());
    });
    group.finish();
}

/// What incidents, lumps, seats beyond the first and large crowds take.
fn singles(c: &mut Criterion) {
    let key = Streams::new(1).named("bench");
    let mut stream = key.path(0);
    one_by_one(c, "stream, next", |_| stream.uniform());
    let mut path = 0;
    one_by_one(c, "stream, by index", |_| {
        path += 1;
        key.uniform_at(7, path)
    });
    let mut once = Once::new(&Streams::new(1), "bench".to_owned());
    once::spread(std::iter::once(&mut once), []);
    one_by_one(c, "scrambled Sobol point", |_| {
        path += 1;
        once.uniform(path)
    });
    one_by_one(c, "normal", normal::quantile);
    for mean in [0.01, 50.0] {
        one_by_one(c, &format!("poisson {mean}"), |u| {
            poisson::quantile(mean, u) as f64
        });
    }
    one_by_one(c, "binomial 1000 0.4", |u| {
        binomial::quantile(1_000, 0.4, u) as f64
    });
    let factor = UnitGamma::new(0.3);
    one_by_one(c, "unit gamma 0.3", |u| factor.quantile(u));
    c.bench_function("unit gamma, build", |b| {
        b.iter(|| UnitGamma::new(black_box(0.3)));
    });
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
        one_by_one(c, &format!("uncertain {name}"), |u| value.quantile(u));
    }
}

criterion_group!(samplers, slices, singles, uncertain);
criterion_main!(samplers);
