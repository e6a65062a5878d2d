//! `[contract]`: what was signed.

use crate::scenario::cursor::Cursor;
use crate::scenario::document::Value;
use crate::scenario::item::{Item, LEAST, Range, plain};
use crate::scenario::later;
use crate::scenario::log::shortened;
use crate::scenario::number::Number;
use crate::scenario::{Contract, Discount, Expiry, OnExhaustion, Payment, Prepurchase, Rollover};
use crate::units::{Credits, MICRO, Money, micro_text};

/// Keys of a contract, first those in effect.
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

/// Most tiers of a discount.
const MOST_TIERS: usize = 100;

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

/// Reads `[contract]`; `months` is the horizon's length.
pub fn read(item: Option<&Item<'_>>, months: Option<usize>) -> Option<Contract> {
    let mut contract = Contract {
        term_months: months.unwrap_or(12),
        ..Contract::default()
    };
    let Some(item) = item else {
        return Some(contract);
    };
    let table = Cursor::open(item, &KEYS)?;
    let settled = later::contract(&table, months);
    let pack = table
        .get("pack")
        .map_or(Some(100_000), |item| item.whole(1, 1_000_000_000));
    let micro = |key, default: i64, range| table.get(key).map_or(Some(default), |i| i.micro(range));
    let pack_price = micro("pack_price", 500 * MICRO, PRICE);
    let free_credits = micro("free_credits", 0, CREDITS);
    let payment = table
        .get("payment")
        .map_or(Some(Payment::PrePurchase), |item| payment(&item));
    let pack = pack
        .and_then(|pack| i64::try_from(pack).ok())
        .map(|pack| pack * MICRO);
    let prepurchase = match (table.get("prepurchase"), pack) {
        (Some(item), Some(pack)) => prepurchase(&item, pack),
        (Some(_), None) => None,
        (None, _) => Some(Prepurchase::Packs(0)),
    };
    let discounts = table
        .get("discounts")
        .map_or(Some(Vec::new()), |item| discounts(&item));
    let overage = match (table.get("overage_pack_price"), pack_price, pack) {
        (Some(item), Some(price), Some(pack)) => overage_pack_price(&item, price, pack),
        (Some(_), ..) => None,
        (None, price, _) => price,
    };
    contract.payment = payment?;
    contract.prepurchase = prepurchase?;
    if contract.payment == Payment::PayAsYouGo && contract.prepurchase != Prepurchase::Packs(0) {
        let remedy = "leave prepurchase out (or --set contract.prepurchase=0), or write payment = \"pre-purchase\"";
        return table.contradiction("prepurchase", "payment = \"pay-as-you-go\"", remedy);
    }
    contract.pack = Credits::from_micro(pack?);
    contract.pack_price = Money::from_micro(pack_price?);
    contract.free_credits = Credits::from_micro(free_credits?);
    contract.discounts = discounts?;
    contract.overage_pack_price = Money::from_micro(overage?);
    settled.map(|()| contract)
}

fn payment(item: &Item<'_>) -> Option<Payment> {
    let payment = item.word(&[
        ("pre-purchase", Some(Payment::PrePurchase)),
        ("pay-as-you-go", Some(Payment::PayAsYouGo)),
        ("pre-commit", None),
    ])?;
    match payment {
        Some(payment) => Some(payment),
        None => later::refuse(item),
    }
}

/// Credits, or `"80%"` of the single-number plan; `pack` in micro-credits.
fn prepurchase(item: &Item<'_>, pack: i64) -> Option<Prepurchase> {
    if let Value::Text(text) = &item.node.value {
        return share_of_plan(item, text);
    }
    let words = "credits from 0 to 1e11, or a share of the plan like \"80%\"";
    let credits = item.micro(Range { words, ..CREDITS })?;
    if credits > 0 && credits < pack {
        return below_one_pack(item, credits, pack);
    }
    let packs = (i128::from(credits) + i128::from(pack) - 1) / i128::from(pack);
    u64::try_from(packs).ok().map(Prepurchase::Packs)
}

fn below_one_pack<T>(item: &Item<'_>, credits: i64, pack: i64) -> Option<T> {
    let message = format!(
        "{} credits are less than one pack of {}",
        item.written(),
        grouped(pack / MICRO)
    );
    let whole = credits / MICRO;
    let remedy = if credits % MICRO == 0 {
        let packs = if whole == 1 { "pack" } else { "packs" };
        let total = grouped(whole.saturating_mul(pack / MICRO));
        match whole {
            1_000.. => format!("write {}, which is one pack", grouped(pack / MICRO)),
            50..=150 => {
                format!("{whole} packs? write {total}; {whole}% of the plan? write \"{whole}%\"")
            }
            _ => format!("{whole} {packs}? write {total}"),
        }
    } else if credits < 2 * MICRO {
        let percent = plain(credits as f64 / 10_000.0);
        format!("{percent}% of the plan? write \"{percent}%\"")
    } else {
        format!("write credits: one pack is {}", grouped(pack / MICRO))
    };
    item.refuse(message, remedy)
}

/// `1_200_000`.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

fn share_of_plan(item: &Item<'_>, text: &str) -> Option<Prepurchase> {
    const REMEDY: &str = "write credits like 1_200_000, or a share of the plan from \"0%\" to \
                          \"1000%\", with at most four decimals";
    let number = text.trim().strip_suffix('%').map(str::trim);
    let number = number.filter(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    let micro = number.and_then(|number| Number::new(number, 10).micro().ok());
    let share = micro.filter(|m| m % 100 == 0 && (0..=1_000 * 1_000_000).contains(m));
    match share.and_then(|micro| u64::try_from(micro / 100).ok()) {
        Some(0) => Some(Prepurchase::Packs(0)),
        Some(share) => Some(Prepurchase::ShareOfPlan(share)),
        None => {
            let digits = text.trim().replace('_', "");
            let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
            let remedy = match digits.parse::<u32>() {
                Ok(percent @ 1..=150) if is_number => format!("write \"{percent}%\""),
                Ok(_) if is_number => format!("write {} without quotes", text.trim()),
                _ => REMEDY.to_owned(),
            };
            let message = format!("`\"{}\"` is not a share of the plan", shortened(text));
            item.refuse(message, remedy)
        }
    }
}

fn discounts(item: &Item<'_>) -> Option<Vec<Discount>> {
    let tiers = item.list("[{ from = 1_000_000, off = 0.20 }]")?;
    if tiers.len() > MOST_TIERS {
        return item.refuse(
            format!("{} discounts", tiers.len()),
            format!("write at most {MOST_TIERS}"),
        );
    }
    let mut discounts: Vec<Discount> = Vec::new();
    let mut sound = true;
    for tier in &tiers {
        match discount(tier) {
            Some(new) if discounts.iter().any(|old| old.from == new.from) => {
                let message = format!(
                    "a second discount from {} credits",
                    micro_text(new.from.micro())
                );
                tier.refuse::<()>(message, "keep one of the two");
                sound = false;
            }
            Some(new) => discounts.push(new),
            None => sound = false,
        }
    }
    discounts.sort_by_key(|discount| discount.from);
    sound.then_some(discounts)
}

fn discount(item: &Item<'_>) -> Option<Discount> {
    let table = Cursor::open(item, &["from", "off"])?;
    let from = table
        .need("from", "from = 1_000_000")
        .and_then(|item| item.micro(CREDITS));
    let words = "a share off the list price, from 0 to below 1 (20% is 0.20)";
    let range = Range::new(0.0, 0.999_999, words);
    let off = table
        .need("off", "off = 0.20")
        .and_then(|item| item.micro(range));
    Some(Discount {
        from: Credits::from_micro(from?),
        off: u64::try_from(off?).ok()?,
    })
}

fn overage_pack_price(item: &Item<'_>, pack_price: i64, pack: i64) -> Option<i64> {
    let price = item.micro(Range::new(0.0, 1e9, PRICE.words))?;
    if i128::from(price) * 10 >= i128::from(pack_price) {
        return Some(price);
    }
    let message = format!(
        "`{}` is below a tenth of pack_price {}: this is the price of a pack",
        item.written(),
        micro_text(pack_price)
    );
    let of_pack = i128::from(price) * i128::from(pack) / i128::from(MICRO);
    let remedy = match i64::try_from(of_pack) {
        Ok(of_pack) if (pack_price / 10..=pack_price.saturating_mul(10)).contains(&of_pack) => {
            format!("{} a credit? write {}", item.written(), micro_text(of_pack))
        }
        _ => format!("write the price of {} credits", grouped(pack / MICRO)),
    };
    item.refuse(message, remedy)
}
