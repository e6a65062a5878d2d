//! Keys of a contract that have no effect, and terms that do not add up.

use jiff::ToSpan;

use crate::scenario::cursor::Cursor;
use crate::scenario::{
    Contract, Conversion, Expiry, Horizon, OnExhaustion, Payment, Prepurchase, Scenario, contract,
};
use crate::units::Credits;

/// Sentences about what was signed.
pub fn of(scenario: &Scenario, top: &Cursor<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(buying_ahead_cannot_pay(&scenario.contract));
    warnings.extend(odd_discounts(&scenario.contract));
    let table = top.get("contract");
    if let Some(table) = table.and_then(|item| Cursor::open_any(&item)) {
        warnings.extend(companions(&table, &scenario.contract));
    }
    warnings.extend(idle_rollover(scenario));
    warnings.extend(idle_limits(scenario));
    warnings.extend(nothing_to_exhaust(scenario));
    warnings.extend(broken_term(scenario));
    warnings.extend(outside(scenario));
    warnings
}

/// A key that another keeps from having an effect.
fn idle(key: &str, while_: &str, remedy: &str) -> String {
    format!("`{key}` has no effect while {while_}; {remedy} or drop it")
}

fn buying_ahead_cannot_pay(contract: &Contract) -> Option<String> {
    let served = matches!(
        contract.on_exhaustion,
        OnExhaustion::Overage | OnExhaustion::Grace(_)
    );
    let most_off = contract
        .discounts
        .iter()
        .map(|discount| discount.off)
        .max()
        .unwrap_or(0);
    let left = i128::from(1_000_000_u64.saturating_sub(most_off));
    let cheapest = i128::from(contract.pack_price.micro()) * left;
    let overage = i128::from(contract.overage_pack_price.micro()) * 1_000_000;
    let buys = contract.prepurchase != Prepurchase::Packs(0) || contract.seat_allowance.is_none();
    let is_asked = contract.payment == Payment::PrePurchase && served && buys;
    (is_asked && overage <= cheapest).then(|| {
        format!(
            "overage costs {} a pack and a prepaid pack costs no less at any size: buying ahead \
             cannot pay at these prices; set overage_pack_price or discounts if they differ",
            contract.overage_pack_price
        )
    })
}

/// A tier below one pack is probably a number of packs; one that takes less off than a smaller one
/// is probably a slip.
fn odd_discounts(contract: &Contract) -> Vec<String> {
    let from = contract.discounts.iter().map(|discount| discount.from);
    let small = from.filter(|&from| from > Credits::ZERO && from < contract.pack);
    let small = small.map(|from| {
        format!(
            "the discount from {from} credits begins below one pack of {}: `from` counts credits, \
             not packs",
            contract.pack
        )
    });
    let falls = contract.discounts.windows(2);
    let falls = falls.filter(|pair| pair[1].off < pair[0].off).map(|pair| {
        format!(
            "the discount from {} credits is smaller than that from {}; check `off`",
            pair[1].from, pair[0].from
        )
    });
    small.chain(falls).collect()
}

/// Keys that belong to a mode which is not on.
fn companions(table: &Cursor<'_>, contract: &Contract) -> Vec<String> {
    let mode = match contract.on_exhaustion {
        OnExhaustion::Overage => "overage",
        OnExhaustion::Block => "block",
        OnExhaustion::Grace(_) => "grace",
        OnExhaustion::TopUp(_) => "top-up",
        OnExhaustion::StepUp(_) => "step-up",
    };
    let of_exhaustion = [
        ("top_up", "top-up"),
        ("steps", "step-up"),
        ("grace", "grace"),
    ];
    let of_exhaustion = of_exhaustion
        .into_iter()
        .filter(|&(key, its)| its != mode && is_written(table, key))
        .map(|(key, its)| {
            let while_ = format!("on_exhaustion is \"{mode}\"");
            idle(key, &while_, &format!("write on_exhaustion = \"{its}\""))
        });
    let (payment, commits) = match contract.payment {
        Payment::PrePurchase => ("payment is \"pre-purchase\"", false),
        Payment::PayAsYouGo => ("payment is \"pay-as-you-go\"", false),
        Payment::PreCommit(_) => ("payment is \"pre-commit\"", true),
    };
    let commit = (!commits && is_written(table, "commit"))
        .then(|| idle("commit", payment, "write payment = \"pre-commit\""));
    let price = (commits && is_written(table, "overage_pack_price"))
        .then(|| idle("overage_pack_price", payment, "write commit.pack_price"));
    let all = of_exhaustion.chain(commit).chain(price);
    all.collect()
}

/// An empty list says nothing.
fn is_written(table: &Cursor<'_>, key: &str) -> bool {
    table.get(key).is_some_and(|item| !item.is_empty_list())
}

fn idle_rollover(scenario: &Scenario) -> Vec<String> {
    let contract = &scenario.contract;
    let rollover = contract.rollover;
    let nothing = "rollover is 0";
    let none = rollover.share == 0;
    let most = (none && rollover.most.is_some())
        .then(|| idle("rollover_max", nothing, "write a rollover"));
    let renewal = (none && rollover.needs_renewal)
        .then(|| idle("rollover_needs_renewal", nothing, "write a rollover"));
    // Seats and steps come by the month, whatever the expiry.
    let by_month = contract.seat_allowance.is_some()
        || matches!(contract.on_exhaustion, OnExhaustion::StepUp(_));
    let never = contract.expiry == Expiry::Never && !by_month;
    let ends = "write another expiry";
    let lasting = "expiry is \"never\"";
    let share = (never && !none).then(|| idle("rollover", lasting, ends));
    let grace = (never && rollover.grace_days > 0).then(|| idle("grace_days", lasting, ends));
    let last = contract.term_months >= scenario.horizon.months();
    let unrenewed = last && contract.expiry == Expiry::Term && !by_month;
    let unrenewed = (unrenewed && !none && rollover.needs_renewal).then(|| {
        let while_ = "its renewal lies beyond the horizon";
        idle("rollover", while_, "raise months, lower term_months")
    });
    [most, renewal, share, unrenewed, grace]
        .into_iter()
        .flatten()
        .collect()
}

fn idle_limits(scenario: &Scenario) -> Vec<String> {
    let contract = &scenario.contract;
    let burst = (contract.burst > 0 && contract.monthly_allocation.is_none()).then(|| {
        let while_ = "there is no monthly allocation to exceed";
        idle("burst", while_, "write monthly_allocation")
    });
    let billed = match contract.on_exhaustion {
        OnExhaustion::Overage | OnExhaustion::Grace(_) => true,
        OnExhaustion::Block => false,
        OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_) => contract.monthly_allocation.is_some(),
    };
    let cap = (contract.overage_cap.is_some() && !billed).then(|| {
        let remedy = "write on_exhaustion = \"overage\"";
        idle("overage_cap", "no credits are billed one by one", remedy)
    });
    let soft = (contract.soft_cap > 0).then(|| {
        if contract.payment != Payment::PrePurchase {
            let remedy = "write payment = \"pre-purchase\"";
            return Some(idle("soft_cap", "nothing is bought ahead", remedy));
        }
        let critical = scenario.workloads.iter().all(|workload| workload.critical);
        let remedy = "write critical = false where work can wait";
        critical.then(|| idle("soft_cap", "every workload is critical", remedy))
    });
    [burst, cap, soft.flatten()].into_iter().flatten().collect()
}

/// Where nothing is granted nothing can run out, and all use is spend.
fn nothing_to_exhaust(scenario: &Scenario) -> Option<String> {
    let contract = &scenario.contract;
    let mode = match contract.on_exhaustion {
        OnExhaustion::Block => "block",
        OnExhaustion::Grace(_) => "grace",
        _ => return None,
    };
    let granted = contract::grants_something(contract, &scenario.conversions, &scenario.horizon);
    (!granted).then(|| {
        let key = format!("on_exhaustion = \"{mode}\"");
        idle(
            &key,
            "nothing is granted that could run out",
            "set prepurchase",
        )
    })
}

/// A horizon that ends inside a term shows a part of what the term costs or brings.
fn broken_term(scenario: &Scenario) -> Option<String> {
    let (months, term) = (scenario.horizon.months(), scenario.contract.term_months);
    if months.is_multiple_of(term) {
        return None;
    }
    let (what, lost) = match scenario.contract.payment {
        Payment::PayAsYouGo => return None,
        Payment::PrePurchase => ("purchase", "is paid in full and used in part"),
        Payment::PreCommit(_) => ("shortfall", "is not trued up"),
    };
    let whole = months.next_multiple_of(term);
    // A horizon has at most 60 months.
    let whole = if whole > 60 {
        months / term * term
    } else {
        whole
    };
    Some(format!(
        "the horizon of {months} months ends inside a term of {term}: the {what} of the last term \
         {lost}; set months to a multiple, like {whole}"
    ))
}

fn outside(scenario: &Scenario) -> Vec<String> {
    let horizon = &scenario.horizon;
    let grants = scenario.contract.grants.iter().enumerate();
    let grants = grants.filter(|(_, grant)| !horizon.overlaps(grant.from_day, grant.to_day));
    let grants = grants.map(|(index, grant)| {
        format!(
            "`contract.grants[{}]` ({} to {}) lies outside the horizon and grants nothing; check \
             its dates",
            index + 1,
            date(horizon, grant.from_day),
            date(horizon, grant.to_day)
        )
    });
    let conversions = scenario.conversions.iter();
    let conversions =
        conversions.filter(|conversion| !horizon.overlaps(conversion.day, conversion.day));
    let conversions = conversions.map(|conversion: &Conversion| {
        format!(
            "the conversion of {} lies outside the horizon and converts nothing; check its date",
            date(horizon, conversion.day)
        )
    });
    grants.chain(conversions).collect()
}

/// The date of a day counted from the start, also outside the horizon.
fn date(horizon: &Horizon, day: i64) -> jiff::civil::Date {
    horizon.start().saturating_add(day.days())
}
