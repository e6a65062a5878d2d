//! Credits that come otherwise than by a purchase, and whether any come at all.

use crate::scenario::contract::{COST, CREDITS};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::Item;
use crate::scenario::{
    Contract, Conversion, Direction, Grant, Horizon, OnExhaustion, Prepurchase, SeatAllowance,
};
use crate::units::{Credits, MICRO, Money};

/// Largest priority; free credits have 0, purchases 10.
const LAST_PRIORITY: u64 = 1_000;

/// `seat_allowance`, multiplied out.
pub fn seat_allowance(item: &Item<'_>) -> Option<SeatAllowance> {
    let table = Cursor::open(item, &["seats", "credits_per_month", "price_per_month"])?;
    let seats = table
        .need("seats", "seats = 50")
        .and_then(|item| item.whole(0, 1_000_000_000));
    let credits = table.need_micro("credits_per_month", "credits_per_month = 5_000", CREDITS);
    let price = table.need_micro("price_per_month", "price_per_month = 125.0", COST);
    let seats = seats?;
    let count = i64::try_from(seats).ok()? * MICRO;
    let (credits, price) = (credits?, price?);
    let remedy = "write the credits and the price of one seat, and fewer seats";
    let credits = item.product(count, credits, "credits a month", remedy);
    let cost = item.product(count, price, "in money a month", remedy);
    Some(SeatAllowance {
        seats,
        credits: Credits::from_micro(credits?),
        cost: Money::from_micro(cost?),
    })
}

/// One of `grants`.
pub fn grant(item: &Item<'_>, horizon: Option<&Horizon>) -> Option<Grant> {
    let keys = [
        "credits",
        "from",
        "expires",
        "priority",
        "unit_cost",
        "promotional",
    ];
    let table = Cursor::open(item, &keys)?;
    let credits = table.need_micro("credits", "credits = 100_000", CREDITS);
    let from = table
        .need("from", "from = 2026-01-01")
        .and_then(|item| item.date());
    let expires = table
        .need("expires", "expires = 2026-12-31")
        .and_then(|item| item.date());
    let priority = table.or("priority", 10, |item| item.whole(0, LAST_PRIORITY));
    let unit_cost = table.micro("unit_cost", 0, COST);
    let promotional = table.or("promotional", false, Item::boolean);
    let (from, expires) = (from?, expires?);
    if expires < from {
        let message = format!("`expires` {expires} is before `from` {from}");
        let remedy = "swap them; both days are included";
        return table.get("expires")?.refuse(message, remedy);
    }
    let credits = credits?;
    let remedy = "write the price of one credit, like 0.005, and fewer credits";
    let cost = item.product(credits, unit_cost?, "in money", remedy);
    let horizon = horizon?;
    Some(Grant {
        credits: Credits::from_micro(credits),
        from_day: horizon.day_of(from),
        to_day: horizon.day_of(expires),
        priority: priority?,
        cost: Money::from_micro(cost?),
        promotional: promotional?,
    })
}

/// True when a contract brings credits that are paid for, within the horizon and without being
/// asked to; further grants aside.
fn buys_without_top_up(contract: &Contract, conversions: &[Conversion], horizon: &Horizon) -> bool {
    let seats = contract
        .seat_allowance
        .map_or(Credits::ZERO, |seats| seats.credits);
    let converted = |conversion: &Conversion| {
        conversion.direction == Direction::ToCredits
            && conversion.value > Money::ZERO
            && horizon.overlaps(conversion.day, conversion.day)
    };
    contract.prepurchase != Prepurchase::Packs(0)
        || seats > Credits::ZERO
        || conversions.iter().any(converted)
        || matches!(contract.on_exhaustion, OnExhaustion::StepUp(_))
}

/// True when a contract can bring credits that are paid for within the horizon: what free credits
/// and further grants are not.
pub fn buys_something(contract: &Contract, conversions: &[Conversion], horizon: &Horizon) -> bool {
    buys_without_top_up(contract, conversions, horizon) || contract.on_exhaustion.is_buying()
}

/// True when a contract grants credits within the horizon without being asked to.
pub fn grants_without_top_up(
    contract: &Contract,
    conversions: &[Conversion],
    horizon: &Horizon,
) -> bool {
    let granted = |grant: &Grant| {
        grant.credits > Credits::ZERO && horizon.overlaps(grant.from_day, grant.to_day)
    };
    contract.free_credits > Credits::ZERO
        || contract.grants.iter().any(granted)
        || buys_without_top_up(contract, conversions, horizon)
}

/// True when a contract can grant anything within the horizon, so that there is something to
/// exhaust.
pub fn grants_something(
    contract: &Contract,
    conversions: &[Conversion],
    horizon: &Horizon,
) -> bool {
    grants_without_top_up(contract, conversions, horizon) || contract.on_exhaustion.is_buying()
}
