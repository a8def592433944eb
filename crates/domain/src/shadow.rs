//! What a new release would have answered, beside what was answered: how a rollout in the shadow is
//! counted. Nobody gets the new release, so no KPI is moved by it.

use std::collections::BTreeMap;

use crate::id::Time;

/// Texts kept side by side of one prompt.
pub const SAMPLES_PER_PROMPT_MAX: usize = 3;
/// Texts kept side by side of one rollout.
pub const SAMPLES_MAX: usize = 60;
/// Characters kept of a text.
pub const SAMPLE_CHARS_MAX: usize = 4_000;
/// Names of missing variables that are told apart for one prompt in one round of counting.
const MISSING_NAMES_MAX: usize = 50;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Requests that were filled in twice.
    Compared,
    /// The same text, model and parameters.
    Same,
    /// Another text.
    TextDiffers,
    /// Another model or other parameters.
    SettingsDiffer,
    /// The new release has no such prompt.
    Absent,
    /// A variable that the new prompt requires was not sent; by its name.
    Missing,
    /// The new prompt could not be filled in, for another reason.
    Failed,
    /// Characters of the old texts, where there was a new one.
    OldCharacters,
    /// Characters of the new texts.
    NewCharacters,
    /// Requests that were not compared, because too many came at once.
    PassedOver,
}

impl Measure {
    const ALL: [Self; 10] = [
        Self::Compared,
        Self::Same,
        Self::TextDiffers,
        Self::SettingsDiffer,
        Self::Absent,
        Self::Missing,
        Self::Failed,
        Self::OldCharacters,
        Self::NewCharacters,
        Self::PassedOver,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Compared => "compared",
            Self::Same => "same",
            Self::TextDiffers => "text-differs",
            Self::SettingsDiffer => "settings-differ",
            Self::Absent => "absent",
            Self::Missing => "missing",
            Self::Failed => "failed",
            Self::OldCharacters => "old-characters",
            Self::NewCharacters => "new-characters",
            Self::PassedOver => "passed-over",
        }
    }

    /// The measure of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// A prompt, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// All messages as one text, with their roles.
    pub text: String,
    /// Model and parameters.
    pub settings: String,
}

/// What the new release would have answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This.
    Filled(Filled),
    /// Nothing: it has no such prompt.
    Absent,
    /// Nothing: these variables were not sent.
    Missing(Vec<String>),
    /// Nothing: the prompt could not be filled in.
    Failed,
}

/// One number: of a prompt, what is counted, which variable, how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The prompt.
    pub prompt: String,
    /// What is counted.
    pub measure: Measure,
    /// The name of a missing variable, else empty.
    pub name: String,
    /// How often.
    pub count: i64,
}

/// Two texts side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The prompt.
    pub prompt: String,
    /// When.
    pub at: Time,
    /// For which unit; empty where none was named.
    pub unit: String,
    /// What was live.
    pub old: String,
    /// What the new release would have said.
    pub new: String,
}

impl Sample {
    /// Two texts that differ, cut to what is kept.
    pub fn new(prompt: &str, at: Time, unit: &str, old: &str, new: &str) -> Self {
        let cut = |text: &str| text.chars().take(SAMPLE_CHARS_MAX).collect();
        Self {
            prompt: prompt.to_owned(),
            at,
            unit: unit.to_owned(),
            old: cut(old),
            new: cut(new),
        }
    }
}

/// Numbers of one rollout, prompt by prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(String, Measure, String), i64>);

impl Counts {
    /// Counts one request. Says whether the texts differ.
    pub fn add(&mut self, prompt: &str, old: &Filled, new: &Answer) -> bool {
        self.put(prompt, Measure::Compared, "", 1);
        let new = match new {
            Answer::Filled(new) => new,
            Answer::Absent => {
                self.put(prompt, Measure::Absent, "", 1);
                return false;
            }
            Answer::Missing(names) => {
                for name in names.iter().take(MISSING_NAMES_MAX) {
                    self.put(prompt, Measure::Missing, name, 1);
                }
                self.put(prompt, Measure::Failed, "", 1);
                return false;
            }
            Answer::Failed => {
                self.put(prompt, Measure::Failed, "", 1);
                return false;
            }
        };
        let (differs, moved) = (old.text != new.text, old.settings != new.settings);
        if differs {
            self.put(prompt, Measure::TextDiffers, "", 1);
        }
        if moved {
            self.put(prompt, Measure::SettingsDiffer, "", 1);
        }
        if !differs && !moved {
            self.put(prompt, Measure::Same, "", 1);
        }
        self.put(prompt, Measure::OldCharacters, "", characters(&old.text));
        self.put(prompt, Measure::NewCharacters, "", characters(&new.text));
        differs
    }

    /// Counts a request that was not compared.
    pub fn pass_over(&mut self, prompt: &str, requests: i64) {
        self.put(prompt, Measure::PassedOver, "", requests);
    }

    fn put(&mut self, prompt: &str, measure: Measure, name: &str, count: i64) {
        let key = (prompt.to_owned(), measure, name.to_owned());
        *self.0.entry(key).or_default() += count;
    }

    /// As they are kept.
    pub fn rows(&self) -> Vec<Count> {
        let row = |((prompt, measure, name), count): (&(String, Measure, String), &i64)| Count {
            prompt: prompt.clone(),
            measure: *measure,
            name: name.clone(),
            count: *count,
        };
        self.0.iter().map(row).collect()
    }

    /// From what is kept.
    pub fn of(rows: &[Count]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.put(&row.prompt, row.measure, &row.name, row.count);
        }
        counts
    }

    /// A number of one prompt.
    pub fn get(&self, prompt: &str, measure: Measure) -> i64 {
        let key = (prompt.to_owned(), measure, String::new());
        self.0.get(&key).copied().unwrap_or(0)
    }

    /// A number over all prompts.
    pub fn total(&self, measure: Measure) -> i64 {
        let own = self.0.iter().filter(|((_, one, _), _)| *one == measure);
        own.map(|(_, count)| count).sum()
    }

    /// The prompts that were asked for, those with the most requests first.
    pub fn prompts(&self) -> Vec<String> {
        let mut prompts: Vec<String> = self.0.keys().map(|(prompt, ..)| prompt.clone()).collect();
        prompts.dedup();
        prompts.sort_by_key(|prompt| std::cmp::Reverse(self.get(prompt, Measure::Compared)));
        prompts
    }

    /// The variables of a prompt that were not sent, and how often.
    pub fn missing(&self, prompt: &str) -> Vec<(String, i64)> {
        let own = self
            .0
            .iter()
            .filter(|((of, measure, _), _)| of == prompt && *measure == Measure::Missing);
        own.map(|((_, _, name), count)| (name.clone(), *count))
            .collect()
    }
}

fn characters(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, settings: &str) -> Filled {
        Filled {
            text: text.into(),
            settings: settings.into(),
        }
    }

    #[test]
    fn each_request_is_counted_by_what_differs() {
        let old = filled("Hello", "m");
        let mut counts = Counts::default();
        let rows = [
            (Answer::Filled(filled("Hello", "m")), false),
            (Answer::Filled(filled("Héllo!", "m")), true),
            (Answer::Filled(filled("Hello", "n")), false),
            (Answer::Filled(filled("Bye", "n")), true),
            (Answer::Absent, false),
            (Answer::Missing(vec!["name".into(), "town".into()]), false),
            (Answer::Failed, false),
        ];
        for (new, differs) in rows {
            assert_eq!(counts.add("a", &old, &new), differs, "{new:?}");
        }
        counts.add("b", &old, &Answer::Absent);
        counts.pass_over("b", 4);
        let of = |measure| counts.get("a", measure);
        assert_eq!(
            [
                of(Measure::Compared),
                of(Measure::Same),
                of(Measure::TextDiffers),
                of(Measure::SettingsDiffer),
                of(Measure::Absent),
                of(Measure::Failed),
                of(Measure::OldCharacters),
                of(Measure::NewCharacters),
            ],
            [7, 1, 2, 2, 1, 2, 20, 19]
        );
        assert_eq!(
            counts.missing("a"),
            [("name".to_owned(), 1), ("town".to_owned(), 1)]
        );
        assert_eq!(counts.total(Measure::PassedOver), 4);
        assert_eq!(counts.prompts(), ["a", "b"]);
        assert_eq!(Counts::of(&counts.rows()), counts, "kept and read again");
    }

    #[test]
    fn every_measure_has_a_name_of_its_own() {
        for measure in Measure::ALL {
            assert_eq!(Measure::from_name(measure.name()), Some(measure));
        }
        assert_eq!(Measure::from_name("unheard"), None);
    }

    #[test]
    fn a_sample_is_cut() {
        let long = "é".repeat(SAMPLE_CHARS_MAX + 1);
        let sample = Sample::new("a", Time(1), "u", &long, "short");
        assert_eq!(sample.old.chars().count(), SAMPLE_CHARS_MAX);
        assert_eq!(sample.new, "short");
    }
}
