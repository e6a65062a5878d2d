//! Amounts that are probably in another unit, and a commitment that commits to nothing.

use crate::scenario::contract::COST;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::percent_text;
use crate::scenario::{Contract, OnExhaustion, Payment, Scenario};
use crate::units::{Credits, MICRO, micro_text};

/// Sentences about amounts; `table` is the contract as it was written.
pub fn of(scenario: &Scenario, table: Option<&Cursor<'_>>) -> Vec<String> {
    let contract = &scenario.contract;
    let mut warnings = odd_discounts(contract);
    warnings.extend(percentages(scenario));
    warnings.extend(table.map_or(Vec::new(), |table| unit_costs(table, contract)));
    warnings.extend(amount_never_bites(contract));
    warnings
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

/// Shares of more than the whole on top of it: probably what it comes to with the whole, or a
/// percentage.
fn percentages(scenario: &Scenario) -> Vec<String> {
    let grace = match scenario.contract.on_exhaustion {
        OnExhaustion::Grace(share) => share,
        _ => 0,
    };
    let (burst, extras) = (scenario.contract.burst, scenario.extras);
    let (spend, total) = ("the credits' spend", "for a total of");
    let shares = [
        ("grace", grace, "the grant", "for a stop at"),
        ("burst", burst, "the monthly allocation", "for a limit of"),
        ("extras.data_cloud_share", extras.data_cloud, spend, total),
        ("extras.support_share", extras.support, spend, total),
    ];
    let shares = shares.into_iter().filter_map(|(key, share, of, to)| {
        let share = i64::try_from(share).ok().filter(|&share| share > MICRO)?;
        let (meant, to) = match share < 2 * MICRO {
            true => (share - MICRO, format!("{to} {}", percent_text(share))),
            false => (share / 100, format!("for {}%", micro_text(share))),
        };
        let (written, percent) = (micro_text(share), percent_text(share));
        Some(format!(
            "`{key} = {written}` is {percent} of {of} on top of it; write {} {to}",
            micro_text(meant)
        ))
    });
    shares.collect()
}

/// A further grant's credits at the price of packs.
fn unit_costs(table: &Cursor<'_>, contract: &Contract) -> Vec<String> {
    let pack = contract.pack.micro();
    if pack <= MICRO {
        return Vec::new();
    }
    let grants = table.get("grants").and_then(|item| item.list("[]"));
    let grants = grants.unwrap_or_default().into_iter().enumerate();
    let costs = grants.filter_map(|(index, item)| {
        let cost = Cursor::open_any(&item)?.get("unit_cost")?.micro(COST)?;
        (cost >= contract.pack_price.micro()).then_some((index + 1, cost))
    });
    let words = costs.map(|(number, cost)| {
        format!(
            "`contract.grants[{number}].unit_cost = {}` is the cost of one credit, and a pack of \
             {} costs {}; {} a pack? write {}",
            micro_text(cost),
            contract.pack,
            contract.pack_price,
            micro_text(cost),
            micro_text((i128::from(cost) * i128::from(MICRO) / i128::from(pack)) as i64)
        )
    });
    words.collect()
}

/// A commitment that its monthly minimums pass.
fn amount_never_bites(contract: &Contract) -> Option<String> {
    let Payment::PreCommit(commit) = contract.payment else {
        return None;
    };
    let months = i64::try_from(contract.term_months).ok()?;
    let (amount, minimum) = (commit.amount, commit.monthly_minimum);
    let minimums = minimum.micro() * months;
    (amount.micro() > 0 && minimums > amount.micro()).then(|| {
        format!(
            "`commit.amount` of {amount} never bites: {months} times the monthly_minimum of \
             {minimum} is {}; raise the amount, lower monthly_minimum or write amount = 0",
            micro_text(minimums)
        )
    })
}
