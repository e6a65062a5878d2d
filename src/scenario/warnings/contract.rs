//! Keys of a contract that have no effect, and terms that do not add up.

use jiff::ToSpan;

use crate::scenario::cursor::Cursor;
use crate::scenario::{
    Contract, Conversion, Horizon, OnExhaustion, Payment, Prepurchase, Scenario,
};

mod amounts;
mod lasting;
mod limits;

/// Sentences about what was signed.
pub fn of(scenario: &Scenario, top: &Cursor<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(buying_ahead_cannot_pay(&scenario.contract));
    let table = top.get("contract");
    let table = table.and_then(|item| Cursor::open_any(&item));
    warnings.extend(amounts::of(scenario, table.as_ref()));
    if let Some(table) = table {
        warnings.extend(companions(&table, &scenario.contract));
    }
    warnings.extend(lasting::of(scenario));
    warnings.extend(limits::of(scenario, top));
    warnings.extend(outside(scenario));
    warnings
}

/// A key that another keeps from having an effect.
fn idle(key: &str, while_: &str, remedy: &str) -> String {
    format!("`{key}` has no effect while {while_}; {remedy} or drop it")
}

/// What to do for something to be bought ahead.
fn to_buy_ahead(contract: &Contract) -> &'static str {
    match contract.payment {
        Payment::PrePurchase => "set prepurchase",
        _ => "write payment = \"pre-purchase\" and set prepurchase",
    }
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
