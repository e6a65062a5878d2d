//! Asking the engine a question: a scenario as text in, forecasts and single paths out.

use flexcast::demand::{Future, Model};
use flexcast::error::Source;
use flexcast::forecast::{self, Forecast};
use flexcast::ledger::Settlement;
use flexcast::scenario::{Scenario, read};
use flexcast::simulate::{self, unwatched};
use flexcast::summarise::store::Detail;
use flexcast::units::MICRO;

/// A scenario from its text; panics with the reader's messages.
pub(crate) fn scenario(text: &str) -> Scenario {
    with(text, &[])
}

/// A scenario from its text and some `--set` arguments.
pub(crate) fn with(text: &str, sets: &[&str]) -> Scenario {
    let name = "test.toml".to_owned();
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let text = text.to_owned();
    read(
        Source {
            name,
            text: text.clone(),
        },
        &sets,
    )
    .unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// 30 days, each with weight 1, and an action that costs one credit.
pub(crate) fn april(body: &str) -> String {
    plain("2026-04-01", 1, body)
}

/// Months in which every day has weight 1, and an action that costs one credit.
pub(crate) fn plain(start: &str, months: usize, body: &str) -> String {
    format!(
        "name = \"test\"\nstart = {start}\nmonths = {months}\n\
         [calendar]\noff_day_share = 1\n[rate_card]\naction = 1\n{body}"
    )
}

/// The forecast with every row and day.
pub(crate) fn run(scenario: &Scenario) -> Forecast {
    forecast::forecast(scenario, Detail::Full, &unwatched).expect("a forecast")
}

/// What `look` sees on each of the first `paths` paths, settled, in their order.
pub(crate) fn paths<T: Send>(
    scenario: &Scenario,
    paths: u64,
    look: impl Fn(&Future, &Settlement) -> T + Sync,
) -> Vec<T> {
    let model = Model::new(scenario);
    let (_, terms) = forecast::resolve(scenario, &model).expect("a plan");
    let mut seen = Vec::new();
    simulate::run(
        &model,
        0..paths,
        &unwatched,
        1,
        |_| (Vec::new(), Settlement::default()),
        |path, future, (block, books)| {
            terms.settle(path, future, books)?;
            block.push(look(future, books));
            Ok(())
        },
        |blocks| seen.extend(blocks.into_iter().flat_map(|(block, _)| block)),
    )
    .expect("paths");
    seen
}

/// Credits that a workload wants on each day of a path, those of incidents among them.
pub(crate) fn wanted(future: &Future, workload: usize) -> Vec<f64> {
    let days = future.base(workload).iter().zip(future.incident(workload));
    days.map(|(base, incident)| whole(base + incident))
        .collect()
}

/// Credits that a workload wants over the horizon of a path.
pub(crate) fn total(future: &Future, workload: usize) -> f64 {
    whole(
        future
            .base(workload)
            .iter()
            .chain(future.incident(workload))
            .sum(),
    )
}

/// Millionths as whole units.
pub(crate) fn whole(micro: i64) -> f64 {
    micro as f64 / MICRO as f64
}

/// The value of an input on each of the first `paths` paths.
pub(crate) fn inputs(scenario: &Scenario, paths: u64, key: &str) -> Vec<f64> {
    let model = Model::new(scenario);
    let place = model.inputs().keys().position(|(name, _)| name == key);
    let place = place.unwrap_or_else(|| panic!("no input {key}"));
    let mut values = vec![0.0; model.inputs().len()];
    let draw = |path| {
        model.inputs().draw(path, &mut values);
        values[place]
    };
    (0..paths).map(draw).collect()
}
