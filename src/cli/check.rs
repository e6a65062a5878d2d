//! `flexcast check`: validate and stop.

use crate::cli::args::{CheckArgs, Overrides};
use crate::cli::exit;
use crate::cli::input::Question;
use crate::cli::run::{NOTHING, warn};
use crate::cli::talk::Talk;
use flexcast::demand::Model;
use flexcast::error::Error;
use flexcast::forecast::resolve;
use flexcast::report::deal;
use flexcast::report::numbers::{cents, grouped};
use flexcast::report::page::wrap;
use flexcast::units::Credits;

pub(crate) fn check(args: &CheckArgs, talk: &Talk) -> Result<u8, Error> {
    let overrides = Overrides {
        set: args.set.clone(),
        ..Overrides::default()
    };
    let question = Question::load(Some(&args.file), &overrides)?;
    let scenario = &question.scenario;
    warn(scenario, talk);
    let (plan, terms) = resolve(scenario, &Model::new(scenario))?;
    if plan.credits == Credits::ZERO {
        talk.warn(NOTHING);
    }
    let wants = grouped(plan.credits.to_f64());
    let pays = cents(&scenario.currency, plan.spend);
    let lines = [
        vec![format!("{}: no problems", question.source)],
        wrap("Plan", &format!("wants {wants} credits and pays {pays}")),
        wrap("Signed", &deal::bought(scenario, &terms)),
    ];
    talk.result(&format!("{}\n", lines.concat().join("\n")))?;
    Ok(exit::DONE)
}
