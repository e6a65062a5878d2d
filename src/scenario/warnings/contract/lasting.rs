//! Terms that the horizon breaks, and survival of what does not end.

use crate::scenario::warnings::contract::{idle, to_buy_ahead};
use crate::scenario::{Contract, Expiry, OnExhaustion, Payment, Prepurchase, Scenario, contract};

/// Sentences about terms and what survives them.
pub fn of(scenario: &Scenario) -> Vec<String> {
    let mut warnings = bounds_of_nothing(&scenario.contract);
    warnings.extend(idle_rollover(scenario));
    warnings.extend(broken_term(scenario));
    warnings
}

fn bounds_of_nothing(contract: &Contract) -> Vec<String> {
    let rollover = contract.rollover;
    if rollover.share > 0 {
        return Vec::new();
    }
    let bounds = [
        ("rollover_max", rollover.most.is_some()),
        ("rollover_needs_renewal", rollover.needs_renewal),
    ];
    let written = bounds.into_iter().filter(|(_, is_written)| *is_written);
    let words = written.map(|(key, _)| idle(key, "rollover is 0", "write a rollover"));
    words.collect()
}

/// Survival of what is bought, where nothing is or where it does not end.
fn idle_rollover(scenario: &Scenario) -> Vec<String> {
    let contract = &scenario.contract;
    let rollover = contract.rollover;
    let keys = [
        ("rollover", rollover.share > 0),
        (
            "rollover_max",
            rollover.share > 0 && rollover.most.is_some(),
        ),
        ("grace_days", rollover.grace_days > 0),
    ];
    let keys = keys.into_iter().filter(|(_, is_written)| *is_written);
    let (conversions, horizon) = (&scenario.conversions, &scenario.horizon);
    let bought = contract::buys_something(contract, conversions, horizon);
    let words = keys.filter_map(|(key, _)| {
        if !bought {
            return Some(idle(key, "nothing is bought", to_buy_ahead(contract)));
        }
        if contract.expiry == Expiry::Never && !is_by_month(contract) {
            return Some(idle(key, "expiry is \"never\"", "write another expiry"));
        }
        (!expires_early(scenario)).then(|| {
            let remedy = match contract.expiry {
                Expiry::TwelveMonths => "raise months",
                _ => "raise months, lower term_months",
            };
            format!(
                "`{key}` brings nothing to use while nothing that is bought expires before the \
                 horizon's last day; {remedy} or drop it"
            )
        })
    });
    words.collect()
}

/// Seats and steps come by the month whatever the expiry, a purchase where its expiry says so.
fn is_by_month(contract: &Contract) -> bool {
    let parts = contract.expiry == Expiry::Monthly && contract.prepurchase != Prepurchase::Packs(0);
    parts
        || contract.seat_allowance.is_some()
        || matches!(contract.on_exhaustion, OnExhaustion::StepUp(_))
}

/// Whether something that is bought ends while there is use to come.
fn expires_early(scenario: &Scenario) -> bool {
    let (contract, months) = (&scenario.contract, scenario.horizon.months());
    let lasts = match contract.expiry {
        Expiry::Term | Expiry::Monthly => contract.term_months,
        Expiry::TwelveMonths => 12,
        Expiry::Never => usize::MAX,
    };
    lasts < months || is_by_month(contract) && months > 1
}

/// A horizon that ends inside a term shows a part of what the term costs or brings.
fn broken_term(scenario: &Scenario) -> Option<String> {
    let (months, term) = (scenario.horizon.months(), scenario.contract.term_months);
    if months.is_multiple_of(term) {
        return None;
    }
    let what = what_breaks(&scenario.contract, months % term)?;
    let whole = months.next_multiple_of(term);
    // A horizon has at most 60 months.
    let whole = if whole > 60 {
        months / term * term
    } else {
        whole
    };
    Some(format!(
        "the horizon of {months} months ends inside a term of {term}: {what}; set months to a \
         multiple, like {whole}"
    ))
}

/// What a last term of which only `months` lie in the horizon shows in part.
fn what_breaks(contract: &Contract, months: usize) -> Option<String> {
    match (contract.payment, contract.prepurchase) {
        (Payment::PayAsYouGo, _) | (Payment::PrePurchase, Prepurchase::Packs(0)) => None,
        (Payment::PreCommit(_), _) => Some("its shortfall is not trued up".to_owned()),
        (Payment::PrePurchase, Prepurchase::Packs(_)) => {
            Some("its purchase is paid in full and used in part".to_owned())
        }
        (Payment::PrePurchase, Prepurchase::ShareOfPlan(_)) => Some(bought_for(contract, months)),
    }
}

/// What a share of the plan buys for a term that passes the horizon. Which terms `flexcast size` weighs is for
/// its page to say.
fn bought_for(contract: &Contract, months: usize) -> String {
    let months = match months {
        1 => "the one month".to_owned(),
        _ => format!("the {months} months"),
    };
    let spread = match contract.expiry {
        Expiry::Monthly => format!(", and spread over all {}", contract.term_months),
        _ => String::new(),
    };
    format!("`prepurchase` buys it a share of the plan of {months} within the horizon only{spread}")
}
