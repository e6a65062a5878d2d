//! The answer on one screen: at most 23 lines of 80 columns, and the prompt.

use std::fmt::Write;

use crate::decide::sizing::Sizes;
use crate::forecast::{Forecast, Reached, Stopped};
use crate::randomness::Sampling;
use crate::randomness::sampling::RANDOMISATIONS;
use crate::report::dates::{alerts, date_errors, date_header, date_row};
use crate::report::numbers::{cents, decimal, grouped, money, percent, short};
use crate::report::page::{HEIGHT, cell, close_gaps, paragraph, shorten, wrap};
use crate::report::sizes::{a_term, as_bought, bought_for, cost_of, less_left, noun, rule_80};
use crate::report::words::{futures, gain, packs, ranges};
use crate::report::{deal, names};
use crate::scenario::Scenario;
use crate::summarise::ranks::Proportion;
use crate::summarise::record::Metric;
use crate::summarise::statistics::Statistics;
use crate::units::Money;

/// The summary of a forecast, each line ending in a line feed; with `details` all of it, on as many lines as it takes.
pub fn summary(scenario: &Scenario, forecast: &Forecast, details: bool) -> String {
    let page = |room| filled(scenario, forecast, room);
    let mut found = page(Room::All);
    if details {
        return text(found.lines.into_iter().chain(found.alerts));
    }
    for room in [Room::Tight, Room::Less, Room::Least] {
        if found.is_full() {
            found = page(room);
        }
    }
    found.finish()
}

fn text(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

/// How much room there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    #[default]
    All,
    /// Without how sure dates are, and what another size costs beside what is planned.
    Tight,
    /// Nor for teams.
    Less,
    /// Nor for costs beside the credits.
    Least,
}

/// The page before it fits the screen.
fn filled(scenario: &Scenario, forecast: &Forecast, room: Room) -> Page {
    let mut page = Page {
        room,
        ..Page::default()
    };
    page.title(scenario, forecast);
    page.gap();
    if forecast.stopped == Stopped::Point {
        page.plan(scenario, forecast);
    } else {
        match &forecast.sizes {
            Some(sizes) => page.purchase(scenario, forecast, sizes),
            None => page.say("Advice", &deal::no_advice(scenario)),
        }
        page.gap();
        page.percentiles(scenario, forecast);
        page.gap();
    }
    page.budget(scenario, forecast);
    page.overage(scenario, forecast);
    page.charges(scenario, forecast);
    page.unserved(forecast);
    page.unused(forecast);
    page.beside(scenario, forecast);
    page.dates(scenario, forecast);
    page
}

#[derive(Default)]
struct Page {
    lines: Vec<String>,
    /// Rows of alerts, the last of which matter most.
    alerts: Vec<String>,
    room: Room,
    /// What there is no room for.
    left_out: Vec<&'static str>,
}

impl Page {
    fn gap(&mut self) {
        self.lines.push(String::new());
    }

    fn say(&mut self, label: &str, words: &str) {
        self.lines.extend(wrap(label, words));
    }

    /// Whether there is room for something that takes no less than that; else that is noted.
    fn has_room(&mut self, least: Room, what: &'static str) -> bool {
        let has_room = self.room <= least;
        if !has_room {
            self.left_out.push(what);
        }
        has_room
    }

    fn title(&mut self, scenario: &Scenario, forecast: &Forecast) {
        self.lines.push(shorten(&scenario.name, super::page::WIDTH));
        let horizon = &scenario.horizon;
        let last = names::date(scenario, horizon.days() - 1);
        let how = match forecast.stopped {
            Stopped::Point => "single-number plan".to_owned(),
            stopped => format!(
                "{}, seed {}{}",
                futures(forecast.paths),
                scenario.simulation.seed,
                match stopped {
                    Stopped::PrecisionMet => ", precision met",
                    Stopped::MaxPaths => ", PRECISION NOT MET",
                    Stopped::Paths | Stopped::Point => "",
                }
            ),
        };
        self.lines
            .push(format!("{} to {last}, {how}", horizon.start()));
        if !forecast.precision.is_empty() {
            let targets: Vec<String> = forecast.precision.iter().map(target).collect();
            self.say("Stopped", &targets.join("; "));
        }
    }

    /// What to buy, how sure, and what it saves.
    fn purchase(&mut self, scenario: &Scenario, forecast: &Forecast, sizes: &Sizes) {
        let cash = |value: f64| money(&scenario.currency, value);
        let size = &sizes.optimum.purchase;
        let mut words = match size.packs {
            0 => "nothing ahead: pay as you go costs least".to_owned(),
            count => format!(
                "{} = {} credits for {}",
                packs(count),
                grouped(size.credits.to_f64()),
                cash(size.cost.to_f64())
            ),
        };
        if let (Some(terms), true) = (bought_for(scenario, sizes), size.packs > 0) {
            let _ = write!(words, ", {terms}");
        }
        if let Some(ranges) = ranges(sizes) {
            let _ = write!(words, " (95% sure: {ranges})");
        }
        self.say("Buy", &words);
        let mut words = cash(sizes.optimum.cost_mean);
        if let Some(half) = sizes.optimum.cost_mean_half_width {
            let _ = write!(words, " ± {}", cash(half));
        }
        let _ = write!(words, " expected{}{}", cost_of(sizes), less_left(scenario));
        if sizes.terms > 1 && !sizes.is_of_horizon {
            let all = sizes.terms as f64 * sizes.optimum.cost_mean;
            let _ = write!(words, ", {} for {} terms", cash(all), sizes.terms);
        }
        if let Some(overage) = sizes.optimum.overage_beyond(forecast.terms.free()) {
            let _ = write!(
                words,
                "; overage in {} of {}",
                percent(overage.value()),
                noun(sizes)
            );
        }
        self.say("Cost", &words);
        let rule = packs(sizes.rule_80.purchase.packs);
        // What another size costs is said beside what is planned.
        let has_rule = sizes.planned.is_none() || self.has_room(Room::All, "the 80% rule");
        let mut saves = match sizes.rule_80.purchase.packs {
            _ if !has_rule => Vec::new(),
            0 => vec!["the 80% rule buys nothing either".to_owned()],
            same if same == size.packs => vec![format!("the 80% rule buys the same {rule}")],
            _ => vec![format!(
                "{} against {} ({rule})",
                gain(scenario, &sizes.rule_80_excess),
                rule_80(sizes)
            )],
        };
        if size.packs > 0 {
            let ahead = sizes.pay_as_you_go.cost_mean - sizes.optimum.cost_mean;
            saves.insert(0, format!("{} against pay as you go", cash(ahead)));
        }
        let current = sizes.current.purchase.packs;
        let is_same = [sizes.rule_80.purchase.packs, size.packs, 0].contains(&current);
        // Where the scenario buys another size in each term its first one says nothing of the others.
        if sizes.planned.is_none() && !is_same {
            let gain = gain(scenario, &sizes.current_excess);
            saves.push(format!("{gain} against the scenario's {}", packs(current)));
        }
        let of = match a_term(sizes) {
            "" => String::new(),
            each => format!("{}: ", each.trim_start()),
        };
        if !saves.is_empty() {
            self.say("Saves", &format!("{of}{}", saves.join("; ")));
        }
        if let Some(planned) = as_bought(scenario, sizes) {
            self.lines.extend(paragraph(&planned));
        }
    }

    /// The single-number plan: what it buys, wants and pays.
    fn plan(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let cash = |amount: Money| cents(&scenario.currency, amount);
        self.say("Buys", &deal::bought(scenario, &forecast.terms));
        let free = forecast.terms.free().to_f64();
        if free > 0.0 {
            self.say("Free", &format!("{} credits", grouped(free)));
        }
        self.say(
            "Wants",
            &format!("{} credits", grouped(forecast.plan.credits.to_f64())),
        );
        self.say("Pays", &cash(forecast.plan.spend));
    }

    /// Credits and spend with the purchase of the scenario.
    fn percentiles(&mut self, scenario: &Scenario, forecast: &Forecast) {
        const PERCENTS: [u64; 6] = [5, 25, 50, 75, 90, 95];
        let title = cell(&deal::title(scenario, forecast, 20), 20);
        let mut header = format!("{title}{:>8}{:>8}", "plan", "mean");
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
            let mut line = format!("{}{plan:>8}{mean:>8}", cell(label, 20));
            for percent in PERCENTS {
                let value = statistics.percentile(percent).map_or("-".to_owned(), short);
                let _ = write!(line, "{value:>7}");
            }
            self.lines.push(line);
        }
        if let Some(spend) = forecast.term(Metric::Spend) {
            self.lines.push(errors(spend));
            let told = match forecast.sampling {
                Sampling::Random => None,
                Sampling::Quasi => Some("quasi-random"),
                Sampling::Stratified => Some("stratified"),
            };
            if let Some(told) = told {
                let told = format!("{told}, {RANDOMISATIONS} randomisations");
                self.lines.push(format!("{:<20}{told}", ""));
            }
        }
    }

    fn budget(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let cash = |amount: Money| money(&scenario.currency, amount.to_f64());
        let budget = &scenario.budget;
        let mut label = "Budget";
        if let (Some(amount), Some(risk)) = (budget.amount, forecast.budget.amount) {
            let words = format!("{} is {}", cash(amount), exceeded(forecast, risk));
            self.say(label, &words);
            label = "";
        }
        if let (Some(amount), Some(risk)) = (budget.monthly, forecast.budget.any_month) {
            let month = match exceeded(forecast, risk).starts_with("not") {
                true => "exceeded in any month",
                false => "exceeded in some month",
            };
            let risk = exceeded(forecast, risk).replacen("exceeded", month, 1);
            let mut words = format!("{} is {risk}", cash(amount));
            if forecast.terms.purchase().cost > amount {
                words.push_str("; the purchase alone is more");
            }
            self.say(label, &words);
        }
    }

    fn overage(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let Some(overage) = &forecast.overage else {
            return self.say(
                "Overage",
                "not defined: nothing is granted, all use is spend",
            );
        };
        if forecast.stopped == Stopped::Point {
            let paid = forecast
                .term(Metric::OverageSpend)
                .map_or(0.0, |paid| paid.mean);
            let paid = Money::from_f64(paid).unwrap_or(Money::ZERO);
            return self.say("Overage", &cents(&scenario.currency, paid));
        }
        let mut words = likely(scenario, overage.probability, overage.spend.as_ref());
        if overage.without_incidents.hits != overage.probability.hits {
            let without = percent(overage.without_incidents.value());
            let _ = write!(words, "; without incidents {without}");
        }
        self.say("Overage", &words);
    }

    /// What the contract's rules bring: minimums and true-ups, top-ups.
    fn charges(&mut self, scenario: &Scenario, forecast: &Forecast) {
        let found = [
            ("True-up", &forecast.true_up),
            ("Top-ups", &forecast.top_up),
        ];
        for (label, charge) in found {
            let Some(charge) = charge else { continue };
            let given = charge.given.as_ref();
            let words = match forecast.stopped {
                Stopped::Point => {
                    let paid = given.and_then(|given| Money::from_f64(given.mean));
                    cents(&scenario.currency, paid.unwrap_or(Money::ZERO))
                }
                _ => likely(scenario, charge.probability, given),
            };
            self.say(label, &words);
        }
    }

    /// What is wanted and not served, where anything is.
    fn unserved(&mut self, forecast: &Forecast) {
        let share = |metric| {
            let part = forecast.term(metric)?.mean;
            let of = forecast.term(Metric::Credits)?.mean;
            (part > 0.0).then(|| percent(part / of))
        };
        let mut parts = Vec::new();
        if let (Some(share), Some(risk)) = (share(Metric::UnservedCredits), forecast.unserved) {
            if forecast.stopped != Stopped::Point {
                parts.push(chance(risk));
            }
            parts.push(format!("{share} of the credits wanted"));
        }
        if let Some(averted) = share(Metric::AvertedCredits) {
            parts.push(format!("responses averted {averted}"));
        }
        if !parts.is_empty() {
            self.say("Unserved", &parts.join("; "));
        }
    }

    /// What was granted and is not used, where no advice on the size says it better.
    fn unused(&mut self, forecast: &Forecast) {
        let unused = forecast.term(Metric::UnusedCredits);
        let Some(unused) = unused.filter(|unused| unused.mean > 0.0) else {
            return;
        };
        if forecast.sizes.is_some() || !forecast.terms.has_grants() {
            return;
        }
        let mut words = format!("{} credits on average", short(unused.mean));
        if forecast.stopped == Stopped::Point {
            words = format!("{} credits", grouped(unused.mean));
        } else if let Some(p95) = unused.percentile(95) {
            let _ = write!(words, ", p95 {}", short(p95));
        }
        self.say("Unused", &words);
    }

    /// Costs beside the credits, and the team that is likeliest to exceed its share.
    fn beside(&mut self, scenario: &Scenario, forecast: &Forecast) {
        if let Some(words) = deal::beside(scenario, forecast)
            && self.has_room(Room::Less, "other costs")
        {
            self.say("Other", &words);
        }
        if let Some(words) = deal::teams(scenario, forecast)
            && self.has_room(Room::Tight, "teams")
        {
            self.say("Teams", &words);
        }
    }

    /// When the grants run dry and when each alert is reached.
    fn dates(&mut self, scenario: &Scenario, forecast: &Forecast) {
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
            if let Some(errors) = date_errors(forecast, days)
                && self.has_room(Room::All, "errors of dates")
            {
                self.lines.push(errors);
            }
        }
        for (label, days) in alerts(forecast) {
            self.alerts.push(date_row(scenario, forecast, &label, days));
        }
    }

    /// Whether there is no room for all that stands above the alerts, and a note on these and on what is left out.
    fn is_full(&self) -> bool {
        let lines = self.lines.iter().filter(|line| !line.is_empty()).count();
        let has_note = !self.alerts.is_empty() || !self.left_out.is_empty();
        lines + usize::from(has_note) > HEIGHT
    }

    /// Fits the screen: gaps go first, then the lowest alerts, and that is said.
    fn finish(mut self) -> String {
        let mut below = self.alerts.len() + usize::from(!self.left_out.is_empty());
        close_gaps(&mut self.lines, HEIGHT.saturating_sub(below));
        let room = HEIGHT.saturating_sub(self.lines.len());
        let mut left_out = Vec::new();
        if below > room {
            let shown = room.saturating_sub(1).min(self.alerts.len());
            let hidden = self.alerts.len() - shown;
            self.alerts.drain(..hidden);
            left_out.extend((hidden > 0).then(|| format!("+{hidden} lower alerts")));
        }
        left_out.extend(self.left_out.iter().map(|&what| what.to_owned()));
        let note = (!left_out.is_empty()).then(|| format!("  {}: --details", left_out.join(", ")));
        below = self.alerts.len() + usize::from(note.is_some());
        self.lines.truncate(HEIGHT.saturating_sub(below));
        text(self.lines.into_iter().chain(note).chain(self.alerts))
    }
}

/// How likely an amount is, and what it then is.
fn likely(scenario: &Scenario, risk: Proportion, given: Option<&Statistics>) -> String {
    let mut words = chance(risk);
    if let Some(given) = given {
        let mean = money(&scenario.currency, given.mean);
        let _ = write!(words, "; then {mean} on average");
        if let Some(p95) = given.percentile(95) {
            let _ = write!(words, ", p95 {}", money(&scenario.currency, p95));
        }
    }
    words
}

fn chance(risk: Proportion) -> String {
    let (low, high) = risk.interval();
    format!(
        "probability {} ({} to {})",
        percent(risk.value()),
        percent(low),
        percent(high)
    )
}

fn exceeded(forecast: &Forecast, risk: Proportion) -> String {
    match forecast.stopped {
        Stopped::Point if risk.hits > 0 => "exceeded".to_owned(),
        Stopped::Point => "not exceeded".to_owned(),
        _ => format!("exceeded with {}", chance(risk)),
    }
}

/// A precision target and how far it was reached.
fn target(reached: &Reached) -> String {
    let share = |share: f64| format!("{}%", decimal((share * 1e4).round() / 100.0));
    let figure = names::figure(reached.target.figure);
    let asked = share(reached.target.share);
    let found = reached.share.map_or("unknown".to_owned(), share);
    let hits = match reached.hits {
        Some(hits) if hits < 10 => format!(", {hits} hits of at least 10"),
        _ => String::new(),
    };
    let verdict = if reached.is_met { "" } else { " NOT MET:" };
    format!("{figure}{verdict} ± {found} of it, asked for {asked}{hits}")
}

/// 95% intervals of mean, median and 95th percentile.
fn errors(spend: &Statistics) -> String {
    let mut parts = Vec::new();
    if let Some(half) = spend.mean_half_width {
        parts.push(format!("mean ± {}", short(half)));
    }
    for (label, interval) in [("p50", spend.p50_interval), ("p95", spend.p95_interval)] {
        if let Some((low, high)) = interval {
            parts.push(match (short(low), short(high)) {
                (low, high) if low != high => format!("{label} {low} to {high}"),
                // So many futures come to it that chance cannot move it.
                (only, _) if low == high => format!("{label} exactly {only}"),
                (about, _) => format!("{label} about {about}"),
            });
        }
    }
    if parts.len() < 3 {
        parts.push("p95 needs more --paths".to_owned());
    }
    format!("{:<20}{}", "  95% error", parts.join(", "))
}
