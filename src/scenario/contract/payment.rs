//! How credits are paid for, and what that rules out.

use crate::scenario::contract::PRICE;
use crate::scenario::contract::purchase::Purchase;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::Item;
use crate::scenario::top::AMOUNT;
use crate::scenario::{Commit, OnExhaustion, Payment, Prepurchase};
use crate::units::Money;

#[derive(Clone, Copy)]
enum Mode {
    PrePurchase,
    PreCommit,
    PayAsYouGo,
}

/// `payment` and `commit`.
pub fn read(table: &Cursor<'_>) -> Option<Payment> {
    let mode = table.or("payment", Mode::PrePurchase, |item| {
        item.word(&[
            ("pre-purchase", Mode::PrePurchase),
            ("pay-as-you-go", Mode::PayAsYouGo),
            ("pre-commit", Mode::PreCommit),
        ])
    });
    let commit = table.optional("commit", commit);
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

fn commit(item: &Item<'_>) -> Option<Commit> {
    let table = Cursor::open(item, &["amount", "pack_price", "monthly_minimum"])?;
    let amount = table.need_micro("amount", "amount = 60_000.0", AMOUNT);
    let pack_price = table.need_micro("pack_price", "pack_price = 450.0", PRICE);
    let monthly_minimum = table.micro("monthly_minimum", 0, AMOUNT);
    Some(Commit {
        amount: Money::from_micro(amount?),
        pack_price: Money::from_micro(pack_price?),
        monthly_minimum: Money::from_micro(monthly_minimum?),
    })
}

/// Where use is billed there is nothing to buy ahead, and nothing that runs out.
pub fn agrees(
    table: &Cursor<'_>,
    payment: Payment,
    purchase: &Purchase,
    on_exhaustion: &OnExhaustion,
) -> Option<()> {
    let payment = match payment {
        Payment::PrePurchase => return Some(()),
        Payment::PreCommit(_) => "payment = \"pre-commit\"",
        Payment::PayAsYouGo => "payment = \"pay-as-you-go\"",
    };
    let mut sound = true;
    let mut refuse = |key: &str, off: &str| {
        let remedy = format!(
            "leave {key} out (or --set {}.{key}={off}), or write payment = \"pre-purchase\"",
            table.item.path
        );
        sound = false;
        table.contradiction::<()>(key, payment, &remedy);
    };
    if purchase.prepurchase != Prepurchase::Packs(0) {
        refuse("prepurchase", "0");
    }
    if *on_exhaustion != OnExhaustion::Overage {
        refuse("on_exhaustion", "overage");
    }
    sound.then_some(())
}
