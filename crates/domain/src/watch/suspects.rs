//! What changed just before a series fell: what may be behind it, the likeliest first.
//!
//! Nearness in time proves nothing; the order is a help for whoever looks, and says so.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::lag::HOUR_SECONDS;
use super::series::Found;
use super::tally::Subject;
use crate::calendar::{DAY_SECONDS, day};
use crate::id::Time;

/// Days before the earliest possible day of the change in which something is still a suspect.
const LEAD_DAYS: i64 = 7;
/// Days after which something is half as suspicious.
const HALF_LIFE_DAYS: f64 = 2.0;
/// The same where the change is known to the hour.
const LEAD_DAYS_BY_HOUR: i64 = 2;
const HALF_LIFE_DAYS_BY_HOUR: f64 = 0.25;
/// Suspects told of one regression.
const SUSPECTS_MAX: usize = 8;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HappenedKind {
    /// A release went live for everybody.
    WentLive,
    /// A release was taken back.
    RolledBack,
    /// A rollout began to let people in.
    RolloutStarted,
    /// A rollout ended with the new release for everybody.
    RolloutFinished,
    /// A version was saved in the library; it acts when a release takes it along.
    Saved,
}

impl HappenedKind {
    /// How much it can have to do with what people got.
    fn weight(self) -> f64 {
        match self {
            Self::WentLive | Self::RolledBack | Self::RolloutFinished => 1.0,
            Self::RolloutStarted => 0.6,
            Self::Saved => 0.35,
        }
    }
}

/// A prompt that was different afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// The prompt.
    pub prompt: String,
    /// The version before, where there was one.
    pub from: Option<i64>,
    /// The version after, where there is one.
    pub to: Option<i64>,
}

/// Something that happened in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// What kind of thing.
    pub kind: HappenedKind,
    /// When.
    pub at: Time,
    /// Who did it.
    pub by: String,
    /// In a few words: the note of a release, the title of a rollout, the subject of a version.
    pub title: String,
    /// What it points to, e.g. `release:4`, `rollout:R-2`, a commit's id.
    pub target: String,
    /// The prompts that were different afterwards.
    pub touched: Vec<Touched>,
}

/// Something that may be behind a regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// What happened.
    pub happened: Happened,
    /// Days between it and the first day that is different; negative where it came after.
    pub days_before: f64,
    /// Whether it changed the very prompt that the series is about.
    pub reaches: bool,
    /// What the order rests on, from 0 to 1.
    pub score: f64,
}

/// When a change began, as seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Began {
    first: i64,
    earliest: i64,
    until: i64,
    lead_days: i64,
    half_life_days: f64,
}

impl Began {
    /// Where it is known to the day.
    pub fn on(first: i64, between: (i64, i64)) -> Self {
        Self {
            first: first * DAY_SECONDS,
            earliest: between.0 * DAY_SECONDS,
            until: (between.1 + 1) * DAY_SECONDS,
            lead_days: LEAD_DAYS,
            half_life_days: HALF_LIFE_DAYS,
        }
    }

    /// As it was found: by the hour, or by the day.
    pub fn of(found: &Found) -> Self {
        match found.hours {
            None => Self::on(found.day, found.between),
            Some(span) => Self {
                first: span.first * HOUR_SECONDS,
                earliest: span.between.0 * HOUR_SECONDS,
                until: (span.between.1 + 1) * HOUR_SECONDS,
                lead_days: LEAD_DAYS_BY_HOUR,
                half_life_days: HALF_LIFE_DAYS_BY_HOUR,
            },
        }
    }
}

/// Everything that happened shortly before the change or within the time in which it may have begun,
/// the likeliest first.
pub fn suspects(subject: &Subject, began: Began, happened: &[Happened]) -> Vec<Suspect> {
    let from = Time::from_seconds(began.earliest - began.lead_days * DAY_SECONDS);
    let until = Time::from_seconds(began.until);
    let near = happened
        .iter()
        .filter(|one| from <= one.at && one.at < until);
    let mut found: Vec<Suspect> = near.map(|one| suspect(subject, began, one)).collect();
    found.retain(|one| one.score > 0.01);
    found.sort_by(|a, b| {
        (b.score.total_cmp(&a.score)).then_with(|| b.happened.at.cmp(&a.happened.at))
    });
    found.truncate(SUSPECTS_MAX);
    found
}

fn suspect(subject: &Subject, began: Began, one: &Happened) -> Suspect {
    let days = |seconds: i64| {
        #[expect(clippy::cast_precision_loss, reason = "a few days of seconds")]
        let seconds = seconds as f64;
        seconds / 86_400.0
    };
    let days_before = days(began.first - one.at.seconds());
    // No distance to whatever lies within the time in which it may have begun.
    let outside = days(began.earliest - one.at.seconds()).max(0.0);
    let offset = if outside > 0.0 {
        outside
    } else {
        days_before.abs() / 4.0
    };
    let (reaches, reach) = reach(subject, one);
    Suspect {
        happened: one.clone(),
        days_before,
        reaches,
        score: one.kind.weight() * reach * (-offset / began.half_life_days).exp2(),
    }
}

/// Whether it changed what the series is about, and how much that counts.
fn reach(subject: &Subject, one: &Happened) -> (bool, f64) {
    match subject {
        Subject::Prompt(prompt) => {
            let hit = one.touched.iter().any(|touched| touched.prompt == *prompt);
            (hit, if hit { 1.0 } else { 0.1 })
        }
        Subject::Channel(channel) => {
            let own = format!("{channel}/");
            let hit = one
                .touched
                .iter()
                .any(|touched| touched.prompt.starts_with(&own));
            (hit, if hit { 0.9 } else { 0.3 })
        }
        Subject::Everything => (!one.touched.is_empty(), 0.7),
    }
}

/// The likeliest one in a sentence, or that there is none.
pub fn told(subject: &Subject, suspects: &[Suspect]) -> String {
    let Some(first) = suspects.first() else {
        return "Nothing that Variorum knows of changed just before. Look outside: prices, seasons, tracking, \
                another system."
            .to_owned();
    };
    let one = &first.happened;
    let what = match one.kind {
        HappenedKind::WentLive => "went live",
        HappenedKind::RolledBack => "was restored",
        HappenedKind::RolloutStarted => "began to be tried",
        HappenedKind::RolloutFinished => "was rolled out to everybody",
        HappenedKind::Saved => "was saved",
    };
    let title = if one.title.is_empty() {
        one.target.clone()
    } else {
        format!("“{}”", one.title)
    };
    let mut text = format!(
        "Just before this fell, {title} {what} on {} ({}).",
        day(one.at),
        one.by
    );
    let own = one.touched.iter().find(|touched| match subject {
        Subject::Prompt(prompt) => touched.prompt == *prompt,
        Subject::Channel(channel) => touched.prompt.starts_with(&format!("{channel}/")),
        Subject::Everything => true,
    });
    if let Some(own) = own {
        let version = |version: Option<i64>| {
            version.map_or_else(
                || "nothing".to_owned(),
                |version| format!("version {version}"),
            )
        };
        // Writing into a String cannot fail.
        let _ = write!(
            text,
            " It changed `{}` from {} to {}.",
            own.prompt,
            version(own.from),
            version(own.to)
        );
    } else {
        text.push_str(" It did not change this prompt itself.");
    }
    text.push_str(" Nearness in time is a hint and no proof; an experiment would tell.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happened(kind: HappenedKind, day: i64, prompt: &str) -> Happened {
        Happened {
            kind,
            at: Time::from_seconds(day * DAY_SECONDS + 3_600),
            by: "Mara".into(),
            title: format!("{prompt} on {day}"),
            target: format!("release:{day}"),
            touched: vec![Touched {
                prompt: prompt.into(),
                from: Some(3),
                to: Some(4),
            }],
        }
    }

    #[test]
    fn what_changed_the_prompt_itself_just_before_comes_first() {
        let subject = Subject::Prompt("email/welcome".into());
        let all = [
            happened(HappenedKind::WentLive, 99, "email/other"),
            happened(HappenedKind::WentLive, 98, "email/welcome"),
            happened(HappenedKind::Saved, 99, "email/welcome"),
            happened(HappenedKind::WentLive, 80, "email/welcome"),
            happened(HappenedKind::WentLive, 103, "email/welcome"),
        ];
        let found = suspects(&subject, Began::on(100, (99, 101)), &all);
        let order: Vec<&str> = found
            .iter()
            .map(|one| one.happened.target.as_str())
            .collect();
        assert_eq!(order, ["release:98", "release:99", "release:99"]);
        assert!(found[0].reaches && found[1].reaches && !found[2].reaches);
        assert_eq!(found[1].happened.kind, HappenedKind::Saved);
        let text = told(&subject, &found);
        assert!(
            text.contains("“email/welcome on 98” went live on 1970-04-09 (Mara)."),
            "{text}"
        );
        assert!(text.contains("from version 3 to version 4"), "{text}");
        assert!(text.contains("no proof"), "{text}");
    }

    #[test]
    fn where_nothing_happened_it_says_so() {
        let found = suspects(&Subject::Everything, Began::on(100, (98, 100)), &[]);
        assert!(found.is_empty());
        assert!(told(&Subject::Everything, &found).starts_with("Nothing that Variorum knows of"));
    }

    #[test]
    fn known_to_the_hour_the_hour_before_outweighs_the_day_before() {
        let subject = Subject::Prompt("email/welcome".into());
        let at = |hour: i64| Happened {
            at: Time::from_seconds(hour * HOUR_SECONDS),
            target: format!("release:{hour}"),
            ..happened(HappenedKind::WentLive, 99, "email/welcome")
        };
        let began = Began {
            first: 2_400 * HOUR_SECONDS,
            earliest: 2_399 * HOUR_SECONDS,
            until: 2_402 * HOUR_SECONDS,
            lead_days: LEAD_DAYS_BY_HOUR,
            half_life_days: HALF_LIFE_DAYS_BY_HOUR,
        };
        let all = [at(2_376), at(2_398), at(2_330), at(2_405)];
        let found = suspects(&subject, began, &all);
        let order: Vec<&str> = found
            .iter()
            .map(|one| one.happened.target.as_str())
            .collect();
        assert_eq!(order, ["release:2398", "release:2376"]);
        assert!(found[0].score > 8.0 * found[1].score, "{found:?}");
    }
}
