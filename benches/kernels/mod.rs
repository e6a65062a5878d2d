//! The kernels by name, ready to be run over slices on any level: what the benchmark of samplers
//! times and the one of instructions counts.

use std::hint::black_box;

use std::sync::Arc;

use flexcast::randomness::compound::{CompoundCounts, CompoundNumbers, CompoundScratch};
use flexcast::randomness::gamma_process::{CrowdLaw, GammaProcess, ProcessScratch};
use flexcast::randomness::{
    Level, NegativeBinomial, NegativeBinomialScratch, StreamKey, Streams, UnitGamma, binomial,
    normal, poisson,
};

/// Draws of a slice: the days of a year.
pub const DRAWS: usize = 365;

/// Every kernel, and of how many slices its instructions are counted: enough that neither start-up
/// nor tables show.
pub const KERNELS: [(&str, u64); 27] = [
    ("words", 10_000),
    ("uniforms", 10_000),
    ("normal", 5_000),
    ("gamma-0.3", 5_000),
    // Shapes below 1/4 go through the logarithm.
    ("gamma-4", 5_000),
    ("poisson-0.01", 5_000),
    ("poisson-0.5", 2_500),
    ("poisson-5", 2_500),
    ("poisson-17", 1_500),
    ("poisson-19", 2_500),
    ("poisson-50", 2_500),
    ("poisson-1500", 2_500),
    ("poisson-1000000", 2_500),
    ("poisson-calendar-5", 2_500),
    ("poisson-calendar-50", 2_500),
    ("poisson-calendar-1500", 2_500),
    ("binomial-20", 2_500),
    ("binomial-1000", 2_500),
    ("binomial-1000000", 2_500),
    ("compound-3", 500),
    ("compound-range-8", 1_000),
    ("compound-40", 50),
    ("gamma-process-1000", 2_500),
    ("gamma-process-100000", 25),
    ("negative-binomial-5", 1_500),
    ("negative-binomial-50", 1_500),
    ("negative-binomial-1500", 1_500),
];

/// One slice on a level; the number says which, and rounds begin again after the last.
pub type Run = Box<dyn FnMut(Level, u64)>;

/// Slices of uniform numbers: more of them than a processor learns to foresee.
pub fn rounds(draws: usize) -> Vec<Vec<f64>> {
    let key = stream("rounds");
    let round = |path| {
        let mut uniforms = vec![0.0; draws];
        key.uniforms(Level::BASELINE, path, &mut uniforms);
        uniforms
    };
    (0..32).map(round).collect()
}

/// The kernel of this name over slices of uniform numbers of one length.
///
/// # Panics
/// When there is no such kernel.
pub fn kernel(name: &str, rounds: Vec<Vec<f64>>) -> Run {
    let draws = rounds[0].len();
    match name {
        "words" => fill(draws, |level, path, out: &mut [u64]| {
            stream("words").words(level, path, out);
        }),
        "uniforms" => fill(draws, |level, path, out: &mut [f64]| {
            stream("uniforms").uniforms(level, path, out);
        }),
        "normal" => transform(rounds, normal::quantiles),
        "gamma-0.3" => gamma(rounds, 0.3),
        "gamma-4" => gamma(rounds, 4.0),
        "poisson-0.01" => counts(rounds, vec![0.01; draws]),
        "poisson-0.5" => counts(rounds, vec![0.5; draws]),
        "poisson-5" => counts(rounds, vec![5.0; draws]),
        // On either side of where the search ends and the expansion begins.
        "poisson-17" => counts(rounds, vec![17.0; draws]),
        "poisson-19" => counts(rounds, vec![19.0; draws]),
        "poisson-50" => counts(rounds, vec![50.0; draws]),
        "poisson-1500" => counts(rounds, vec![1_500.0; draws]),
        "poisson-1000000" => counts(rounds, vec![1e6; draws]),
        "poisson-calendar-5" => counts(rounds, calendar(5.0, draws)),
        "poisson-calendar-50" => counts(rounds, calendar(50.0, draws)),
        "poisson-calendar-1500" => counts(rounds, calendar(1_500.0, draws)),
        "binomial-20" => successes(rounds, 20, 0.3),
        "binomial-1000" => successes(rounds, 1_000, 0.4),
        "binomial-1000000" => successes(rounds, 1_000_000, 0.9),
        "compound-3" => compound(draws, &[(3, 0.6), (7, 0.3), (14, 0.1)]),
        "compound-range-8" => {
            let range: Vec<(u64, f64)> = (3..11).map(|count| (count, 0.125)).collect();
            compound(draws, &range)
        }
        "compound-40" => {
            let many: Vec<(u64, f64)> = (0..40).map(|c| (c, (c + 1) as f64 / 820.0)).collect();
            compound(draws, &many)
        }
        "gamma-process-1000" => gamma_process(draws, 1_000),
        "gamma-process-100000" => gamma_process(draws, 100_000),
        "negative-binomial-5" => negative_binomial(draws, 5.0),
        "negative-binomial-50" => negative_binomial(draws, 50.0),
        "negative-binomial-1500" => negative_binomial(draws, 1_500.0),
        _ => panic!("there is no kernel {name}"),
    }
}

fn stream(name: &str) -> StreamKey {
    Streams::new(1).named(name)
}

/// Means of weeks whose last two days are at a tenth.
fn calendar(mean: f64, draws: usize) -> Vec<f64> {
    let of = |day| if day % 7 < 5 { mean } else { mean / 10.0 };
    (0..draws).map(of).collect()
}

/// The round of this number.
fn round(rounds: &[Vec<f64>], number: u64) -> &[f64] {
    &rounds[number as usize % rounds.len()]
}

fn fill<T: Clone + Default + 'static>(
    draws: usize,
    draw: impl Fn(Level, u64, &mut [T]) + 'static,
) -> Run {
    let mut out = vec![T::default(); draws];
    Box::new(move |level, number| {
        draw(level, number, &mut out);
        black_box(&mut out);
    })
}

/// A kernel that turns uniform numbers into draws.
fn transform(rounds: Vec<Vec<f64>>, draw: impl Fn(Level, &[f64], &mut [f64]) + 'static) -> Run {
    let mut out = rounds[0].clone();
    Box::new(move |level, number| {
        draw(level, round(&rounds, number), &mut out);
        black_box(&mut out);
    })
}

fn gamma(rounds: Vec<Vec<f64>>, cv: f64) -> Run {
    let factor = UnitGamma::new(cv);
    transform(rounds, move |level, uniforms, out| {
        factor.quantiles(level, uniforms, out);
    })
}

fn counts(rounds: Vec<Vec<f64>>, means: Vec<f64>) -> Run {
    let mut counts = vec![0; means.len()];
    Box::new(move |level, number| {
        poisson::quantiles(level, &means, round(&rounds, number), &mut counts);
        black_box(&mut counts);
    })
}

fn successes(rounds: Vec<Vec<f64>>, trials: u64, p: f64) -> Run {
    let trials = vec![trials; rounds[0].len()];
    let mut counts = vec![0; trials.len()];
    Box::new(move |level, number| {
        binomial::quantiles(level, &trials, p, round(&rounds, number), &mut counts);
        black_box(&mut counts);
    })
}

/// Totals of about 50 units, their random numbers included.
fn compound(draws: usize, counts: &[(u64, f64)]) -> Run {
    let law = CompoundCounts::new(counts);
    let of = |purpose: &String| stream(&format!("compound/{purpose}"));
    let keys: Vec<StreamKey> = law.purposes().iter().map(of).collect();
    let units: Vec<u64> = (0..draws as u64).map(|day| 40 + day % 20).collect();
    let mut totals = vec![0; draws];
    let (mut numbers, mut scratch) = (CompoundNumbers::default(), CompoundScratch::default());
    Box::new(move |level, number| {
        law.draw(level, (&keys, number), units.len(), &mut numbers);
        let numbers = (&keys[..], number, &numbers);
        law.totals(level, numbers, &units, &mut scratch, &mut totals);
        black_box(&mut totals);
    })
}

/// A crowd that grows to `most` agents, their random numbers included.
fn gamma_process(draws: usize, most: u64) -> Run {
    let process = GammaProcess::new(
        Arc::new(CrowdLaw::new(UnitGamma::new(0.5))),
        &Streams::new(1),
        "agents",
    );
    let days = draws as u64;
    let counts: Vec<u64> = (1..=days).map(|day| most * day / days).collect();
    let mut sums = vec![0.0; draws];
    let mut scratch = ProcessScratch::default();
    Box::new(move |level, number| {
        process.values(level, number, &counts, &mut scratch, &mut sums);
        black_box(&mut sums);
    })
}

/// A cell of a workload with variation from day to day, its random number included.
fn negative_binomial(draws: usize, mean: f64) -> Run {
    let law = NegativeBinomial::new(UnitGamma::new(0.3)).expect("a feasible variation");
    let daily = stream("daily");
    let means = vec![mean; draws];
    let (mut uniforms, mut factors) = (vec![0.0; draws], vec![0.0; draws]);
    let mut drawn = vec![0; draws];
    let mut scratch = NegativeBinomialScratch::default();
    Box::new(move |level, number| {
        daily.uniforms(level, number, &mut uniforms);
        law.factor().quantiles(level, &uniforms, &mut factors);
        let numbers = (&uniforms[..], &factors[..]);
        law.quantiles(level, &means, numbers, &mut scratch, &mut drawn);
        black_box(&mut drawn);
    })
}
