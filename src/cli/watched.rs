//! Work that takes its time: on the threads asked for, under a progress bar, until it is done or a
//! signal stops it.

use crate::cli::args::Common;
use crate::cli::talk::{Talk, watch_signals};
use flexcast::error::Error;
use flexcast::forecast::compare::Rounds;
use flexcast::simulate::Progress;

/// Compares ways to pay: paths, then rounds of break-evens.
pub(crate) fn watched_rounds<T: Send>(
    paths: u64,
    common: &Common,
    talk: &Talk,
    work: impl FnOnce(Progress<'_>, Rounds<'_>) -> Result<T, Error> + Send,
) -> Result<T, Error> {
    watch_signals()?;
    let bar = talk.bar(paths);
    on_threads(common, || {
        work(&|done| bar.update(done), &|made, all| bar.round(made, all))
    })?
}

/// Does some work over so many paths, which is to tell how far it has come.
pub(crate) fn watched<T: Send>(
    paths: u64,
    common: &Common,
    talk: &Talk,
    work: impl FnOnce(Progress<'_>) -> Result<T, Error> + Send,
) -> Result<T, Error> {
    watch_signals()?;
    let bar = talk.bar(paths);
    on_threads(common, || work(&|done| bar.update(done)))?
}

fn on_threads<T: Send>(common: &Common, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let threads = usize::from(common.threads.unwrap_or(0));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Io {
        path: "worker threads".into(),
        source: std::io::Error::other(error),
    })?;
    Ok(pool.install(work))
}
