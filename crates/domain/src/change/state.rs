//! The life of a change: opened, edited, brought in, given up, taken up again.

use super::{Change, ChangeError, ChangeStatus, Closing, Merged, Owed, Who};
use crate::id::{ChangeNumber, Time};
use crate::limits::{RECORD_FIELD_CHARS_MAX, REVIEW_OWED_HOURS, SUBJECT_CHARS_MAX};
use crate::record::ChangeRecord;

/// What a new change is told.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// Its number.
    pub number: ChangeNumber,
    /// The draft it brings in.
    pub draft: String,
    /// One line.
    pub title: String,
    /// More, where needed.
    pub summary: String,
    /// Why, and what is expected.
    pub record: ChangeRecord,
    /// Who opens it.
    pub author: Who,
    /// When.
    pub at: Time,
    /// Who is asked to review it.
    pub asked: Vec<Who>,
}

/// What is edited; what is not given stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// One line.
    pub title: Option<String>,
    /// More.
    pub summary: Option<String>,
    /// Why, and what is expected.
    pub record: Option<ChangeRecord>,
    /// Who is asked to review it.
    pub asked: Option<Vec<Who>>,
}

impl Change {
    /// Opens a change.
    pub fn open(new: NewChange) -> Result<Self, ChangeError> {
        check_texts(&new.title, &new.summary, &new.record)?;
        Ok(Self {
            number: new.number,
            draft: new.draft,
            title: new.title.trim().to_owned(),
            summary: new.summary,
            record: new.record,
            author: new.author,
            status: ChangeStatus::Open,
            opened_at: new.at,
            asked: new.asked,
            merged: None,
            closed: None,
            owed: None,
            revision: 1,
        })
    }

    /// Changes its texts.
    pub fn edit(&mut self, edit: Edit) -> Result<(), ChangeError> {
        self.must_be_open("edited")?;
        let title = edit.title.unwrap_or_else(|| self.title.clone());
        let summary = edit.summary.unwrap_or_else(|| self.summary.clone());
        let record = edit.record.unwrap_or_else(|| self.record.clone());
        check_texts(&title, &summary, &record)?;
        title.trim().clone_into(&mut self.title);
        self.summary = summary;
        self.record = record;
        self.asked = edit
            .asked
            .unwrap_or_else(|| std::mem::take(&mut self.asked));
        self.revision += 1;
        Ok(())
    }

    /// It is in the library.
    pub fn merge(&mut self, merged: Merged) -> Result<(), ChangeError> {
        self.must_be_open("published")?;
        self.status = ChangeStatus::Merged;
        self.merged = Some(merged);
        self.revision += 1;
        Ok(())
    }

    /// It went live in an emergency: somebody else must look at it soon.
    pub fn merge_in_emergency(&mut self, merged: Merged, reason: &str) -> Result<(), ChangeError> {
        if reason.trim().is_empty() {
            return Err(ChangeError::Reason);
        }
        let by = merged.at.plus_seconds(REVIEW_OWED_HOURS * 3_600);
        self.merge(merged)?;
        self.owed = Some(Owed {
            by,
            reason: reason.to_owned(),
            done_at: None,
            done_by: None,
        });
        Ok(())
    }

    /// Whether a review is owed that nobody gave yet.
    pub fn owes_review(&self) -> bool {
        self.owed
            .as_ref()
            .is_some_and(|owed| owed.done_at.is_none())
    }

    /// Somebody else looked at what went live in an emergency.
    pub fn pay_review(&mut self, who: Who, at: Time) -> Result<(), ChangeError> {
        let published_by = self.merged.as_ref().map(|merged| merged.by.id);
        if self.author.id == who.id || published_by == Some(who.id) {
            return Err(ChangeError::OwnChange("review"));
        }
        let number = self.number;
        let owed = self.owed.as_mut().filter(|owed| owed.done_at.is_none());
        let owed = owed.ok_or(ChangeError::NothingOwed(number))?;
        owed.done_at = Some(at);
        owed.done_by = Some(who);
        self.revision += 1;
        Ok(())
    }

    /// Gives it up.
    pub fn close(&mut self, closing: Closing) -> Result<(), ChangeError> {
        self.must_be_open("closed")?;
        self.status = ChangeStatus::Closed;
        self.closed = Some(closing);
        self.revision += 1;
        Ok(())
    }

    /// Takes it up again.
    pub fn reopen(&mut self) -> Result<(), ChangeError> {
        if self.status != ChangeStatus::Closed {
            return Err(self.cannot_be("opened again"));
        }
        self.status = ChangeStatus::Open;
        self.closed = None;
        self.revision += 1;
        Ok(())
    }

    /// Fails unless it is open.
    pub fn must_be_open(&self, wanted: &'static str) -> Result<(), ChangeError> {
        if self.status == ChangeStatus::Open {
            Ok(())
        } else {
            Err(self.cannot_be(wanted))
        }
    }

    fn cannot_be(&self, wanted: &'static str) -> ChangeError {
        ChangeError::Status {
            number: self.number,
            is: self.status.name(),
            wanted,
        }
    }
}

fn check_texts(title: &str, summary: &str, record: &ChangeRecord) -> Result<(), ChangeError> {
    let count = title.chars().count();
    if title.trim().is_empty() || count > SUBJECT_CHARS_MAX || title.contains(['\0', '\n']) {
        return Err(ChangeError::Title);
    }
    let texts = record.fields().into_iter().chain([("Summary", summary)]);
    for (field, text) in texts {
        if text.chars().count() > RECORD_FIELD_CHARS_MAX || text.contains('\0') {
            return Err(ChangeError::TooLong(field));
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::id::{ActorId, Oid};

    pub(crate) fn who(id: i64) -> Who {
        Who {
            id: ActorId(id),
            name: format!("Person {id}"),
            email: format!("p{id}@acme.example"),
        }
    }

    pub(crate) fn change() -> Change {
        Change::open(NewChange {
            number: ChangeNumber(7),
            draft: "campaign/autumn".into(),
            title: "Autumn texts".into(),
            summary: String::new(),
            record: ChangeRecord::default(),
            author: who(1),
            at: Time(0),
            asked: Vec::new(),
        })
        .unwrap()
    }

    fn merged(by: i64) -> Merged {
        Merged {
            commit: Oid([1; 20]),
            head: Oid([2; 20]),
            at: Time(0),
            by: who(by),
        }
    }

    fn closing() -> Closing {
        Closing {
            at: Time(0),
            by: who(1),
            reason: String::new(),
        }
    }

    #[test]
    fn table_of_ways_between_states() {
        type Step = fn(&mut Change) -> Result<(), ChangeError>;
        let steps: [(&str, Step); 5] = [
            ("edit", |change| change.edit(Edit::default())),
            ("merge", |change| change.merge(merged(2))),
            ("close", |change| change.close(closing())),
            ("reopen", Change::reopen),
            ("emergency", |change| {
                change.merge_in_emergency(merged(2), "wrong price")
            }),
        ];
        let allowed = |status, step: &str| match status {
            ChangeStatus::Open => step != "reopen",
            ChangeStatus::Closed => step == "reopen",
            ChangeStatus::Merged => false,
        };
        for status in [
            ChangeStatus::Open,
            ChangeStatus::Closed,
            ChangeStatus::Merged,
        ] {
            for (name, step) in steps {
                let mut change = change();
                change.status = status;
                assert_eq!(
                    step(&mut change).is_ok(),
                    allowed(status, name),
                    "{status:?} {name}"
                );
            }
        }
    }

    #[test]
    fn an_emergency_owes_a_review_by_somebody_else() {
        let mut change = change();
        assert_eq!(
            change.merge_in_emergency(merged(2), " "),
            Err(ChangeError::Reason)
        );
        change.merge_in_emergency(merged(2), "wrong price").unwrap();
        assert_eq!(
            change.owed.as_ref().unwrap().by,
            Time(0).plus_seconds(86_400)
        );
        assert_eq!(
            change.pay_review(who(1), Time(1)),
            Err(ChangeError::OwnChange("review"))
        );
        assert_eq!(
            change.pay_review(who(2), Time(1)),
            Err(ChangeError::OwnChange("review"))
        );
        assert!(change.owes_review());
        change.pay_review(who(3), Time(1)).unwrap();
        assert!(!change.owes_review());
        assert_eq!(
            change.pay_review(who(3), Time(1)),
            Err(ChangeError::NothingOwed(ChangeNumber(7)))
        );
    }

    #[test]
    fn texts_have_limits() {
        let mut change = change();
        let title = |title: &str| Edit {
            title: Some(title.into()),
            ..Edit::default()
        };
        assert_eq!(change.edit(title(" ")), Err(ChangeError::Title));
        assert_eq!(change.edit(title("a\nb")), Err(ChangeError::Title));
        let long = Edit {
            summary: Some("x".repeat(4_001)),
            ..Edit::default()
        };
        assert_eq!(change.edit(long), Err(ChangeError::TooLong("Summary")));
    }
}
