//! Whether an answer is what a suite expects.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::answer::{Answer, Counts, Miss, Outcome, Verdict};
use super::assertion::{Assertion, Kind};
use super::contained::json_in;
use super::measure::{distance, words};
use super::pattern::Pattern;
use super::schema::{self, Misfit, is_same};
use super::shelf::Shelf;
use super::template::{fill, has_holes};
use super::{ANSWER_BYTES_MAX, DISTANCE_WORK_MAX, Place};

/// Characters of an answer that are shown.
const EXCERPT_CHARS: usize = 80;
/// How many letters may differ where nothing is said.
const DISTANCE_MAX: f64 = 5.0;

/// What an answer is held against.
pub(super) struct Judge<'j> {
    pub answer: &'j Answer,
    pub variables: &'j Map<String, Value>,
    pub shelf: &'j Shelf,
}

/// Whether it is so, and in words what was wanted; or what stands in the way of saying.
type Finding = Result<(bool, String), Stop>;

/// Why nobody can say.
enum Stop {
    /// It is not run.
    NotRun(String),
    /// What is expected makes no sense, which no `not-` turns into a pass.
    Nonsense(String),
}

impl Judge<'_> {
    /// What all assertions of a case come to; `threshold` is the score that is enough.
    pub(super) fn case(
        &self,
        asserts: &[&Assertion],
        threshold: Option<f64>,
        place: &Place,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        if self.answer.text.len() > ANSWER_BYTES_MAX {
            let why = format!(
                "the answer is {} bytes long, and at most {ANSWER_BYTES_MAX} are judged",
                self.answer.text.len()
            );
            outcome.failures.push(miss(place, "", why));
            return outcome;
        }
        let mut tally = Tally::default();
        for assertion in asserts {
            let verdict = self.one(assertion, &mut outcome.assertions);
            tally.add(assertion.weight, &verdict);
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed { why, .. } => {
                    let found = miss(&assertion.place, &assertion.name, why);
                    outcome.failures.push(found);
                }
                Verdict::NotRun(_) if assertion.weight == 0.0 => {}
                Verdict::NotRun(why) => {
                    let found = miss(&assertion.place, &assertion.name, why);
                    outcome.not_run.push(found);
                }
            }
        }
        let Some(threshold) = threshold.filter(|_| !asserts.is_empty()) else {
            return outcome;
        };
        match tally.against(threshold) {
            Some(true) => {
                outcome.failures.clear();
                outcome.not_run.clear();
            }
            Some(false) => {
                let why = format!("scores {:.2}, and {threshold} is needed", tally.lowest());
                outcome.failures.insert(0, miss(place, "", why));
            }
            // Whether the score is reached hangs on what was not run.
            None => outcome.failures.clear(),
        }
        outcome
    }

    fn one(&self, assertion: &Assertion, counts: &mut Counts) -> Verdict {
        if let Kind::Set(members) = &assertion.kind {
            return self.set(assertion, members, counts);
        }
        let verdict = self.plain(assertion);
        counts.add(match verdict {
            Verdict::Passed => Counts {
                passed: 1,
                ..Counts::default()
            },
            Verdict::Failed { .. } => Counts {
                failed: 1,
                ..Counts::default()
            },
            Verdict::NotRun(_) => Counts {
                not_run: 1,
                ..Counts::default()
            },
        });
        verdict
    }

    fn plain(&self, assertion: &Assertion) -> Verdict {
        let verdict = match self.look(assertion) {
            Ok((holds, _)) if holds != assertion.negated => Verdict::Passed,
            Ok((_, wanted)) => {
                let not = if assertion.negated { "not " } else { "" };
                Verdict::failed(format!("expected {not}{wanted}, got {}", self.excerpt()))
            }
            Err(Stop::NotRun(why)) => Verdict::NotRun(why),
            Err(Stop::Nonsense(why)) => Verdict::failed(why),
        };
        match verdict {
            Verdict::Failed { .. } if assertion.weight == 0.0 => Verdict::Passed,
            other => other,
        }
    }

    fn set(&self, set: &Assertion, members: &[Assertion], counts: &mut Counts) -> Verdict {
        let mut tally = Tally::default();
        let (mut failed, mut not_run) = (Vec::new(), Vec::new());
        for member in members {
            let verdict = self.one(member, counts);
            tally.add(member.weight, &verdict);
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed { why, .. } => failed.push(format!("`{}` {why}", member.name)),
                Verdict::NotRun(why) => not_run.push(format!("`{}` {why}", member.name)),
            }
        }
        let enough = match set.threshold {
            Some(threshold) => tally.against(threshold),
            None if !failed.is_empty() => Some(false),
            None if !not_run.is_empty() => None,
            None => Some(true),
        };
        match enough {
            Some(true) => Verdict::Passed,
            None => Verdict::NotRun(not_run.join("; ")),
            Some(false) => {
                let score = tally.lowest();
                let needed = set.threshold.map_or_else(String::new, |threshold| {
                    format!("scores {score:.2}, and {threshold} is needed: ")
                });
                let why = format!("{needed}{}", failed.join("; "));
                Verdict::Failed { why, score }
            }
        }
    }

    fn look(&self, assertion: &Assertion) -> Finding {
        match &assertion.kind {
            Kind::Equals => self.equals(assertion),
            Kind::Contains { fold } => {
                let part = self.text(assertion)?;
                let wanted = format!("to contain {}", quoted(&part));
                Ok((self.holds(&part, *fold), wanted))
            }
            Kind::ContainsAll { fold } => {
                let parts = self.texts(assertion)?;
                let missing: Vec<&str> = parts
                    .iter()
                    .map(String::as_str)
                    .filter(|part| !self.holds(part, *fold))
                    .collect();
                let named = if assertion.negated {
                    listed(&parts)
                } else {
                    listed(&missing)
                };
                Ok((missing.is_empty(), format!("to contain all of {named}")))
            }
            Kind::ContainsAny { fold } => {
                let parts = self.texts(assertion)?;
                let found = parts.iter().any(|part| self.holds(part, *fold));
                Ok((found, format!("to contain one of {}", listed(&parts))))
            }
            Kind::StartsWith => {
                let part = self.text(assertion)?;
                let wanted = format!("to start with {}", quoted(&part));
                Ok((self.answer.text.starts_with(&*part), wanted))
            }
            Kind::EndsWith => {
                let part = self.text(assertion)?;
                let wanted = format!("to end with {}", quoted(&part));
                Ok((self.answer.text.ends_with(&*part), wanted))
            }
            Kind::Regex => self.regex(assertion),
            Kind::IsJson => self.is_json(assertion),
            Kind::ContainsJson => self.contains_json(assertion),
            Kind::Levenshtein => self.near(assertion),
            Kind::WordCount => {
                let count = words(&self.answer.text);
                self.counted(assertion, count, "words")
            }
            Kind::CharacterCount => {
                let count = self.answer.text.chars().count();
                self.counted(assertion, count, "characters")
            }
            Kind::Cost => at_most(assertion, self.answer.cost, "cost"),
            Kind::Latency => at_most(assertion, self.answer.latency_ms, "milliseconds"),
            Kind::FinishReason => {
                let wanted = self.text(assertion)?;
                let Some(reason) = &self.answer.finish_reason else {
                    return Err(Stop::NotRun(
                        "needs an answer that says why it ended".to_owned(),
                    ));
                };
                let same = reason.eq_ignore_ascii_case(&wanted);
                let wanted = format!(
                    "to end because of {}, not {}",
                    quoted(&wanted),
                    quoted(reason)
                );
                Ok((same, wanted))
            }
            Kind::Elsewhere(need) => Err(Stop::NotRun(need.reason().to_owned())),
            Kind::Set(_) => Err(Stop::Nonsense("is a set inside of a set".to_owned())),
        }
    }

    fn equals(&self, assertion: &Assertion) -> Finding {
        let value = self.value(assertion)?;
        let same = match &*value {
            Value::Array(_) | Value::Object(_) => serde_json::from_str(&self.answer.text)
                .is_ok_and(|own: Value| is_same(&own, &value)),
            plain => self.answer.text == plain_text(plain),
        };
        Ok((same, format!("to equal {}", quoted(&plain_text(&value)))))
    }

    fn regex(&self, assertion: &Assertion) -> Finding {
        let text = self.text(assertion)?;
        let pattern = match &assertion.value {
            Value::String(own) if *own == *text => {
                Cow::Borrowed(assertion.pattern.get_or_init(|| Pattern::new(&text)))
            }
            _ => Cow::Owned(Pattern::new(&text)),
        };
        match &*pattern {
            Pattern::Ready(regex) => {
                let wanted = format!("to match {}", quoted(&text));
                Ok((regex.is_match(&self.answer.text), wanted))
            }
            Pattern::Invalid(why) => Err(Stop::Nonsense(format!(
                "{} is not a regular expression: {why}",
                quoted(&text)
            ))),
            Pattern::Elsewhere(why) => Err(Stop::NotRun((*why).to_owned())),
        }
    }

    fn is_json(&self, assertion: &Assertion) -> Finding {
        let Ok(own) = serde_json::from_str::<Value>(&self.answer.text) else {
            return Ok((false, "to be JSON".to_owned()));
        };
        let Some(schema) = self.schema(assertion)? else {
            return Ok((true, "to be JSON".to_owned()));
        };
        match schema::check(&own, &schema) {
            Ok(()) => Ok((true, "to be JSON that fits the schema".to_owned())),
            Err(Misfit::Value(why)) => {
                Ok((false, format!("to be JSON that fits the schema ({why})")))
            }
            Err(Misfit::Schema(why)) => Err(Stop::NotRun(format!("its schema {why}"))),
        }
    }

    fn contains_json(&self, assertion: &Assertion) -> Finding {
        let found = json_in(&self.answer.text);
        let schema = match self.schema(assertion)? {
            Some(schema) if !found.is_empty() => schema,
            _ => return Ok((!found.is_empty(), "to contain JSON".to_owned())),
        };
        let mut first = String::new();
        for own in &found {
            match schema::check(own, &schema) {
                Ok(()) => return Ok((true, "to contain JSON that fits the schema".to_owned())),
                Err(Misfit::Value(why)) if first.is_empty() => first = why,
                Err(Misfit::Value(_)) => {}
                Err(Misfit::Schema(why)) => {
                    return Err(Stop::NotRun(format!("its schema {why}")));
                }
            }
        }
        let wanted = format!("to contain JSON that fits the schema ({first})");
        Ok((false, wanted))
    }

    fn near(&self, assertion: &Assertion) -> Finding {
        let wanted = self.text(assertion)?;
        let limit = assertion.threshold.filter(|limit| *limit != 0.0);
        let limit = limit.unwrap_or(DISTANCE_MAX);
        let Some(differ) = distance(&self.answer.text, &wanted) else {
            return Err(Stop::NotRun(format!(
                "compares texts whose lengths multiply to more than {DISTANCE_WORK_MAX}"
            )));
        };
        let said = format!(
            "at most {limit} letters to differ from {} (it is {differ})",
            quoted(&wanted)
        );
        Ok((as_number(differ) <= limit, said))
    }

    fn counted(&self, assertion: &Assertion, count: usize, what: &str) -> Finding {
        let value = self.value(assertion)?;
        let number = |value: &Value| match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        let own = as_number(count);
        if let Some(fields) = value.as_object() {
            let limit = |name: &str| fields.get(name).and_then(number);
            let (least, most) = (limit("min"), limit("max"));
            if least.is_none() && most.is_none() {
                return Err(Stop::Nonsense("needs `min`, `max` or both".to_owned()));
            }
            let fine =
                least.is_none_or(|least| own >= least) && most.is_none_or(|most| own <= most);
            let limits = [
                least.map(|n| format!("at least {n}")),
                most.map(|n| format!("at most {n}")),
            ];
            let limits: Vec<String> = limits.into_iter().flatten().collect();
            return Ok((
                fine,
                format!("{} {what} (it has {count})", limits.join(" and ")),
            ));
        }
        match number(&value) {
            Some(wanted) => {
                let same = (own - wanted).abs() < f64::EPSILON;
                Ok((same, format!("{wanted} {what} (it has {count})")))
            }
            None => Err(Stop::Nonsense(
                "needs a number, or `min` and `max`".to_owned(),
            )),
        }
    }

    fn holds(&self, part: &str, fold: bool) -> bool {
        if fold {
            self.answer
                .text
                .to_lowercase()
                .contains(&part.to_lowercase())
        } else {
            self.answer.text.contains(part)
        }
    }

    /// The JSON Schema an assertion names, where it names one; texts hold YAML.
    fn schema(&self, assertion: &Assertion) -> Result<Option<Value>, Stop> {
        let value = self.value(assertion)?;
        match &*value {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            Value::String(text) => crate::library::yaml_to_json(text)
                .map(Some)
                .map_err(|why| Stop::Nonsense(format!("its schema is not YAML: {why}"))),
            other => Ok(Some(other.clone())),
        }
    }

    /// What is expected, variables filled in and files read.
    fn value<'v>(&'v self, assertion: &'v Assertion) -> Result<Cow<'v, Value>, Stop> {
        self.filled(&assertion.value)
    }

    fn filled<'v>(&'v self, value: &'v Value) -> Result<Cow<'v, Value>, Stop> {
        match value {
            Value::String(text) if text.starts_with("file://") => {
                let found = self.shelf.value(text).map_err(Stop::NotRun)?;
                Ok(Cow::Borrowed(found))
            }
            Value::String(text) if has_holes(text) => {
                let filled = fill(text, self.variables).map_err(Stop::NotRun)?;
                Ok(Cow::Owned(filled.into()))
            }
            Value::Array(items) => {
                let items: Result<Vec<Value>, Stop> = items
                    .iter()
                    .map(|item| self.filled(item).map(Cow::into_owned))
                    .collect();
                Ok(Cow::Owned(items?.into()))
            }
            other => Ok(Cow::Borrowed(other)),
        }
    }

    fn text<'v>(&'v self, assertion: &'v Assertion) -> Result<Cow<'v, str>, Stop> {
        let text = match self.value(assertion)? {
            Cow::Borrowed(Value::String(text)) => Cow::Borrowed(text.as_str()),
            Cow::Owned(Value::String(text)) => Cow::Owned(text),
            value if value.is_number() || value.is_boolean() => Cow::Owned(value.to_string()),
            _ => return Err(Stop::Nonsense("needs a text as its `value`".to_owned())),
        };
        if text.is_empty() {
            return Err(Stop::Nonsense(
                "has an empty text as its `value`".to_owned(),
            ));
        }
        Ok(text)
    }

    /// A list of texts; a single text holds them between commas.
    fn texts(&self, assertion: &Assertion) -> Result<Vec<String>, Stop> {
        let texts: Vec<String> = match &*self.value(assertion)? {
            Value::Array(items) => items
                .iter()
                .map(|item| plain_text(item).into_owned())
                .collect(),
            Value::String(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            _ => Vec::new(),
        };
        if texts.is_empty() || texts.iter().any(String::is_empty) {
            return Err(Stop::Nonsense(
                "needs a list of texts as its `value`".to_owned(),
            ));
        }
        Ok(texts)
    }

    fn excerpt(&self) -> String {
        quoted(&self.answer.text)
    }
}

/// Scores by weight, and what they might still become.
#[derive(Default)]
struct Tally {
    weight: f64,
    score: f64,
    unknown: f64,
}

impl Tally {
    fn add(&mut self, weight: f64, verdict: &Verdict) {
        self.weight += weight;
        match verdict {
            Verdict::Passed => self.score += weight,
            Verdict::Failed { score, .. } => self.score += weight * score,
            Verdict::NotRun(_) => self.unknown += weight,
        }
    }

    fn share(&self, sum: f64) -> f64 {
        if self.weight > 0.0 {
            sum / self.weight
        } else {
            0.0
        }
    }

    fn lowest(&self) -> f64 {
        self.share(self.score)
    }

    /// Whether the threshold is reached whatever was not run would say; nothing where it hangs on that.
    fn against(&self, threshold: f64) -> Option<bool> {
        if self.lowest() >= threshold {
            return Some(true);
        }
        (self.share(self.score + self.unknown) < threshold).then_some(false)
    }
}

fn miss(place: &Place, kind: &str, why: String) -> Miss {
    Miss {
        place: place.clone(),
        kind: kind.to_owned(),
        why,
    }
}

fn at_most(assertion: &Assertion, own: Option<f64>, what: &str) -> Finding {
    let Some(limit) = assertion.threshold else {
        return Err(Stop::Nonsense("needs a `threshold`".to_owned()));
    };
    let Some(own) = own else {
        return Err(Stop::NotRun(format!(
            "needs an answer whose {what} are known"
        )));
    };
    Ok((
        own <= limit,
        format!("at most {limit} {what} (it is {own})"),
    ))
}

#[expect(clippy::cast_precision_loss, reason = "no text is that long")]
fn as_number(count: usize) -> f64 {
    count as f64
}

/// A value as promptfoo makes text of it.
pub(super) fn plain_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// The beginning of a text between quotation marks, on one line.
pub(super) fn quoted(text: &str) -> String {
    let line: String = text.chars().take(EXCERPT_CHARS).collect();
    let line = line.replace('\n', "⏎").replace('\r', "");
    match text.chars().count() {
        0 => "nothing".to_owned(),
        count if count > EXCERPT_CHARS => format!("“{line}…” ({count} characters)"),
        _ => format!("“{line}”"),
    }
}

fn listed<T: AsRef<str>>(texts: &[T]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    quoted.join(", ")
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
