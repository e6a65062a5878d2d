//! `flexcast size`: the pre-purchase that is best.

use std::time::Instant;

use clap::Parser;

use crate::cli::args::{Aim, Common, Every, SizeAims, SizeArgs, SizeFlags};
use crate::cli::folder::Folder;
use crate::cli::input;
use crate::cli::run::{code, emphasised, recorded, warn, warn_of_nothing};
use crate::cli::talk::Talk;
use crate::cli::watched::watched;
use flexcast::decide::sizing::{Objective, Question};
use flexcast::error::{Error, Source};
use flexcast::forecast::{self, Forecast, staged};
use flexcast::ledger::PriceList;
use flexcast::report::{csv, deal, json, sizes};
use flexcast::scenario::{Scenario, Written, less_than_a_pack, written};
use flexcast::units::{Credits, MICRO};

pub(crate) fn size(args: &SizeArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let began = Instant::now();
    let aims = args.flags.read()?;
    let input = input::Question::load(Some(&args.file), &args.job.overrides)?;
    let scenario = &input.scenario;
    if let Some(why) = deal::cannot_size(scenario) {
        return Err(Error::Usage(why));
    }
    let question = question(&aims, &input)?;
    let folder = Folder::open(&args.job.output, &input)?;
    warn(scenario, talk);
    let forecast = sized(scenario, question, common, talk)?;
    warn_of_nothing(&forecast, talk);
    let Some(found) = &forecast.sizes else {
        return Err(Error::Overflow { path: None });
    };
    for warning in sizes::warnings(scenario, &forecast, found) {
        talk.warn(&warning);
    }
    if let Some(folder) = folder {
        let files = [csv::sizing(scenario, found)];
        let command = text(&aims);
        folder.write(&files, recorded(&command, &input, &forecast, &files, began))?;
    }
    let shown = if args.job.json {
        format!("{:#}\n", json::sizing(scenario, &forecast, found))
    } else {
        emphasised(&sizes::sizes(scenario, &forecast, found, args.job.details))
    };
    talk.result(&shown)?;
    Ok(code(&forecast, talk))
}

/// Runs a scenario and sizes its purchase.
pub(crate) fn sized(
    scenario: &Scenario,
    question: Question,
    common: &Common,
    talk: &Talk,
) -> Result<Forecast, Error> {
    watched(scenario.simulation.paths, common, talk, |progress| {
        forecast::size::size(scenario, question, progress)
    })
}

/// What the flags ask of a scenario.
///
/// # Errors
/// [`Error::Usage`] where flags contradict each other or the run is too small for them.
pub(crate) fn question(flags: &SizeAims, input: &input::Question) -> Result<Question, Error> {
    const LEVEL: u32 = 950_000;
    const TAIL: u64 = 10;
    let scenario = &input.scenario;
    let aim = match (flags.objective, flags.cvar) {
        (Some(aim), None) => aim,
        (None | Some(Aim::Cvar), Some(_)) => Aim::Cvar,
        (Some(_), Some(_)) => {
            return Err(Error::Usage(
                "--cvar is the level of --objective cvar; leave one of the two out".to_owned(),
            ));
        }
        (None, None) => Aim::Cost,
    };
    check_stages(flags, aim, input)?;
    let paths = scenario.simulation.paths;
    let alpha = flags.cvar.unwrap_or(LEVEL);
    let rest = MICRO as u64 - u64::from(alpha);
    // The percentile of regret has a tail of 5%.
    let tail = if aim == Aim::Regret { 50_000 } else { rest };
    if aim != Aim::Cost && paths * tail / (MICRO as u64) < TAIL {
        let needed = (TAIL * MICRO as u64).div_ceil(tail);
        return Err(Error::Usage(format!(
            "the worst {}% of {paths} futures are fewer than {TAIL}: too few to size by; run at least \
             --paths {needed}",
            tail as f64 / 1e4
        )));
    }
    let prices = PriceList::new(&scenario.contract);
    let whole = |credits: u64| i64::try_from(credits).map_or(i64::MAX, |c| c.saturating_mul(MICRO));
    let packs = |credits: u64| {
        let micro = i64::try_from(credits).ok()?.checked_mul(MICRO)?;
        let packs = prices.packs_for(Credits::from_micro(micro));
        prices.purchase(packs).map(|purchase| purchase.packs)
    };
    let at = match flags.at {
        None => None,
        Some(credits) if credits > 0 && whole(credits) < prices.pack.micro() => {
            let (message, remedy) = less_than_a_pack(
                &credits.to_string(),
                whole(credits),
                prices.pack.micro(),
                false,
            );
            return Err(Error::Usage(format!("--at: {message}; {remedy}")));
        }
        Some(credits) => Some(packs(credits).ok_or_else(|| {
            Error::Usage(format!(
                "--at {credits}: more than the ledger's integers hold at these prices"
            ))
        })?),
    };
    Ok(Question {
        objective: match aim {
            Aim::Cost => Objective::Cost,
            Aim::Cvar => Objective::Cvar { alpha },
            Aim::Regret => Objective::Regret,
        },
        max_overage: flags.max_overage,
        at,
        invert: flags.invert,
        stages: flags.stages.map(Every::months),
    })
}

/// Whether `--stages` can be answered.
///
/// # Errors
/// [`Error::Usage`] with every reason why it cannot.
fn check_stages(flags: &SizeAims, aim: Aim, input: &input::Question) -> Result<(), Error> {
    const FEWEST: u64 = 200;
    let Some(every) = flags.stages else {
        return Ok(());
    };
    let scenario = &input.scenario;
    let found = staged::obstacles(scenario, every.months()).into_iter();
    let mut obstacles: Vec<String> = found.map(|one| named(&one, input)).collect();
    if aim != Aim::Cost || flags.max_overage.is_some() {
        obstacles.push(
            "--stages is for the least expected cost; leave out --objective, --cvar and --max-overage"
                .to_owned(),
        );
    }
    let paths = scenario.simulation.paths;
    if paths < FEWEST {
        obstacles.push(format!(
            "--stages tunes on half of the futures and judges on the other half: {paths} are too few, run at \
             least --paths {FEWEST}"
        ));
    }
    match obstacles.is_empty() {
        true => Ok(()),
        false => Err(Error::Usage(obstacles.join("\n"))),
    }
}

/// An obstacle, with a line for each of its keys: where it was written, and what.
fn named(obstacle: &staged::Obstacle, input: &input::Question) -> String {
    let source = Source {
        name: input.source.clone(),
        text: input.text.clone(),
    };
    let written = written(source, &input.sets, &obstacle.keys).into_iter();
    let lines = written.map(|Written { source, line, text }| match source.as_str() {
        "--set" => format!("\n  --set {text}"),
        _ => format!("\n  {source}:{line}: {text}"),
    });
    lines.fold(obstacle.why.clone(), |all, line| all + &line)
}

/// The command as it is recorded.
fn text(flags: &SizeAims) -> String {
    let share = |millionths: u32| f64::from(millionths) / MICRO as f64;
    let aim = flags.objective.map(|aim| match aim {
        Aim::Cost => " --objective cost".to_owned(),
        Aim::Cvar => " --objective cvar".to_owned(),
        Aim::Regret => " --objective regret".to_owned(),
    });
    let rest = [
        aim,
        flags.cvar.map(|level| format!(" --cvar {}", share(level))),
        flags
            .max_overage
            .map(|most| format!(" --max-overage {}", share(most))),
        flags.at.map(|credits| format!(" --at {credits}")),
        flags
            .invert
            .map(|share_of| format!(" --invert {}", share(share_of))),
        flags
            .stages
            .map(|every| format!(" --stages {}", every.name())),
    ];
    let flags: String = rest.into_iter().flatten().collect();
    format!("size{flags}")
}

/// The flags of a recorded command; `None` where it is no command of this version.
pub(crate) fn flags_of(command: &str) -> Option<SizeAims> {
    #[derive(Parser)]
    struct Recorded {
        #[command(flatten)]
        flags: SizeFlags,
    }
    let mut words = command.split(' ').peekable();
    (*words.peek()? == "size").then_some(())?;
    let recorded = Recorded::try_parse_from(words).ok()?;
    recorded.flags.read().ok()
}
