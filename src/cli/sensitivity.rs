//! `flexcast sensitivity`: what drives spend, its tail, overage and the exhaustion date.

use std::time::Instant;

use crate::cli::args::{Common, SensitivityArgs};
use crate::cli::exit;
use crate::cli::folder::{Folder, RecordedCommand, hashes};
use crate::cli::input::Question;
use crate::cli::run::{emphasised, warn};
use crate::cli::talk::Talk;
use crate::cli::watched::watched;
use flexcast::error::Error;
use flexcast::forecast::sensitivity::{Sensitivity, sensitivity};
use flexcast::report::drivers;
use flexcast::scenario::Scenario;

pub(crate) fn command(args: &SensitivityArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let began = Instant::now();
    args.job.overrides.without_precision("sensitivity")?;
    let question = Question::load(Some(&args.file), &args.job.overrides)?;
    let scenario = &question.scenario;
    let folder = Folder::open(&args.job.output, &question)?;
    warn(scenario, talk);
    if !scenario.simulation.precision.is_empty() {
        talk.warn("sensitivity takes simulation.paths as they are; precision targets are for run");
    }
    let found = find(scenario, common, talk)?;
    if let Some(folder) = folder {
        let files = [drivers::table(scenario, &found)];
        let recorded = RecordedCommand {
            command: "sensitivity".to_owned(),
            flags: question.flags.clone(),
            seed: scenario.simulation.seed,
            paths: found.paths,
            files: hashes(&files),
            wall_seconds: began.elapsed().as_secs_f64(),
        };
        folder.write(&files, recorded)?;
    }
    let shown = if args.job.json {
        format!("{:#}\n", drivers::json(scenario, &found))
    } else {
        emphasised(&drivers::page(scenario, &found, args.job.details))
    };
    talk.result(&shown)?;
    Ok(exit::DONE)
}

/// Finds the drivers on the threads asked for, under a progress bar that signals can stop.
pub(crate) fn find(
    scenario: &Scenario,
    common: &Common,
    talk: &Talk,
) -> Result<Sensitivity, Error> {
    watched(scenario.simulation.paths, common, talk, |progress| {
        sensitivity(scenario, progress)
    })
}
