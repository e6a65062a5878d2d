//! How long bought credits last, and what survives their end.

use crate::scenario::contract::CREDITS;
use crate::scenario::cursor::Cursor;
use crate::scenario::item::{Item, SHARE};
use crate::scenario::{Expiry, Horizon, Rollover};
use crate::units::Credits;

/// `term_months`: the horizon's unless it is written.
pub fn term_months(table: &Cursor<'_>, horizon: Option<&Horizon>) -> Option<usize> {
    match table.get("term_months") {
        Some(item) => usize::try_from(item.whole(1, 60)?).ok(),
        None => horizon.map(Horizon::months),
    }
}

/// `expiry`.
pub fn read(table: &Cursor<'_>) -> Option<Expiry> {
    table.or("expiry", Expiry::Term, |item| {
        item.word(&[
            ("term", Expiry::Term),
            ("monthly", Expiry::Monthly),
            ("12 months", Expiry::TwelveMonths),
            ("never", Expiry::Never),
        ])
    })
}

/// `rollover` and what bounds it.
pub fn rollover(table: &Cursor<'_>) -> Option<Rollover> {
    let share = table.share("rollover", 0, SHARE);
    let most = table.optional("rollover_max", |item| item.micro(CREDITS));
    let needs_renewal = table.or("rollover_needs_renewal", false, Item::boolean);
    let grace_days = table.or("grace_days", 0, |item| item.whole(0, 366));
    Some(Rollover {
        share: share?,
        most: most?.map(Credits::from_micro),
        needs_renewal: needs_renewal?,
        grace_days: usize::try_from(grace_days?).ok()?,
    })
}
