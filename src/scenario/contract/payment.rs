//! How credits are paid for, and what that rules out.

use crate::scenario::contract::PRICE;
use crate::scenario::contract::exhaustion;
use crate::scenario::contract::purchase::ListPrice;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::Item;
use crate::scenario::top::AMOUNT;
use crate::scenario::{Commit, Payment, Prepurchase};
use crate::units::Money;

/// What `payment` says.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// Credits are bought ahead.
    PrePurchase,
    /// Use is billed, at least what was committed to.
    PreCommit,
    /// Use is billed.
    PayAsYouGo,
}

/// `payment`.
pub fn mode(table: &Cursor<'_>) -> Option<Mode> {
    table.or("payment", Mode::PrePurchase, |item| {
        item.word(&[
            ("pre-purchase", Mode::PrePurchase),
            ("pay-as-you-go", Mode::PayAsYouGo),
            ("pre-commit", Mode::PreCommit),
        ])
    })
}

/// `payment`, which has been read, with `commit`.
pub fn read(table: &Cursor<'_>, mode: Option<Mode>, list: Option<ListPrice>) -> Option<Payment> {
    let commit = table.optional("commit", |item| commit(item, list));
    match (mode?, commit?) {
        (Mode::PrePurchase, _) => Some(Payment::PrePurchase),
        (Mode::PayAsYouGo, _) => Some(Payment::PayAsYouGo),
        (Mode::PreCommit, Some(commit)) => Some(Payment::PreCommit(commit)),
        (Mode::PreCommit, None) => {
            let line = "commit = { amount = 60_000.0, pack_price = 450.0 }";
            table.need("commit", line)?;
            None
        }
    }
}

fn commit(item: &Item<'_>, list: Option<ListPrice>) -> Option<Commit> {
    let table = Cursor::open(item, &["amount", "pack_price", "monthly_minimum"])?;
    let amount = table.need_micro("amount", "amount = 60_000.0", AMOUNT);
    let pack_price = table
        .need("pack_price", "pack_price = 450.0")
        .and_then(|item| ListPrice::of_a_pack(list, &item, PRICE));
    let monthly_minimum = table.micro("monthly_minimum", 0, AMOUNT);
    Some(Commit {
        amount: Money::from_micro(amount?),
        pack_price: Money::from_micro(pack_price?),
        monthly_minimum: Money::from_micro(monthly_minimum?),
    })
}

/// Where use is billed there is nothing to buy ahead, and nothing that runs out; a commitment is
/// spent whatever a cap on overage says. What could not be read contradicts nothing.
pub fn agrees(
    table: &Cursor<'_>,
    mode: Option<Mode>,
    prepurchase: Option<Prepurchase>,
    on_exhaustion: Option<exhaustion::Mode>,
) -> Option<()> {
    let payment = match mode {
        None | Some(Mode::PrePurchase) => return Some(()),
        Some(Mode::PreCommit) => "payment = \"pre-commit\"",
        Some(Mode::PayAsYouGo) => "payment = \"pay-as-you-go\"",
    };
    let mut sound = true;
    let mut refuse = |key: &str, off: Option<&str>| {
        let path = &table.item.path;
        let off = off.map(|off| format!(" (or --set {path}.{key}={off})"));
        let off = off.unwrap_or_default();
        let remedy = format!("leave {key} out{off}, or write payment = \"pre-purchase\"");
        sound = false;
        table.contradiction::<()>(key, payment, &remedy);
    };
    if prepurchase.is_some_and(|bought| bought != Prepurchase::Packs(0)) {
        refuse("prepurchase", Some("0"));
    }
    if on_exhaustion.is_some_and(|mode| mode != exhaustion::Mode::Overage) {
        refuse("on_exhaustion", Some("overage"));
    }
    if mode == Some(Mode::PreCommit) && table.has("overage_cap") {
        refuse("overage_cap", None);
    }
    sound.then_some(())
}
