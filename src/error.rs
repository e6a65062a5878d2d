//! What can go wrong, in one place.
//!
//! A user's mistake is data: a [`Problem`] with place, value and remedy, collected with all the
//! others of the same file. A failure of the work is an [`Error`]. Our own mistakes panic.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// A text that a scenario is read from: the file itself, or one `--set` argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages name it: the path as the user gave it, or `--set`.
    pub name: String,
    /// The whole text, in which spans are byte ranges.
    pub text: String,
}

/// Where something was written: a byte range of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index into the list of sources that was read (0 is the file, then each `--set` in order).
    pub source: usize,
    /// Byte range in that source's text.
    pub span: Range<usize>,
}

/// A mistake of the user: where, what was found, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written.
    pub place: Place,
    /// Dotted path of the key, tables of an array by their name: `workload.service.seats`.
    pub key: String,
    /// What is wrong, with the offending value, in one line.
    pub message: String,
    /// What to write instead, in one line.
    pub remedy: String,
}

/// All mistakes of one input at once, in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The texts that the places point into.
    pub sources: Vec<Source>,
    /// At least one.
    pub list: Vec<Problem>,
}

impl Problems {
    /// Line and column of a problem's place, both counted from 1 (columns in characters).
    pub fn position(&self, problem: &Problem) -> (usize, usize) {
        let text = &self.sources[problem.place.source].text;
        let start = problem.place.span.start.min(text.len());
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        (line, column)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            let (line, column) = self.position(problem);
            let name = &self.sources[problem.place.source].name;
            let separator = if index == 0 { "" } else { "\n" };
            write!(
                f,
                "{separator}{name}:{line}:{column}: {}: {} ({})",
                problem.key, problem.message, problem.remedy
            )?;
        }
        Ok(())
    }
}

/// Why the work could not be done.
#[derive(Debug)]
pub enum Error {
    /// The scenario has mistakes.
    Scenario(Problems),
    /// The command line asks for something that cannot be: what, and what to do instead.
    Usage(String),
    /// Credits, money or agent-days pass what 64-bit integers can hold.
    Overflow {
        /// The path, counted from 0; `None` for the single-number plan and what follows from it.
        path: Option<u64>,
    },
    /// Reading or writing failed.
    Io {
        /// What was being read or written.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A signal asked the run to stop.
    Interrupted,
    /// What is wrong with each of several files.
    Several(Vec<Error>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(problems) => problems.fmt(f),
            Self::Usage(message) => f.write_str(message),
            Self::Overflow { path } => {
                match path {
                    Some(path) => write!(f, "path {path}")?,
                    None => f.write_str("the single-number plan or a purchase")?,
                }
                f.write_str(
                    " comes to more credits, money or agent-days than the ledger's integers hold \
                     (9.2e12); bound the uncertain inputs with `max`",
                )
            }
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Several(errors) => {
                let told: Vec<String> = errors.iter().map(Self::to_string).collect();
                f.write_str(&told.join("\n"))
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
