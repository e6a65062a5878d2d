//! Many futures on all cores, with the same answer on any number of threads.
//!
//! Paths are cut into blocks of [`BLOCK`] consecutive paths. Blocks are worked on in parallel and
//! handed on in order of their paths, so whatever is summed is summed in one order. Every path
//! draws from streams of its own, so the first N paths of a run of 2N are the run of N.

use std::ops::Range;

use rayon::prelude::*;

use crate::demand::{Future, Model};
use crate::error::Error;

/// Paths in a block: enough to amortise its buffers, few enough to stay in cache.
pub const BLOCK: u64 = 64;

/// Blocks that are held at once before they are handed on.
const WAVE: u64 = 32;

/// Reports the number of paths done so far; returns false to stop the run.
pub type Progress<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// A progress that nobody watches.
pub fn unwatched(_: u64) -> bool {
    true
}

/// Draws `paths` in parallel blocks: `open` makes the block's record, `visit` adds one future to
/// it, and `absorb` takes the records in order of their paths.
///
/// # Errors
/// The first error of a path, and [`Error::Interrupted`] when `progress` says so.
pub fn run<B: Send>(
    model: &Model,
    paths: Range<u64>,
    progress: Progress<'_>,
    open: impl Fn(usize) -> B + Sync,
    visit: impl Fn(u64, &Future, &mut B) -> Result<(), Error> + Sync,
    mut absorb: impl FnMut(Vec<B>),
) -> Result<(), Error> {
    let mut first = paths.start;
    while first < paths.end {
        let end = (first + BLOCK * WAVE).min(paths.end);
        let blocks: Vec<Range<u64>> = (first..end)
            .step_by(BLOCK as usize)
            .map(|start| start..(start + BLOCK).min(end))
            .collect();
        let records: Vec<Result<B, Error>> = blocks
            .into_par_iter()
            .map_init(
                || model.future(),
                |future, block| {
                    let mut record = open((block.end - block.start) as usize);
                    for path in block {
                        model.draw(path, future)?;
                        visit(path, future, &mut record)?;
                    }
                    Ok(record)
                },
            )
            .collect();
        // In order, so that of several failures always the same one is reported.
        absorb(records.into_iter().collect::<Result<_, _>>()?);
        if !progress(end) {
            return Err(Error::Interrupted);
        }
        first = end;
    }
    Ok(())
}
