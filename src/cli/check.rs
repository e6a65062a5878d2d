//! `flexcast check`: validate and stop.

use crate::cli::args::{CheckArgs, Overrides};
use crate::cli::exit;
use crate::cli::input::Question;
use crate::cli::run::{NOTHING, warn};
use crate::cli::talk::Talk;
use flexcast::demand::Model;
use flexcast::error::Error;
use flexcast::forecast::resolve;
use flexcast::report::numbers::{cents, grouped};
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
    let packs = terms.purchase().packs;
    talk.result(&format!(
        "{}: no problems. The single-number plan wants {} credits and pays {} with {} \
         bought ahead.\n",
        question.source,
        grouped(plan.credits.to_f64()),
        cents(&scenario.currency, plan.spend),
        flexcast::report::summary::packs(packs),
    ))?;
    Ok(exit::DONE)
}
