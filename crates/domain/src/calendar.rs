//! Days as people write them: `2026-12-31`, in UTC.

use crate::id::Time;

/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;

/// The moment a day ends, from `2026-12-31`; `None` for anything else.
pub fn end_of_day(text: &str) -> Option<Time> {
    let mut parts = text.trim().splitn(3, '-');
    let mut next = |digits: usize| {
        let part = parts.next()?;
        let fine = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| fine)
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let fine = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    fine.then(|| Time::from_seconds((days_before(year, month, day) + 1) * DAY_SECONDS))
}

/// The day of a moment, as `2026-12-31`.
pub fn day(time: Time) -> String {
    // Counted from a March, so that leap days come last (Hinnant, chrono-compatible algorithms).
    let days = time.seconds().div_euclid(DAY_SECONDS) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        assert_eq!(
            end_of_day("1970-01-01"),
            Some(Time::from_seconds(DAY_SECONDS))
        );
        assert_eq!(
            end_of_day("2026-11-01"),
            Some(Time::from_seconds(1_793_491_200 + DAY_SECONDS))
        );
        for wrong in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "26-01-01",
            "2026-1-1",
            "2026-01-01x",
            "soon",
        ] {
            assert_eq!(end_of_day(wrong), None, "{wrong}");
        }
        assert!(end_of_day("2028-02-29").is_some());
        for number in (-40_000..80_000).step_by(13) {
            let last_second = Time::from_seconds((number + 1) * DAY_SECONDS - 1);
            let text = day(last_second);
            assert_eq!(
                end_of_day(&text),
                Some(last_second.plus_seconds(1)),
                "{text}"
            );
        }
    }
}
