//! What was signed, in words: what is bought, who may use how much, what comes beside the credits.

use std::cmp::Reverse;
use std::fmt::Write;

use crate::forecast::{Forecast, Stopped};
use crate::ledger::{Allocation, Grade, Mark, Terms, feedback, grade};
use crate::report::names;
use crate::report::numbers::{cents, grouped, money, percent, short};
use crate::report::page::{labels, width};
use crate::report::words::packs;
use crate::scenario::{OnExhaustion, Payment, Prepurchase, Scenario};
use crate::summarise::exhaustion::DayCounts;
use crate::summarise::statistics::Statistics;
use crate::units::{Credits, Money};

/// Most keys that a line names.
const MOST_KEYS: usize = 3;

/// The contract as it is, in at most `columns` columns.
pub fn title(scenario: &Scenario, forecast: &Forecast, columns: usize) -> String {
    let contract = &scenario.contract;
    let terms = forecast.terms.contract_terms();
    let purchase = forecast.terms.purchase();
    let each = if terms.len() > 1 { " a term" } else { "" };
    let what = match (contract.payment, &contract.on_exhaustion) {
        (Payment::PreCommit(commit), _) => {
            let amount = commit.amount.to_f64();
            let exact = format!("commit {}", money(&scenario.currency, amount));
            let words = [exact, format!("commit {}", short(amount))];
            return first_that_fits(&words, columns);
        }
        _ if purchase.packs > 0 => match contract.prepurchase {
            Prepurchase::ShareOfPlan(share) if terms.len() > 1 => {
                format!("{} of plan{each}", percent(share as f64 / 1e6))
            }
            _ => format!("{}{each}", packs(purchase.packs)),
        },
        (_, OnExhaustion::StepUp(steps)) => format!("{} steps", steps.len()),
        (_, OnExhaustion::TopUp(_)) => "top-ups".to_owned(),
        _ => match contract.seat_allowance {
            Some(seats) => format!("{} seats", grouped(seats.seats as f64)),
            None => return "Buying nothing".to_owned(),
        },
    };
    first_that_fits(&[what], columns)
}

/// The first of some words that fits, opened by "As it is" where there is room.
fn first_that_fits(words: &[String], columns: usize) -> String {
    let opened = words.iter().map(|words| format!("As it is: {words}"));
    let mut all = opened.chain(words.iter().map(|words| capital(words)));
    let last = words.last().map_or(String::new(), |words| capital(words));
    all.find(|words| width(words) <= columns).unwrap_or(last)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What the single-number plan buys and commits to.
pub fn bought(scenario: &Scenario, contract_terms: &Terms) -> String {
    let contract = &scenario.contract;
    let cash = |amount: Money| cents(&scenario.currency, amount);
    let credits = |credits: Credits| grouped(credits.to_f64());
    let mut parts = Vec::new();
    let purchase = contract_terms.purchase();
    let terms = contract_terms.contract_terms().len();
    let of_terms = match terms {
        1 => String::new(),
        _ => format!(" in the first of {terms} terms"),
    };
    if purchase.packs > 0 {
        parts.push(format!(
            "{} = {} credits for {}{of_terms}",
            packs(purchase.packs),
            credits(purchase.credits),
            cash(purchase.cost)
        ));
    }
    if let Payment::PreCommit(commit) = contract.payment {
        parts.push(format!("{} committed{of_terms}", cash(commit.amount)));
    }
    if let Some(seats) = contract.seat_allowance {
        parts.push(format!(
            "{} seats with {} credits for {} a month",
            grouped(seats.seats as f64),
            credits(seats.credits),
            cash(seats.cost)
        ));
    }
    if let OnExhaustion::StepUp(steps) = &contract.on_exhaustion {
        parts.push(match steps.len() {
            1 => "a monthly step".to_owned(),
            count => format!("up to {count} monthly steps"),
        });
    }
    if let OnExhaustion::TopUp(rule) = contract.on_exhaustion {
        parts.push(format!(
            "top-ups of {} at {} a pack",
            packs(rule.packs),
            cash(rule.pack_price)
        ));
    }
    match contract.grants.len() {
        0 => {}
        1 => parts.push("a further grant".to_owned()),
        count => parts.push(format!("{count} further grants")),
    }
    match parts.is_empty() {
        true => "nothing ahead".to_owned(),
        false => parts.join("; "),
    }
}

/// Why a run gives no advice on what to buy.
pub fn no_advice(scenario: &Scenario) -> String {
    if matches!(scenario.contract.payment, Payment::PreCommit(_)) {
        return "none: nothing is bought ahead under a commitment".to_owned();
    }
    match grade(scenario) {
        Grade::Demand => "none: the sizes pass what the ledger's integers hold".to_owned(),
        Grade::Falling | Grade::Any => format!(
            "`flexcast size` settles each size under {}",
            listed(&feedback(scenario))
        ),
    }
}

/// Why a contract cannot be sized; `None` where it can.
pub fn cannot_size(scenario: &Scenario) -> Option<String> {
    matches!(scenario.contract.payment, Payment::PreCommit(_)).then(|| {
        "nothing is bought ahead under contract.payment = \"pre-commit\", so there is nothing to size; \
         write the purchase as an [[alternative]] with model = \"flex\" and see `flexcast compare`, or set \
         contract.payment = \"pre-purchase\""
            .to_owned()
    })
}

/// Some keys, and how many more there are.
fn listed(keys: &[&str]) -> String {
    let named = keys[..keys.len().min(MOST_KEYS)].join(", ");
    match keys.len().saturating_sub(MOST_KEYS) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Each team with a share and the days on which it exceeds it.
pub fn shares(forecast: &Forecast) -> impl Iterator<Item = (usize, &DayCounts)> {
    let watches = forecast.terms.watches.iter().zip(&forecast.alerts);
    watches.filter_map(|(watch, days)| match (watch.team, watch.mark) {
        (Some(team), Mark::Share) => Some((team, days)),
        _ => None,
    })
}

/// The team that is likeliest to exceed its share; `None` without teams that have one.
pub fn teams(scenario: &Scenario, forecast: &Forecast) -> Option<String> {
    let all: Vec<_> = shares(forecast).collect();
    // Of equal ones the first by name, whatever the order of tables in the file.
    let name_of = |team: usize| &scenario.teams[team].name;
    let likeliest =
        |(team, days): &&(usize, &DayCounts)| (days.ever().hits, Reverse(name_of(*team)));
    let (team, days) = all.iter().max_by_key(likeliest)?;
    let risk = days.ever();
    if risk.hits == 0 {
        return Some("none exceeds its share".to_owned());
    }
    let names = scenario.teams.iter().map(|team| team.name.as_str());
    let name = &labels(names, 19)[*team];
    if forecast.stopped == Stopped::Point {
        let when = names::when(scenario, days.at_rank(1));
        return Some(format!("{name} exceeds its share on {when}"));
    }
    let period = period(forecast.terms.allocation);
    let (low, high) = risk.interval();
    let chance = format!(
        "{} ({} to {})",
        percent(risk.value()),
        percent(low),
        percent(high)
    );
    Some(match all.len() {
        1 => format!("{name} exceeds its share with probability {chance}"),
        _ => format!("likeliest over its share in some {period}: {name}, {chance}"),
    })
}

/// What teams have shares of, in words.
pub fn period(allocation: Allocation) -> &'static str {
    match allocation {
        Allocation::Month(_) | Allocation::MonthlyBudget(_) => "month",
        Allocation::Term => "term",
        Allocation::Budget(_) | Allocation::None => "horizon",
    }
}

/// The costs beside the credits, and what all comes to; `None` where there are none.
pub fn beside(scenario: &Scenario, forecast: &Forecast) -> Option<String> {
    let beside = forecast.beside.as_ref()?;
    let is_point = forecast.stopped == Stopped::Point;
    let cash = |amount: f64| match (is_point, Money::from_f64(amount)) {
        (true, Some(exact)) => cents(&scenario.currency, exact),
        _ => money(&scenario.currency, amount),
    };
    let mean = |statistics: &Statistics| statistics.mean;
    let parts = [
        ("data cloud", mean(&beside.data_cloud)),
        ("support", mean(&beside.support)),
        ("building agents", beside.agent_build.to_f64()),
        ("licences given", beside.licences_to_credits.to_f64()),
        ("licences received", -mean(&beside.licences_from_credits)),
    ];
    let set = parts.into_iter().filter(|(_, amount)| *amount != 0.0);
    let set: Vec<String> = set
        .map(|(label, amount)| format!("{label} {}", cash(amount)))
        .collect();
    let mut words = match set.is_empty() {
        true => "nothing".to_owned(),
        false => set.join(", "),
    };
    let _ = write!(words, "; in all {}", cash(beside.total_cost.mean));
    if let Some(p95) = beside.total_cost.percentile(95) {
        let _ = write!(words, ", p95 {}", cash(p95));
    }
    Some(words)
}
