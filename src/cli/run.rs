//! `flexcast run`: simulate, print the summary, write the files.

use std::time::Instant;

use crate::cli::args::{Common, How, RunArgs};
use crate::cli::exit;
use crate::cli::folder::{Folder, RecordedCommand, hashes};
use crate::cli::input::Question;
use crate::cli::talk::Talk;
use crate::cli::verify;
use crate::cli::watched::watched;
use flexcast::error::Error;
use flexcast::forecast::{Forecast, Stopped, forecast, point};
use flexcast::randomness::Sampling;
use flexcast::report::csv::{self, File};
use flexcast::report::rough::rough_mean;
use flexcast::report::{details, json, summary};
use flexcast::scenario::Scenario;
use flexcast::summarise::store::Detail;
use flexcast::units::Credits;

pub(crate) fn run(args: &RunArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let flags = &args.flags;
    if let Some(record) = &flags.verify {
        if let Some(file) = &args.file {
            return Err(Error::Usage(format!(
                "--verify runs what its run.json recorded; leave out {}",
                file.display()
            )));
        }
        return verify::verify(record, common, talk);
    }
    let began = Instant::now();
    let mut question = Question::load(args.file.as_deref(), &flags.overrides)?;
    question.scenario.simulation.sampling = flags.sampling.unwrap_or(How::Random).into();
    let folder = Folder::open(&flags.output, &question)?;
    warn(&question.scenario, talk);
    let detail = if folder.is_some() || flags.details {
        Detail::Full
    } else {
        Detail::Summary
    };
    let command = match question.scenario.simulation.sampling {
        _ if flags.point => "run --point",
        Sampling::Random => "run",
        Sampling::Quasi => RUN_QMC,
        Sampling::Stratified => RUN_STRATIFIED,
    };
    let forecast = if flags.point {
        point(&question.scenario)?
    } else {
        simulate(&question.scenario, detail, common, talk)?
    };
    warn_of_nothing(&forecast, talk);
    if let Some(warning) = rough_mean(&forecast) {
        talk.warn(&warning);
    }
    if let Some(folder) = folder {
        let files = files(&question.scenario, &forecast);
        let recorded = recorded(command, &question, &forecast, &files, began);
        folder.write(&files, recorded)?;
    }
    talk.result(&shown(
        &question.scenario,
        &forecast,
        flags.json,
        flags.details,
    ))?;
    Ok(code(&forecast, talk))
}

/// How a record names a quasi-random run and a stratified one.
pub(crate) const RUN_QMC: &str = "run --sampling qmc";
pub(crate) const RUN_STRATIFIED: &str = "run --sampling stratified";

/// The files of a run.
pub(crate) fn files(scenario: &Scenario, forecast: &Forecast) -> Vec<File> {
    let mut files = csv::tables(scenario, forecast);
    files.push(json::file(scenario, forecast));
    files
}

/// A command for the record.
pub(crate) fn recorded(
    command: &str,
    question: &Question,
    forecast: &Forecast,
    files: &[File],
    began: Instant,
) -> RecordedCommand {
    RecordedCommand {
        command: command.to_owned(),
        flags: question.flags.clone(),
        seed: question.scenario.simulation.seed,
        paths: forecast.paths,
        files: hashes(files),
        wall_seconds: began.elapsed().as_secs_f64(),
    }
}

/// Forecasts on the threads asked for, under a progress bar that signals can stop.
pub(crate) fn simulate(
    scenario: &Scenario,
    detail: Detail,
    common: &Common,
    talk: &Talk,
) -> Result<Forecast, Error> {
    watched(scenario.simulation.paths, common, talk, |progress| {
        forecast(scenario, detail, progress)
    })
}

/// Says what is allowed but probably not meant.
pub(crate) fn warn(scenario: &Scenario, talk: &Talk) {
    for warning in &scenario.warnings {
        talk.warn(warning);
    }
}

/// A plan that wants nothing is probably a slip in seats, units or working days.
pub(crate) fn warn_of_nothing(forecast: &Forecast, talk: &Talk) {
    if forecast.plan.credits == Credits::ZERO {
        talk.warn(NOTHING);
    }
}

/// Said of a scenario without demand.
pub(crate) const NOTHING: &str = "the single-number plan wants no credits at all; check seats, \
                                  units_per_month, activation and working_days";

/// 1 when a precision target was not met, which is also said.
pub(crate) fn code(forecast: &Forecast, talk: &Talk) -> u8 {
    if forecast.stopped == Stopped::MaxPaths {
        talk.warn(
            "a precision target was not met within simulation.max_paths; raise max_paths or relax \
             the target",
        );
        return exit::FAILED;
    }
    exit::DONE
}

fn shown(scenario: &Scenario, forecast: &Forecast, json: bool, details: bool) -> String {
    if json {
        return format!("{:#}\n", json::summary(scenario, forecast));
    }
    let mut text = emphasised(&summary::summary(scenario, forecast, details));
    if details {
        text.push_str(&details::details(scenario, forecast));
    }
    text
}

/// The name and the advice in bold, where the terminal shows it.
pub(crate) fn emphasised(page: &str) -> String {
    let bold = anstyle::Style::new().bold();
    let lines = page.lines().enumerate().map(|(index, line)| {
        if index == 0
            || ["Buy ", "Cheapest "]
                .iter()
                .any(|start| line.starts_with(start))
        {
            format!("{bold}{line}{bold:#}\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}
