//! `flexcast compare`: ways to pay, or scenarios, on the same futures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cli::args::{Common, CompareArgs, Overrides};
use crate::cli::exit;
use crate::cli::folder::{Folder, RecordedCommand, hashes};
use crate::cli::input::Question;
use crate::cli::run::{emphasised, warn};
use crate::cli::talk::Talk;
use crate::cli::watched::{watched, watched_rounds};
use flexcast::error::Error;
use flexcast::forecast::compare::{
    Comparison, caveats, compare_point, compare_scenarios, compare_watched, remarks,
};
use flexcast::report::comparison;
use flexcast::report::rough::few;
use flexcast::scenario::Scenario;

/// How a record names it.
pub(crate) const COMPARE: &str = "compare";
/// How a record names it for the single-number plan.
pub(crate) const COMPARE_POINT: &str = "compare --point";

pub(crate) fn compare_ways(args: &CompareArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let began = Instant::now();
    args.job.overrides.without_precision("compare")?;
    let (first, others) = args.files.split_first().ok_or_else(no_file)?;
    let (question, scenarios) = load(first, others, &args.job.overrides)?;
    agree(&question, &scenarios)?;
    let folder = Folder::open(&args.job.output, &question)?;
    warn_of_all(&question, &scenarios, talk);
    let found = answer(&question, &scenarios, args.point, common, talk)?;
    if let Some(few) = few(found.paths) {
        talk.warn(&few);
    }
    if let Some(folder) = folder {
        let files = [comparison::file(&found)];
        let record = RecordedCommand {
            command: if args.point { COMPARE_POINT } else { COMPARE }.to_owned(),
            flags: question.flags.clone(),
            seed: question.scenario.simulation.seed,
            paths: found.paths,
            files: hashes(&files),
            wall_seconds: began.elapsed().as_secs_f64(),
        };
        folder.write(&files, record)?;
    }
    let scenario = &question.scenario;
    let shown = match args.job.json {
        true => format!("{:#}\n", comparison::json(scenario, &found)),
        false => emphasised(&comparison::page(scenario, &found, args.job.details)),
    };
    talk.result(&shown)?;
    Ok(exit::DONE)
}

/// Says how the comparison is to be read, what it does not use, and what is probably not meant, of several
/// files with the file's name.
fn warn_of_all(question: &Question, others: &[Scenario], talk: &Talk) {
    let all = named(question, others);
    let all: Vec<(&str, &Scenario)> = all.iter().map(|(name, one)| (&name[..], one)).collect();
    for said in caveats(&all).into_iter().chain(remarks(&all)) {
        talk.warn(&said);
    }
    if others.is_empty() {
        return warn(&question.scenario, talk);
    }
    let sources = question.others.iter().map(|(source, _)| source);
    let sources = std::iter::once(&question.source).chain(sources);
    let scenarios = std::iter::once(&question.scenario).chain(others);
    for (source, scenario) in sources.zip(scenarios) {
        for warning in &scenario.warnings {
            talk.warn(&format!("{source}: {warning}"));
        }
    }
}

/// Reads all files: the first with where the others come from, and the scenarios of these.
///
/// # Errors
/// What is wrong with each of them.
fn load(
    first: &Path,
    others: &[PathBuf],
    overrides: &Overrides,
) -> Result<(Question, Vec<Scenario>), Error> {
    let mut errors = Vec::new();
    let mut load = |file: &Path| {
        let read = Question::load(Some(file), overrides);
        read.map_err(|error| errors.push(error)).ok()
    };
    let first = load(first);
    let others: Vec<Question> = others.iter().filter_map(|file| load(file)).collect();
    match first {
        Some(mut question) if errors.is_empty() => {
            let mut scenarios = Vec::new();
            for other in others {
                question.others.push((other.source, other.text));
                scenarios.push(other.scenario);
            }
            Ok((question, scenarios))
        }
        _ if errors.len() == 1 => Err(errors.remove(0)),
        _ => Err(Error::Several(errors)),
    }
}

fn no_file() -> Error {
    Error::Usage("compare needs a scenario file".to_owned())
}

/// Compares the ways of a question, or it with other scenarios.
pub(crate) fn answer(
    question: &Question,
    others: &[Scenario],
    is_point: bool,
    common: &Common,
    talk: &Talk,
) -> Result<Comparison, Error> {
    let scenario = &question.scenario;
    let paths = scenario.simulation.paths;
    if !others.is_empty() {
        let named = named(question, others);
        let paths = paths * named.len() as u64;
        return watched(paths, common, talk, |progress| {
            compare_scenarios(&named, is_point, progress)
        });
    }
    if is_point {
        return compare_point(scenario);
    }
    watched_rounds(paths, common, talk, |progress, rounds| {
        compare_watched(scenario, progress, rounds)
    })
}

/// Scenarios by name, or by file where a name repeats.
fn named(question: &Question, others: &[Scenario]) -> Vec<(String, Scenario)> {
    let sources = question.others.iter().map(|(source, _)| source);
    let sources: Vec<&String> = std::iter::once(&question.source).chain(sources).collect();
    let scenarios: Vec<&Scenario> = std::iter::once(&question.scenario).chain(others).collect();
    let names: Vec<String> = scenarios.iter().map(|one| one.name.clone()).collect();
    let names = match are_different(&names) {
        true => names,
        false => by_file(&sources),
    };
    names
        .into_iter()
        .zip(scenarios.into_iter().cloned())
        .collect()
}

/// Names of files: without the extension, with it, and with as many of their folders as tell them apart.
/// A file that is named again has a number.
fn by_file(sources: &[&String]) -> Vec<String> {
    let paths: Vec<&Path> = sources.iter().map(Path::new).collect();
    let depths = paths.iter().map(|path| path.components().count());
    for parts in 1..=depths.max().unwrap_or(1) {
        for has_extension in [false, true] {
            let name = |path: &&Path| {
                let skipped = path.components().count().saturating_sub(parts);
                let mut end: PathBuf = path.components().skip(skipped).collect();
                if !has_extension {
                    end.set_extension("");
                }
                end.display().to_string()
            };
            let names: Vec<String> = paths.iter().map(name).collect();
            if are_different(&names) {
                return names;
            }
        }
    }
    let numbered = sources.iter().enumerate().map(|(place, source)| {
        let before = sources[..place].iter().filter(|other| other == &source);
        match before.count() {
            0 => (*source).clone(),
            before => format!("{source} ({})", before + 1),
        }
    });
    numbered.collect()
}

fn are_different(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// Refuses scenarios in different currencies.
fn agree(question: &Question, others: &[Scenario]) -> Result<(), Error> {
    let first = &question.scenario;
    let others = others.iter().zip(&question.others);
    let refused = others.filter(|(other, _)| other.currency != first.currency);
    let refused = refused.map(|(other, (source, _))| {
        format!(
            "{source} is in {}, {} in {}; compare scenarios in one currency",
            other.currency, question.source, first.currency
        )
    });
    let refused: Vec<String> = refused.collect();
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Error::Usage(refused.join("\n"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_by_as_much_of_their_paths_as_that_takes() {
        for (files, names) in [
            (["a/x.toml", "b/y.v2.toml"], ["x", "y.v2"]),
            (["x.toml", "x.txt"], ["x.toml", "x.txt"]),
            (["a/x.toml", "b/x.toml"], ["a/x", "b/x"]),
            (["/c/a/x.toml", "/d/a/x.toml"], ["c/a/x", "d/a/x"]),
            (["x.toml", "a/x.toml"], ["x", "a/x"]),
            (["x.toml", "x.toml"], ["x.toml", "x.toml (2)"]),
        ] {
            let files = files.map(str::to_owned);
            let found = by_file(&files.iter().collect::<Vec<_>>());
            assert_eq!(found, names);
        }
    }
}
