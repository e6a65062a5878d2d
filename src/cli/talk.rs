//! Talk: results to standard output, words to standard error, a progress bar, signals.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::diagnostics;
use flexcast::error::Error;

/// How to talk.
#[derive(Debug)]
pub(crate) struct Talk {
    quiet: bool,
    color: ColorChoice,
}

impl Talk {
    pub(crate) fn new(quiet: bool, color: ColorChoice) -> Self {
        Self { quiet, color }
    }

    /// Writes a result to standard output. A reader that closed the pipe has all it wants.
    pub(crate) fn result(&self, text: &str) -> Result<(), Error> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.color);
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Io {
                path: "standard output".into(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Says something on standard error unless asked to be quiet.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Warns on standard error unless asked to be quiet.
    pub(crate) fn warn(&self, text: &str) {
        let style = Style::new().fg_color(Some(AnsiColor::Yellow.into())).bold();
        self.say(&format!("{style}warning:{style:#} {text}"));
    }

    /// Reports an error, quiet or not.
    pub(crate) fn error(&self, error: &Error) {
        let text = match error {
            Error::Scenario(problems) => diagnostics::render(problems, self.is_colored()),
            Error::Several(all) => return all.iter().for_each(|one| self.error(one)),
            other => {
                let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
                format!("{style}error:{style:#} {other}")
            }
        };
        self.stderr(&text);
    }

    fn is_colored(&self) -> bool {
        let choice = match self.color {
            ColorChoice::Auto => AutoStream::choice(&io::stderr()),
            fixed => fixed,
        };
        choice != ColorChoice::Never
    }

    /// A failure to write to standard error has nowhere to be reported.
    fn stderr(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        let _ = writeln!(stderr, "{text}");
    }

    /// A bar over `paths` paths: hidden unless standard error is a terminal, and for the first
    /// second.
    pub(crate) fn bar(&self, paths: u64) -> Bar {
        let hidden = self.quiet || !io::stderr().is_terminal();
        let target = if hidden {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        Bar {
            bar: ProgressBar::with_draw_target(Some(paths), ProgressDrawTarget::hidden())
                .with_style(style(FUTURES)),
            paths,
            target: std::sync::Mutex::new(Some(target)),
            rounds: AtomicU64::new(0),
            began: std::time::Instant::now(),
        }
    }
}

/// A progress bar that appears after a second.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// Paths that were asked for.
    paths: u64,
    target: std::sync::Mutex<Option<ProgressDrawTarget>>,
    /// Rounds of break-evens that have begun.
    rounds: AtomicU64,
    began: std::time::Instant,
}

impl Bar {
    /// Shows how many paths are done; false when a signal asked to stop.
    pub(crate) fn update(&self, done: u64) -> bool {
        self.appear();
        // More than was asked for is more of the same: a run doubled, or the same paths once more.
        if self.bar.length().is_some_and(|length| done > length) {
            self.bar
                .set_length(done.next_multiple_of(self.paths.max(1)));
        }
        // Blocks report from several threads: the bar only moves forward.
        if done > self.bar.position() {
            self.bar.set_position(done);
        }
        !is_interrupted()
    }
}

impl Bar {
    /// Shows how many bills of a round of break-evens are made; false when a signal asked to stop.
    pub(crate) fn round(&self, made: u64, all: u64) -> bool {
        self.appear();
        if made == 0 && all > 0 {
            let round = self.rounds.fetch_add(1, Ordering::Relaxed) + 1;
            self.bar.set_style(style(BREAK_EVENS));
            self.bar.set_prefix(round.to_string());
            self.bar.set_length(all);
            self.bar.set_position(0);
        } else if made > self.bar.position() {
            self.bar.set_position(made);
        }
        !is_interrupted()
    }

    /// After a second.
    fn appear(&self) {
        if self.began.elapsed() > Duration::from_secs(1)
            && let Some(target) = self.target.lock().ok().and_then(|mut target| target.take())
        {
            self.bar.set_draw_target(target);
        }
    }
}

/// What a bar tells of paths, and of break-evens.
const FUTURES: &str = "{bar:40} {human_pos} of {human_len} futures, {eta} left";
const BREAK_EVENS: &str =
    "{bar:20} {human_pos} of {human_len} bills for break-evens, round {prefix}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is valid")
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Raised by the first signal.
static SIGNAL: OnceLock<Arc<AtomicBool>> = OnceLock::new();
/// Raised by SIGTERM.
static TERMINATED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on the first SIGINT or SIGTERM asks the run to stop, and a second one ends the
/// process at once.
pub(crate) fn watch_signals() -> Result<(), Error> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let asked = Arc::new(AtomicBool::new(false));
    let terminated = Arc::new(AtomicBool::new(false));
    let register = || -> io::Result<()> {
        for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
            // In this order: the first signal finds the flag down and only raises it.
            signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&asked))?;
            signal_hook::flag::register(signal, Arc::clone(&asked))?;
        }
        signal_hook::flag::register(SIGTERM, Arc::clone(&terminated))?;
        Ok(())
    };
    register().map_err(|source| Error::Io {
        path: "signal handlers".into(),
        source,
    })?;
    let _ = SIGNAL.set(asked);
    let _ = TERMINATED.set(terminated);
    Ok(())
}

fn is_interrupted() -> bool {
    SIGNAL
        .get()
        .is_some_and(|asked| asked.load(Ordering::Relaxed))
}

/// 143 after SIGTERM, else 130.
pub(crate) fn interrupt_code() -> u8 {
    let terminated = TERMINATED.get().is_some_and(|t| t.load(Ordering::Relaxed));
    if terminated { 143 } else { 130 }
}
