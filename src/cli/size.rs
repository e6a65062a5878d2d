//! `flexcast size`: the pre-purchase that costs least.

use std::time::Instant;

use crate::cli::args::{Common, SizeArgs};
use crate::cli::folder::Folder;
use crate::cli::input::Question;
use crate::cli::run::{code, emphasised, recorded, simulate, warn, warn_of_nothing};
use crate::cli::talk::Talk;
use flexcast::error::Error;
use flexcast::report::{csv, deal, json, sizes};
use flexcast::summarise::store::Detail;

pub(crate) fn size(args: &SizeArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let began = Instant::now();
    let question = Question::load(Some(&args.file), &args.overrides)?;
    let scenario = &question.scenario;
    if let Some(why) = deal::cannot_size(scenario) {
        return Err(Error::Usage(why));
    }
    let folder = Folder::open(&args.output, &question)?;
    warn(scenario, talk);
    let forecast = simulate(scenario, Detail::Summary, common, talk)?;
    warn_of_nothing(&forecast, talk);
    let Some(found) = &forecast.sizes else {
        return Err(Error::Overflow { path: None });
    };
    if let Some(folder) = folder {
        let files = [csv::sizing(scenario, found)];
        folder.write(
            &files,
            recorded("size", &question, &forecast, &files, began),
        )?;
    }
    let shown = if args.json {
        format!("{:#}\n", json::sizes(scenario, found))
    } else {
        emphasised(&sizes::sizes(scenario, &forecast, found, args.details))
    };
    talk.result(&shown)?;
    Ok(code(&forecast, talk))
}
