//! The answer on one screen: at most 24 lines of 80 columns.

use std::fmt::Write;

use crate::forecast::{Forecast, Sizes, Stopped};
use crate::ledger::Allocation;
use crate::report::names;
use crate::report::numbers::{grouped, money, percent, short};

use crate::scenario::Scenario;
use crate::summarise::exhaustion::{DayCounts, When};
use crate::summarise::ranks::Proportion;
use crate::summarise::record::Metric;
use crate::summarise::statistics::Statistics;

/// Widest line.
pub const WIDTH: usize = 80;

/// Most lines.
pub const HEIGHT: usize = 24;

/// The summary of a forecast, each line ending in a line feed.
pub fn summary(scenario: &Scenario, forecast: &Forecast) -> String {
    let mut page = Page::default();
    page.title(scenario, forecast);
    page.gap();
    match (&forecast.sizes, forecast.stopped) {
        (Some(sizes), _) => page.purchase(scenario, forecast, sizes),
        (None, _) => page.contract(scenario, forecast),
    }
    page.gap();
    if forecast.stopped == Stopped::Point {
        page.plan_only(scenario, forecast);
    } else {
        page.percentiles(scenario, forecast);
        page.gap();
    }
    page.risks(scenario, forecast);
    page.finish()
}

#[derive(Default)]
struct Page {
    lines: Vec<String>,
}

/// Width of the labels that open a line.
const LABEL: usize = 10;

impl Page {
    fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// A line that opens with a label; words that do not fit go on below it.
    fn say(&mut self, label: &str, words: &str) {
        let mut line = format!("{label:<LABEL$}");
        for (index, word) in words.split(' ').enumerate() {
            let width = line.chars().count();
            if index > 0 && width + 1 + word.chars().count() > WIDTH {
                self.lines.push(line.trim_end().to_owned());
                line = " ".repeat(LABEL);
            } else if index > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.lines.push(line.trim_end().to_owned());
    }

    fn title(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let horizon = &scenario.horizon;
        let name: String = scenario.name.chars().take(WIDTH).collect();
        self.lines.push(name);
        let last = names::date(scenario, horizon.days() - 1);
        let how = match forecast.stopped {
            Stopped::Point => "single-number plan".to_owned(),
            _ => format!(
                "{} futures, seed {}{}",
                grouped(forecast.paths as f64),
                scenario.simulation.seed,
                match forecast.stopped {
                    Stopped::PrecisionMet => ", precision met",
                    Stopped::MaxPaths => ", PRECISION NOT MET",
                    Stopped::Paths | Stopped::Point => "",
                }
            ),
        };
        self.lines
            .push(format!("{} to {last}, {how}", horizon.start()));
    }

    /// What to buy, how sure, and what it saves.
    fn purchase(&mut self, scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) {
        let cash = |value: f64| money(&scenario.currency, value);
        let optimum = &sizes.optimum;
        let size = &optimum.purchase;
        let mut words = if size.packs == 0 {
            "nothing ahead: pay as you go costs least".to_owned()
        } else {
            format!(
                "{} = {} credits for {}",
                packs(size.packs),
                grouped(size.credits.to_f64()),
                cash(size.cost.to_f64())
            )
        };
        if let Some((low, high)) = sizes.optimum_interval.filter(|(low, high)| low < high) {
            let _ = write!(words, " (95% sure: {low} to {high} packs)");
        }
        self.say("Buy", &words);
        let mut words = format!("{} expected", cash(optimum.cost_mean));
        if let Some(se) = optimum.cost_mean_se {
            let _ = write!(words, " ± {}", cash(1.96 * se));
        }
        let free = forecast.terms.free.to_f64();
        if free > 0.0 {
            let _ = write!(words, ", with {} free credits used first", grouped(free));
        }
        self.say("Cost", &words);
        let rule = sizes.rule_80.purchase.packs;
        let excess = &sizes.rule_80_excess;
        self.say(
            "Saves",
            &match excess.interval {
                _ if rule == size.packs => format!(
                    "nothing against the 80% rule, which buys the same {}",
                    packs(rule)
                ),
                Some((low, high)) => format!(
                    "{} ({} to {}) against the 80% rule, {}",
                    cash(excess.mean),
                    cash(low),
                    cash(high),
                    packs(rule)
                ),
                None => format!(
                    "{} against the 80% rule, {}",
                    cash(excess.mean),
                    packs(rule)
                ),
            },
        );
        let current = sizes.current.purchase.packs;
        if current != rule && current != size.packs {
            let excess = cash(sizes.current_excess.mean);
            self.say(
                "",
                &format!("{excess} against the scenario's {}", packs(current)),
            );
        }
    }

    /// The contract, where no size is recommended.
    fn contract(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let purchase = &forecast.terms.purchase;
        let words = if purchase.packs == 0 {
            "nothing ahead".to_owned()
        } else {
            format!(
                "{} = {} credits for {}",
                packs(purchase.packs),
                grouped(purchase.credits.to_f64()),
                money(&scenario.currency, purchase.cost.to_f64())
            )
        };
        self.say("Buys", &words);
        let free = forecast.terms.free.to_f64();
        if free > 0.0 {
            self.say("Free", &format!("{} credits", grouped(free)));
        }
    }

    fn plan_only(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let credits = forecast.plan.credits.to_f64();
        self.say("Wants", &format!("{} credits", grouped(credits)));
        let spend = forecast.plan.spend.to_f64();
        self.say("Pays", &money(&scenario.currency, spend));
    }

    /// The table of percentiles: credits and spend, with the purchase of the scenario.
    fn percentiles(&mut self, scenario: &Scenario, forecast: &Forecast) {
        const PERCENTS: [u64; 6] = [5, 25, 50, 75, 90, 95];
        let bought = packs(forecast.terms.purchase.packs);
        let mut header = format!("{:<20}{:>8}{:>8}", format!("With {bought}"), "plan", "mean");
        for percent in PERCENTS {
            let _ = write!(header, "{:>7}", format!("p{percent}"));
        }
        self.lines.push(header);
        let spend = format!("Spend, {}", scenario.currency);
        let rows = [
            (
                "Credits wanted",
                Metric::Credits,
                forecast.plan.credits.to_f64(),
            ),
            (spend.as_str(), Metric::Spend, forecast.plan.spend.to_f64()),
        ];
        for (label, metric, plan) in rows {
            let Some(statistics) = forecast.term(metric) else {
                continue;
            };
            let (plan, mean) = (short(plan), short(statistics.mean));
            let mut line = format!("{label:<20}{plan:>8}{mean:>8}");
            for percent in PERCENTS {
                let cell = statistics.percentile(percent).map_or("-".to_owned(), short);
                let _ = write!(line, "{cell:>7}");
            }
            self.lines.push(line);
        }
        if let Some(errors) = forecast.term(Metric::Spend).map(errors) {
            self.lines.push(errors);
        }
    }

    fn risks(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let cash = |value: f64| money(&scenario.currency, value);
        if let Some(amount) = scenario.budget.amount
            && let Some(risk) = forecast.budget.amount
        {
            let amount = cash(amount.to_f64());
            self.say(
                "Budget",
                &format!("{amount} is passed with {}", chance(forecast, risk)),
            );
        }
        if let Some(amount) = scenario.budget.monthly
            && let Some(risk) = forecast.budget.any_month
        {
            let amount = cash(amount.to_f64());
            self.say(
                "",
                &format!(
                    "{amount} a month is passed in some month with {}",
                    chance(forecast, risk)
                ),
            );
        }
        let Some(overage) = &forecast.overage else {
            self.say(
                "Overage",
                "not defined: nothing is granted, all use is spend",
            );
            return self.dates(scenario, forecast);
        };
        let mut words = chance(forecast, overage.probability);
        if let Some(spend) = &overage.spend {
            let _ = write!(words, "; then {} on average", cash(spend.mean));
            if let Some(p95) = spend.percentile(95) {
                let _ = write!(words, ", p95 {}", cash(p95));
            }
        }
        if overage.without_incidents != overage.probability {
            let without = percent(overage.without_incidents.value());
            let _ = write!(words, "; without incidents {without}");
        }
        self.say("Overage", &words);
        self.dates(scenario, forecast);
    }

    /// When the grants run dry and when each alert is reached.
    fn dates(&mut self, scenario: &Scenario, forecast: &Forecast) {
        // What fits the screen; all of them are in the details and in alerts.csv.
        const SHOWN: usize = 4;
        let used = match forecast.terms.allocation {
            Allocation::Grants(_) => "of credits used",
            Allocation::Budget(_) => "of budget spent",
            Allocation::MonthlyBudget(_) => "of a month's budget",
            Allocation::None => "",
        };
        let alerts = forecast.terms.alerts.iter().zip(&forecast.alerts);
        let alerts = alerts.map(|(&share, days)| (format!("{} {used}", percent(share)), days));
        if forecast.exhausted.is_none() && forecast.alerts.is_empty() {
            return;
        }
        self.gap();
        if forecast.stopped != Stopped::Point {
            self.lines.push(date_header());
        }
        if let Some(days) = &forecast.exhausted {
            self.lines
                .push(date_row(scenario, forecast, "Runs dry", days));
            if let Some(errors) = date_errors(forecast, days) {
                self.lines.push(errors);
            }
        }
        for (label, days) in alerts.take(SHOWN) {
            self.lines.push(date_row(scenario, forecast, &label, days));
        }
    }

    /// Fits the screen: gaps go first, then the last alerts.
    fn finish(mut self) -> String {
        while self.lines.len() > HEIGHT {
            match self.lines.iter().rposition(String::is_empty) {
                Some(gap) => drop(self.lines.remove(gap)),
                None => drop(self.lines.pop()),
            }
        }
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

fn packs(count: u64) -> String {
    match count {
        0 => "nothing ahead".to_owned(),
        1 => "1 pack".to_owned(),
        _ => format!("{} packs", grouped(count as f64)),
    }
}

/// A probability with its interval, or whether it happens for the single-number plan.
fn chance(forecast: &Forecast, risk: Proportion) -> String {
    if forecast.stopped == Stopped::Point {
        return if risk.hits > 0 {
            "certainty".to_owned()
        } else {
            "no chance".to_owned()
        };
    }
    let (low, high) = risk.interval();
    format!(
        "probability {} ({} to {})",
        percent(risk.value()),
        percent(low),
        percent(high)
    )
}

/// 95% intervals of mean, median and 95th percentile.
fn errors(spend: &Statistics) -> String {
    let mut parts = Vec::new();
    if let Some(se) = spend.mean_se {
        parts.push(format!("mean ± {}", short(1.96 * se)));
    }
    for (label, interval) in [("p50", spend.p50_interval), ("p95", spend.p95_interval)] {
        if let Some((low, high)) = interval {
            parts.push(format!("{label} {} to {}", short(low), short(high)));
        }
    }
    format!("{:<20}{}", "  95% error", parts.join(", "))
}

/// The header above rows of dates.
pub fn date_header() -> String {
    format!(
        "{:<28}{:>10}  {:<12}{:<12}p90",
        "", "of futures", "p10", "p50"
    )
}

/// A date's probability and percentiles.
pub fn date_row(scenario: &Scenario, forecast: &Forecast, label: &str, days: &DayCounts) -> String {
    if forecast.stopped == Stopped::Point {
        let when = names::when(scenario, days.at_rank(1));
        return format!("{label:<28}{:>10}  {:<12}{when}", "", "");
    }
    let date = |percent| match days.percentile(percent) {
        Some(when) => names::when(scenario, when),
        None => "-".to_owned(),
    };
    let ever = percent(days.ever().value());
    let line = format!(
        "{label:<28}{ever:>10}  {:<12}{:<12}{}",
        date(10),
        date(50),
        date(90)
    );
    line.trim_end().to_owned()
}

/// How far each percentile of a date may be off, at 95%.
fn date_errors(forecast: &Forecast, days: &DayCounts) -> Option<String> {
    if forecast.stopped == Stopped::Point {
        return None;
    }
    let cell = |percent| {
        let When::Day(day) = days.percentile(percent)? else {
            return Some(String::new());
        };
        Some(match days.interval(percent)? {
            (When::Day(low), When::Day(high)) => {
                let off = (day - low).max(high - day);
                format!("± {off} {}", if off == 1 { "day" } else { "days" })
            }
            _ => "or never".to_owned(),
        })
    };
    let (low, high) = days.ever().interval();
    let range = format!("{} to {}", percent(low), percent(high));
    let dates = [10, 50, 90].map(|percent| cell(percent).unwrap_or_default());
    let [p10, p50, p90] = dates;
    let line = format!("  95% error{range:>28}  {p10:<12}{p50:<12}{p90}");
    Some(line.trim_end().to_owned())
}
