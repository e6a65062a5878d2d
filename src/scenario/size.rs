//! Whether a scenario fits the integers of the ledger, by an estimate of what it comes to.

use crate::scenario::cursor::Cursor;
use crate::scenario::item::Item;
use crate::scenario::names::tables;
use crate::scenario::{Demand, PricingModel, Scenario, Workload};

mod signed;
mod wanted;

/// Most credits, and most money, that a horizon may come to by its means: the ledger's integers
/// hold ninety times as much, and what is at most ten times something of it.
const MOST: f64 = 1e11;

/// Something that adds to the sums of the ledger, or bounds them.
struct Part<'a> {
    /// What to change, where it was written.
    item: Option<Item<'a>>,
    credits: f64,
    money: f64,
    /// How to change it.
    remedy: &'static str,
    /// What it costs follows from the price of a pack.
    by_the_pack: bool,
}

/// Refuses a scenario that could pass them.
pub fn fits(top: &Cursor<'_>, scenario: &Scenario) -> Option<()> {
    agent_days_fit(top, scenario)?;
    let wanted = wanted::credits(scenario);
    let mut parts = workloads(top, scenario, &wanted);
    parts.extend(signed::parts(top, scenario, wanted.iter().sum()));
    let credits: f64 = parts.iter().map(|part| part.credits).sum();
    if is_too_much(credits) {
        let part = largest(&parts, |part| part.credits)?;
        let place = part.item.as_ref().unwrap_or(&top.item);
        return place.refuse(too_much(credits, "credits"), part.remedy);
    }
    let money: f64 = parts.iter().map(|part| part.money).sum();
    if is_too_much(money) {
        let part = largest(&parts, |part| part.money)?;
        let price = signed::price(top, scenario).filter(|_| part.by_the_pack);
        let remedy = match price {
            Some(_) => "lower the price of a pack, or the demand",
            None => part.remedy,
        };
        let place = price.as_ref().or(part.item.as_ref());
        let place = place.unwrap_or(&top.item);
        return place.refuse(too_much(money, "in money"), remedy);
    }
    alternatives_fit(top, scenario, wanted.iter().sum())
}

/// Refuses another contract that could pass them.
fn alternatives_fit(top: &Cursor<'_>, scenario: &Scenario, wanted: f64) -> Option<()> {
    let items = tables(top, "alternative");
    for (alternative, item) in scenario.alternatives.iter().zip(items) {
        let PricingModel::Flex { contract, .. } = &alternative.model else {
            continue;
        };
        let signed = Scenario {
            contract: (**contract).clone(),
            ..scenario.clone()
        };
        let parts = signed::parts(top, &signed, wanted);
        let credits = wanted + parts.iter().map(|part| part.credits).sum::<f64>();
        let use_of_all = wanted * signed::price_of_use(contract);
        let money = use_of_all + parts.iter().map(|part| part.money).sum::<f64>();
        for (sum, what) in [(credits, "credits"), (money, "in money")] {
            if is_too_much(sum) {
                return item.refuse(
                    too_much(sum, what),
                    "buy and grant less, or lower its prices",
                );
            }
        }
    }
    Some(())
}

fn is_too_much(sum: f64) -> bool {
    sum.is_nan() || sum > MOST
}

fn too_much(sum: f64, what: &str) -> String {
    format!("the horizon comes to about {sum:.1e} {what}, past the {MOST:e} that can be settled")
}

fn largest<'p, 'a>(parts: &'p [Part<'a>], size: impl Fn(&Part<'a>) -> f64) -> Option<&'p Part<'a>> {
    parts.iter().max_by(|a, b| size(a).total_cmp(&size(b)))
}

/// What each workload wants, at the dearest price of use.
fn workloads<'a>(top: &Cursor<'a>, scenario: &Scenario, wanted: &[f64]) -> Vec<Part<'a>> {
    let price = signed::price_of_use(&scenario.contract);
    let items = tables(top, "workload");
    let parts = wanted.iter().zip(items).map(|(&credits, item)| Part {
        item: Some(item),
        credits,
        money: credits * price,
        remedy: "lower its seats, units, rates or growth",
        by_the_pack: true,
    });
    parts.collect()
}

/// Refuses more seats over the horizon than its agent-days can count.
fn agent_days_fit(top: &Cursor<'_>, scenario: &Scenario) -> Option<()> {
    const MOST_AGENT_DAYS: f64 = 1e12;
    let seats = |workload: &Workload| match &workload.demand {
        Demand::Agents { seats, .. } => seats.value.mean(),
        Demand::Volume { .. } => 0.0,
    };
    let all: f64 = scenario.workloads.iter().map(seats).sum();
    let days = scenario.horizon.days() as f64;
    if all * days <= MOST_AGENT_DAYS {
        return Some(());
    }
    let order = scenario.workloads.iter().enumerate();
    let largest = order.max_by(|a, b| seats(a.1).total_cmp(&seats(b.1)))?.0;
    let workload = tables(top, "workload").into_iter().nth(largest)?;
    workload.refuse(
        format!("{all:.0e} seats over {days} days are more than can be counted"),
        "write fewer seats: at most 1e12 seats times days in all",
    )
}
