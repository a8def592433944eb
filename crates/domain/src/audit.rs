//! The tamper-evident log: each entry carries the hash of the one before it.
//!
//! An entry is never changed. `verify` walks entries in order and names the first one that does not
//! fit. A chain alone cannot show that its newest entries were cut off; a head noted outside can.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::access::ActorKind;
use crate::canonical;
use crate::id::{ActorId, Digest, Time, WorkspaceId};

/// What a use case says happened; sealing it into the chain makes it an [`Entry`].
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// What was done, as `thing.verb`, e.g. `rollout.rolled-back`.
    pub action: &'static str,
    /// What it was done to, e.g. `rollout:R-12`.
    pub target: String,
    /// The digest of the target before, where there was one.
    pub before: Option<Digest>,
    /// The digest of the target after, where there is one.
    pub after: Option<Digest>,
    /// Why, in the actor's words.
    pub reason: String,
    /// What the decision rested on.
    pub evidence: Value,
}

impl Happening {
    /// A happening without digests, reason or evidence; fill in what is known.
    pub fn new(action: &'static str, target: impl Into<String>) -> Self {
        Self {
            action,
            target: target.into(),
            before: None,
            after: None,
            reason: String::new(),
            evidence: Value::Null,
        }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// Adds what the decision rested on.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Value) -> Self {
        self.evidence = evidence;
        self
    }

    /// Adds members to what the decision rested on, beside those that are there.
    #[must_use]
    pub fn with_more_evidence(mut self, more: Value) -> Self {
        match (&mut self.evidence, more) {
            (Value::Object(known), Value::Object(more)) => known.extend(more),
            (known, more) => *known = more,
        }
        self
    }

    /// Adds the digests of the target before and after.
    #[must_use]
    pub fn from_to(mut self, before: Option<Digest>, after: Option<Digest>) -> Self {
        self.before = before;
        self.after = after;
        self
    }
}

/// Who did it, as it stood at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// Which actor.
    pub id: ActorId,
    /// What kind of being.
    pub kind: ActorKind,
    /// The name at that time.
    pub name: String,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which workspace's log.
    pub workspace: WorkspaceId,
    /// The place in the log; the first is 1.
    pub seq: i64,
    /// When.
    pub at: Time,
    /// Who.
    pub by: By,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// The digest before.
    pub before: Option<Digest>,
    /// The digest after.
    pub after: Option<Digest>,
    /// Why.
    pub reason: String,
    /// Canonical JSON of what the decision rested on.
    pub evidence: String,
    /// The hash of the entry before.
    pub prev: Digest,
    /// The hash of this entry.
    pub hash: Digest,
}

/// The newest entry's place and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The place of the newest entry; 0 where there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: Digest,
}

impl Head {
    /// The head of an empty log.
    pub const EMPTY: Self = Self {
        seq: 0,
        hash: Digest::ZERO,
    };
}

impl Entry {
    /// Puts a happening at the end of the chain.
    pub fn seal(workspace: WorkspaceId, head: Head, at: Time, by: By, what: Happening) -> Self {
        let mut entry = Self {
            workspace,
            seq: head.seq + 1,
            at,
            by,
            action: what.action.to_owned(),
            target: what.target,
            before: what.before,
            after: what.after,
            reason: what.reason,
            evidence: canonical::to_text(&what.evidence),
            prev: head.hash,
            hash: Digest::ZERO,
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// The hash this entry must have, from everything else in it (RFC 6962 leaf: a zero byte first).
    pub fn computed_hash(&self) -> Digest {
        let text = canonical::to_text(&json!({
            "v": 1,
            "workspace": self.workspace.0,
            "seq": self.seq,
            "at": self.at.0,
            "by": {"id": self.by.id.0, "kind": self.by.kind, "name": self.by.name},
            "action": self.action,
            "target": self.target,
            "before": self.before.map(|digest| digest.to_string()),
            "after": self.after.map(|digest| digest.to_string()),
            "reason": self.reason,
            "evidence": self.evidence,
            "prev": self.prev.to_string(),
        }));
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.push(0);
        bytes.extend_from_slice(text.as_bytes());
        Digest::of(&bytes)
    }

    /// This entry as the head of the chain.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash,
        }
    }
}

/// What is wrong with the log, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Tampering {
    /// An entry's content does not match its hash.
    #[error("entry {seq} was changed after it was written")]
    Changed {
        /// Which entry.
        seq: i64,
    },
    /// The chain does not continue where it should.
    #[error(
        "entry {seq} does not follow the one before it: entries were deleted, inserted or swapped"
    )]
    Broken {
        /// Which entry.
        seq: i64,
    },
    /// The log ends before the head that was noted for it.
    #[error("the log ends at entry {found}, but entry {expected} was written")]
    CutOff {
        /// Where the log ends.
        found: i64,
        /// Where it should end.
        expected: i64,
    },
}

/// Checks that `entry` follows `head`, and returns the new head.
pub fn follow(head: Head, entry: &Entry) -> Result<Head, Tampering> {
    if entry.seq != head.seq + 1 || entry.prev != head.hash {
        return Err(Tampering::Broken { seq: entry.seq });
    }
    if entry.hash != entry.computed_hash() {
        return Err(Tampering::Changed { seq: entry.seq });
    }
    Ok(entry.head())
}

/// Checks that a walk that ended at `found` reached the head that was noted.
pub fn reached(found: Head, noted: Head) -> Result<(), Tampering> {
    match found.seq.cmp(&noted.seq) {
        std::cmp::Ordering::Less => Err(Tampering::CutOff {
            found: found.seq,
            expected: noted.seq,
        }),
        std::cmp::Ordering::Equal if found.hash != noted.hash => {
            Err(Tampering::Changed { seq: found.seq })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(len: usize) -> Vec<Entry> {
        let by = By {
            id: ActorId(1),
            kind: ActorKind::Person,
            name: "Ann".into(),
        };
        let mut head = Head::EMPTY;
        (0..len)
            .map(|n| {
                let what = Happening::new("version.saved", format!("prompt:{n}")).because("test");
                let at = Time(i64::try_from(n).unwrap());
                let entry = Entry::seal(WorkspaceId(1), head, at, by.clone(), what);
                head = entry.head();
                entry
            })
            .collect()
    }

    fn verify(entries: &[Entry]) -> Result<Head, Tampering> {
        entries.iter().try_fold(Head::EMPTY, follow)
    }

    #[test]
    fn an_untouched_chain_verifies() {
        let entries = chain(5);
        assert_eq!(verify(&entries), Ok(entries[4].head()));
    }

    #[test]
    fn every_field_is_under_the_hash() {
        let edits: [fn(&mut Entry); 9] = [
            |entry| entry.at = Time(99),
            |entry| entry.by.name = "Bob".into(),
            |entry| entry.by.id = ActorId(9),
            |entry| entry.action = "x".into(),
            |entry| entry.target = "x".into(),
            |entry| entry.before = Some(Digest::ZERO),
            |entry| entry.after = Some(Digest::ZERO),
            |entry| entry.reason = "x".into(),
            |entry| entry.evidence = "{}".into(),
        ];
        for edit in edits {
            let mut entries = chain(3);
            edit(&mut entries[1]);
            assert_eq!(verify(&entries), Err(Tampering::Changed { seq: 2 }));
        }
    }

    #[test]
    fn deleted_inserted_and_swapped_entries_are_found() {
        let mut deleted = chain(4);
        deleted.remove(1);
        assert_eq!(verify(&deleted), Err(Tampering::Broken { seq: 3 }));
        let mut swapped = chain(4);
        swapped.swap(1, 2);
        assert!(verify(&swapped).is_err());
        let mut inserted = chain(4);
        inserted.insert(2, inserted[1].clone());
        assert!(verify(&inserted).is_err());
    }

    #[test]
    fn a_cut_tail_is_found_with_a_noted_head() {
        let entries = chain(4);
        let noted = entries[3].head();
        let found = verify(&entries[..3]).unwrap();
        assert_eq!(
            reached(found, noted),
            Err(Tampering::CutOff {
                found: 3,
                expected: 4
            })
        );
    }
}
