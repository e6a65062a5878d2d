//! `[contract]`: what was signed.
//!
//! Every part reads its own keys, also those that another key keeps from having an effect: people
//! flip a mode with `--set` and leave its companions where they are. Parts that contradict each
//! other are refused here.

use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, MOST_OF_A_SHARE, Range, SHARE};
use crate::scenario::top::AMOUNT;
use crate::scenario::{Contract, Expiry, Horizon, OnExhaustion, Payment, Prepurchase, Rollover};
use crate::units::{Credits, MICRO, Money};

use self::purchase::Purchase;

mod exhaustion;
mod expiry;
mod grants;
mod payment;
mod purchase;

pub use grants::{buys_something, grants_something, grants_without_top_up};
pub use purchase::less_than_a_pack;

/// Keys of a contract.
pub const KEYS: [&str; 25] = [
    "pack",
    "pack_price",
    "free_credits",
    "payment",
    "prepurchase",
    "discounts",
    "overage_pack_price",
    "commit",
    "term_months",
    "expiry",
    "rollover",
    "rollover_max",
    "rollover_needs_renewal",
    "grace_days",
    "on_exhaustion",
    "grace",
    "top_up",
    "steps",
    "seat_allowance",
    "monthly_allocation",
    "burst",
    "overage_cap",
    "soft_cap",
    "residual_value",
    "grants",
];

/// Credits of a grant; beyond them sums could pass the ledger's integers.
pub const CREDITS: Range = Range::new(
    0.0,
    1e11,
    "credits from 0 to 1e11, with at most six decimals",
);
/// Price of a pack.
pub const PRICE: Range = Range::new(
    LEAST,
    1e9,
    "a price above 0, at most 1e9, with at most six decimals",
);
/// Prices that may be 0.
pub const COST: Range = Range::new(0.0, 1e9, "a price from 0 to 1e9, with at most six decimals");

/// Most grants of one contract.
const MOST_GRANTS: usize = 1_000;

impl Default for Contract {
    fn default() -> Self {
        Self {
            pack: Credits::from_micro(100_000 * MICRO),
            pack_price: Money::from_micro(500 * MICRO),
            free_credits: Credits::ZERO,
            payment: Payment::PrePurchase,
            prepurchase: Prepurchase::Packs(0),
            discounts: Vec::new(),
            overage_pack_price: Money::from_micro(500 * MICRO),
            term_months: 12,
            expiry: Expiry::Term,
            rollover: Rollover::default(),
            on_exhaustion: OnExhaustion::Overage,
            seat_allowance: None,
            monthly_allocation: None,
            burst: 0,
            overage_cap: None,
            soft_cap: 0,
            residual_value: 0,
            grants: Vec::new(),
        }
    }
}

/// Reads `[contract]`.
pub fn read(item: Option<&Item<'_>>, horizon: Option<&Horizon>) -> Option<Contract> {
    match item {
        Some(item) => of(&Cursor::open(item, &KEYS)?, horizon),
        None => Some(Contract {
            term_months: horizon?.months(),
            ..Contract::default()
        }),
    }
}

/// Reads the keys of a contract in a table that may have others too.
pub fn of(table: &Cursor<'_>, horizon: Option<&Horizon>) -> Option<Contract> {
    let purchase = Purchase::read(table);
    let free_credits = table.micro("free_credits", 0, CREDITS);
    let paid = payment::mode(table);
    let payment = payment::read(table, paid, purchase.list);
    let term_months = expiry::term_months(table, horizon);
    let expiry = expiry::read(table);
    let rollover = expiry::rollover(table);
    let beyond = exhaustion::mode(table);
    let on_exhaustion = exhaustion::read(table, beyond, purchase.list);
    let seat_allowance = table.optional("seat_allowance", grants::seat_allowance);
    let limits = Limits::read(table);
    let grants = table.or("grants", Vec::new(), |item| {
        let example = "[{ credits = 100_000, from = 2026-01-01, expires = 2026-12-31 }]";
        item.every(example, MOST_GRANTS, |item| grants::grant(item, horizon))
    });
    payment::agrees(table, paid, purchase.prepurchase, beyond)?;
    purchase::plan_is_known(table, purchase.prepurchase, term_months, horizon)?;
    let (list, limits) = (purchase.list?, limits?);
    Some(Contract {
        pack: Credits::from_micro(list.pack),
        pack_price: Money::from_micro(list.price),
        free_credits: Credits::from_micro(free_credits?),
        payment: payment?,
        prepurchase: purchase.prepurchase?,
        discounts: purchase.discounts?,
        overage_pack_price: purchase.overage_pack_price?,
        term_months: term_months?,
        expiry: expiry?,
        rollover: rollover?,
        on_exhaustion: on_exhaustion?,
        seat_allowance: seat_allowance?,
        monthly_allocation: limits.monthly_allocation,
        burst: limits.burst,
        overage_cap: limits.overage_cap,
        soft_cap: limits.soft_cap,
        residual_value: limits.residual_value,
        grants: grants?,
    })
}

/// What bounds the use of credits, and what unused ones are worth.
struct Limits {
    monthly_allocation: Option<Credits>,
    burst: u64,
    overage_cap: Option<Money>,
    soft_cap: u64,
    residual_value: u64,
}

impl Limits {
    fn read(table: &Cursor<'_>) -> Option<Self> {
        let allocation = table.optional("monthly_allocation", |item| item.micro(CREDITS));
        let words = "a share from 0 to 10 (15% is 0.15)";
        let share = Range::new(0.0, MOST_OF_A_SHARE, words);
        let burst = table.portion("burst", 0, share);
        let cap = table.optional("overage_cap", |item| item.micro(AMOUNT));
        let soft_cap = table.share("soft_cap", 0, SHARE);
        let worth = Range::new(0.0, 0.95, "a share of the price from 0 to 0.95");
        let residual_value = table.share("residual_value", 0, worth);
        Some(Self {
            monthly_allocation: allocation?.map(Credits::from_micro),
            burst: burst?,
            overage_cap: cap?.map(Money::from_micro),
            soft_cap: soft_cap?,
            residual_value: residual_value?,
        })
    }
}
