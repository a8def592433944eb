//! Moments as RFC 3339 texts: always UTC with microseconds when written, any offset when read.

use variorum_domain::id::Time;

const DAY_SECONDS: i64 = 86_400;

/// A moment as `2026-11-19T08:15:00.000000Z`.
pub fn format(time: Time) -> String {
    let seconds = time.seconds();
    let micros = time.0.rem_euclid(Time::SECOND_US);
    let (year, month, day) = date_of(seconds.div_euclid(DAY_SECONDS));
    let clock = seconds.rem_euclid(DAY_SECONDS);
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// Reads an RFC 3339 text; digits beyond microseconds are dropped. `None` for anything else.
pub fn parse(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| digits(bytes.get(from..to)?);
    let mark = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|byte| allowed.contains(byte));
    let marks =
        mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":");
    if !marks {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    // A leap second counts as the first second of the next minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (micros, rest) = fraction(bytes.get(19..)?)?;
    let offset = offset(rest)?;
    let days = days_before(year, month, day);
    let seconds = days * DAY_SECONDS + hour * 3_600 + minute * 60 + second - offset;
    Some(Time(seconds * Time::SECOND_US + micros))
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |value: i64, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

/// Microseconds after the point, and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(after) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let len = after
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if len == 0 {
        return None;
    }
    let micros = (0..6).fold(0, |value, place| {
        let digit = after
            .get(place)
            .filter(|_| place < len)
            .map_or(0, |byte| byte - b'0');
        value * 10 + i64::from(digit)
    });
    Some((micros, &after[len..]))
}

/// Seconds by which the text's clock is ahead of UTC.
fn offset(rest: &[u8]) -> Option<i64> {
    match rest {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            let seconds = hours * 3_600 + minutes * 60;
            let fits = hours <= 23 && minutes <= 59;
            fits.then_some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the
/// leap day is the last of its year; 400 years always have 146,097 days.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date so many days after 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_moments() {
        let rows = [
            ("1970-01-01T00:00:00.000000Z", 0),
            ("2000-02-29T23:59:59.999999Z", 951_868_799_999_999),
            ("2026-11-18T11:06:40.000000Z", 1_795_000_000_000_000),
            ("1969-12-31T23:59:59.500000Z", -500_000),
        ];
        for (text, micros) in rows {
            assert_eq!(format(Time(micros)), text);
            assert_eq!(parse(text), Some(Time(micros)));
        }
    }

    #[test]
    fn what_is_accepted_and_what_is_not() {
        let same = [
            "2026-11-18T11:06:40Z",
            "2026-11-18t12:06:40+01:00",
            "2026-11-18 03:36:40.0-07:30",
            "2026-11-18T11:06:40.0000009z",
        ];
        for text in same {
            assert_eq!(parse(text), Some(Time(1_795_000_000_000_000)), "{text}");
        }
        let wrong = [
            "",
            "2026-11-18",
            "2026-11-18T11:06:40",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-18T24:00:00Z",
            "2026-11-18T11:06:40.Z",
            "2026-11-18T11:06:40+0100",
            "2026-11-18T11:06:40Z ",
            "+026-11-18T11:06:40Z",
            "２026-11-18T11:06:40Z",
        ];
        for text in wrong {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn moments_round_trip(micros in -62_000_000_000_000_000_i64..250_000_000_000_000_000) {
            prop_assert_eq!(parse(&format(Time(micros))), Some(Time(micros)));
        }

        #[test]
        fn any_text_can_be_tried(text in ".*") {
            let _ = parse(&text);
        }
    }
}
