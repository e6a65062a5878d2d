//! Many futures on all cores, with the same answer on any number of threads.
//!
//! Paths are cut into blocks of [`BLOCK`] consecutive paths. Blocks are worked on in parallel and
//! handed on in order of their paths, so whatever is summed is summed in one order. Every path
//! draws from streams of its own, so the first N paths of a run of 2N are the run of N.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::demand::{Future, Model};
use crate::error::Error;

mod strata;

use strata::Strata;

/// Paths in a block: enough to amortise its buffers, few enough to stay in cache.
pub const BLOCK: u64 = 64;

/// Most blocks that are held at once before they are handed on, and fewest: every core needs some.
const WAVE: std::ops::RangeInclusive<u64> = 4..=32;

/// Most values of the records that are held at once, where the fewest blocks allow it.
const HELD: u64 = 1 << 23;

/// Reports the number of paths done so far, after each block and from any thread; returns false to
/// stop the run.
pub type Progress<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// A progress that nobody watches.
pub fn unwatched(_: u64) -> bool {
    true
}

/// Draws `paths` in parallel blocks: `open` makes the block's record, `visit` adds one future to
/// it, and `absorb` takes the records in order of their paths. `values_per_path` says how large a
/// record is, so that few large ones are held at once.
///
/// # Errors
/// The first error of a path, and [`Error::Interrupted`] when `progress` says so.
pub fn run<B: Send>(
    model: &Model,
    paths: Range<u64>,
    progress: Progress<'_>,
    values_per_path: usize,
    open: impl Fn(usize) -> B + Sync,
    visit: impl Fn(u64, &Future, &mut B) -> Result<(), Error> + Sync,
    mut absorb: impl FnMut(Vec<B>),
) -> Result<(), Error> {
    let done = AtomicU64::new(paths.start);
    let is_stopped = AtomicBool::new(false);
    let draw = |future: &mut Future, block: &[(u64, u64)]| {
        if is_stopped.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let count = block.len() as u64;
        let mut record = open(block.len());
        for &(path, drawn_as) in block {
            let drawn = model.draw(drawn_as, future);
            drawn.map_err(|_| Error::Overflow { path: Some(path) })?;
            visit(path, future, &mut record)?;
        }
        if !progress(done.fetch_add(count, Ordering::Relaxed) + count) {
            is_stopped.store(true, Ordering::Relaxed);
        }
        Ok(record)
    };
    let wave = HELD / (BLOCK * values_per_path as u64).max(1);
    let wave = BLOCK * wave.clamp(*WAVE.start(), *WAVE.end());
    let mut first = paths.start;
    let mut strata = Strata::new(model);
    while first < paths.end {
        let end = (first + wave).min(paths.end);
        let goes_on = || progress(done.load(Ordering::Relaxed));
        let futures = strata.futures(first..end, goes_on);
        let futures = (first..end).zip(futures.ok_or(Error::Interrupted)?);
        let futures: Vec<(u64, u64)> = futures.collect();
        let records: Vec<Result<B, Error>> = futures
            .par_chunks(BLOCK as usize)
            .map_init(|| model.future(), |future, block| draw(future, block))
            .collect();
        // In order, so that of several failures always the same one is reported.
        absorb(records.into_iter().collect::<Result<_, _>>()?);
        first = end;
    }
    if is_stopped.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    Ok(())
}
