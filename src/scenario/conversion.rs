//! `[[conversion]]`: licences given for credits, or credits for licences.

use crate::scenario::contract::COST;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, LEAST, Range};
use crate::scenario::{Conversion, Direction, Horizon};
use crate::units::{MICRO, Money};

/// Reads all conversions, ascending by day, those of one day in file order.
pub fn read(items: &[Item<'_>], horizon: Option<&Horizon>) -> Option<Vec<Conversion>> {
    let conversions: Vec<Option<Conversion>> =
        items.iter().map(|item| conversion(item, horizon)).collect();
    let mut conversions = conversions.into_iter().collect::<Option<Vec<_>>>()?;
    conversions.sort_by_key(|conversion| conversion.day);
    Some(conversions)
}

fn conversion(item: &Item<'_>, horizon: Option<&Horizon>) -> Option<Conversion> {
    let table = Cursor::open(item, &["date", "licences", "value_each", "ratio", "to"])?;
    let date = table
        .need("date", "date = 2026-07-01")
        .and_then(|item| item.date());
    let licences = table
        .need("licences", "licences = 50")
        .and_then(|item| item.whole(0, 1_000_000_000));
    let value_each = table.need_micro("value_each", "value_each = 1_500.0", COST);
    let words = "a ratio above 0, at most 1e6, with at most six decimals";
    let ratio = table.share("ratio", MICRO.unsigned_abs(), Range::new(LEAST, 1e6, words));
    let direction = table.or("to", Direction::ToCredits, |item| {
        item.word(&[
            ("credits", Direction::ToCredits),
            ("licences", Direction::ToLicences),
        ])
    });
    let licences = licences?;
    let count = i64::try_from(licences).ok()? * MICRO;
    let remedy = "write the value of one licence, and fewer licences";
    let value = item.product(count, value_each?, "in money", remedy);
    Some(Conversion {
        day: horizon?.day_of(date?),
        licences,
        value: Money::from_micro(value?),
        ratio: ratio?,
        direction: direction?,
    })
}
