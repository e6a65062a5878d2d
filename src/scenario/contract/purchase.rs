//! What is bought ahead and at which prices.

use crate::scenario::contract::{CREDITS, PRICE};
use crate::scenario::cursor::Cursor;
use crate::scenario::document::Value;
use crate::scenario::item::{Item, Range, plain};
use crate::scenario::log::shortened;
use crate::scenario::number::Number;
use crate::scenario::{Discount, Horizon, Prepurchase};
use crate::units::{Credits, MICRO, Money, micro_text};

/// Most tiers of a discount.
const MOST_TIERS: usize = 100;

const TIERS: &str = "[{ from = 1_000_000, off = 0.20 }]";

/// A pack and its list price, both in millionths.
#[derive(Clone, Copy)]
pub struct ListPrice {
    pub pack: i64,
    pub price: i64,
}

impl ListPrice {
    /// Another price of a pack, in millionths; far below the list price it is that of a credit.
    pub fn of_a_pack(list: Option<Self>, item: &Item<'_>, range: Range) -> Option<i64> {
        let price = item.micro(range)?;
        match list {
            Some(list) if i128::from(price) * 10 < i128::from(list.price) => {
                list.refuse(item, price)
            }
            _ => Some(price),
        }
    }

    fn refuse<T>(self, item: &Item<'_>, price: i64) -> Option<T> {
        let message = format!(
            "`{}` is below a tenth of pack_price {}: this is the price of a pack",
            item.written(),
            micro_text(self.price)
        );
        let of_pack = i128::from(price) * i128::from(self.pack) / i128::from(MICRO);
        let near = self.price / 10..=self.price.saturating_mul(10);
        let remedy = match i64::try_from(of_pack) {
            Ok(of_pack) if near.contains(&of_pack) => {
                format!("{} a credit? write {}", item.written(), micro_text(of_pack))
            }
            _ => format!("write the price of {} credits", grouped(self.pack / MICRO)),
        };
        item.refuse(message, remedy)
    }
}

/// Packs and their prices.
pub struct Purchase {
    pub list: Option<ListPrice>,
    pub prepurchase: Option<Prepurchase>,
    pub discounts: Option<Vec<Discount>>,
    pub overage_pack_price: Option<Money>,
}

impl Purchase {
    /// Each part on its own, so that others can tell what contradicts them.
    pub fn read(table: &Cursor<'_>) -> Self {
        let pack = table.or("pack", 100_000, |item| item.whole(1, 1_000_000_000));
        let pack = pack.and_then(|pack| i64::try_from(pack).ok());
        let pack = pack.map(|pack| pack * MICRO);
        let price = table.micro("pack_price", 500 * MICRO, PRICE);
        let list = pack
            .zip(price)
            .map(|(pack, price)| ListPrice { pack, price });
        let prepurchase = table.or("prepurchase", Prepurchase::Packs(0), |item| {
            prepurchase(item, pack?)
        });
        let overage = match table.get("overage_pack_price") {
            Some(item) => {
                let range = Range::new(0.0, PRICE.high, PRICE.words);
                ListPrice::of_a_pack(list, &item, range)
            }
            None => price,
        };
        Self {
            list,
            prepurchase,
            discounts: table.or("discounts", Vec::new(), discounts),
            overage_pack_price: overage.map(Money::from_micro),
        }
    }
}

/// Refuses a share of a plan that nobody knows: of a term longer than the horizon.
pub fn plan_is_known(
    table: &Cursor<'_>,
    prepurchase: Option<Prepurchase>,
    term_months: Option<usize>,
    horizon: Option<&Horizon>,
) -> Option<()> {
    let (months, term_months) = (horizon?.months(), term_months?);
    if term_months <= months || !matches!(prepurchase, Some(Prepurchase::ShareOfPlan(_))) {
        return Some(());
    }
    let item = table.get("prepurchase")?;
    let message = format!(
        "`{}` of a term of {term_months} months: the plan is known for {months} months only",
        item.written()
    );
    let remedy = format!("write credits, like 1_200_000, or set months = {term_months}");
    item.refuse(message, remedy)
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
    let (message, remedy) = less_than_a_pack(&item.written(), credits, pack, true);
    item.refuse(message, remedy)
}

/// What is wrong with a purchase of some credits, as written, that are less than a pack (in millionths), and what
/// was meant: packs or, where that can be written, a share of the plan.
pub fn less_than_a_pack(
    written: &str,
    credits: i64,
    pack: i64,
    has_shares: bool,
) -> (String, String) {
    let message = format!(
        "{written} credits are less than one pack of {}",
        grouped(pack / MICRO)
    );
    let whole = credits / MICRO;
    let remedy = if credits % MICRO == 0 {
        let packs = if whole == 1 { "pack" } else { "packs" };
        let total = grouped(whole.saturating_mul(pack / MICRO));
        match whole {
            1_000.. => format!("write {}, which is one pack", grouped(pack / MICRO)),
            50..=150 if has_shares => {
                format!("{whole} packs? write {total}; {whole}% of the plan? write \"{whole}%\"")
            }
            _ => format!("{whole} {packs}? write {total}"),
        }
    } else if credits < 2 * MICRO && has_shares {
        let percent = plain(credits as f64 / 10_000.0);
        format!("{percent}% of the plan? write \"{percent}%\"")
    } else {
        format!("write credits: one pack is {}", grouped(pack / MICRO))
    };
    (message, remedy)
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
    let tiers = item.list(TIERS)?;
    let mut discounts = item.every(TIERS, MOST_TIERS, discount)?;
    for (index, tier) in tiers.iter().enumerate() {
        let from = discounts[index].from;
        if discounts[..index].iter().any(|old| old.from == from) {
            let message = format!("a second discount from {from} credits");
            return tier.refuse(message, "keep one of the two");
        }
    }
    discounts.sort_by_key(|discount| discount.from);
    Some(discounts)
}

fn discount(item: &Item<'_>) -> Option<Discount> {
    let table = Cursor::open(item, &["from", "off"])?;
    let from = table.need_micro("from", "from = 1_000_000", CREDITS);
    let words = "a share off the list price, from 0 to below 1 (20% is 0.20)";
    let range = Range::new(0.0, 0.999_999, words);
    let off = table
        .need("off", "off = 0.20")
        .and_then(|item| item.share(range));
    Some(Discount {
        from: Credits::from_micro(from?),
        off: off?,
    })
}
