//! `[[alternative]]`: other ways to pay, checked now; comparing them comes later.

use crate::scenario::contract::{self, COST, CREDITS};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range};
use crate::scenario::{Horizon, names};

#[derive(Clone, Copy, PartialEq)]
enum Model {
    PerConversation,
    PerUser,
    Edition,
    Flex,
}

/// Keys beside those of a contract.
const OWN: [&str; 8] = [
    "name",
    "covers",
    "model",
    "price",
    "users",
    "credits_per_year",
    "actions_per_conversation",
    "from",
];

/// Refuses every alternative: for what is wrong with it, or because it is not settled yet.
pub fn read(
    items: &[Item<'_>],
    workloads: &[Option<String>],
    horizon: Option<&Horizon>,
) -> Option<()> {
    names::unique(items, "name = \"per conversation\"");
    for item in items {
        if sound(item, workloads, horizon).is_some() {
            let remedy = "leave it out: comparing pricing models comes later";
            item.refuse::<()>("[[alternative]] is not settled yet", remedy);
        }
    }
    items.is_empty().then_some(())
}

fn sound(item: &Item<'_>, workloads: &[Option<String>], horizon: Option<&Horizon>) -> Option<()> {
    let keys: Vec<&'static str> = OWN.into_iter().chain(contract::KEYS).collect();
    let table = Cursor::open(item, &keys)?;
    let model = table
        .need("model", "model = \"per-conversation\"")
        .and_then(|item| {
            item.word(&[
                ("per-conversation", Model::PerConversation),
                ("per-user", Model::PerUser),
                ("edition", Model::Edition),
                ("flex", Model::Flex),
            ])
        });
    let covers = names::workloads(&table, "covers", workloads);
    let amount = |key: &'static str, example: &str, needed: bool| match needed {
        true => table.need_micro(key, example, COST),
        false => table.micro(key, 0, COST),
    };
    let by_users = matches!(model, Some(Model::PerUser | Model::Edition));
    let by_price = matches!(model, Some(Model::PerConversation)) || by_users;
    let price = amount("price", "price = 2.0", by_price);
    let users = amount("users", "users = 50", by_users);
    let credits = table.micro("credits_per_year", 0, CREDITS);
    let actions = Range::new(LEAST, 1e6, "actions above 0, at most 1e6");
    let actions = table.optional("actions_per_conversation", |item| item.number(actions));
    let from = table.optional("from", Item::date);
    let contract = match model {
        Some(Model::Flex) => contract::of(&table, horizon).map(|_| ()),
        _ => Some(()),
    };
    let sound = [
        model.is_some(),
        covers.is_some(),
        price.is_some(),
        users.is_some(),
        credits.is_some(),
        actions.is_some(),
        from.is_some(),
        contract.is_some(),
    ];
    sound.into_iter().all(|part| part).then_some(())
}
