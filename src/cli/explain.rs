//! `flexcast explain`: one future told day by day.

use crate::cli::args::{Common, ExplainArgs};
use crate::cli::exit;
use crate::cli::folder::write_whole;
use crate::cli::input::Question;
use crate::cli::run::warn;
use crate::cli::talk::Talk;
use crate::cli::watched::watched;
use flexcast::demand::Model;
use flexcast::error::Error;
use flexcast::forecast::{near, resolve, settled_path, settled_plan};
use flexcast::report::explain::Told;
use flexcast::report::focus;
use flexcast::report::numbers::grouped;

pub(crate) fn explain(args: &ExplainArgs, common: &Common, talk: &Talk) -> Result<u8, Error> {
    let question = Question::load(Some(&args.file), &args.overrides)?;
    let scenario = &question.scenario;
    warn(scenario, talk);
    let model = Model::new(scenario);
    let (_, terms) = resolve(scenario, &model)?;
    let paths = scenario.simulation.paths;
    let (path, title, (future, books)) = if let Some(near_what) = &args.which.near {
        let percent = percentile(near_what)?;
        let path = watched(paths, common, talk, |progress| {
            near(scenario, percent, progress)
        })?;
        let title = format!(
            "Path {path} of {}, nearest p{percent} of spend",
            grouped(paths as f64)
        );
        (Some(path), title, settled_path(&model, &terms, path)?)
    } else if let Some(path) = args.which.path {
        if path >= paths {
            return Err(Error::Usage(format!(
                "there is no path {path}: a run of {paths} paths numbers them from 0 to {}; add \
                 --paths to look further",
                paths - 1
            )));
        }
        let title = format!("Path {path} of {}", grouped(paths as f64));
        (Some(path), title, settled_path(&model, &terms, path)?)
    } else {
        let title = "The single-number plan: means, no noise, no incidents".to_owned();
        (None, title, settled_plan(&model, &terms)?)
    };
    let journal = terms.journal(path.unwrap_or(0), &future)?;
    let told = Told {
        scenario,
        model: &model,
        terms: &terms,
        path,
        future: &future,
        books: &books,
        journal: &journal,
    };
    if let Some(path) = &args.csv {
        write_whole(path, &focus::file(&told).bytes)?;
    }
    talk.result(&told.story(&title))?;
    Ok(exit::DONE)
}

/// `p95`, `95` or `P95`.
fn percentile(text: &str) -> Result<u64, Error> {
    let digits = text.strip_prefix(['p', 'P']).unwrap_or(text);
    match digits.parse() {
        Ok(percent @ 1..=99) => Ok(percent),
        _ => Err(Error::Usage(format!(
            "--near {text} is not a percentile; write one of p1 to p99, for example --near p95"
        ))),
    }
}
