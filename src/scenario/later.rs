//! What a later part of flexcast brings: checked now, and refused unless it changes nothing.

use crate::scenario::contract::{CREDITS, PRICE};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range, SHARE, did_you_mean};
use crate::scenario::names;
use crate::scenario::top::AMOUNT;

const CONTRACT_REMEDY: &str =
    "leave it out; this version settles a plain pre-purchase or pay-as-you-go";
const COST: Range = Range::new(0.0, 1e9, "a price from 0 to 1e9");

/// Refuses a sound value whose effect is not settled yet; always `None`.
pub fn refuse<T>(item: &Item<'_>) -> Option<T> {
    refuse_with(item, CONTRACT_REMEDY)
}

fn refuse_with<T>(item: &Item<'_>, remedy: &str) -> Option<T> {
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
fn need(table: &Cursor<'_>, key: &'static str, example: &str, range: Range) -> Option<()> {
    table.need(key, example)?.number(range).map(|_| ())
}

/// A number that may be there.
fn may(table: &Cursor<'_>, key: &str, range: Range) -> Option<()> {
    table
        .get(key)
        .map_or(Some(()), |item| item.number(range).map(|_| ()))
}

fn all(parts: impl IntoIterator<Item = Option<()>>) -> Option<()> {
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

/// The keys of `[governance]` other than `alerts`.
pub fn governance(table: &Cursor<'_>) -> Option<()> {
    const REMEDY: &str = "leave it out; this version watches alerts only";
    let above_zero = Range::new(LEAST, 1.0, "a share above 0, at most 1 (90% is 0.90)");
    let mut sound = true;
    let mut check = |key: &str, read: &dyn Fn(&Item<'_>) -> Option<bool>| {
        let Some(item) = table.get(key) else { return };
        sound &= match read(&item) {
            Some(true) => true,
            Some(false) => refuse_with::<()>(&item, REMEDY).is_some(),
            None => false,
        };
    };
    check("circuit_breaker", &|item| {
        item.number(above_zero).map(|_| false)
    });
    check("buffer", &|item| {
        let range = Range::new(0.0, 0.999, "a share of the pool from 0 to below 1");
        Some(item.number(range)? == 0.0)
    });
    check("review_months", &|item| item.whole(1, 60).map(|_| false));
    check("incident_response", &|item| {
        let table = Cursor::open(item, &["alert", "days"])?;
        let alert = need(
            &table,
            "alert",
            "alert = 0.75",
            Range::new(LEAST, 10.0, "a share above 0"),
        );
        let days = table
            .need("days", "days = 2")
            .and_then(|i| i.whole(0, 366))
            .map(|_| ());
        all([alert, days]).map(|()| false)
    });
    sound.then_some(())
}

/// `[[team]]`, `[[conversion]]`, `[[alternative]]` and `[extras]`.
pub fn tables(top: &Cursor<'_>, workloads: &[Option<String>]) -> Option<()> {
    let teams = names::tables(top, "team");
    names::unique(&teams, "name = \"Marketing\"");
    let alternatives = names::tables(top, "alternative");
    names::unique(&alternatives, "name = \"per conversation\"");
    let teams = teams.iter().map(team);
    let alternatives = alternatives.iter().map(|item| alternative(item, workloads));
    let conversions = names::tables(top, "conversion");
    let conversions = conversions.iter().map(conversion);
    let extras = top.get("extras").map(|item| extras(&item));
    all(teams.chain(alternatives).chain(conversions).chain(extras))
}

fn unsettled_table(item: &Item<'_>, kind: &str, remedy: &str) -> Option<()> {
    item.refuse(format!("[[{kind}]] is not settled yet"), remedy)
}

fn team(item: &Item<'_>) -> Option<()> {
    let table = Cursor::open(item, &["name", "share", "owner"])?;
    let share = may(&table, "share", SHARE);
    let owner = table
        .get("owner")
        .map_or(Some(()), |i| i.label().map(|_| ()));
    all([share, owner])?;
    unsettled_table(
        item,
        "team",
        "leave it out; a workload's `team` already names its cost centre",
    )
}

fn conversion(item: &Item<'_>) -> Option<()> {
    let table = Cursor::open(item, &["date", "licences", "value_each", "ratio", "to"])?;
    let date = table
        .need("date", "date = 2026-07-01")
        .and_then(|i| i.date())
        .map(|_| ());
    let licences = table
        .need("licences", "licences = 50")
        .and_then(|i| i.whole(0, 1_000_000_000));
    let value = need(&table, "value_each", "value_each = 1_500.0", COST);
    let ratio = may(
        &table,
        "ratio",
        Range::new(0.0, 1e6, "a ratio from 0 to 1e6"),
    );
    let to = table
        .get("to")
        .map_or(Some(()), |i| i.word(&[("credits", ()), ("licences", ())]));
    all([date, licences.map(|_| ()), value, ratio, to])?;
    unsettled_table(item, "conversion", CONTRACT_REMEDY)
}

fn extras(item: &Item<'_>) -> Option<()> {
    let table = Cursor::open(item, &["data_cloud_share", "support_share", "agent_build"])?;
    let remedy = "leave it out; this version reports the credits alone";
    let mut sound = true;
    for key in ["data_cloud_share", "support_share"] {
        let Some(item) = table.get(key) else { continue };
        let share = item.number(Range::new(0.0, 100.0, "a share of the spend from 0 up"));
        sound &= match share {
            Some(share) if share > 0.0 => refuse_with::<()>(&item, remedy).is_some(),
            share => share.is_some(),
        };
    }
    if let Some(item) = table.get("agent_build") {
        let build = Cursor::open(&item, &["count", "cost"])?;
        let count = build
            .need("count", "count = 3")
            .and_then(|i| i.whole(0, 1_000_000));
        let cost = need(&build, "cost", "cost = 40_000.0", COST);
        sound &= match (count, cost) {
            (Some(0), Some(())) => true,
            (Some(_), Some(())) => refuse_with::<()>(&item, remedy).is_some(),
            _ => false,
        };
    }
    sound.then_some(())
}

const MODELS: [&str; 4] = ["per-conversation", "per-user", "edition", "flex"];

fn alternative(item: &Item<'_>, workloads: &[Option<String>]) -> Option<()> {
    let own = [
        "name",
        "covers",
        "model",
        "price",
        "users",
        "credits_per_year",
        "actions_per_conversation",
        "from",
    ];
    let keys: Vec<&'static str> = own
        .into_iter()
        .chain(crate::scenario::contract::KEYS)
        .collect();
    let table = Cursor::open(item, &keys)?;
    let model = table.need("model", "model = \"per-conversation\"")?;
    let text = model.text()?;
    if !MODELS.contains(&text) {
        let message = format!("`{}` is not a model", model.written());
        return model.refuse(message, did_you_mean(text, &MODELS, "\""));
    }
    let covers = table
        .get("covers")
        .map_or(Some(()), |item| covers(&item, workloads));
    let price = match text {
        "flex" => may(&table, "price", COST),
        _ => need(&table, "price", "price = 2.0", COST),
    };
    let users = match text {
        "per-user" | "edition" => need(&table, "users", "users = 50", COST),
        _ => may(&table, "users", COST),
    };
    let credits = may(&table, "credits_per_year", CREDITS);
    let actions = may(
        &table,
        "actions_per_conversation",
        Range::new(LEAST, 1e6, "actions above 0"),
    );
    let from = table
        .get("from")
        .map_or(Some(()), |item| item.date().map(|_| ()));
    all([covers, price, users, credits, actions, from])?;
    item.refuse(
        "[[alternative]] is not settled yet",
        "leave it out; this version settles [contract]",
    )
}

fn covers(item: &Item<'_>, workloads: &[Option<String>]) -> Option<()> {
    for name in item.list("[\"service\"]")? {
        let text = name.text()?;
        if !workloads.iter().flatten().any(|known| known == text) {
            let known: Vec<&str> = workloads.iter().flatten().map(String::as_str).collect();
            let message = format!("there is no workload named {}", name.written());
            return name.refuse(message, did_you_mean(text, &known, "\""));
        }
    }
    Some(())
}
