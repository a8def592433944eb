//! Times as tables write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

use serde::{Deserialize, Serialize};

use super::MappingError;
use crate::id::Time;

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum TimeFormat {
    /// `2026-11-19T08:15:00Z`, with an offset.
    #[default]
    Rfc3339,
    /// Seconds since 1970.
    EpochSeconds,
    /// Thousandths of a second since 1970.
    EpochMilliseconds,
    /// Millionths of a second since 1970.
    EpochMicroseconds,
    /// `2026-11-19 08:15:00` or `2026-11-19`, in the zone of the mapping.
    Local,
    /// A pattern such as `%d.%m.%Y %H:%M`, in the zone of the mapping unless it reads one.
    Pattern(String),
}

impl TimeFormat {
    /// Its name on the wire; a pattern stands for itself.
    pub fn name(&self) -> &str {
        match self {
            Self::Rfc3339 => "rfc3339",
            Self::EpochSeconds => "epoch-s",
            Self::EpochMilliseconds => "epoch-ms",
            Self::EpochMicroseconds => "epoch-us",
            Self::Local => "local",
            Self::Pattern(pattern) => pattern,
        }
    }

    /// The format of a name: one of the names above, or a pattern, which has a `%`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "rfc3339" => Some(Self::Rfc3339),
            "epoch-s" => Some(Self::EpochSeconds),
            "epoch-ms" => Some(Self::EpochMilliseconds),
            "epoch-us" => Some(Self::EpochMicroseconds),
            "local" => Some(Self::Local),
            pattern if pattern.contains('%') => Some(Self::Pattern(pattern.to_owned())),
            _ => None,
        }
    }

    /// What a time of this format looks like.
    pub fn example(&self) -> &str {
        match self {
            Self::Rfc3339 => "2026-11-19T08:15:00Z",
            Self::EpochSeconds => "1795076100",
            Self::EpochMilliseconds => "1795076100000",
            Self::EpochMicroseconds => "1795076100000000",
            Self::Local => "2026-11-19 08:15:00",
            Self::Pattern(pattern) => pattern,
        }
    }
}

impl From<TimeFormat> for String {
    fn from(format: TimeFormat) -> Self {
        format.name().to_owned()
    }
}

impl TryFrom<String> for TimeFormat {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name)
            .ok_or_else(|| format!("`{name}` is no way in which times are written"))
    }
}

/// Reads times of one format in one zone.
#[derive(Debug, Clone)]
pub struct Moments {
    format: TimeFormat,
    zone: TimeZone,
}

impl Moments {
    /// A reader; an empty zone is UTC.
    pub fn new(format: &TimeFormat, zone: &str) -> Result<Self, MappingError> {
        let zone = match zone.trim() {
            "" | "UTC" => TimeZone::UTC,
            name => TimeZone::get(name).map_err(|_| MappingError::Zone(name.to_owned()))?,
        };
        Ok(Self {
            format: format.clone(),
            zone,
        })
    }

    /// The moment a text names; `None` where it is no time of this format.
    ///
    /// An hour that the clocks skip is the one after it; of an hour that comes twice it is the first.
    pub fn read(&self, text: &str) -> Option<Time> {
        let text = text.trim();
        let stamp = match &self.format {
            TimeFormat::Rfc3339 => text.parse::<Timestamp>().ok()?,
            TimeFormat::EpochSeconds => return scaled(text, 6),
            TimeFormat::EpochMilliseconds => return scaled(text, 3),
            TimeFormat::EpochMicroseconds => return scaled(text, 0),
            TimeFormat::Local => self.at(text.parse::<DateTime>().ok()?)?,
            TimeFormat::Pattern(pattern) => self.by_pattern(pattern, text)?,
        };
        Some(Time(stamp.as_microsecond()))
    }

    fn at(&self, civil: DateTime) -> Option<Timestamp> {
        Some(civil.to_zoned(self.zone.clone()).ok()?.timestamp())
    }

    fn by_pattern(&self, pattern: &str, text: &str) -> Option<Timestamp> {
        let read = BrokenDownTime::parse(pattern, text).ok()?;
        if let Ok(stamp) = read.to_timestamp() {
            return Some(stamp);
        }
        let civil = read.to_datetime();
        let civil = civil.or_else(|_| read.to_date().map(|date| date.at(0, 0, 0, 0)));
        self.at(civil.ok()?)
    }
}

/// A decimal number as microseconds; digits beyond them are dropped.
fn scaled(text: &str, places: u32) -> Option<Time> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let places = usize::try_from(places).ok()?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fine = !whole.is_empty() && whole.len() <= 17;
    if !fine || !is_number(part) || !is_number(whole.strip_prefix('-').unwrap_or(whole)) {
        return None;
    }
    let part: String = part.chars().take(places).collect();
    let micros = format!("{whole}{part:0<places$}").parse::<i64>().ok()?;
    Some(Time(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_moment_in_every_format() {
        let moment = Time(1_795_076_100_000_000);
        let rows = [
            ("rfc3339", "", "2026-11-19T08:15:00Z"),
            ("rfc3339", "", "2026-11-19T09:15:00.000+01:00"),
            ("epoch-s", "", "1795076100"),
            ("epoch-s", "", "1795076100.0"),
            ("epoch-ms", "", "1795076100000"),
            ("epoch-us", "", "1795076100000000"),
            ("local", "Europe/Berlin", "2026-11-19 09:15:00"),
            ("local", "Europe/Berlin", "2026-11-19T09:15"),
            ("local", "", "2026-11-19 08:15"),
            ("%d.%m.%Y %H:%M", "Europe/Berlin", "19.11.2026 09:15"),
            (
                "%m/%d/%Y %I:%M %p",
                "America/New_York",
                "11/19/2026 03:15 AM",
            ),
            ("%Y-%m-%d %H:%M:%S %z", "", "2026-11-19 09:15:00 +0100"),
        ];
        for (format, zone, text) in rows {
            let format = TimeFormat::from_name(format).unwrap();
            let reader = Moments::new(&format, zone).unwrap();
            assert_eq!(reader.read(text), Some(moment), "{format:?} {text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for (format, text) in [
            ("rfc3339", "today"),
            ("rfc3339", "2026-11-19"),
            ("epoch-s", "12a"),
            ("epoch-s", ""),
            ("epoch-ms", "999999999999999999"),
            ("epoch-ms", "."),
            ("local", "19.11.2026"),
            ("%d.%m.%Y", "2026-11-19"),
        ] {
            let format = TimeFormat::from_name(format).unwrap();
            assert_eq!(
                Moments::new(&format, "").unwrap().read(text),
                None,
                "{text}"
            );
        }
        assert!(Moments::new(&TimeFormat::Local, "Mars/Olympus").is_err());
        assert_eq!(TimeFormat::from_name("whenever"), None);
    }

    #[test]
    fn a_day_is_its_beginning_in_the_zone() {
        let reader = Moments::new(&TimeFormat::Local, "Europe/Berlin").unwrap();
        // Summer time: two hours ahead.
        let expected = Moments::new(&TimeFormat::Rfc3339, "").unwrap();
        assert_eq!(
            reader.read("2026-07-01"),
            expected.read("2026-06-30T22:00:00Z")
        );
    }
}
