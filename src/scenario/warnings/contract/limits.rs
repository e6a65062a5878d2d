//! Limits that limit nothing, or that bite in the wrong order.

use crate::scenario::cursor::Cursor;
use crate::scenario::warnings::contract::{date, idle, to_buy_ahead};
use crate::scenario::{Contract, Direction, OnExhaustion, Prepurchase, Scenario, TopUp, contract};
use crate::units::{Credits, micro_text};

/// Sentences about limits; `top` is where guardrails stand.
pub fn of(scenario: &Scenario, top: &Cursor<'_>) -> Vec<String> {
    let contract = &scenario.contract;
    let is_granted = contract::grants_something(contract, &scenario.conversions, &scenario.horizon);
    let mut warnings = Vec::new();
    warnings.extend(idle_burst(contract));
    warnings.extend(idle_overage_cap(contract, is_granted));
    if !is_granted {
        warnings.extend(nothing_to_limit(contract, top));
        warnings.extend(nothing_to_exhaust(contract));
    }
    warnings.extend(soft_cap(scenario));
    if let OnExhaustion::TopUp(rule) = contract.on_exhaustion {
        warnings.extend(idle_threshold(contract, rule));
        warnings.extend(never_tops_up(rule));
    }
    warnings.extend(nothing_to_give_back(scenario));
    warnings
}

fn is_bought_ahead(contract: &Contract) -> bool {
    contract.prepurchase != Prepurchase::Packs(0)
}

fn idle_burst(contract: &Contract) -> Option<String> {
    if contract.burst == 0 {
        return None;
    }
    if contract.monthly_allocation.is_none() {
        let while_ = "there is no monthly allocation to exceed";
        return Some(idle("burst", while_, "write monthly_allocation"));
    }
    let while_ = "nothing is bought ahead: it draws on the purchase";
    (!is_bought_ahead(contract)).then(|| idle("burst", while_, to_buy_ahead(contract)))
}

fn idle_overage_cap(contract: &Contract, is_granted: bool) -> Option<String> {
    contract.overage_cap?;
    if !is_granted {
        let while_ = "nothing is granted: all use is billed";
        return Some(idle("overage_cap", while_, to_buy_ahead(contract)));
    }
    let is_billed = match contract.on_exhaustion {
        OnExhaustion::Overage | OnExhaustion::Grace(_) => true,
        OnExhaustion::Block => false,
        OnExhaustion::TopUp(_) | OnExhaustion::StepUp(_) => contract.monthly_allocation.is_some(),
    };
    let remedy = "write on_exhaustion = \"overage\"";
    (!is_billed).then(|| idle("overage_cap", "no credits are billed one by one", remedy))
}

/// Without grants an allocation is only what guardrails are shares of.
fn nothing_to_limit(contract: &Contract, top: &Cursor<'_>) -> Option<String> {
    contract.monthly_allocation?;
    let is_watched = top.has("governance") || top.has("team");
    (!is_watched).then(|| {
        format!(
            "`monthly_allocation` limits nothing while nothing is granted: all use is billed, and \
             only alerts go by it; {} or drop it",
            to_buy_ahead(contract)
        )
    })
}

/// Where nothing is granted nothing can run out.
fn nothing_to_exhaust(contract: &Contract) -> Option<String> {
    let mode = match contract.on_exhaustion {
        OnExhaustion::Block => "block",
        OnExhaustion::Grace(_) => "grace",
        _ => return None,
    };
    let key = format!("on_exhaustion = \"{mode}\"");
    let while_ = "nothing is granted that could run out: all use is billed";
    Some(idle(&key, while_, to_buy_ahead(contract)))
}

fn soft_cap(scenario: &Scenario) -> Option<String> {
    let contract = &scenario.contract;
    if contract.soft_cap == 0 {
        return None;
    }
    if !is_bought_ahead(contract) {
        let while_ = "nothing is bought ahead: it is a share of the purchase";
        return Some(idle("soft_cap", while_, to_buy_ahead(contract)));
    }
    if scenario.workloads.iter().all(|workload| workload.critical) {
        let remedy = "write critical = false where work can wait";
        return Some(idle("soft_cap", "every workload is critical", remedy));
    }
    let OnExhaustion::TopUp(rule) = contract.on_exhaustion else {
        return None;
    };
    let share = |share: u64| micro_text(i64::try_from(share).unwrap_or(i64::MAX));
    (contract.soft_cap > rule.below).then(|| {
        format!(
            "`soft_cap = {}` is above `top_up.below = {}`: packs are bought only once non-critical \
             workloads wait already; write top_up.below above soft_cap",
            share(contract.soft_cap),
            share(rule.below)
        )
    })
}

fn idle_threshold(contract: &Contract, rule: TopUp) -> Option<String> {
    (rule.below > 0 && !is_bought_ahead(contract)).then(|| {
        "`top_up.below` has no effect while nothing is bought ahead: it is a share of the \
         purchase, and packs are bought when no credits are left; set prepurchase or write below = 0"
            .to_owned()
    })
}

fn never_tops_up(rule: TopUp) -> Option<String> {
    let cap = rule.spending_cap?;
    let cost = i128::from(rule.pack_price.micro()) * i128::from(rule.packs);
    let packs = match rule.packs {
        1 => "a top-up of one pack".to_owned(),
        packs => format!("a top-up of {packs} packs"),
    };
    (i128::from(cap.micro()) < cost).then(|| {
        let cost = i64::try_from(cost).map_or_else(|_| "more".to_owned(), micro_text);
        format!(
            "top-up never buys: {packs} costs {cost} and `top_up.spending_cap` is {cap}; raise the cap or \
             lower top_up.packs"
        )
    })
}

/// Free and promotional credits do not convert.
fn nothing_to_give_back(scenario: &Scenario) -> Vec<String> {
    let (contract, horizon) = (&scenario.contract, &scenario.horizon);
    let paid = contract.grants.iter().any(|grant| {
        let is_held = horizon.overlaps(grant.from_day, grant.to_day);
        !grant.promotional && grant.credits > Credits::ZERO && is_held
    });
    if paid || contract::buys_something(contract, &scenario.conversions, horizon) {
        return Vec::new();
    }
    let conversions = scenario.conversions.iter().filter(|conversion| {
        conversion.direction == Direction::ToLicences
            && horizon.overlaps(conversion.day, conversion.day)
    });
    let words = conversions.map(|conversion| {
        format!(
            "the conversion of {} to licences converts nothing: no credits are bought; {} or drop \
             it",
            date(horizon, conversion.day),
            to_buy_ahead(contract)
        )
    });
    words.collect()
}
