//! What is cheapest, as a sentence.

use std::fmt::Write;

use super::{are_of_different_days, best, names_in, second};
use crate::decide::compare::Paired;
use crate::forecast::compare::{Compared, Comparison};
use crate::report::numbers::{cents, money, percent, short};
use crate::scenario::Scenario;
use crate::units::Money;

/// Columns of a name within a sentence.
const QUOTED: usize = 60;

/// What is cheapest, by how much and how sure: a sentence to pass on.
pub(super) fn advice(scenario: &Scenario, comparison: &Comparison) -> String {
    let cash = |value: f64| cash(scenario, comparison, value);
    let place = best(comparison);
    let way = &comparison.ways[place];
    let standing = &way.standing;
    let names = names_in(comparison, QUOTED);
    let called = |index: usize| match (index, comparison.is_of_scenarios) {
        (0, false) => "the contract".to_owned(),
        _ => format!("\"{}\"", names[index]),
    };
    // What it is set against, which may be over other days.
    let other = |index: usize| called(index) + &over(comparison, &comparison.ways[index]);
    let mut words = format!("{}: {}", called(place), cash(standing.cost.mean));
    if let Some(half) = standing.cost.mean_half_width {
        let _ = write!(words, " ± {}", cash(half));
    }
    words.push_str(match comparison.is_point {
        true => " in the plan",
        false => " expected",
    });
    words.push_str(&over(comparison, way));
    let against = match place {
        0 => second(comparison).map(|second| {
            let difference = &comparison.ways[second].standing.difference;
            (second, difference.mean, difference)
        }),
        _ => Some((0, -standing.difference.mean, &standing.difference)),
    };
    // What is alike in every future is said of all that are.
    let is_told = |index: &usize| comparison.is_point || !standing.equal.contains(index);
    if let Some((index, saved, difference)) = against.filter(|(index, ..)| is_told(index)) {
        let _ = write!(
            words,
            ", {}",
            saving(&cash, saved, difference, &other(index))
        );
    }
    if !comparison.is_point && comparison.ways.len() > 1 {
        let (chance, claim) = match standing.equal.is_empty() {
            true => (standing.cheapest, "cheapest"),
            // They would share what is neither's alone.
            false => (standing.least, "none costs less"),
        };
        words.push_str(&alike(comparison, place, called));
        let _ = write!(words, "; {claim} in {} of futures", percent(chance.value));
        if let Some((low, high)) = chance.interval {
            let _ = write!(words, " ({} to {})", percent(low), percent(high));
        }
    }
    if way.unserved_mean > 0.0 {
        let unserved = short(way.unserved_mean);
        let _ = write!(words, "; it leaves {unserved} credits unserved");
    }
    words
}

/// Which others cost the same as a way, whatever happens.
fn alike(comparison: &Comparison, place: usize, called: impl Fn(usize) -> String) -> String {
    match comparison.ways[place].standing.equal[..] {
        [] => String::new(),
        [one] => format!("; {} costs the same in every future", called(one)),
        [one, .., _] if comparison.ways[place].standing.equal.len() > 2 => format!(
            "; {} and {} more cost the same in every future",
            called(one),
            comparison.ways[place].standing.equal.len() - 1
        ),
        [one, other, ..] => format!(
            "; {} and {} cost the same in every future",
            called(one),
            called(other)
        ),
    }
}

/// " over 6 months", with the first day where that is not the same everywhere; nothing where all are over the
/// same days.
fn over(comparison: &Comparison, way: &Compared) -> String {
    if !are_of_different_days(comparison) {
        return String::new();
    }
    let months = match way.horizon.months() {
        1 => "1 month".to_owned(),
        months => format!("{months} months"),
    };
    let start = way.horizon.start();
    match comparison
        .ways
        .iter()
        .all(|one| one.horizon.start() == start)
    {
        true => format!(" over {months}"),
        false => format!(" over {months} from {start}"),
    }
}

/// "$14,251 ($14,100 to $14,400) less than the contract".
fn saving(cash: &impl Fn(f64) -> String, saved: f64, difference: &Paired, other: &str) -> String {
    let interval = difference.interval.map(|(low, high)| {
        let (low, high) = match difference.mean < 0.0 {
            true => (-high, -low),
            false => (low, high),
        };
        format!("{} to {}", cash(low), cash(high))
    });
    match interval {
        _ if saved == 0.0 => format!("as much as {other}"),
        _ if difference.se == Some(0.0) => {
            format!("{} less than {other} in every future", cash(saved))
        }
        Some(interval) if difference.is_told_from_zero() => {
            format!("{} ({interval}) less than {other}", cash(saved))
        }
        Some(interval) => {
            format!(
                "not told from {other}, which costs {} ({interval}) more",
                cash(saved)
            )
        }
        None => format!("{} less than {other}", cash(saved)),
    }
}

/// Money for people: to the cent in a plan.
fn cash(scenario: &Scenario, comparison: &Comparison, value: f64) -> String {
    match (comparison.is_point, Money::from_f64(value)) {
        (true, Some(amount)) => cents(&scenario.currency, amount),
        _ => money(&scenario.currency, value),
    }
}
