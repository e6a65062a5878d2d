//! Numbers as they were written: exact until someone asks for a float.

/// A decimal number, as text without underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    text: String,
}

/// Why a number is not a count of millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMicro {
    /// NaN or infinity.
    NotFinite,
    /// More than six decimals.
    TooFine,
    /// More than 128 bits hold.
    TooLarge,
}

impl Number {
    /// From the digits of a TOML number in base `radix`.
    pub fn new(digits: &str, radix: u32) -> Self {
        let text = match radix {
            10 => digits.to_owned(),
            // Beyond 128 bits any enormous number will do: every range refuses it.
            _ => i128::from_str_radix(digits, radix)
                .map_or_else(|_| "1e300".to_owned(), |value| value.to_string()),
        };
        Self { text }
    }

    /// The nearest float; NaN and infinities where they were written, or where it is too large.
    pub fn to_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// The exact count of millionths.
    pub fn micro(&self) -> Result<i128, NotMicro> {
        let (sign, magnitude) = match self.text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.text.strip_prefix('+').unwrap_or(&self.text)),
        };
        let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotMicro::NotFinite);
        }
        let significant = digits.trim_end_matches('0');
        let digits_value = significant.trim_start_matches('0');
        if digits_value.is_empty() {
            return Ok(0);
        }
        let dropped = digits.len() - significant.len();
        let shift = shift_of(exponent, fraction.len(), dropped);
        let value: i128 = digits_value.parse().map_err(|_| too_long(shift))?;
        let scale = u32::try_from(shift).map_err(|_| NotMicro::TooFine)?;
        let scaled = 10_i128
            .checked_pow(scale)
            .and_then(|s| value.checked_mul(s));
        scaled.map(|v| sign * v).ok_or(NotMicro::TooLarge)
    }

    /// The exact whole number, if it is one (`1e6` is).
    pub fn whole(&self) -> Option<i128> {
        let micro = self.micro().ok()?;
        (micro % 1_000_000 == 0).then_some(micro / 1_000_000)
    }
}

/// Power of ten that turns the significant digits into millionths.
fn shift_of(exponent: &str, decimals: usize, dropped: usize) -> i64 {
    let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') {
        -1_000_000
    } else {
        1_000_000
    });
    let length = |n: usize| i64::try_from(n).unwrap_or(i64::MAX / 4);
    exponent.clamp(-1_000_000_000, 1_000_000_000) + 6 - length(decimals) + length(dropped)
}

/// More digits than 128 bits hold: too fine when some of them are beyond the sixth decimal.
fn too_long(shift: i64) -> NotMicro {
    if shift < 0 {
        NotMicro::TooFine
    } else {
        NotMicro::TooLarge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micro(text: &str) -> Result<i128, NotMicro> {
        Number::new(text, 10).micro()
    }

    #[test]
    fn money_is_read_exactly_from_its_text() {
        assert_eq!(micro("0.1"), Ok(100_000));
        assert_eq!(micro("+650.00"), Ok(650_000_000));
        assert_eq!(micro("6.5e2"), Ok(650_000_000));
        assert_eq!(micro("1234567.654321"), Ok(1_234_567_654_321));
        assert_eq!(micro("-0.000001"), Ok(-1));
        assert_eq!(micro("1e-6"), Ok(1));
        assert_eq!(micro("0e999999999999999999999"), Ok(0));
    }

    #[test]
    fn what_is_not_millionths_says_why() {
        assert_eq!(micro("0.0000001"), Err(NotMicro::TooFine));
        assert_eq!(
            micro("1.0000000000000000000000000000000000000000001"),
            Err(NotMicro::TooFine)
        );
        assert_eq!(micro("1e40"), Err(NotMicro::TooLarge));
        assert_eq!(micro("1e99999999999999999999"), Err(NotMicro::TooLarge));
        assert_eq!(micro("nan"), Err(NotMicro::NotFinite));
        assert_eq!(micro("-inf"), Err(NotMicro::NotFinite));
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        assert_eq!(Number::new("1e6", 10).whole(), Some(1_000_000));
        assert_eq!(Number::new("1.5", 10).whole(), None);
        assert_eq!(Number::new("FF", 16).whole(), Some(255));
    }
}
