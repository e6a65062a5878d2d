//! The tables of a forecast: comma-separated, UTF-8, LF, a header row, stable columns.
//!
//! An empty cell is a value that is not available. Text that a spreadsheet would run as a formula
//! is neutralised with a leading apostrophe; numbers are written as numbers.

use crate::decide::sizing::Sizes;
use crate::forecast::{Forecast, Stopped};
use crate::ledger::Mark;
use crate::randomness::streams::STREAMS_VERSION;
use crate::report::names;
use crate::report::numbers::{decimal, optional, ratio};
use crate::scenario::Scenario;
use crate::summarise::exhaustion::{DayCounts, When};
use crate::summarise::ranks::Proportion;
use crate::summarise::record::{Metric, Scope};
use crate::summarise::statistics::Statistics;
use crate::summarise::store::DAILY;

/// A file of a result: its name and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Name inside the output folder.
    pub name: &'static str,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// Writes rows of cells as CSV.
pub(crate) struct Table {
    writer: csv::Writer<Vec<u8>>,
}

impl Table {
    pub(crate) fn new(header: &str) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        let mut table = Self { writer };
        table.row(header.split(','));
        table
    }

    pub(crate) fn row<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let written = self.writer.write_record(cells);
        written.expect("rows in memory have the header's width");
    }

    pub(crate) fn file(self, name: &'static str) -> File {
        let bytes = self.writer.into_inner().expect("memory does not fail");
        File { name, bytes }
    }
}

/// A text cell that no spreadsheet runs.
pub fn text(cell: &str) -> String {
    let runs = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0');
    if cell.starts_with(runs) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// All tables of a run.
pub fn tables(scenario: &Scenario, forecast: &Forecast) -> Vec<File> {
    vec![
        percentiles(scenario, forecast),
        exhaustion(scenario, forecast),
        daily(scenario, forecast),
        alerts(scenario, forecast),
        summary(scenario, forecast),
    ]
}

/// percentiles.csv: one row per scope, metric and period.
pub fn percentiles(scenario: &Scenario, forecast: &Forecast) -> File {
    let mut table = Table::new(
        "scenario,scope,metric,unit,period,mean,mean_se,sd,p1,p5,p10,p20,p25,p50,p75,p80,p90,p95,\
         p99,p50_low,p50_high,p95_low,p95_high",
    );
    for (row, statistics) in &forecast.rows {
        let mut cells = vec![
            text(&scenario.name),
            text(&names::scope(scenario, row.scope)),
            names::metric(row.metric).to_owned(),
            text(names::unit(scenario, row.metric)),
            names::period(scenario, row.period),
        ];
        match statistics {
            Some(statistics) => cells.extend(statistic_cells(statistics)),
            None => cells.extend(std::iter::repeat_n(String::new(), 18)),
        }
        table.row(cells);
    }
    table.file("percentiles.csv")
}

fn statistic_cells(statistics: &Statistics) -> Vec<String> {
    let Statistics {
        mean,
        mean_se,
        mean_half_width: _,
        sd,
        percentiles,
        p50_interval,
        p95_interval,
    } = statistics;
    let mut cells = vec![decimal(*mean), optional(*mean_se), optional(*sd)];
    cells.extend(percentiles.iter().map(|&p| optional(p)));
    for interval in [p50_interval, p95_interval] {
        cells.push(optional(interval.map(|(low, _)| low)));
        cells.push(optional(interval.map(|(_, high)| high)));
    }
    cells
}

/// Low and high of a probability's interval; empty for the single-number plan, which has none.
fn interval_cells(forecast: &Forecast, proportion: Proportion) -> [String; 2] {
    if forecast.stopped == Stopped::Point {
        return [String::new(), String::new()];
    }
    let (low, high) = proportion.interval();
    [ratio(low), ratio(high)]
}

/// exhaustion.csv: a row per day with any probability, and a last row `never`.
pub fn exhaustion(scenario: &Scenario, forecast: &Forecast) -> File {
    let mut table =
        Table::new("scenario,date,probability,cumulative,cumulative_low,cumulative_high");
    let Some(days) = &forecast.exhausted else {
        return table.file("exhaustion.csv");
    };
    let mut row = |date: String, on: Proportion, by: Proportion, interval: [String; 2]| {
        let [low, high] = interval;
        let name = text(&scenario.name);
        table.row([name, date, ratio(on.value()), ratio(by.value()), low, high]);
    };
    for (day, on, by) in days.days() {
        let interval = interval_cells(forecast, by);
        row(names::date(scenario, day), on, by, interval);
    }
    let never = days.ever().complement();
    let certain = Proportion::new(days.paths(), days.paths());
    // Sooner or never is certain: there is nothing to estimate.
    let interval = match forecast.stopped {
        Stopped::Point => [String::new(), String::new()],
        _ => ["1".to_owned(), "1".to_owned()],
    };
    row("never".to_owned(), never, certain, interval);
    table.file("exhaustion.csv")
}

/// daily.csv: the fan chart's data, a row per metric and day.
pub fn daily(scenario: &Scenario, forecast: &Forecast) -> File {
    let mut table = Table::new("scenario,date,metric,p5,p10,p25,p50,p75,p90,p95,mean");
    let days = scenario.horizon.days();
    for (index, statistics) in forecast.days.iter().enumerate() {
        let mut cells = vec![
            text(&scenario.name),
            names::date(scenario, index % days),
            names::daily_metric(DAILY[index / days]).to_owned(),
        ];
        let percents = [5, 10, 25, 50, 75, 90, 95];
        cells.extend(percents.map(|p| optional(statistics.percentile(p))));
        cells.push(decimal(statistics.mean));
        table.row(cells);
    }
    table.file("daily.csv")
}

/// alerts.csv: when each threshold is reached.
pub fn alerts(scenario: &Scenario, forecast: &Forecast) -> File {
    let mut table = Table::new("scenario,scope,threshold,probability,p10_date,p50_date,p90_date");
    for (watch, days) in forecast.terms.watches.iter().zip(&forecast.alerts) {
        let Mark::Alert(threshold) = watch.mark else {
            continue;
        };
        let scope = watch.team.map_or(Scope::Total, Scope::Team);
        let mut cells = vec![
            text(&scenario.name),
            text(&names::scope(scenario, scope)),
            ratio(threshold),
            ratio(days.ever().value()),
        ];
        cells.extend([10, 50, 90].map(|percent| date_cell(scenario, forecast, days, percent)));
        table.row(cells);
    }
    table.file("alerts.csv")
}

/// A percentile of a date; the single-number plan has one date, which is its median.
fn date_cell(scenario: &Scenario, forecast: &Forecast, days: &DayCounts, percent: u64) -> String {
    let found: Option<When> = match forecast.stopped {
        Stopped::Point => (percent == 50).then(|| days.at_rank(1)),
        _ => days.percentile(percent),
    };
    found.map_or_else(String::new, |when| names::when(scenario, when))
}

/// summary.csv: one row.
pub fn summary(scenario: &Scenario, forecast: &Forecast) -> File {
    let cells = summary_cells(scenario, forecast);
    let header: Vec<&str> = cells.iter().map(|(column, _)| *column).collect();
    let mut table = Table::new(&header.join(","));
    table.row(cells.into_iter().map(|(_, cell)| cell));
    table.file("summary.csv")
}

/// The columns of summary.csv and their cells.
fn summary_cells(scenario: &Scenario, forecast: &Forecast) -> Vec<(&'static str, String)> {
    let credits = forecast.term(Metric::Credits);
    let spend = forecast.term(Metric::Spend);
    let percentile = |percent| optional(spend.and_then(|s| s.percentile(percent)));
    let overage = forecast.overage.as_ref();
    let budget = forecast.budget.amount.or(forecast.budget.any_month);
    let probability = |p: Option<Proportion>| p.map_or_else(String::new, |p| ratio(p.value()));
    let [low, high] = match overage {
        Some(overage) => interval_cells(forecast, overage.probability),
        None => [String::new(), String::new()],
    };
    let given = overage.and_then(|overage| overage.spend.as_ref());
    let date = |percent| match &forecast.exhausted {
        Some(days) => date_cell(scenario, forecast, days, percent),
        None => String::new(),
    };
    let exhausted = forecast.exhausted.as_ref();
    let never = exhausted.map(|days| days.ever().complement());
    let sizes = forecast.sizes.as_ref();
    let of_sizes = |cell: fn(&Sizes) -> String| sizes.map_or_else(String::new, cell);
    let purchase = &forecast.terms.purchase();
    vec![
        ("scenario", text(&scenario.name)),
        ("status", names::status(forecast.stopped).to_owned()),
        ("paths", forecast.paths.to_string()),
        ("seed", scenario.simulation.seed.to_string()),
        ("streams", STREAMS_VERSION.to_string()),
        ("currency", text(&scenario.currency)),
        ("plan_credits", forecast.plan.credits.to_string()),
        ("plan_spend", forecast.plan.spend.to_string()),
        ("purchase_credits", purchase.credits.to_string()),
        ("purchase_packs", purchase.packs.to_string()),
        ("credits_mean", optional(credits.map(|s| s.mean))),
        ("spend_mean", optional(spend.map(|s| s.mean))),
        ("spend_p50", percentile(50)),
        ("spend_p90", percentile(90)),
        ("spend_p95", percentile(95)),
        (
            "overage_probability",
            probability(overage.map(|o| o.probability)),
        ),
        ("overage_probability_low", low),
        ("overage_probability_high", high),
        (
            "overage_given_overage_mean",
            optional(given.map(|s| s.mean)),
        ),
        (
            "overage_given_overage_p95",
            optional(given.and_then(|s| s.percentile(95))),
        ),
        (
            "overage_probability_without_incidents",
            probability(overage.map(|o| o.without_incidents)),
        ),
        ("budget_probability", probability(budget)),
        ("exhaustion_p10", date(10)),
        ("exhaustion_p50", date(50)),
        ("exhaustion_p90", date(90)),
        ("never_probability", probability(never)),
        (
            "optimal_credits",
            of_sizes(|s| s.optimum.purchase.credits.to_string()),
        ),
        ("optimal_cost", of_sizes(|s| decimal(s.optimum.cost_mean))),
        ("rule80_cost", of_sizes(|s| decimal(s.rule_80.cost_mean))),
        ("stopped", names::stopped(forecast.stopped).to_owned()),
    ]
}

/// sizing.csv: the labelled sizes, then the cost curve. The row of a purchase in stages has what is bought
/// now and what the whole rule costs.
pub fn sizing(scenario: &Scenario, sizes: &Sizes) -> File {
    let mut table = Table::new(
        "scenario,objective,label,credits,packs,unit_price,share_of_mean,cost_mean,cost_mean_se,\
         cost_p50,cost_p95,cost_cvar95,overage_probability,overage_credits_mean,\
         unused_credits_mean,regret_mean,optimal",
    );
    let free = scenario.contract.free_credits;
    let staged = sizes.staged.as_ref();
    let labelled = [
        ("optimum", Some(&sizes.optimum)),
        ("unconstrained", sizes.unconstrained.as_ref()),
        ("80% rule", Some(&sizes.rule_80)),
        ("pay-as-you-go", Some(&sizes.pay_as_you_go)),
        ("current", Some(&sizes.current)),
        ("at", sizes.at.as_ref()),
        ("invert", sizes.invert.as_ref()),
        ("staged", staged.map(|staged| &staged.candidate)),
    ];
    let labelled = labelled
        .into_iter()
        .filter_map(|(label, size)| Some((label, size?)));
    let curve = sizes.curve.iter().map(|candidate| ("", candidate));
    for (label, candidate) in labelled.chain(curve) {
        // One row of the table is the optimum, whatever other rows buy the same.
        let is_optimal = label == "optimum";
        let overage = candidate.overage_beyond(free);
        table.row([
            text(&scenario.name),
            sizes.question.objective.name().to_owned(),
            label.to_owned(),
            candidate.purchase.credits.to_string(),
            candidate.purchase.packs.to_string(),
            candidate
                .purchase
                .per_credit()
                .map_or_else(String::new, ratio),
            candidate.share_of_mean.map_or_else(String::new, ratio),
            decimal(candidate.cost_mean),
            optional(candidate.cost_mean_se),
            optional(candidate.cost_p50),
            optional(candidate.cost_p95),
            optional(candidate.cost_cvar95),
            overage.map_or_else(String::new, |overage| ratio(overage.value())),
            optional(overage.map(|_| candidate.overage_credits_mean)),
            decimal(candidate.unused_credits_mean),
            decimal(candidate.regret_mean),
            is_optimal.to_string(),
        ]);
    }
    table.file("sizing.csv")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_run_is_neutralised() {
        assert_eq!(text("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(text("Service desk"), "Service desk");
    }
}
