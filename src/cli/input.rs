//! Reading a question: the scenario file and what the command line changes in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cli::args::Overrides;
use flexcast::error::{Error, Source};
use flexcast::scenario::{Scenario, read};

/// The embedded default scenario.
pub(crate) const DEFAULT: &str = include_str!("../../scenarios/service-desk.toml");

/// More of a file than this is not read: the scenario refuses it anyway.
const MOST: u64 = 4 * 1024 * 1024 + 1;

/// A scenario with the text and the changes it came from.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) scenario: Scenario,
    /// How messages name it.
    pub(crate) source: String,
    pub(crate) text: String,
    /// Other scenarios that it is compared with: where they were read from, and their texts.
    pub(crate) others: Vec<(String, String)>,
    /// `--set` as given.
    pub(crate) sets: Vec<String>,
    /// `--paths`, `--seed` and `--precision`, as settings.
    pub(crate) flags: Vec<String>,
}

impl Question {
    /// Reads a scenario file, standard input for `-`, the embedded default for none.
    pub(crate) fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Self, Error> {
        let (source, text) = match file {
            None => ("service-desk.toml".to_owned(), DEFAULT.to_owned()),
            Some(path) if path == Path::new("-") => {
                ("standard input".to_owned(), text(path, io::stdin().lock())?)
            }
            Some(path) => {
                let name = path.display().to_string();
                (name, text(path, open(path)?)?)
            }
        };
        Self::new(source, text, overrides.set.clone(), overrides.flags()?)
    }

    /// A question from its parts.
    pub(crate) fn new(
        source: String,
        text: String,
        sets: Vec<String>,
        flags: Vec<String>,
    ) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Err(Error::Usage(format!(
                "{source} is empty; start with `flexcast new agents > mine.toml`"
            )));
        }
        let written = Source {
            name: source.clone(),
            text: text.clone(),
        };
        let all: Vec<String> = sets.iter().chain(&flags).cloned().collect();
        let scenario = read(written, &all).map_err(Error::Scenario)?;
        Ok(Self {
            scenario,
            source,
            text,
            others: Vec::new(),
            sets,
            flags,
        })
    }

    /// Hash of the text and of `--set`: two commands with the same hash ask of the same scenario.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.text.as_bytes());
        for (_, text) in &self.others {
            hasher.update([1]);
            hasher.update(text.as_bytes());
        }
        for set in &self.sets {
            hasher.update([0]);
            hasher.update(set.as_bytes());
        }
        hex(&hasher.finalize())
    }
}

impl Overrides {
    /// The flags that have their own names, as settings.
    fn flags(&self) -> Result<Vec<String>, Error> {
        let paths = self.paths.map(|paths| format!("simulation.paths={paths}"));
        let seed = self.seed.map(|seed| format!("simulation.seed={seed}"));
        let mut flags: Vec<String> = paths.into_iter().chain(seed).collect();
        for target in self.precision.iter().flat_map(|targets| targets.split(',')) {
            match target.split_once('=') {
                Some((figure, share)) if share.trim().parse::<f64>().is_ok() => {
                    flags.push(format!(
                        "simulation.precision.{}={}",
                        figure.trim(),
                        share.trim()
                    ));
                }
                _ => {
                    return Err(Error::Usage(format!(
                        "--precision {target} is not a figure and a share of it; write for example \
                         --precision p95_spend=0.005"
                    )));
                }
            }
        }
        Ok(flags)
    }
}

/// Hash of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn open(path: &Path) -> Result<File, Error> {
    if path.is_dir() {
        return Err(Error::Io {
            path: path.to_owned(),
            source: io::Error::other("is a folder; name a scenario file"),
        });
    }
    File::open(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}

fn text(path: &Path, reader: impl Read) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = reader.take(MOST).read_to_end(&mut bytes);
    read.map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let lines = error.as_bytes()[..valid]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        Error::Usage(format!(
            "{}:{}: not UTF-8 text; save the scenario as UTF-8",
            path.display(),
            lines + 1
        ))
    })
}
