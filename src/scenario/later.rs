//! What a later part of flexcast brings: checked now, and refused unless it changes nothing.

use crate::scenario::contract::{CREDITS, PRICE};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, Range, SHARE};
use crate::scenario::top::AMOUNT;

/// What to write instead of a contract's key.
pub const CONTRACT_REMEDY: &str =
    "leave it out; this version settles a plain pre-purchase or pay-as-you-go";
/// Prices that may be 0.
pub const COST: Range = Range::new(0.0, 1e9, "a price from 0 to 1e9");

/// Refuses a sound value whose effect is not settled yet; always `None`.
pub fn refuse<T>(item: &Item<'_>) -> Option<T> {
    refuse_with(item, CONTRACT_REMEDY)
}

/// The same with another remedy.
pub fn refuse_with<T>(item: &Item<'_>, remedy: &str) -> Option<T> {
    let key = item.path.rsplit('.').next().unwrap_or_default();
    let written = item.written();
    let line = match written.starts_with(['[', '{']) {
        true => key.to_owned(),
        false => format!("{key} = {written}"),
    };
    item.refuse(format!("`{line}` is not settled yet"), remedy)
}

/// Accepts a value that changes nothing, refuses another; passes on what was refused already.
fn neutral(item: &Item<'_>, is_neutral: Option<bool>) -> Option<()> {
    match is_neutral? {
        true => Some(()),
        false => refuse(item),
    }
}

/// The keys of a contract that have no effect yet.
pub fn contract(table: &Cursor<'_>, months: Option<usize>) -> Option<()> {
    let mut sound = true;
    let mut check = |key: &str, neutral_value: &dyn Fn(&Item<'_>) -> Option<bool>| {
        if let Some(item) = table.get(key) {
            sound &= neutral(&item, neutral_value(&item)).is_some();
        }
    };
    let zero = |range: Range| move |item: &Item<'_>| Some(item.number(range)? == 0.0);
    check("term_months", &|item| {
        let term = usize::try_from(item.whole(1, 60)?).ok()?;
        Some(months.is_none_or(|months| months == term))
    });
    check("expiry", &|item| {
        item.word(&[
            ("term", true),
            ("monthly", false),
            ("12 months", false),
            ("never", false),
        ])
    });
    check("rollover", &zero(SHARE));
    check("rollover_max", &|item| item.micro(CREDITS).map(|_| false));
    check("rollover_needs_renewal", &|item| {
        item.boolean().map(|needs| !needs)
    });
    check("grace_days", &|item| Some(item.whole(0, 366)? == 0));
    check("on_exhaustion", &|item| {
        item.word(&[
            ("overage", true),
            ("block", false),
            ("grace", false),
            ("top-up", false),
            ("step-up", false),
        ])
    });
    check("grace", &|item| item.number(SHARE).map(|_| false));
    check("monthly_allocation", &|item| {
        item.micro(CREDITS).map(|_| false)
    });
    check(
        "burst",
        &zero(Range::new(0.0, 100.0, "a share from 0 up (10% is 0.10)")),
    );
    check("overage_cap", &|item| item.micro(AMOUNT).map(|_| false));
    check("soft_cap", &zero(SHARE));
    check(
        "residual_value",
        &zero(Range::new(0.0, 0.95, "a share of the price from 0 to 0.95")),
    );
    check("commit", &commit);
    check("top_up", &top_up);
    check("seat_allowance", &seat_allowance);
    check("steps", &|item| {
        every(
            item,
            "[{ credits_per_month = 100_000, price_per_month = 450.0 }]",
            step,
        )
    });
    check("grants", &|item| {
        every(
            item,
            "[{ credits = 100_000, from = 2026-01-01, expires = 2026-12-31 }]",
            grant,
        )
    });
    sound.then_some(())
}

/// Every part of a list is sound; an empty list changes nothing.
fn every(item: &Item<'_>, example: &str, part: fn(&Item<'_>) -> Option<()>) -> Option<bool> {
    let parts = item.list(example)?;
    let read: Vec<Option<()>> = parts.iter().map(part).collect();
    read.into_iter().collect::<Option<Vec<()>>>()?;
    Some(parts.is_empty())
}

/// A number that must be there.
pub fn need(table: &Cursor<'_>, key: &'static str, example: &str, range: Range) -> Option<()> {
    table.need(key, example)?.number(range).map(|_| ())
}

/// A number that may be there.
pub fn may(table: &Cursor<'_>, key: &str, range: Range) -> Option<()> {
    table
        .get(key)
        .map_or(Some(()), |item| item.number(range).map(|_| ()))
}

/// Sound when every part is.
pub fn all(parts: impl IntoIterator<Item = Option<()>>) -> Option<()> {
    // Every part is read, so that each says what is wrong with it.
    let sound = parts.into_iter().filter(Option::is_none).count() == 0;
    sound.then_some(())
}

fn commit(item: &Item<'_>) -> Option<bool> {
    let table = Cursor::open(item, &["amount", "pack_price", "monthly_minimum"])?;
    let amount = need(&table, "amount", "amount = 60_000.0", AMOUNT);
    let price = need(&table, "pack_price", "pack_price = 450.0", PRICE);
    let minimum = may(&table, "monthly_minimum", AMOUNT);
    all([amount, price, minimum]).map(|()| false)
}

fn top_up(item: &Item<'_>) -> Option<bool> {
    let table = Cursor::open(item, &["below", "packs", "pack_price", "spending_cap"])?;
    let below = need(&table, "below", "below = 0.10", SHARE);
    let packs = table
        .need("packs", "packs = 5")
        .and_then(|i| i.whole(1, 1_000_000))
        .map(|_| ());
    let price = may(&table, "pack_price", PRICE);
    let cap = may(&table, "spending_cap", AMOUNT);
    all([below, packs, price, cap]).map(|()| false)
}

fn seat_allowance(item: &Item<'_>) -> Option<bool> {
    let table = Cursor::open(item, &["seats", "credits_per_month", "price_per_month"])?;
    let seats = table
        .need("seats", "seats = 50")
        .and_then(|i| i.whole(0, 1_000_000_000));
    let credits = need(
        &table,
        "credits_per_month",
        "credits_per_month = 5_000",
        CREDITS,
    );
    let price = need(&table, "price_per_month", "price_per_month = 125.0", COST);
    all([seats.map(|_| ()), credits, price]).map(|()| false)
}

fn step(item: &Item<'_>) -> Option<()> {
    let table = Cursor::open(item, &["credits_per_month", "price_per_month"])?;
    let credits = need(
        &table,
        "credits_per_month",
        "credits_per_month = 100_000",
        CREDITS,
    );
    let price = need(&table, "price_per_month", "price_per_month = 450.0", AMOUNT);
    all([credits, price])
}

fn grant(item: &Item<'_>) -> Option<()> {
    let keys = [
        "credits",
        "from",
        "expires",
        "priority",
        "unit_cost",
        "promotional",
    ];
    let table = Cursor::open(item, &keys)?;
    let credits = need(&table, "credits", "credits = 100_000", CREDITS);
    let from = table
        .need("from", "from = 2026-01-01")
        .and_then(|i| i.date());
    let expires = table
        .need("expires", "expires = 2026-12-31")
        .and_then(|i| i.date());
    let priority = table
        .get("priority")
        .map_or(Some(()), |i| i.whole(0, 1_000).map(|_| ()));
    let cost = may(&table, "unit_cost", COST);
    let promotional = table
        .get("promotional")
        .map_or(Some(()), |i| i.boolean().map(|_| ()));
    all([credits, priority, cost, promotional])?;
    let (from, expires) = (from?, expires?);
    if expires < from {
        let message = format!("`expires` {expires} is before `from` {from}");
        return table.get("expires")?.refuse(message, "swap them");
    }
    Some(())
}
