//! Words that several pages have in common: sizes, what one gains over another, counts.

use crate::decide::sizing::{Difference, Sizes};
use crate::report::numbers::{grouped, money, sure};
use crate::scenario::Scenario;

/// The sizes that the run cannot tell from the best, in words; `None` where there is one only.
pub fn ranges(sizes: &Sizes) -> Option<String> {
    let ranges = sizes.optimum_ranges.as_ref()?;
    let best = sizes.optimum.purchase.packs;
    if ranges.as_slice() == [(best, best)] {
        return None;
    }
    Some(spans(ranges))
}

/// Ranges of packs in words.
pub fn spans(ranges: &[(u64, u64)]) -> String {
    let count = |packs: u64| grouped(packs as f64);
    let texts = ranges.iter().map(|&(low, high)| match low == high {
        true => count(low),
        false => format!("{} to {}", count(low), count(high)),
    });
    format!("{} packs", texts.collect::<Vec<_>>().join(" or "))
}

/// What a size costs more than the best, in words; less where that is best at something else.
pub fn gain(scenario: &Scenario, excess: &Difference) -> String {
    let cash = |value: f64| money(&scenario.currency, value);
    let sure = |ends| sure(&scenario.currency, ends);
    let is_nothing = |value: f64| value.abs() < 0.005;
    match excess.interval {
        Some((low, high)) if is_nothing(low) && is_nothing(high) => "no difference".to_owned(),
        Some((low, high)) if low <= 0.0 && high >= 0.0 => {
            format!("no clear difference{}", sure((low, high)))
        }
        Some((low, high)) if high < 0.0 => {
            format!("{} less{}", cash(-excess.mean), sure((-high, -low)))
        }
        Some(ends) => format!("{}{}", cash(excess.mean), sure(ends)),
        None if excess.mean < 0.0 => format!("{} less", cash(-excess.mean)),
        None => cash(excess.mean),
    }
}

/// `1 pack`, `65 packs`, `nothing`.
pub fn packs(count: u64) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "1 pack".to_owned(),
        _ => format!("{} packs", grouped(count as f64)),
    }
}

/// `1 future`, `10,000 futures`.
pub fn futures(paths: u64) -> String {
    match paths {
        1 => "1 future".to_owned(),
        _ => format!("{} futures", grouped(paths as f64)),
    }
}
