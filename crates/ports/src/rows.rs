//! Plain rows that are not things of the domain: how Git objects and indexes are kept.

mod library;

use variorum_domain::change::ChangeStatus;
use variorum_domain::id::{ActorId, Oid, RolloutNumber, Time, TokenId, WorkspaceId};
pub use variorum_domain::impact::EdgeKind;
use variorum_domain::record::ChangeRecord;

pub use library::{
    EdgeRow, FacetRow, FolderRow, FoundRow, LibraryFilter, LibraryRow, ScoreRow, SearchPlace,
};

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceRow {
    /// Which.
    pub id: WorkspaceId,
    /// The short name in addresses.
    pub name: String,
    /// The title shown.
    pub title: String,
    /// Whether it is the sample, which may be reset.
    pub sample: bool,
    /// When it was made.
    pub created_at: Time,
}

/// A Git object as it is stored: the body is a pack entry's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// Its id.
    pub oid: Oid,
    /// Git's number of the kind: 1 commit, 2 tree, 3 blob, 4 tag.
    pub kind: i64,
    /// The inflated size of the whole object.
    pub size: i64,
    /// The object this body is a delta against; `None` for a whole body.
    pub base: Option<Oid>,
    /// The zlib-deflated body.
    pub data: Vec<u8>,
}

/// What a stored object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectFact {
    /// Its id.
    pub oid: Oid,
    /// Git's number of the kind: 1 commit, 2 tree, 3 blob, 4 tag.
    pub kind: i64,
    /// The inflated size.
    pub size: i64,
}

/// How much was stored since a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObjectSpan {
    /// Objects after the place.
    pub count: i64,
    /// The newest place of all; 0 where nothing is stored.
    pub last: i64,
}

/// A public key with which a person signs commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Which.
    pub id: i64,
    /// Where it counts.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub actor: ActorId,
    /// The name its owner gave it.
    pub title: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The key as it stands in a `.pub` file, without its comment.
    pub public_key: String,
    /// Since when it counts.
    pub added_at: Time,
    /// Since when it does not count any more.
    pub ended_at: Option<Time>,
}

/// The key with which the server signs what it writes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerKeyRow {
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// The public key as it stands in a `.pub` file, without a comment.
    pub public_key: String,
    /// The secret from which the private key is made.
    pub seed: Vec<u8>,
    /// When it was made.
    pub made_at: Time,
}

impl std::fmt::Debug for ServerKeyRow {
    /// Everything but the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKeyRow")
            .field("workspace", &self.workspace)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// A Git repository elsewhere with which a library is kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRow {
    /// Whose library.
    pub workspace: WorkspaceId,
    /// The name it has here.
    pub name: String,
    /// Where it is; there is no secret in it.
    pub url: String,
    /// `push`, `pull` or `both`.
    pub direction: String,
    /// By which name the server finds its secret; empty where it needs none.
    pub credential: String,
    /// Who acts when something comes in from there.
    pub actor: ActorId,
    /// Who added it, by name.
    pub added_by: String,
    /// When it was added.
    pub added_at: Time,
    /// When it was tried last.
    pub tried_at: Option<Time>,
    /// When that last worked.
    pub succeeded_at: Option<Time>,
    /// How often it has failed since.
    pub failures: i64,
    /// What went wrong last, in words; empty where nothing did.
    pub problem: String,
    /// When it is tried next.
    pub next_at: Time,
}

/// A search that somebody keeps under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    /// Whose library.
    pub workspace: WorkspaceId,
    /// Its number within the workspace.
    pub number: i64,
    /// Who keeps it.
    pub owner: ActorId,
    /// The name it has.
    pub name: String,
    /// The question, as canonical JSON.
    pub find: String,
    /// Whether everybody sees it.
    pub shared: bool,
    /// Whether it stands ready beside the library.
    pub pinned: bool,
    /// When it was kept.
    pub created_at: Time,
    /// When it was changed last.
    pub updated_at: Time,
    /// Counts its changes.
    pub revision: i64,
}

/// The last day on which a prompt was asked for in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptAskRow {
    /// The environment.
    pub environment: String,
    /// The prompt's id.
    pub prompt: String,
    /// Days since 1970.
    pub day: i64,
}

/// What is remembered of one branch or tag of a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteRefRow {
    /// Its full name.
    pub name: String,
    /// Where both sides were the same last.
    pub synced: Option<Oid>,
    /// The remote's version that came in as a draft.
    pub parked: Option<Oid>,
    /// Our version that the remote did not take.
    pub refused: Option<Oid>,
    /// What is in the way, in words; empty where nothing is.
    pub problem: String,
    /// When this was written.
    pub at: Time,
}

/// Who brought a commit in by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalRow {
    /// The commit.
    pub commit: Oid,
    /// Who pushed it first.
    pub actor: ActorId,
    /// Their name at that time.
    pub actor_name: String,
    /// When.
    pub at: Time,
    /// Whether the commit changed something by itself; a merge may not have.
    pub wrote: bool,
}

/// A commit, indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRow {
    /// Its id.
    pub oid: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: Vec<Oid>,
    /// The author's name.
    pub author_name: String,
    /// The author's address.
    pub author_email: String,
    /// When it was written.
    pub authored_at: Time,
    /// When it was committed.
    pub committed_at: Time,
    /// The whole message.
    pub message: String,
}

/// A commit's place in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphRow {
    /// The order in which commits were stored.
    pub seq: i64,
    /// The commit.
    pub oid: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// When it was committed.
    pub committed_at: Time,
}

/// What a commit did to one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathChangeRow {
    /// The path.
    pub path: String,
    /// The commit.
    pub commit: Oid,
    /// The number of the version this commit made of the path; `None` for a deletion and for a
    /// merge that took over what a parent had.
    pub version: Option<i64>,
    /// The file before, if it was there.
    pub old: Option<Oid>,
    /// The file after, if it is there.
    pub new: Option<Oid>,
    /// When it was committed.
    pub at: Time,
}

/// A version of a path with its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathVersion {
    /// What changed.
    pub change: PathChangeRow,
    /// The commit.
    pub commit: CommitRow,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A program's or person's key.
    Api,
    /// A browser's session.
    Session,
    /// A link that signs in once.
    SignIn,
    /// A link that invites once.
    Invitation,
}

impl TokenKind {
    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Session => "session",
            Self::SignIn => "sign-in",
            Self::Invitation => "invitation",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Api, Self::Session, Self::SignIn, Self::Invitation]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A token as it is kept: never the secret, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Which.
    pub id: TokenId,
    /// The workspace it opens.
    pub workspace: WorkspaceId,
    /// Who acts with it.
    pub actor: ActorId,
    /// What it is for.
    pub kind: TokenKind,
    /// The name its maker gave it.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    /// The most it allows, as a role's name.
    pub ceiling: String,
    /// What it is for, as names with commas between them; empty where it is everything.
    pub uses: String,
    /// When it was made.
    pub created_at: Time,
    /// When it stops working.
    pub expires_at: Option<Time>,
    /// When it was revoked or used up.
    pub ended_at: Option<Time>,
}

/// A person, service or the system, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorRow {
    /// Which.
    pub id: ActorId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// `person`, `service` or `system`.
    pub kind: String,
    /// The name shown.
    pub name: String,
    /// The address written into commits.
    pub email: String,
    /// The grants, as `(role name, prefix)`.
    pub grants: Vec<(String, String)>,
    /// When it was made.
    pub created_at: Time,
    /// When it was shut out.
    pub disabled_at: Option<Time>,
}

/// Which entries of the audit log to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryFilter {
    /// Only of this target.
    pub target: Option<String>,
    /// Only of this actor.
    pub actor: Option<ActorId>,
    /// Only actions that begin so.
    pub action_prefix: Option<String>,
    /// Not this action.
    pub without: Option<String>,
}

/// Which changes to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeFilter {
    /// Only with this status.
    pub status: Option<ChangeStatus>,
    /// Only of this draft.
    pub draft: Option<String>,
    /// Only of this author.
    pub author: Option<ActorId>,
    /// Only those for which a review is owed.
    pub owed: bool,
}

/// A commit's change record, indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The order in which records were stored.
    pub seq: i64,
    /// The commit.
    pub commit: Oid,
    /// When it was committed.
    pub at: Time,
    /// Who wrote it.
    pub author: String,
    /// Its subject.
    pub subject: String,
    /// The record.
    pub record: ChangeRecord,
}

/// Which records to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordFilter {
    /// Only what holds all these words anywhere.
    pub words: Vec<String>,
    /// Only whose problem holds this text.
    pub problem: Option<String>,
    /// Only whose hypothesis holds this text.
    pub hypothesis: Option<String>,
    /// Only of this campaign.
    pub campaign: Option<String>,
    /// Only what names this KPI.
    pub kpi: Option<String>,
}

/// What a rollout measured, beside a commit that it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeRow {
    /// The commit.
    pub commit: Oid,
    /// The rollout.
    pub rollout: RolloutNumber,
    /// When it ended.
    pub at: Time,
    /// What was measured and decided, as JSON text.
    pub body: String,
}
