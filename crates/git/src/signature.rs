//! Who did something and when, as commits and tags carry it.

use variorum_domain::id::Time;

use crate::error::GitError;

/// Characters that Git drops from both ends of a name.
const CRUD: &[char] = &[
    ',', ':', ';', '<', '>', '"', '\\', '\'', ' ', '\n', '\t', '\r',
];
/// The largest distance from UTC that is written, in minutes.
const OFFSET_MINUTES_MAX: i32 = 14 * 60;

/// A person and a moment in the person's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The display name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The moment; Git keeps whole seconds.
    pub time: Time,
    /// The distance of the local time from UTC in minutes.
    pub offset_minutes: i32,
}

impl Signature {
    /// Makes a signature in UTC.
    pub fn utc(name: impl Into<String>, email: impl Into<String>, time: Time) -> Self {
        Self {
            name: name.into(),
            email: email.into(),
            time,
            offset_minutes: 0,
        }
    }

    /// Writes the form that stands in a commit, with characters removed that would break it.
    pub(crate) fn encode(&self) -> Result<String, GitError> {
        let (name, email) = (clean(&self.name), clean(&self.email));
        if name.is_empty() {
            return Err(GitError::malformed("signature", "the name is empty"));
        }
        if self.time.seconds() < 0 {
            return Err(GitError::malformed("signature", "the time is before 1970"));
        }
        if self.offset_minutes.abs() > OFFSET_MINUTES_MAX {
            return Err(GitError::malformed(
                "signature",
                "the time zone does not exist",
            ));
        }
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.abs();
        let zone = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
        Ok(format!("{name} <{email}> {} {zone}", self.time.seconds()))
    }

    /// Reads the form that stands in a commit, as forgivingly as Git does.
    pub(crate) fn parse(line: &str) -> Result<Self, GitError> {
        let malformed = || GitError::malformed("signature", "there is no `<address>`");
        let open = line.find('<').ok_or_else(malformed)?;
        let close = line
            .rfind('>')
            .filter(|close| *close > open)
            .ok_or_else(malformed)?;
        let mut rest = line[close + 1..].split_ascii_whitespace();
        let seconds = rest.next().and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self {
            name: line[..open].trim().to_owned(),
            email: line[open + 1..close].to_owned(),
            time: Time::from_seconds(seconds),
            offset_minutes: rest.next().and_then(parse_zone).unwrap_or(0),
        })
    }
}

fn clean(text: &str) -> String {
    let kept = text.trim_matches(|c: char| CRUD.contains(&c) || c.is_control());
    kept.chars()
        .filter(|c| !matches!(c, '<' | '>' | '\n' | '\r' | '\0'))
        .collect()
}

fn parse_zone(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("-", digits) => (-1, digits),
        ("+", digits) => (1, digits),
        _ => return None,
    };
    let number: i32 = digits
        .parse()
        .ok()
        .filter(|number| (0..=9999).contains(number))?;
    Some(sign * (number / 100 * 60 + number % 100))
}
