//! `flexcast run --verify run.json`: run it again and compare every file.

use std::fmt::Write;
use std::path::Path;

use crate::cli::args::Common;
use crate::cli::compare::{COMPARE, COMPARE_POINT, answer};
use crate::cli::exit;
use crate::cli::folder::{Record, RecordedCommand, RecordedScenario, hashes, is_plain};
use crate::cli::input::{Question, sha256};
use crate::cli::run::{RUN_QMC, RUN_STRATIFIED, files, simulate};
use crate::cli::sensitivity;
use crate::cli::size::{flags_of, question as question_of, sized};
use crate::cli::talk::Talk;
use flexcast::error::Error;
use flexcast::forecast::point;
use flexcast::randomness::Sampling;
use flexcast::randomness::streams::STREAMS_VERSION;
use flexcast::report::csv::{self, File};
use flexcast::report::{comparison, drivers};
use flexcast::summarise::store::Detail;

pub(crate) fn verify(path: &Path, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let record = read(path)?;
    if record.streams != STREAMS_VERSION {
        return Err(Error::Usage(format!(
            "{} was made with streams = {}, this version draws streams = {STREAMS_VERSION}; verify \
             it with flexcast {}",
            path.display(),
            record.streams,
            record.version
        )));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut text = String::new();
    let mut is_same = true;
    for command in &record.commands {
        let again = rerun(&record, command, common, talk)?;
        for (name, expected) in &command.files {
            let verdict = verdict(folder, name, expected, again.get(name));
            is_same &= verdict == "same";
            let _ = writeln!(text, "{verdict:<8} {name} ({})", command.command);
        }
    }
    talk.result(&text)?;
    Ok(if is_same { exit::DONE } else { exit::FAILED })
}

/// What became of a recorded file: it must be in the folder as it was recorded, and running it
/// again must give it once more.
fn verdict(folder: &Path, name: &str, recorded: &str, again: Option<&String>) -> &'static str {
    let kept = is_plain(name).then(|| std::fs::read(folder.join(name)));
    match kept {
        Some(Ok(bytes)) if sha256(&bytes) != recorded => "CHANGED",
        Some(Ok(_)) if again.is_some_and(|hash| hash == recorded) => "same",
        Some(Ok(_)) => "DIFFERS",
        _ => "MISSING",
    }
}

fn read(path: &Path) -> Result<Record, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| {
        Error::Usage(format!(
            "{}: not a run.json of this version: {error}",
            path.display()
        ))
    })
}

fn rerun(
    record: &Record,
    command: &RecordedCommand,
    common: &Common,
    talk: &Talk,
) -> Result<std::collections::BTreeMap<String, String>, Error> {
    let recorded = &record.scenario;
    let mut question = Question::new(
        recorded.source.clone(),
        recorded.text.clone(),
        recorded.set.clone(),
        command.flags.clone(),
    )?;
    question.scenario.simulation.sampling = match command.command.as_str() {
        RUN_QMC => Sampling::Quasi,
        RUN_STRATIFIED => Sampling::Stratified,
        _ => Sampling::Random,
    };
    let scenario = &question.scenario;
    let files = match command.command.as_str() {
        "run" | RUN_QMC | RUN_STRATIFIED => {
            files(scenario, &simulate(scenario, Detail::Full, common, talk)?)
        }
        "run --point" => files(scenario, &point(scenario)?),
        "sensitivity" => {
            vec![drivers::table(
                scenario,
                &sensitivity::find(scenario, common, talk)?,
            )]
        }
        COMPARE | COMPARE_POINT => {
            let is_point = command.command == COMPARE_POINT;
            vec![compared(&question, recorded, is_point, common, talk)?]
        }
        other => {
            if let Some(flags) = flags_of(other) {
                let forecast = sized(scenario, question_of(&flags, &question)?, common, talk)?;
                let files: Vec<_> = forecast
                    .sizes
                    .iter()
                    .map(|sizes| csv::sizing(scenario, sizes))
                    .collect();
                return Ok(hashes(&files));
            }
            return Err(Error::Usage(format!(
                "run.json lists the command {other:?}, which this version does not know"
            )));
        }
    };
    Ok(hashes(&files))
}

/// comparison.csv once more, of as many scenarios as were recorded.
fn compared(
    question: &Question,
    recorded: &RecordedScenario,
    is_point: bool,
    common: &Common,
    talk: &Talk,
) -> Result<File, Error> {
    let mut others = Vec::new();
    let mut sources = Vec::new();
    for other in &recorded.others {
        let (source, text) = (other.source.clone(), other.text.clone());
        let (sets, flags) = (question.sets.clone(), question.flags.clone());
        sources.push((source.clone(), text.clone()));
        others.push(Question::new(source, text, sets, flags)?.scenario);
    }
    let question = Question {
        scenario: question.scenario.clone(),
        source: question.source.clone(),
        text: question.text.clone(),
        others: sources,
        sets: question.sets.clone(),
        flags: question.flags.clone(),
    };
    let found = answer(&question, &others, is_point, common, talk)?;
    Ok(comparison::file(&found))
}
