//! What happens to demand that the grants cannot cover.

use crate::scenario::contract::purchase::ListPrice;
use crate::scenario::contract::{CREDITS, PRICE};
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, MOST_OF_A_SHARE, Range, SHARE};
use crate::scenario::top::AMOUNT;
use crate::scenario::{OnExhaustion, Step, TopUp};
use crate::units::{Credits, Money};

/// Most steps.
const MOST_STEPS: usize = 100;

const STEPS: &str = "[{ credits_per_month = 100_000, price_per_month = 450.0 }]";

/// What `on_exhaustion` says.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// Served and billed.
    Overage,
    /// Unserved.
    Block,
    /// Overage up to a share, then unserved.
    Grace,
    /// Packs bought by rule.
    TopUp,
    /// Larger monthly packages.
    StepUp,
}

/// `on_exhaustion`.
pub fn mode(table: &Cursor<'_>) -> Option<Mode> {
    table.or("on_exhaustion", Mode::Overage, |item| {
        item.word(&[
            ("overage", Mode::Overage),
            ("block", Mode::Block),
            ("grace", Mode::Grace),
            ("top-up", Mode::TopUp),
            ("step-up", Mode::StepUp),
        ])
    })
}

/// `on_exhaustion`, which has been read, with `grace`, `top_up` and `steps`; a top-up costs the
/// list price unless it says otherwise.
pub fn read(
    table: &Cursor<'_>,
    mode: Option<Mode>,
    list: Option<ListPrice>,
) -> Option<OnExhaustion> {
    let words = "a share of the grant from 0 to 10 (25% is 0.25)";
    let range = Range::new(0.0, MOST_OF_A_SHARE, words);
    let grace = table.portion("grace", 250_000, range);
    let top_up = table.optional("top_up", |item| top_up(item, list));
    let steps = table.optional("steps", steps);
    let companion = match mode {
        Some(Mode::TopUp) => table
            .need("top_up", "top_up = { below = 0.10, packs = 5 }")
            .map(|_| ()),
        Some(Mode::StepUp) => need_steps(table),
        _ => Some(()),
    };
    let (mode, grace, top_up, steps) = (mode?, grace?, top_up?, steps?);
    companion?;
    match mode {
        Mode::Overage => Some(OnExhaustion::Overage),
        Mode::Block => Some(OnExhaustion::Block),
        Mode::Grace => Some(OnExhaustion::Grace(grace)),
        Mode::TopUp => top_up.map(OnExhaustion::TopUp),
        Mode::StepUp => steps.map(OnExhaustion::StepUp),
    }
}

fn top_up(item: &Item<'_>, list: Option<ListPrice>) -> Option<TopUp> {
    let table = Cursor::open(item, &["below", "packs", "pack_price", "spending_cap"])?;
    let below = table
        .need("below", "below = 0.10")
        .and_then(|item| item.share(SHARE));
    let packs = table
        .need("packs", "packs = 5")
        .and_then(|item| item.whole(1, 1_000_000));
    let pack_price = match table.get("pack_price") {
        Some(item) => ListPrice::of_a_pack(list, &item, PRICE),
        None => list.map(|list| list.price),
    };
    let spending_cap = table.optional("spending_cap", |item| item.micro(AMOUNT));
    Some(TopUp {
        below: below?,
        packs: packs?,
        pack_price: Money::from_micro(pack_price?),
        spending_cap: spending_cap?.map(Money::from_micro),
    })
}

fn need_steps(table: &Cursor<'_>) -> Option<()> {
    let line = format!("steps = {STEPS}");
    let item = table.need("steps", &line)?;
    match item.list(STEPS)?.is_empty() {
        true => item.refuse("no steps to step up to", format!("write `{line}`")),
        false => Some(()),
    }
}

fn steps(item: &Item<'_>) -> Option<Vec<Step>> {
    let items = item.list(STEPS)?;
    let steps = item.every(STEPS, MOST_STEPS, step)?;
    for (pair, item) in steps.windows(2).zip(&items[1.min(items.len())..]) {
        ascend(item, pair[0], pair[1])?;
    }
    Some(steps)
}

fn step(item: &Item<'_>) -> Option<Step> {
    let table = Cursor::open(item, &["credits_per_month", "price_per_month"])?;
    let range = Range::new(
        LEAST,
        CREDITS.high,
        "credits above 0, at most 1e11, with at most six decimals",
    );
    let credits = table.need_micro("credits_per_month", "credits_per_month = 100_000", range);
    let price = table.need_micro("price_per_month", "price_per_month = 450.0", AMOUNT);
    Some(Step {
        credits_per_month: Credits::from_micro(credits?),
        price_per_month: Money::from_micro(price?),
    })
}

/// A step brings more than the one before it, for no less.
fn ascend(item: &Item<'_>, before: Step, after: Step) -> Option<()> {
    let (fewer, more) = (before.credits_per_month, after.credits_per_month);
    if more <= fewer {
        let message = format!("a step of {more} credits a month follows one of {fewer}");
        return item.refuse(
            message,
            "write the steps from the fewest credits to the most",
        );
    }
    if after.price_per_month < before.price_per_month {
        let message = format!(
            "{more} credits a month cost {}, less than the {} of {fewer}",
            after.price_per_month, before.price_per_month
        );
        return item.refuse(message, "raise its price, or drop the smaller step");
    }
    Some(())
}
