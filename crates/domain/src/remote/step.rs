//! What is to be done with one branch, tag or ref of notes, from where both sides stand. Nothing is ever thrown
//! away: no step moves a branch anywhere but forward, and none deletes.

use super::Direction;
use crate::id::Oid;

/// How the two sides of a branch lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same version.
    Same,
    /// Ours has all of theirs and more.
    OursAhead,
    /// Theirs has all of ours and more.
    TheirsAhead,
    /// Each has something that the other does not have.
    Apart,
}

/// Where a branch stands, and what is remembered of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// Where it is here.
    pub ours: Option<Oid>,
    /// Where it is there.
    pub theirs: Option<Oid>,
    /// Where both were the same last.
    pub synced: Option<Oid>,
    /// The remote's version that was laid down as a draft and a change.
    pub parked: Option<Oid>,
    /// Our version that the remote did not take.
    pub refused: Option<Oid>,
    /// How they lie to each other, where both are there.
    pub relation: Relation,
    /// Whether it is `main`.
    pub is_main: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Rest,
    /// The two are the same: that is to be remembered.
    Note,
    /// Theirs comes in as it is.
    TakeIn,
    /// Theirs comes in as a draft, with a change that asks for it.
    Park,
    /// Ours goes out.
    Send,
    /// A person has to bring the two together; theirs lies here as a draft already.
    Wait,
}

/// Decides on one branch.
pub fn step(direction: Direction, side: Side) -> Step {
    match (side.ours, side.theirs) {
        (None, None) => Step::Rest,
        (Some(ours), None) => {
            // What was the same before and is gone there was deleted there, which is left alone.
            let deleted_there = side.synced == Some(ours) && !side.is_main;
            send(direction, side, deleted_there)
        }
        (None, Some(theirs)) => {
            let deleted_here = side.synced == Some(theirs);
            if direction.takes() && !deleted_here {
                Step::TakeIn
            } else {
                Step::Rest
            }
        }
        (Some(ours), Some(theirs)) => match side.relation {
            Relation::Same if side.synced == Some(ours) => Step::Rest,
            Relation::Same => Step::Note,
            Relation::OursAhead => send(direction, side, false),
            Relation::TheirsAhead if direction.takes() => {
                if side.parked == Some(theirs) {
                    Step::Wait
                } else {
                    Step::TakeIn
                }
            }
            Relation::TheirsAhead | Relation::Apart if side.parked == Some(theirs) => Step::Wait,
            Relation::TheirsAhead | Relation::Apart => Step::Park,
        },
    }
}

fn send(direction: Direction, side: Side, leave: bool) -> Step {
    if direction.sends() && !leave && side.refused != side.ours {
        Step::Send
    } else {
        Step::Rest
    }
}

/// What is to be done with a tag of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagStep {
    /// Nothing.
    Rest,
    /// It goes out.
    Send,
    /// The remote has another one of that name, which stays.
    Differs,
}

/// Decides on one tag; a tag never moves.
pub fn tag_step(
    direction: Direction,
    ours: Oid,
    theirs: Option<Oid>,
    refused: Option<Oid>,
) -> TagStep {
    match theirs {
        _ if !direction.sends() => TagStep::Rest,
        Some(theirs) if theirs == ours => TagStep::Rest,
        Some(_) => TagStep::Differs,
        None if refused == Some(ours) => TagStep::Rest,
        None => TagStep::Send,
    }
}

/// What is to be done with notes of ours, which only ever go out and only forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotesStep {
    /// Nothing.
    Rest,
    /// They go out.
    Send,
    /// The remote has notes that ours do not hold; those stay.
    Differs,
}

/// Decides on one ref of notes.
pub fn notes_step(direction: Direction, side: Side) -> NotesStep {
    let Some(ours) = side.ours.filter(|_| direction.sends()) else {
        return NotesStep::Rest;
    };
    match (side.theirs, side.relation) {
        (Some(theirs), _) if theirs == ours => NotesStep::Rest,
        (Some(_), Relation::TheirsAhead | Relation::Apart) => NotesStep::Differs,
        _ if side.refused == Some(ours) => NotesStep::Rest,
        _ => NotesStep::Send,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<Oid> = Some(Oid([1; 20]));
    const B: Option<Oid> = Some(Oid([2; 20]));

    fn side(ours: Option<Oid>, theirs: Option<Oid>, relation: Relation) -> Side {
        Side {
            ours,
            theirs,
            synced: None,
            parked: None,
            refused: None,
            relation,
            is_main: false,
        }
    }

    #[test]
    fn table_of_branches() {
        use Direction::{Both, Pull, Push};
        use Relation::{Apart, OursAhead, Same, TheirsAhead};
        // name, ours, theirs, relation, then what push, pull and both do.
        let rows = [
            (
                "new here",
                A,
                None,
                Same,
                [Step::Send, Step::Rest, Step::Send],
            ),
            (
                "new there",
                None,
                A,
                Same,
                [Step::Rest, Step::TakeIn, Step::TakeIn],
            ),
            ("same", A, A, Same, [Step::Note, Step::Note, Step::Note]),
            (
                "ours ahead",
                A,
                B,
                OursAhead,
                [Step::Send, Step::Rest, Step::Send],
            ),
            (
                "theirs ahead",
                A,
                B,
                TheirsAhead,
                [Step::Park, Step::TakeIn, Step::TakeIn],
            ),
            ("apart", A, B, Apart, [Step::Park, Step::Park, Step::Park]),
            (
                "nothing",
                None,
                None,
                Same,
                [Step::Rest, Step::Rest, Step::Rest],
            ),
        ];
        for (name, ours, theirs, relation, expected) in rows {
            for (direction, expected) in [Push, Pull, Both].into_iter().zip(expected) {
                let found = step(direction, side(ours, theirs, relation));
                assert_eq!(found, expected, "{name} {direction:?}");
            }
        }
    }

    #[test]
    fn what_is_remembered_keeps_it_from_being_done_again() {
        let both = Direction::Both;
        let known = |change: fn(&mut Side), ours, theirs, relation| {
            let mut one = side(ours, theirs, relation);
            change(&mut one);
            step(both, one)
        };
        let rows = [
            (
                "noted",
                known(|one| one.synced = A, A, A, Relation::Same),
                Step::Rest,
            ),
            (
                "deleted there",
                known(|one| one.synced = A, A, None, Relation::Same),
                Step::Rest,
            ),
            (
                "deleted here",
                known(|one| one.synced = A, None, A, Relation::Same),
                Step::Rest,
            ),
            (
                "moved there since",
                known(|one| one.synced = B, None, A, Relation::Same),
                Step::TakeIn,
            ),
            (
                "main comes back",
                known(
                    |one| {
                        one.synced = A;
                        one.is_main = true;
                    },
                    A,
                    None,
                    Relation::Same,
                ),
                Step::Send,
            ),
            (
                "parked",
                known(|one| one.parked = B, A, B, Relation::Apart),
                Step::Wait,
            ),
            (
                "moved since",
                known(|one| one.parked = A, A, B, Relation::Apart),
                Step::Park,
            ),
            (
                "refused",
                known(|one| one.refused = A, A, B, Relation::OursAhead),
                Step::Rest,
            ),
            (
                "saved since",
                known(|one| one.refused = B, A, B, Relation::OursAhead),
                Step::Send,
            ),
            (
                "rules kept it out",
                known(|one| one.parked = B, A, B, Relation::TheirsAhead),
                Step::Wait,
            ),
        ];
        for (name, found, expected) in rows {
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn table_of_tags() {
        let ours = Oid([1; 20]);
        let rows = [
            (Direction::Push, None, None, TagStep::Send),
            (Direction::Pull, None, None, TagStep::Rest),
            (Direction::Both, A, None, TagStep::Rest),
            (Direction::Both, B, None, TagStep::Differs),
            (Direction::Both, None, A, TagStep::Rest),
            (Direction::Both, None, B, TagStep::Send),
        ];
        for (direction, theirs, refused, expected) in rows {
            assert_eq!(tag_step(direction, ours, theirs, refused), expected);
        }
    }

    #[test]
    fn table_of_notes() {
        use Relation::{Apart, OursAhead, Same, TheirsAhead};
        // direction, ours, theirs, how they lie, refused before, then what is done.
        let rows = [
            (Direction::Push, A, None, Same, None, NotesStep::Send),
            (Direction::Pull, A, None, Same, None, NotesStep::Rest),
            (Direction::Both, None, B, Same, None, NotesStep::Rest),
            (Direction::Both, A, A, Same, None, NotesStep::Rest),
            (Direction::Both, A, B, OursAhead, None, NotesStep::Send),
            (Direction::Both, A, B, TheirsAhead, None, NotesStep::Differs),
            (Direction::Both, A, B, Apart, None, NotesStep::Differs),
            (Direction::Both, A, None, Same, A, NotesStep::Rest),
            (Direction::Both, A, B, OursAhead, A, NotesStep::Rest),
            (Direction::Both, A, B, OursAhead, B, NotesStep::Send),
        ];
        for (direction, ours, theirs, relation, refused, expected) in rows {
            let mut one = side(ours, theirs, relation);
            one.refused = refused;
            assert_eq!(
                notes_step(direction, one),
                expected,
                "{direction:?} {one:?}"
            );
        }
    }
}
