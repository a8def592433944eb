//! Who may do what. The only place in the product that says yes or no.

mod action;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{ActorId, WorkspaceId};

pub use action::Action;

/// What kind of being acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A human being with a sign-in.
    Person,
    /// A program with a token.
    Service,
    /// Variorum itself: guards and scheduled work.
    System,
}

/// What a grant allows; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Writes drafts.
    Author,
    /// Publishes to the library, makes releases, goes live and rolls back.
    Publisher,
    /// Invites people, makes tokens, imports.
    Administrator,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Author,
        Self::Publisher,
        Self::Administrator,
    ];

    /// The role's name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Author => "author",
            Self::Publisher => "publisher",
            Self::Administrator => "administrator",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A role on everything below a path prefix; the empty prefix is the whole workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What is allowed.
    pub role: Role,
    /// Where it is allowed.
    pub prefix: String,
}

/// One thing that a token may be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// Ask for what is live.
    Resolve,
    /// Report exposures and outcomes.
    Events,
}

impl Use {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Resolve, Self::Events];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Events => "events",
        }
    }

    /// The use of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    fn of(action: Action) -> Option<Self> {
        match action {
            Action::Resolve => Some(Self::Resolve),
            Action::SendEvents => Some(Self::Events),
            _ => None,
        }
    }
}

/// What the token in use is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Uses {
    /// Whatever its role allows.
    #[default]
    All,
    /// These things and nothing else, whatever its role allows.
    Only(Vec<Use>),
}

impl Uses {
    /// Reads names with commas between them; none means everything. A name that is not known allows
    /// nothing: a newer program knew what it stands for.
    pub fn parse(names: &str) -> Self {
        if names.is_empty() {
            return Self::All;
        }
        Self::Only(names.split(',').filter_map(Use::from_name).collect())
    }

    /// The names, least first; empty where it is everything.
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Self::All => Vec::new(),
            Self::Only(uses) => Use::ALL
                .into_iter()
                .filter(|one| uses.contains(one))
                .map(Use::name)
                .collect(),
        }
    }

    fn allow(&self, action: Action) -> bool {
        match self {
            Self::All => true,
            Self::Only(uses) => Use::of(action).is_some_and(|one| uses.contains(&one)),
        }
    }
}

/// Somebody who acts, with what they were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Which row.
    pub id: ActorId,
    /// Which workspace the actor belongs to.
    pub workspace: WorkspaceId,
    /// What kind of being.
    pub kind: ActorKind,
    /// The name shown and written into commits.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// What the actor may do.
    pub grants: Vec<Grant>,
    /// The most the token in use allows, whatever the grants say.
    pub ceiling: Role,
    /// What the token in use is for.
    pub uses: Uses,
}

/// The actor may not do it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{actor}` may not {action}: {because}")]
pub struct Denied {
    actor: String,
    action: &'static str,
    because: String,
    is_of_token: bool,
}

impl Denied {
    /// Whether it is the token in use that does not allow it, whatever its actor may do.
    pub fn is_of_token(&self) -> bool {
        self.is_of_token
    }
}

/// May the actor do this at this path? The empty path means the workspace as a whole.
pub fn check(actor: &Actor, action: Action, path: &str) -> Result<(), Denied> {
    if allows(actor, action, path) {
        return Ok(());
    }
    Err(Denied {
        actor: actor.name.clone(),
        action: action.phrase(),
        because: because(actor, action, path),
        is_of_token: !actor.uses.allow(action),
    })
}

fn because(actor: &Actor, action: Action, path: &str) -> String {
    if !actor.uses.allow(action) {
        let names = actor.uses.names().join("` and `");
        return format!("the token in use is for `{names}` only");
    }
    let who = if action.needs_person() {
        "a person with the role"
    } else {
        "the role"
    };
    let needs = action.needs().name();
    if path.is_empty() {
        format!("that takes {who} `{needs}`")
    } else {
        format!("that takes {who} `{needs}` on `{path}`")
    }
}

/// May the actor do this anywhere at all? For use cases that learn only later which paths they touch.
pub fn check_somewhere(actor: &Actor, action: Action) -> Result<(), Denied> {
    let prefixes = actor
        .grants
        .iter()
        .map(|grant| grant.prefix.trim_end_matches('/'));
    if prefixes
        .into_iter()
        .any(|prefix| allows(actor, action, prefix))
    {
        return Ok(());
    }
    check(actor, action, "")
}

/// The highest role an actor holds at a path; none with a token that is for something else.
pub fn role_at(actor: &Actor, path: &str) -> Option<Role> {
    granted(actor, path).filter(|_| actor.uses == Uses::All)
}

fn granted(actor: &Actor, path: &str) -> Option<Role> {
    let held = actor
        .grants
        .iter()
        .filter(|grant| covers(&grant.prefix, path));
    held.map(|grant| grant.role)
        .max()
        .map(|role| role.min(actor.ceiling))
}

fn allows(actor: &Actor, action: Action, path: &str) -> bool {
    if !actor.uses.allow(action) {
        return false;
    }
    match actor.kind {
        // Guards may restore what was approved before, the calendar may put ended drafts away, the
        // watch may note that a KPI got worse, and none does anything else.
        ActorKind::System => {
            matches!(
                action,
                Action::RollBack | Action::Read | Action::ArchiveDraft | Action::NoteRegression
            )
        }
        _ if matches!(action, Action::ArchiveDraft | Action::NoteRegression) => false,
        // A program reports what happened with the least of roles.
        ActorKind::Service if action == Action::SendEvents => granted(actor, path).is_some(),
        ActorKind::Service if action.needs_person() => false,
        _ => granted(actor, path).is_some_and(|role| role >= action.needs()),
    }
}

/// A prefix covers a path when it ends at a folder border, so `email` does not cover `emails/x`.
fn covers(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    prefix.is_empty()
        || path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(kind: ActorKind, grants: &[(Role, &str)], ceiling: Role) -> Actor {
        Actor {
            id: ActorId(1),
            workspace: WorkspaceId(1),
            kind,
            name: "Ann".into(),
            email: "ann@acme.example".into(),
            grants: grants
                .iter()
                .map(|(role, prefix)| Grant {
                    role: *role,
                    prefix: (*prefix).into(),
                })
                .collect(),
            ceiling,
            uses: Uses::All,
        }
    }

    #[test]
    fn table_of_roles_and_actions() {
        let rows = [
            (Role::Viewer, Action::Read, true),
            (Role::Viewer, Action::WriteDraft, false),
            (Role::Viewer, Action::KeepView, true),
            (Role::Viewer, Action::ShareView, false),
            (Role::Author, Action::ShareView, true),
            (Role::Publisher, Action::ManageViews, false),
            (Role::Administrator, Action::ManageViews, true),
            (Role::Author, Action::WriteDraft, true),
            (Role::Author, Action::Publish, false),
            (Role::Publisher, Action::Publish, true),
            (Role::Publisher, Action::RollBack, true),
            (Role::Publisher, Action::ManagePeople, false),
            (Role::Administrator, Action::Administer, true),
        ];
        for (role, action, expected) in rows {
            let ann = actor(ActorKind::Person, &[(role, "")], Role::Administrator);
            assert_eq!(
                check(&ann, action, "prompts/a").is_ok(),
                expected,
                "{role:?} {action:?}"
            );
        }
    }

    #[test]
    fn table_of_reviews_and_emergencies() {
        use ActorKind::{Person, Service, System};
        let rows = [
            (Person, Role::Viewer, Action::Comment, true),
            (Person, Role::Viewer, Action::Review, false),
            (Person, Role::Author, Action::Review, true),
            (Person, Role::Author, Action::EmergencyPublish, false),
            (Person, Role::Publisher, Action::EmergencyPublish, true),
            (Service, Role::Viewer, Action::Comment, true),
            (Service, Role::Administrator, Action::Review, false),
            (
                Service,
                Role::Administrator,
                Action::EmergencyPublish,
                false,
            ),
            (Service, Role::Publisher, Action::Publish, true),
            (System, Role::Administrator, Action::ArchiveDraft, true),
            (Person, Role::Administrator, Action::ArchiveDraft, false),
            (System, Role::Administrator, Action::NoteRegression, true),
            (Person, Role::Administrator, Action::NoteRegression, false),
            (System, Role::Administrator, Action::AnswerRegression, false),
            (Person, Role::Author, Action::AnswerRegression, true),
            (Person, Role::Viewer, Action::AnswerRegression, false),
            (System, Role::Administrator, Action::Comment, false),
            (System, Role::Administrator, Action::Review, false),
            (System, Role::Administrator, Action::EmergencyPublish, false),
        ];
        for (kind, role, action, expected) in rows {
            let someone = actor(kind, &[(role, "")], Role::Administrator);
            let fine = check(&someone, action, "prompts/a").is_ok();
            assert_eq!(fine, expected, "{kind:?} {role:?} {action:?}");
        }
        let elsewhere = actor(
            Person,
            &[(Role::Publisher, "prompts/web")],
            Role::Administrator,
        );
        assert!(check(&elsewhere, Action::Review, "prompts/email/a").is_err());
        assert!(check(&elsewhere, Action::EmergencyPublish, "prompts/email/a").is_err());
    }

    #[test]
    fn a_grant_ends_at_a_folder_border() {
        let ann = actor(
            ActorKind::Person,
            &[(Role::Publisher, "prompts/email")],
            Role::Publisher,
        );
        assert!(check(&ann, Action::Publish, "prompts/email/welcome.prompt").is_ok());
        assert!(check(&ann, Action::Publish, "prompts/emails/welcome.prompt").is_err());
        assert!(check(&ann, Action::Publish, "").is_err());
    }

    #[test]
    fn a_token_never_allows_more_than_its_ceiling() {
        let ann = actor(
            ActorKind::Person,
            &[(Role::Administrator, "")],
            Role::Viewer,
        );
        assert!(check(&ann, Action::Read, "").is_ok());
        assert!(check(&ann, Action::WriteDraft, "").is_err());
    }

    #[test]
    fn a_guard_rolls_back_and_does_nothing_else() {
        let guard = actor(ActorKind::System, &[], Role::Administrator);
        assert!(check(&guard, Action::RollBack, "").is_ok());
        assert!(check(&guard, Action::GoLive, "").is_err());
        assert!(check(&guard, Action::Publish, "").is_err());
    }

    #[test]
    fn a_service_sends_events_with_any_role_a_person_does_not() {
        let service = actor(ActorKind::Service, &[(Role::Viewer, "")], Role::Viewer);
        assert!(check(&service, Action::SendEvents, "").is_ok());
        let person = actor(ActorKind::Person, &[(Role::Author, "")], Role::Author);
        assert!(check(&person, Action::SendEvents, "").is_err());
    }
    #[test]
    fn a_token_for_some_uses_allows_nothing_else_whatever_its_role() {
        use Action::{Administer, Publish, Read, Resolve, SendEvents};
        let rows = [
            ("", Resolve, true),
            ("", Read, true),
            ("", Administer, true),
            ("resolve", Resolve, true),
            ("resolve", SendEvents, false),
            ("resolve", Read, false),
            ("resolve", Publish, false),
            ("resolve", Administer, false),
            ("events", SendEvents, true),
            ("events", Resolve, false),
            ("resolve,events", Resolve, true),
            ("resolve,events", SendEvents, true),
            ("resolve,events", Read, false),
            ("what a newer program knows", Resolve, false),
            ("what a newer program knows", Read, false),
        ];
        for (uses, action, expected) in rows {
            let granted = [(Role::Administrator, "")];
            let mut shop = actor(ActorKind::Service, &granted, Role::Administrator);
            shop.uses = Uses::parse(uses);
            let fine = check(&shop, action, "").is_ok();
            assert_eq!(fine, expected, "{uses:?} {action:?}");
            assert_eq!(check_somewhere(&shop, action).is_ok(), expected);
        }
    }

    #[test]
    fn a_use_is_no_right_that_the_role_does_not_give() {
        let mut ann = actor(ActorKind::Person, &[(Role::Author, "")], Role::Author);
        ann.uses = Uses::parse("resolve,events");
        assert!(check(&ann, Action::Resolve, "").is_ok());
        assert!(check(&ann, Action::SendEvents, "").is_err(), "takes more");
        assert_eq!(role_at(&ann, ""), None, "nothing to hand on");
    }

    #[test]
    fn what_is_refused_to_a_token_for_some_uses_says_what_it_is_for() {
        let mut shop = actor(ActorKind::Service, &[(Role::Viewer, "")], Role::Viewer);
        shop.uses = Uses::parse("events,resolve");
        assert_eq!(shop.uses.names(), ["resolve", "events"]);
        assert_eq!(
            check(&shop, Action::Read, "").unwrap_err().to_string(),
            "`Ann` may not read this: the token in use is for `resolve` and `events` only"
        );
    }
}
