//! Tables whose effect a later part of flexcast brings: checked now, and refused.

use crate::scenario::contract::CREDITS;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range, SHARE, did_you_mean};
use crate::scenario::later::{CONTRACT_REMEDY, COST, all, may, need, refuse_with};
use crate::scenario::names;

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
