//! How numbers are written: exactly in files, rounded to what their error supports on a terminal.

use crate::units::Money;

/// A number for a file: a point, no separators, no exponent, at most 6 decimals, none of them a
/// trailing zero.
pub fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// The same, or an empty cell.
pub fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, decimal)
}

/// A probability or other ratio for a file, at most 9 decimals.
pub fn ratio(value: f64) -> String {
    let text = format!("{value:.9}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// A whole number with thousands separators, for people.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let is_zero = digits.chars().all(|digit| digit == '0');
    if value < 0.0 && !is_zero {
        format!("-{text}")
    } else {
        text
    }
}

/// A large number in five characters or so, for narrow columns: `12.3M`. Below 100 what is not
/// whole keeps three digits.
pub fn short(value: f64) -> String {
    short_with(value, 0)
}

/// The same with so many more decimals where it has a unit: `12.345M`.
pub fn short_with(value: f64, more: usize) -> String {
    const UNITS: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let magnitude = value.abs();
    if magnitude < 99.95 && (magnitude - magnitude.round()).abs() > 1e-9 {
        return match magnitude {
            m if m < 0.005 => "<0.01".to_owned(),
            m if m < 9.995 => format!("{value:.2}"),
            _ => format!("{value:.1}"),
        };
    }
    // The next unit begins where rounding to three digits would reach it.
    let unit = UNITS.iter().find(|(size, _)| magnitude >= size * 0.9995);
    let Some((size, letter)) = unit.filter(|_| magnitude >= 9_999.5) else {
        return grouped(value);
    };
    let scaled = value / size;
    let decimals = match scaled.abs() {
        s if s < 9.995 => 2,
        s if s < 99.95 => 1,
        _ => 0,
    };
    let decimals = decimals + more;
    format!("{scaled:.decimals$}{letter}")
}

/// Money for people: the symbol of a well-known currency, else its label, and whole units, or
/// cents below 100.
pub fn money(currency: &str, value: f64) -> String {
    let sign = if value < -0.005 { "-" } else { "" };
    let magnitude = value.abs();
    let amount = if magnitude < 99.995 && (magnitude - magnitude.round()).abs() > 0.005 {
        format!("{magnitude:.2}")
    } else {
        grouped(magnitude)
    };
    match symbol(currency) {
        Some(symbol) => format!("{sign}{symbol}{amount}"),
        None => format!("{sign}{amount} {currency}"),
    }
}

/// An interval of money beside an amount in the same currency: `$3,152 to $10,278`, or `3,152 to
/// 10,278` where the currency has no symbol.
pub fn interval(currency: &str, (low, high): (f64, f64)) -> String {
    let text = |value: f64| {
        let text = money(currency, value);
        match symbol(currency) {
            Some(_) => text,
            None => text.split(' ').next().unwrap_or_default().to_owned(),
        }
    };
    format!("{} to {}", text(low), text(high))
}

/// An interval of money after the figure that it is of: ` ($3,152 to $10,278)`. Empty where both ends read like
/// the figure, which then says as much.
pub fn sure(currency: &str, (low, high): (f64, f64)) -> String {
    match money(currency, low) == money(currency, high) {
        true => String::new(),
        false => format!(" ({})", interval(currency, (low, high))),
    }
}

/// Money to the cent, for people who check a sum.
pub fn cents(currency: &str, amount: Money) -> String {
    let text = bare_cents(amount);
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text.as_str()),
    };
    match symbol(currency) {
        Some(symbol) => format!("{sign}{symbol}{text}"),
        None => format!("{sign}{text} {currency}"),
    }
}

/// Money to the cent, without its currency: for a column whose header names it.
pub fn bare_cents(amount: Money) -> String {
    // Half a cent rounds up, in integers.
    let cents = (i128::from(amount.micro()).abs() + 5_000) / 10_000;
    let sign = if amount < Money::ZERO && cents > 0 {
        "-"
    } else {
        ""
    };
    let whole = grouped((cents / 100) as f64);
    format!("{sign}{whole}.{:02}", cents % 100)
}

/// The symbol of a well-known currency.
pub fn symbol(currency: &str) -> Option<&'static str> {
    match currency {
        "USD" => Some("$"),
        "EUR" => Some("€"),
        "GBP" => Some("£"),
        _ => None,
    }
}

/// A probability for people, as a percentage: one decimal, and honest at the ends.
pub fn percent(value: f64) -> String {
    if value > 0.0 && value < 0.000_5 {
        "<0.1%".to_owned()
    } else if value < 1.0 && value > 0.999_5 {
        ">99.9%".to_owned()
    } else {
        let text = format!("{:.1}", 100.0 * value);
        format!("{}%", text.trim_end_matches(".0"))
    }
}

/// A share for people that is at most so much: as a percentage of so many digits, rounded up.
pub fn at_most(share: f64, digits: u32) -> String {
    let (text, _) = rounded_up(share, digits);
    format!("{text}%")
}

/// A share for people that is at least so much: what is missing from all of them as a digit, rounded up.
pub fn at_least(share: f64) -> String {
    let (text, decimals) = rounded_up(1.0 - share, 1);
    let missing: f64 = text.parse().unwrap_or(0.0);
    format!("{:.decimals$}%", 100.0 - missing)
}

/// A percentage rounded up to so many digits, and how many of these are decimals.
fn rounded_up(share: f64, digits: u32) -> (String, usize) {
    let percentage = 100.0 * share;
    let least = (1..digits).fold(1.0, |least, _| 10.0 * least);
    let (mut decimals, mut unit) = (0, 1.0);
    while decimals < 12 && percentage * unit < least {
        decimals += 1;
        unit *= 10.0;
    }
    let count = (percentage * unit).ceil();
    // Up to the next power of ten there is a digit too many.
    if decimals > 0 && count >= 10.0 * least {
        decimals -= 1;
    }
    (format!("{:.decimals$}", count / unit), decimals)
}

/// A share that was asked for, in millionths, as a percentage: exactly.
pub fn share(millionths: u32) -> String {
    let text = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_amounts_have_cents() {
        let most = Money::from_micro(i64::MAX);
        assert_eq!(cents("USD", most), "$9,223,372,036,854.78");
        let least = Money::from_micro(-i64::MAX);
        assert_eq!(cents("USD", least), "-$9,223,372,036,854.78");
    }

    #[test]
    fn files_carry_plain_decimals() {
        assert_eq!(decimal(500_000.0), "500000");
        assert_eq!(decimal(0.25), "0.25");
        assert_eq!(decimal(-0.000_000_1), "0");
        assert_eq!(decimal(1e15), "1000000000000000");
        assert_eq!(optional(None), "");
        assert_eq!(ratio(1.0 / 3.0), "0.333333333");
    }

    #[test]
    fn people_read_groups_and_units() {
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(grouped(-0.2), "0");
        assert_eq!(short(1_234_567.0), "1.23M");
        assert_eq!(short(999_600.0), "1.00M");
        assert_eq!(short(9_999.0), "9,999");
        assert_eq!(short(45_600.0), "45.6k");
        assert_eq!(money("USD", 2_500.0), "$2,500");
        assert_eq!(money("CHF", 0.5), "0.50 CHF");
        assert_eq!(money("USD", -12.0), "-$12");
        assert_eq!(short(48.4), "48.4");
        assert_eq!(short(0.306), "0.31");
        assert_eq!(short(0.001), "<0.01");
        assert_eq!(
            cents("USD", Money::from_micro(30_762_500_000)),
            "$30,762.50"
        );
        assert_eq!(cents("CHF", Money::from_micro(-1_005_000)), "-1.01 CHF");
    }

    #[test]
    fn a_share_that_was_asked_for_is_told_exactly() {
        for (millionths, text) in [
            (500, "0.05%"),
            (1, "0.0001%"),
            (999_600, "99.96%"),
            (52_500, "5.25%"),
            (200_000, "20%"),
            (1_000_000, "100%"),
            (0, "0%"),
        ] {
            assert_eq!(share(millionths), text);
        }
    }

    #[test]
    fn a_bound_is_rounded_away_from_the_share() {
        assert_eq!(at_most(0.000_384, 1), "0.04%");
        assert_eq!(at_most(0.001_917, 2), "0.20%");
        assert_eq!(at_most(0.0188, 1), "2%");
        assert_eq!(at_least(1.0 - 0.000_384), "99.96%");
        assert_eq!(at_least(1.0 - 0.0188), "98%");
        assert_eq!(at_least(1.0 - 0.0095), "99%");
    }

    #[test]
    fn a_small_probability_is_not_called_nothing() {
        assert_eq!(percent(0.000_1), "<0.1%");
        assert_eq!(percent(0.999_9), ">99.9%");
        assert_eq!(percent(0.0), "0%");
        assert_eq!(percent(0.361), "36.1%");
    }
}
