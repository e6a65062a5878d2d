//! The folder that results go to: whole files or none, and `run.json`, which says what made them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cli::args::Output;
use crate::cli::input::{Question, sha256};
use flexcast::error::Error;
use flexcast::randomness::streams::STREAMS_VERSION;
use flexcast::report::csv::File;

/// Name of the record.
pub(crate) const RECORD: &str = "run.json";

/// Names of the files that commands write.
const NAMES: [&str; 9] = [
    "percentiles.csv",
    "exhaustion.csv",
    "daily.csv",
    "alerts.csv",
    "summary.csv",
    "summary.json",
    "sizing.csv",
    "comparison.csv",
    "sensitivity.csv",
];

/// What made the files of a folder.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Record {
    /// Version of the program.
    pub(crate) version: String,
    /// Version of the random streams.
    pub(crate) streams: u32,
    /// Seed of the latest command.
    pub(crate) seed: u64,
    /// Paths of the latest command.
    pub(crate) paths: u64,
    /// The scenario's text and what changed it.
    pub(crate) scenario: RecordedScenario,
    /// The commands that wrote here, the latest of each.
    pub(crate) commands: Vec<RecordedCommand>,
}

/// A scenario as recorded.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct RecordedScenario {
    /// Its name.
    pub(crate) name: String,
    /// Where it was read from.
    pub(crate) source: String,
    /// SHA-256 of the text and of `set`.
    pub(crate) hash: String,
    /// `--set` as given.
    pub(crate) set: Vec<String>,
    /// The text as read.
    pub(crate) text: String,
    /// Other scenarios that were compared with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) others: Vec<OtherScenario>,
}

/// A scenario that another was compared with.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct OtherScenario {
    /// Where it was read from.
    pub(crate) source: String,
    /// The text as read.
    pub(crate) text: String,
}

/// A command as recorded.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct RecordedCommand {
    /// `run`, `run --sampling qmc` or `stratified`, `run --point`, `size` with its flags, `compare`, `compare --point` or
    /// `sensitivity`.
    pub(crate) command: String,
    /// `--paths`, `--seed` and `--precision`, as settings.
    pub(crate) flags: Vec<String>,
    /// The seed.
    pub(crate) seed: u64,
    /// Paths simulated.
    pub(crate) paths: u64,
    /// SHA-256 of each file it wrote.
    pub(crate) files: BTreeMap<String, String>,
    /// Seconds from the command's start to its last file: the one thing that may differ.
    pub(crate) wall_seconds: f64,
}

/// A folder that is ready to be written to.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    record: Record,
    /// Files of another scenario that `--force` gives up.
    stale: Vec<String>,
    /// True while the folder is this command's own and holds nothing yet.
    is_new: bool,
}

impl Folder {
    /// Prepares the folder asked for, if any, before any work is done: a folder that cannot be
    /// written, or that holds another scenario's results, fails in the first second.
    pub(crate) fn open(output: &Output, question: &Question) -> Result<Option<Self>, Error> {
        let Some(path) = &output.out else {
            return Ok(None);
        };
        if path.is_file() {
            return Err(Error::Io {
                path: path.clone(),
                source: std::io::Error::other("is a file; --out names a folder"),
            });
        }
        let is_new = !path.exists();
        fs::create_dir_all(path).map_err(failed(path))?;
        tempfile::NamedTempFile::new_in(path).map_err(failed(path))?;
        let mut folder = Self {
            path: path.clone(),
            record: Record {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                streams: STREAMS_VERSION,
                seed: question.scenario.simulation.seed,
                paths: 0,
                scenario: RecordedScenario {
                    name: question.scenario.name.clone(),
                    source: question.source.clone(),
                    hash: question.hash(),
                    set: question.sets.clone(),
                    text: question.text.clone(),
                    others: question
                        .others
                        .iter()
                        .map(|(source, text)| OtherScenario {
                            source: source.clone(),
                            text: text.clone(),
                        })
                        .collect(),
                },
                commands: Vec::new(),
            },
            stale: Vec::new(),
            is_new,
        };
        folder.adopt(output.force)?;
        Ok(Some(folder))
    }

    /// Takes over the record of earlier commands on the same scenario.
    fn adopt(&mut self, force: bool) -> Result<(), Error> {
        let path = self.path.join(RECORD);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return self.refuse_unknown(force);
            }
            Err(error) => return Err(failed(&path)(error)),
        };
        let earlier = serde_json::from_str::<Record>(&text).ok();
        match earlier {
            Some(earlier) if earlier.scenario.hash == self.record.scenario.hash => {
                self.record.commands = earlier.commands;
                Ok(())
            }
            other if force => {
                let commands = other.map_or_else(Vec::new, |record| record.commands);
                let names = commands
                    .into_iter()
                    .flat_map(|command| command.files.into_keys());
                self.stale = names.filter(|name| is_plain(name)).collect();
                Ok(())
            }
            other => {
                let whose = other.map_or_else(
                    || "results that this version cannot read".to_owned(),
                    |record| {
                        format!(
                            "the results of another scenario, {:?}",
                            record.scenario.name
                        )
                    },
                );
                Err(Error::Usage(format!(
                    "{} holds {whose}; choose another folder, or add --force to replace them",
                    self.path.display()
                )))
            }
        }
    }

    /// Without a record, files by the names of ours are somebody else's.
    fn refuse_unknown(&self, force: bool) -> Result<(), Error> {
        let taken = NAMES.iter().find(|name| self.path.join(name).exists());
        match taken {
            Some(name) if !force => Err(Error::Usage(format!(
                "{} has a {name} but no {RECORD} that says what made it; choose another folder, \
                 or add --force to replace it",
                self.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Writes the files of a command, and the record last.
    pub(crate) fn write(mut self, files: &[File], command: RecordedCommand) -> Result<(), Error> {
        self.is_new = false;
        for name in &self.stale {
            let path = self.path.join(name);
            if path.exists() {
                fs::remove_file(&path).map_err(failed(&path))?;
            }
        }
        for file in files {
            write_whole(&self.path.join(file.name), &file.bytes)?;
        }
        self.record.seed = command.seed;
        self.record.paths = command.paths;
        // A file belongs to the command that wrote it last.
        for earlier in &mut self.record.commands {
            earlier
                .files
                .retain(|name, _| !command.files.contains_key(name));
        }
        self.record
            .commands
            .retain(|earlier| earlier.command != command.command && !earlier.files.is_empty());
        self.record.commands.push(command);
        let mut text = serde_json::to_string_pretty(&self.record).expect("a record is valid JSON");
        text.push('\n');
        write_whole(&self.path.join(RECORD), text.as_bytes())
    }
}

impl Drop for Folder {
    /// A command that fails before it writes leaves no empty folder of its own.
    fn drop(&mut self) {
        if self.is_new {
            // Only an empty folder can be removed this way; what another process put there stays.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Hashes of some files by name.
pub(crate) fn hashes(files: &[File]) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|file| (file.name.to_owned(), sha256(&file.bytes)))
        .collect()
}

/// Writes a file that is whole or absent, whatever happens: a temporary file in the same folder,
/// fsync, rename, fsync of the folder.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .permissions(permissions())
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(failed(path))
}

/// What a new file may be read by, less the process's mask: not only its owner, as is the habit
/// of temporary files.
fn permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::Permissions::from_mode(0o666)
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Error {
    move |source| Error::Io {
        path: path.to_owned(),
        source,
    }
}

/// True for a name without folders: a record is not trusted to point elsewhere.
pub(crate) fn is_plain(name: &str) -> bool {
    Path::new(name).components().count() == 1
        && Path::new(name).file_name().is_some_and(|file| file == name)
}
