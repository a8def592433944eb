//! Rows with everything filled in, for tests that care about one field.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use variorum_domain::access::ActorKind;
use variorum_domain::audit::{By, Entry, Happening, Head};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::{
    ActorId, Digest, Oid, ReleaseNumber, RolloutNumber, Time, TokenId, WorkspaceId,
};
use variorum_domain::release::{Environment, Release};
use variorum_domain::rollout::{
    ArmPlan, Arms, Decisions, Guard, GuardAction, GuardMethod, GuardMore, Harm, Plan, Rollout,
    RolloutState, StageChange,
};
use variorum_ports::events::NewEvent;
use variorum_ports::rows::{
    ActorRow, CommitRow, LibraryRow, ObjectRow, PathChangeRow, TokenKind, TokenRow, WorkspaceRow,
};

use crate::FixedClock;

/// An id that looks random and is the same for the same seed.
pub fn oid(seed: &str) -> Oid {
    let hash: [u8; 32] = Sha256::digest(seed.as_bytes()).into();
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&hash[..20]);
    Oid(bytes)
}

/// A workspace of that name.
pub fn workspace(name: &str) -> WorkspaceRow {
    WorkspaceRow {
        id: WorkspaceId(0),
        name: name.to_owned(),
        title: format!("Workspace {name}"),
        sample: false,
        created_at: FixedClock::START,
    }
}

/// A whole blob.
pub fn object(seed: &str, data: &[u8]) -> ObjectRow {
    let size = i64::try_from(data.len()).unwrap_or(i64::MAX);
    ObjectRow {
        oid: oid(seed),
        kind: 3,
        size,
        base: None,
        data: data.to_vec(),
    }
}

/// A commit on top of others.
pub fn commit(seed: &str, parents: &[Oid]) -> CommitRow {
    CommitRow {
        oid: oid(seed),
        tree: oid(&format!("tree of {seed}")),
        parents: parents.to_vec(),
        author_name: "Ann Lee".to_owned(),
        author_email: "ann@acme.example".to_owned(),
        authored_at: FixedClock::START,
        committed_at: FixedClock::START.plus_seconds(1),
        message: format!("Save {seed}\n\nProblem: none"),
    }
}

/// Version `version` of a path, made by the commit of that seed.
pub fn path_change(path: &str, commit: &str, version: Option<i64>) -> PathChangeRow {
    PathChangeRow {
        path: path.to_owned(),
        commit: oid(commit),
        version,
        old: None,
        new: version.map(|version| oid(&format!("{path} {version}"))),
        at: FixedClock::START.plus_seconds(1),
    }
}

/// A prompt in the index of the library.
pub fn library_row(path: &str) -> LibraryRow {
    let id = path.trim_end_matches(".prompt");
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    LibraryRow {
        path: path.to_owned(),
        id: id.to_owned(),
        folder: folder.to_owned(),
        kind: "prompt".to_owned(),
        title: format!("Title of {id}"),
        intent: "Greets".to_owned(),
        channel: "email".to_owned(),
        brand: String::new(),
        region: String::new(),
        owner: "ann".to_owned(),
        tags: "[]".to_owned(),
        blob: oid(&format!("{path} 1")),
        commit: oid("c1"),
        version: 1,
        updated_at: FixedClock::START,
        updated_by: "Ann Lee".to_owned(),
        problems: "[]".to_owned(),
        errors: 0,
        status: String::new(),
        category: String::new(),
        expires_at: None,
        text: "A text that greets".to_owned(),
        score: None,
        lacking: 0,
        documentation: String::new(),
    }
}

/// A release.
pub fn release(number: i64) -> Release {
    let manifest = format!("{{\"number\":{number}}}");
    Release {
        number: ReleaseNumber(number),
        commit: oid("c1"),
        tree: oid("tree of c1"),
        digest: Digest::of(manifest.as_bytes()),
        tag: oid(&format!("tag {number}")),
        manifest,
        prompts: 3,
        note: "First of the autumn".to_owned(),
        created_at: FixedClock::START,
        created_by: ActorId(1),
        created_by_name: "Ann Lee".to_owned(),
    }
}

/// An environment as it is first stored.
pub fn environment(name: &str) -> Environment {
    Environment {
        release: Some(ReleaseNumber(1)),
        revision: 1,
        ..Environment::empty(name)
    }
}

/// A running rollout as it is first stored.
pub fn rollout(number: i64) -> Rollout {
    let guard = Guard {
        kpi: "unsubscribe".to_owned(),
        harm: Harm::Increase,
        margin: 0.1 + 0.2,
        action: GuardAction::RollBack,
        more: GuardMore::default(),
    };
    Rollout {
        number: RolloutNumber(number),
        environment: "production".to_owned(),
        title: "Shorter subjects".to_owned(),
        prompt: Some("email/welcome".to_owned()),
        arms: Arms::two(
            ArmPlan::new(ReleaseNumber(1), Some(1)),
            ArmPlan::new(ReleaseNumber(2), Some(2)),
        ),
        plan: Plan {
            hypothesis: "more opens".to_owned(),
            guards: vec![guard],
            alpha: 0.05,
            planned_units: 10_000,
            ..Plan::even(&[1_000, 10_000])
        },
        kpis: Vec::new(),
        definitions: Vec::new(),
        salt: "salt".to_owned(),
        state: RolloutState::Running,
        stages: vec![StageChange {
            at: FixedClock::START,
            stage: 0,
            coverage_bp: 1_000,
        }],
        started_at: FixedClock::START,
        started_by: ActorId(1),
        started_by_name: "Ann Lee".to_owned(),
        method: GuardMethod::LATEST,
        resumed_at: None,
        hold: None,
        heeded: Vec::new(),
        decisions: Decisions::default(),
        ending: None,
        revision: 1,
    }
}

/// A person who may do everything.
pub fn actor(workspace: WorkspaceId, name: &str) -> ActorRow {
    ActorRow {
        id: ActorId(0),
        workspace,
        kind: "person".to_owned(),
        name: name.to_owned(),
        email: format!("{}@acme.example", name.to_lowercase().replace(' ', ".")),
        grants: vec![("administrator".to_owned(), String::new())],
        created_at: FixedClock::START,
        disabled_at: None,
    }
}

/// A key of an actor; the secret is the name.
pub fn token(workspace: WorkspaceId, actor: ActorId, name: &str) -> TokenRow {
    TokenRow {
        id: TokenId(0),
        workspace,
        actor,
        kind: TokenKind::Api,
        name: name.to_owned(),
        hash: Digest::of(name.as_bytes()).0.to_vec(),
        ceiling: "administrator".to_owned(),
        uses: String::new(),
        created_at: FixedClock::START,
        expires_at: None,
        ended_at: None,
    }
}

/// The next entry of a workspace's audit log.
pub fn entry(workspace: WorkspaceId, head: Head, action: &'static str, target: &str) -> Entry {
    let by = By {
        id: ActorId(1),
        kind: ActorKind::Person,
        name: "Ann Lee".to_owned(),
    };
    let at = FixedClock::START.plus_seconds(head.seq);
    let evidence = serde_json::json!({"counts": BTreeMap::from([("a", 1), ("b", 2)])});
    let happening = Happening::new(action, target)
        .because("it was time")
        .with_evidence(evidence)
        .from_to(None, Some(Digest::of(target.as_bytes())));
    Entry::seal(workspace, head, at, by, happening)
}

/// An exposure of a unit, received a second after it happened.
pub fn event(workspace: WorkspaceId, id: &str, received: Time) -> NewEvent {
    let event = Event {
        id: id.to_owned(),
        kind: EventKind::Exposure,
        time: received.plus_seconds(-1),
        unit: format!("unit of {id}"),
        prompt: "email/welcome".to_owned(),
        rollout: Some(RolloutNumber(1)),
        arm: Some(1),
        kpi: String::new(),
        value: 0,
        channel: "email".to_owned(),
        attributes: "{\"plan\":\"pro\"}".to_owned(),
    };
    NewEvent {
        workspace,
        received,
        event,
    }
}
