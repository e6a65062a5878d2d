//! `flexcast compare`: ways to pay, or scenarios, on the same futures.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use crate::cli::args::{Common, CompareArgs};
use crate::cli::exit;
use crate::cli::folder::{Folder, RecordedCommand, hashes};
use crate::cli::input::Question;
use crate::cli::run::{emphasised, warn};
use crate::cli::talk::Talk;
use crate::cli::watched::watched;
use flexcast::error::Error;
use flexcast::forecast::compare::{Comparison, compare, compare_point, compare_scenarios};
use flexcast::report::comparison;
use flexcast::scenario::Scenario;

/// How a record names it.
pub(crate) const COMPARE: &str = "compare";
/// How a record names it for the single-number plan.
pub(crate) const COMPARE_POINT: &str = "compare --point";

pub(crate) fn compare_ways(args: &CompareArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let began = Instant::now();
    if !args.job.overrides.precision.is_empty() {
        return Err(Error::Usage(
            "compare runs simulation.paths futures; leave out --precision, or write --paths"
                .to_owned(),
        ));
    }
    let (first, others) = args.files.split_first().ok_or_else(no_file)?;
    let mut question = Question::load(Some(first), &args.job.overrides)?;
    let mut scenarios = Vec::new();
    for file in others {
        let other = Question::load(Some(file), &args.job.overrides)?;
        question.others.push((other.source, other.text));
        scenarios.push(other.scenario);
    }
    agree(&question, &scenarios, talk)?;
    let folder = Folder::open(&args.job.output, &question)?;
    warn_of_all(&question, &scenarios, talk);
    let found = answer(&question, &scenarios, args.point, common, talk)?;
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

/// Says what is probably not meant, of several files with the file's name.
fn warn_of_all(question: &Question, others: &[Scenario], talk: &Talk) {
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
    watched(paths, common, talk, |progress| compare(scenario, progress))
}

/// Scenarios by name, or by file where a name repeats.
fn named(question: &Question, others: &[Scenario]) -> Vec<(String, Scenario)> {
    let sources = question.others.iter().map(|(source, _)| source);
    let sources = std::iter::once(&question.source).chain(sources);
    let scenarios = || std::iter::once(&question.scenario).chain(others);
    let names: BTreeSet<&str> = scenarios().map(|scenario| scenario.name.as_str()).collect();
    let are_unique = names.len() == others.len() + 1;
    let name = |(scenario, source): (&Scenario, &String)| {
        let stem = Path::new(source).file_stem();
        let name = match stem.filter(|_| !are_unique) {
            Some(stem) => stem.to_string_lossy().into_owned(),
            None => scenario.name.clone(),
        };
        (name, scenario.clone())
    };
    scenarios().zip(sources).map(name).collect()
}

/// Refuses scenarios in different currencies; says what else sets them apart, and what is not
/// compared.
fn agree(question: &Question, others: &[Scenario], talk: &Talk) -> Result<(), Error> {
    let first = &question.scenario;
    for (other, (source, _)) in others.iter().zip(&question.others) {
        if other.currency != first.currency {
            return Err(Error::Usage(format!(
                "{source} is in {}, {} in {}; compare scenarios in one currency",
                other.currency, question.source, first.currency
            )));
        }
        let days = |scenario: &Scenario| {
            let horizon = &scenario.horizon;
            (horizon.start(), horizon.days())
        };
        if days(other) != days(first) {
            talk.warn(&format!(
                "{source} has other days than {}: the difference in cost is that of the horizons \
                 too",
                question.source
            ));
        }
    }
    let has_alternatives = |scenario: &Scenario| !scenario.alternatives.is_empty();
    if !others.is_empty() && (has_alternatives(first) || others.iter().any(has_alternatives)) {
        talk.warn("of several files only the contracts are compared, not their [[alternative]]s");
    }
    if others.is_empty() && !has_alternatives(first) {
        talk.warn(&format!(
            "{} has no [[alternative]] to compare the contract with; add one, or name a second \
             file",
            question.source
        ));
    }
    if std::iter::once(first)
        .chain(others)
        .any(|s| !s.simulation.precision.is_empty())
    {
        talk.warn("compare runs simulation.paths futures, whatever simulation.precision says");
    }
    Ok(())
}
