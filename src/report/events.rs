//! What happened, in words and as names that a program can rely on.

use crate::ledger::{Entry, Reason};
use crate::report::numbers::{cents, grouped, percent};
use crate::report::words::packs;
use crate::scenario::{OnExhaustion, Scenario};

/// An event in words; a name that may be long comes last.
pub fn words(scenario: &Scenario, entry: Entry) -> String {
    let name = |team: usize| &scenario.teams[team].name;
    match entry {
        Entry::Free => "free credits granted".to_owned(),
        Entry::Purchased { packs: count } => format!("{} bought", packs(count)),
        Entry::MonthlyPart => "month's part granted".to_owned(),
        Entry::Seats { seats } => format!("credits of {}", counted(seats, "seat")),
        Entry::Step { step } => format!("step {} of {}", step + 1, steps(scenario)),
        Entry::SteppedUp { step } => format!("up to step {} of {}", step + 1, steps(scenario)),
        Entry::Granted { grant } => granted(scenario, grant),
        Entry::Converted { licences } => format!("credits from {}", counted(licences, "licence")),
        Entry::GivenBack { value } => {
            format!("became licences of {}", cents(&scenario.currency, value))
        }
        Entry::ToppedUp { packs: count } => format!("top-up of {}", packs(count)),
        Entry::Used => "used".to_owned(),
        Entry::Exhausted => "EXHAUSTED".to_owned(),
        Entry::Overage => "overage".to_owned(),
        Entry::Billed => "used, billed".to_owned(),
        Entry::Unserved { reason } => format!("unserved: {}", why(reason)),
        Entry::Averted => "averted by the response".to_owned(),
        Entry::Alert { team, threshold } => {
            let share = percent(threshold);
            match team {
                None => format!("alert: {share} reached"),
                Some(team) => format!("alert: {share} reached, {}", name(team)),
            }
        }
        Entry::ShareExceeded { team } => format!("share exceeded: {}", name(team)),
        Entry::BreakerTripped { team } => format!("breaker tripped: {}", name(team)),
        Entry::ResponseCalled { days: 0 } => "response: incidents end today".to_owned(),
        Entry::ResponseCalled { days: 1 } => "response: incidents end in a day".to_owned(),
        Entry::ResponseCalled { days } => format!("response: incidents end in {days} days"),
        Entry::IncidentsEnded { count } => {
            format!("{} ended", counted(count as u64, "incident"))
        }
        Entry::Reviewed => "shares rebalanced to use".to_owned(),
        Entry::RolledOver { .. } => "rolled over".to_owned(),
        Entry::InGrace { .. } => "kept for days of grace".to_owned(),
        Entry::Expired => "expired".to_owned(),
        Entry::MonthlyMinimum => "raised to the minimum".to_owned(),
        Entry::TrueUp => "trued up to the commit".to_owned(),
    }
}

/// The name of an event in files.
pub fn id(entry: Entry) -> &'static str {
    match entry {
        Entry::Free => "free",
        Entry::Purchased { .. } => "purchase",
        Entry::MonthlyPart => "monthly_part",
        Entry::Seats { .. } => "seats",
        Entry::Step { .. } => "step",
        Entry::SteppedUp { .. } => "step_up",
        Entry::Granted { .. } => "grant",
        Entry::Converted { .. } => "licences_to_credits",
        Entry::GivenBack { .. } => "credits_to_licences",
        Entry::ToppedUp { .. } => "top_up",
        Entry::Used => "used",
        Entry::Exhausted => "exhausted",
        Entry::Overage => "overage",
        Entry::Billed => "billed",
        Entry::Unserved { reason } => match reason {
            Reason::SoftCap => "unserved_soft_cap",
            Reason::Breaker => "unserved_breaker",
            Reason::Blocked => "unserved_blocked",
            Reason::Capped => "unserved_overage_cap",
        },
        Entry::Averted => "averted",
        Entry::Alert { .. } => "alert",
        Entry::ShareExceeded { .. } => "share_exceeded",
        Entry::BreakerTripped { .. } => "breaker_tripped",
        Entry::ResponseCalled { .. } => "response_called",
        Entry::IncidentsEnded { .. } => "incidents_ended",
        Entry::Reviewed => "shares_rebalanced",
        Entry::RolledOver { .. } => "rolled_over",
        Entry::InGrace { .. } => "in_grace",
        Entry::Expired => "expired",
        Entry::MonthlyMinimum => "monthly_minimum",
        Entry::TrueUp => "true_up",
    }
}

/// The team that an event is about.
pub fn team(entry: Entry) -> Option<usize> {
    match entry {
        Entry::Alert { team, .. } => team,
        Entry::ShareExceeded { team } | Entry::BreakerTripped { team } => Some(team),
        _ => None,
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count as f64))
}

fn steps(scenario: &Scenario) -> usize {
    match &scenario.contract.on_exhaustion {
        OnExhaustion::StepUp(steps) => steps.len(),
        _ => 0,
    }
}

/// A further grant by its number in the file.
fn granted(scenario: &Scenario, grant: usize) -> String {
    let kind = match scenario.contract.grants[grant].promotional {
        true => "promotional grant",
        false => "grant",
    };
    format!("{kind} {} begins", grant + 1)
}

fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::SoftCap => "below the soft cap",
        Reason::Breaker => "breaker",
        Reason::Blocked => "blocked",
        Reason::Capped => "overage cap",
    }
}
