//! People, tokens, sessions.

use variorum_api_types::people as wire;
use variorum_api_types::session::Me;
use variorum_app::Error;
use variorum_domain::access::{self, Action, Actor, ActorKind, Role, Use, Uses, role_at};
use variorum_ports::rows::{ActorRow, TokenRow};

use super::role;
use crate::problem::Failure;
use crate::time;

/// What buttons are shown for.
const MAY: [(&str, Action); 11] = [
    ("write-draft", Action::WriteDraft),
    ("publish", Action::Publish),
    ("create-release", Action::CreateRelease),
    ("go-live", Action::GoLive),
    ("roll-back", Action::RollBack),
    ("confirm-decision", Action::ConfirmDecision),
    ("manage-people", Action::ManagePeople),
    ("administer", Action::Administer),
    ("comment", Action::Comment),
    ("review", Action::Review),
    ("emergency-publish", Action::EmergencyPublish),
];

/// The one who asks.
pub(crate) fn me(actor: &Actor) -> Me {
    let may = MAY
        .iter()
        .filter(|(_, action)| access::check(actor, *action, "").is_ok());
    Me {
        id: actor.id.0,
        name: actor.name.clone(),
        email: actor.email.clone(),
        kind: actor_kind(actor.kind).to_owned(),
        role: role_at(actor, "").unwrap_or(Role::Viewer).name().to_owned(),
        may: may.map(|(name, _)| (*name).to_owned()).collect(),
    }
}

/// The kind's name on the wire.
pub(crate) fn actor_kind(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Person => "person",
        ActorKind::Service => "service",
        ActorKind::System => "system",
    }
}

/// A person or service.
pub(crate) fn person(row: ActorRow) -> wire::Person {
    let grants = row.grants.into_iter();
    wire::Person {
        id: row.id.0,
        kind: row.kind,
        name: row.name,
        email: row.email,
        grants: grants
            .map(|(role, prefix)| wire::Grant { role, prefix })
            .collect(),
        created_at: time::format(row.created_at),
        disabled: row.disabled_at.is_some(),
    }
}

/// Grants by their names.
pub(crate) fn grants(grants: Vec<wire::Grant>) -> Result<Vec<(Role, String)>, Failure> {
    grants
        .into_iter()
        .map(|grant| Ok((role(&grant.role)?, grant.prefix)))
        .collect()
}

/// What a token is for, by names.
pub(crate) fn uses(names: &[String]) -> Result<Vec<Use>, Failure> {
    let known = |name: &String| {
        Use::from_name(name).ok_or_else(|| {
            Failure::App(Error::invalid_with_hint(
                format!("a token cannot be limited to `{name}`"),
                "use `resolve`, `events` or both; leave it out for everything the role allows",
            ))
        })
    };
    names.iter().map(known).collect()
}

/// A token, without its secret.
pub(crate) fn token(row: TokenRow, actor_name: String) -> wire::Token {
    wire::Token {
        id: row.id.0,
        name: row.name,
        kind: row.kind.name().to_owned(),
        actor: row.actor.0,
        actor_name,
        role: row.ceiling,
        uses: Uses::parse(&row.uses)
            .names()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        created_at: time::format(row.created_at),
        expires_at: row.expires_at.map(time::format),
    }
}
