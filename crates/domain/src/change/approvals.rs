//! Whose approval counts for what: one person counts once, whatever groups they are in.

use super::{Review, Verdict, in_force};
use crate::access::{Actor, ActorKind};
use crate::id::{ActorId, Oid};
use crate::policy::{NeededApprovals, Policy};

/// Who may count, and what was said.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// All reviews, oldest first.
    pub reviews: &'a [Review],
    /// Everybody of the workspace who is not shut out.
    pub people: &'a [Actor],
    /// Whose approval never counts: the author, and whoever wrote a version of the draft.
    pub barred: &'a [ActorId],
    /// Where the draft stands.
    pub head: Oid,
}

impl Standing<'_> {
    /// The approvals that stand: of people who may count, at this state of the draft.
    pub fn approvals(&self) -> Vec<(&Review, &Actor)> {
        let standing = in_force(self.reviews).into_iter().filter(|review| {
            review.verdict == Verdict::Approve
                && (!self.policy.dismiss_stale || review.commit == self.head)
        });
        standing
            .filter_map(|review| Some((review, self.countable(review.by.id)?)))
            .collect()
    }

    fn countable(&self, id: ActorId) -> Option<&Actor> {
        let person = self.people.iter().find(|person| person.id == id)?;
        let counts = person.kind == ActorKind::Person && !self.barred.contains(&id);
        counts.then_some(person)
    }

    /// Who could still give an approval of this kind.
    fn could_give(&self, needed: &NeededApprovals) -> Vec<String> {
        let given = self.approvals();
        let possible = self.people.iter().filter(|person| {
            self.countable(person.id).is_some()
                && self.policy.is_in(person, &needed.group, &needed.paths)
                && !given
                    .iter()
                    .any(|(review, by)| by.id == person.id && review.meaning == needed.meaning)
        });
        possible.map(|person| person.name.clone()).collect()
    }
}

/// What is still needed: the duty, how many are missing, and who could give them.
///
/// People and duties are matched so that as many duties as possible are met (augmenting paths, as
/// Kuhn's algorithm does), each person counting once.
pub fn still_needed<'n>(
    standing: &Standing<'_>,
    needed: &'n [NeededApprovals],
) -> Vec<(&'n NeededApprovals, usize, Vec<String>)> {
    let given = standing.approvals();
    let mut slots: Vec<usize> = Vec::new();
    for (place, duty) in needed.iter().enumerate() {
        slots.extend(std::iter::repeat_n(place, duty.count));
    }
    let fits = |slot: usize, giver: usize| {
        let (duty, (review, person)) = (&needed[slots[slot]], given[giver]);
        review.meaning == duty.meaning && standing.policy.is_in(person, &duty.group, &duty.paths)
    };
    let mut taken: Vec<Option<usize>> = vec![None; given.len()];
    let mut missing = vec![0; needed.len()];
    for slot in 0..slots.len() {
        let mut seen = vec![false; given.len()];
        if !augment(slot, &fits, &mut taken, &mut seen) {
            missing[slots[slot]] += 1;
        }
    }
    let open = needed
        .iter()
        .zip(missing)
        .filter(|(_, missing)| *missing > 0);
    open.map(|(duty, missing)| (duty, missing, standing.could_give(duty)))
        .collect()
}

/// Finds a giver for a slot, moving others where needed. As deep as there are approvals.
fn augment(
    slot: usize,
    fits: &impl Fn(usize, usize) -> bool,
    taken: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for giver in 0..taken.len() {
        if seen[giver] || !fits(slot, giver) {
            continue;
        }
        seen[giver] = true;
        let free = match taken[giver] {
            None => true,
            Some(other) => augment(other, fits, taken, seen),
        };
        if free {
            taken[giver] = Some(slot);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::who;
    use super::*;
    use crate::access::{Grant, Role, Uses};
    use crate::id::{Time, WorkspaceId};

    const HEAD: Oid = Oid([1; 20]);

    fn person(id: i64, role: Role) -> Actor {
        Actor {
            id: ActorId(id),
            workspace: WorkspaceId(1),
            kind: ActorKind::Person,
            name: format!("Person {id}"),
            email: format!("P{id}@acme.example"),
            grants: vec![Grant {
                role,
                prefix: String::new(),
            }],
            ceiling: Role::Administrator,
            uses: Uses::All,
        }
    }

    fn approve(id: i64, meaning: &str) -> Review {
        Review {
            by: who(id),
            verdict: Verdict::Approve,
            meaning: meaning.into(),
            note: String::new(),
            commit: HEAD,
            at: Time(0),
        }
    }

    fn needed(group: &str, count: usize, meaning: &str) -> NeededApprovals {
        NeededApprovals {
            group: group.into(),
            count,
            meaning: meaning.into(),
            rules: vec!["r".into()],
            paths: vec!["prompts/a.prompt".into()],
        }
    }

    fn policy() -> Policy {
        Policy::parse(
            "groups: {legal: [p2@acme.example, p3@acme.example], brand: [p2@acme.example]}\n",
        )
        .unwrap()
    }

    fn missing(reviews: &[Review], duties: &[NeededApprovals], barred: &[ActorId]) -> Vec<usize> {
        let people = [
            person(1, Role::Publisher),
            person(2, Role::Author),
            person(3, Role::Viewer),
            person(4, Role::Publisher),
            Actor {
                kind: ActorKind::Service,
                ..person(5, Role::Administrator)
            },
        ];
        let policy = policy();
        let standing = Standing {
            policy: &policy,
            reviews,
            people: &people,
            barred,
            head: HEAD,
        };
        let open = still_needed(&standing, duties);
        open.into_iter().map(|(_, missing, _)| missing).collect()
    }

    #[test]
    fn one_person_counts_once_and_the_matching_is_the_best_there_is() {
        let duties = [
            needed("legal", 1, "approval"),
            needed("brand", 1, "approval"),
        ];
        // Person 2 is in both groups; person 3 takes over legal.
        assert_eq!(missing(&[approve(2, "approval")], &duties, &[]), [1]);
        let both = [approve(2, "approval"), approve(3, "approval")];
        assert!(missing(&both, &duties, &[]).is_empty());
        let swapped = [approve(3, "approval"), approve(2, "approval")];
        assert!(missing(&swapped, &duties, &[]).is_empty());
    }

    #[test]
    fn table_of_approvals_that_do_not_count() {
        let duty = [needed("publisher", 1, "approval")];
        let stale = Review {
            commit: Oid([9; 20]),
            ..approve(4, "approval")
        };
        let withdrawn = Review {
            verdict: Verdict::RequestChanges,
            ..approve(4, "approval")
        };
        let rows: [(&str, Vec<Review>, &[ActorId], bool); 8] = [
            ("a publisher", vec![approve(4, "approval")], &[], true),
            (
                "an author's role is too low",
                vec![approve(2, "approval")],
                &[],
                false,
            ),
            (
                "another meaning",
                vec![approve(4, "compliance")],
                &[],
                false,
            ),
            ("given before the draft moved", vec![stale], &[], false),
            (
                "taken back",
                vec![approve(4, "approval"), withdrawn.clone()],
                &[],
                false,
            ),
            (
                "given again",
                vec![withdrawn, approve(4, "approval")],
                &[],
                true,
            ),
            (
                "wrote part of it",
                vec![approve(4, "approval")],
                &[ActorId(4)],
                false,
            ),
            ("a service", vec![approve(5, "approval")], &[], false),
        ];
        for (name, reviews, barred, fine) in rows {
            assert_eq!(missing(&reviews, &duty, barred).is_empty(), fine, "{name}");
        }
    }
}
