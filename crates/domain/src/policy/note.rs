//! The one check of what is about to reach `main`: subjects, records, and whether a review is owed.

use super::{Duties, Field, MainGuard, NeededField, Policy, Reaching, Touched};
use crate::change::Blocker;
use crate::record::Note;

/// By which way something reaches `main`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A save or a push straight onto `main`.
    Direct,
    /// A draft published without a review.
    Published,
    /// A change, whose reviews are judged apart.
    Reviewed,
    /// An emergency: reviews and records are owed afterwards.
    Emergency,
}

/// What is about to reach `main`.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The paths it touches.
    pub touched: &'a [Touched],
    /// What these reach.
    pub reaching: &'a Reaching,
    /// The messages of its commits.
    pub notes: &'a [&'a Note],
}

/// What stands in the way of these notes on these paths; empty where nothing does.
///
/// Each subject must say something. A field counts as filled where one of the notes fills it.
pub fn breaches(policy: &Policy, facts: Facts<'_>, way: Way) -> Vec<Blocker> {
    let Facts {
        touched,
        reaching,
        notes,
    } = facts;
    if way == Way::Emergency {
        return Vec::new();
    }
    let duties = policy.duties_reaching(touched, reaching);
    let mut found = Vec::new();
    let refused = notes
        .iter()
        .filter(|note| policy.refuses_subject(&note.subject));
    found.extend(refused.map(|note| refused_subject(&note.subject)));
    let missing = duties.fields.iter().filter(|needed| {
        let filled = |note: &&Note| !needed.field.of(&note.record).trim().is_empty();
        !notes.iter().any(filled)
    });
    found.extend(missing.map(missing_field));
    found.extend(policy.refused_reach(reaching));
    if matches!(way, Way::Direct | Way::Published) {
        found.extend(needs_review(policy, &duties, touched));
    }
    found
}

fn refused_subject(subject: &str) -> Blocker {
    Blocker::new(
        "refused-subject",
        format!("the subject `{subject}` says nothing about what changed"),
        "say in a few words what is different now, e.g. `Shorten the welcome subject`",
    )
}

fn missing_field(needed: &NeededField) -> Blocker {
    let field = needed.field.name();
    let next = match needed.field {
        Field::Problem => "say what was seen that should be better",
        Field::Baseline => "say what was measured before, e.g. `open_rate=0.24 n=182400`",
        Field::Hypothesis => "name a KPI and the move you expect, e.g. `open_rate +10%`",
        Field::Campaign => "name the campaign it belongs to",
        Field::Validation => "say how it will be validated, e.g. `ab split=50/50 days=14`",
    };
    Blocker::new(
        "missing-field",
        format!(
            "`{field}` is missing; “{}” asks for it",
            needed.rules.join("”, “")
        ),
        next,
    )
    .at(&needed.path)
    .in_field(field)
}

fn needs_review(policy: &Policy, duties: &Duties, touched: &[Touched]) -> Option<Blocker> {
    let next = "save on a draft, open a change and ask for a review";
    let first = touched.first()?;
    if let Some(needed) = duties.approvals.first() {
        let message = format!(
            "“{}” asks for the approval of {} here, so it cannot be saved in the library directly",
            needed.rules.join("”, “"),
            needed.group
        );
        let path = needed.paths.first().map_or("", String::as_str);
        return Some(Blocker::new("needs-review", message, next).at(path));
    }
    (policy.main == MainGuard::Reviewed).then(|| {
        let message = "this library takes reviewed changes only";
        Blocker::new("needs-review", message, next).at(&first.path)
    })
}
