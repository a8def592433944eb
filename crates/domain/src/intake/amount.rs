//! Amounts as people and programs write them, exact.

use crate::event::EventError;

/// Digits of an amount in its smallest unit that are read; more is beyond every limit.
const DIGITS_MAX: usize = 18;

/// A written number as an integer of the smallest unit: `12.34` with two decimals is 1234. Exact; more
/// decimals than the KPI has are refused, not rounded.
pub fn amount(text: &str, decimals: u32, comma: bool) -> Result<i64, EventError> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let point = if comma { ',' } else { '.' };
    let (whole, part) = digits.split_once(point).unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some = !(whole.is_empty() && part.is_empty());
    if !some || !is_number(whole) || !is_number(part) {
        return Err(EventError::Value("must be a number"));
    }
    let part = part.trim_end_matches('0');
    let places = usize::try_from(decimals).unwrap_or(0);
    if part.len() > places {
        return Err(EventError::Value("has more decimals than the KPI defines"));
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() + places > DIGITS_MAX {
        return Err(EventError::Value("is too large"));
    }
    let joined = format!("{whole}{part:0<places$}");
    let size: i64 = if joined.is_empty() {
        0
    } else {
        joined
            .parse()
            .map_err(|_| EventError::Value("is too large"))?
    };
    Ok(sign * size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_exactly() {
        let rows = [
            ("12.34", 2, false, Some(1_234)),
            ("12,34", 2, true, Some(1_234)),
            ("12,34", 2, false, None),
            ("7", 2, false, Some(700)),
            ("-0.1", 2, false, Some(-10)),
            ("+.5", 1, false, Some(5)),
            ("3.", 0, false, Some(3)),
            ("1.000", 0, false, Some(1)),
            ("0.125", 2, false, None),
            ("", 0, false, None),
            (".", 0, false, None),
            ("1e3", 0, false, None),
            ("1 000", 0, false, None),
            ("99999999999999999999", 0, false, None),
            ("0000", 2, false, Some(0)),
        ];
        for (text, decimals, comma, expected) in rows {
            assert_eq!(amount(text, decimals, comma).ok(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in -1_000_000_000_000_i64..1_000_000_000_000, decimals in 0_u32..6) {
            let scale = 10_i64.pow(decimals);
            let (whole, part) = (value.abs() / scale, value.abs() % scale);
            let sign = if value < 0 { "-" } else { "" };
            let width = decimals as usize;
            let text = if decimals == 0 { format!("{value}") } else { format!("{sign}{whole}.{part:0width$}") };
            prop_assert_eq!(amount(&text, decimals, false), Ok(value));
        }
    }
}
