//! One trait per thing that is kept. Domain values in, domain values out.

use async_trait::async_trait;
use variorum_domain::audit::{Entry, Head};
use variorum_domain::id::{ActorId, Oid, ReleaseNumber, RolloutNumber, Time, TokenId, WorkspaceId};
use variorum_domain::release::{Environment, Release};
use variorum_domain::rollout::Rollout;

use super::StoreError;
use crate::rows::{
    ActorRow, CommitRow, EdgeKind, EdgeRow, EntryFilter, FacetRow, FolderRow, FoundRow, GraphRow,
    LibraryFilter, LibraryRow, ObjectRow, PathChangeRow, PathVersion, ScoreRow, SearchPlace,
    TokenRow, WorkspaceRow,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Workspaces and their counters.
#[async_trait]
pub trait Workspaces {
    /// Makes a workspace and returns its id.
    async fn add_workspace(&mut self, row: &WorkspaceRow) -> Result<WorkspaceId>;
    /// All workspaces, oldest first.
    async fn workspaces(&mut self) -> Result<Vec<WorkspaceRow>>;
    /// Changes title and sample mark.
    async fn put_workspace(&mut self, row: &WorkspaceRow) -> Result<()>;
    /// Removes everything a workspace holds but people, tokens and the audit log.
    async fn clear_workspace(&mut self, id: WorkspaceId) -> Result<()>;
    /// The next number of a counter such as `release`; the first is 1.
    async fn next_number(&mut self, id: WorkspaceId, counter: &str) -> Result<i64>;
    /// A setting of the installation, e.g. a signing key's id.
    async fn setting(&mut self, name: &str) -> Result<Option<String>>;
    /// Sets a setting of the installation.
    async fn put_setting(&mut self, name: &str, value: &str) -> Result<()>;
}

/// Git objects.
#[async_trait]
pub trait Objects {
    /// Those of the asked objects that exist, in any order.
    async fn objects(&mut self, id: WorkspaceId, oids: &[Oid]) -> Result<Vec<ObjectRow>>;
    /// Stores objects; those that exist already are left as they are.
    async fn put_objects(&mut self, id: WorkspaceId, rows: &[ObjectRow]) -> Result<()>;
    /// Those of the given ids that are stored.
    async fn existing_objects(&mut self, id: WorkspaceId, oids: &[Oid]) -> Result<Vec<Oid>>;
    /// Objects after a place, in the order in which they were stored.
    async fn scan_objects(
        &mut self,
        id: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, ObjectRow)>>;
}

/// Branches and tags.
#[async_trait]
pub trait Refs {
    /// Where a ref points.
    async fn get_ref(&mut self, id: WorkspaceId, name: &str) -> Result<Option<Oid>>;
    /// All refs whose name begins so, by name.
    async fn refs(&mut self, id: WorkspaceId, prefix: &str) -> Result<Vec<(String, Oid, Time)>>;
    /// Moves a ref by compare-and-swap: `None` means "not there". Fails with `Conflict` when the ref
    /// is not where `old` says.
    async fn move_ref(
        &mut self,
        id: WorkspaceId,
        name: &str,
        old: Option<Oid>,
        new: Option<Oid>,
        at: Time,
    ) -> Result<()>;
}

/// The index over commits and paths.
#[async_trait]
pub trait Commits {
    /// Indexes commits; those that are known already are left as they are.
    async fn put_commits(&mut self, id: WorkspaceId, rows: &[CommitRow]) -> Result<()>;
    /// Those of the asked commits that exist, in any order.
    async fn commits(&mut self, id: WorkspaceId, oids: &[Oid]) -> Result<Vec<CommitRow>>;
    /// The graph, after a place, in the order in which commits were stored.
    async fn graph(&mut self, id: WorkspaceId, after: i64, limit: usize) -> Result<Vec<GraphRow>>;
    /// Indexes what commits did to paths.
    async fn put_path_changes(&mut self, id: WorkspaceId, rows: &[PathChangeRow]) -> Result<()>;
    /// The newest version number of each of these paths; paths without one are left out.
    async fn newest_versions(
        &mut self,
        id: WorkspaceId,
        paths: &[String],
    ) -> Result<Vec<(String, i64)>>;
    /// Versions of a path below a number, newest first; `None` starts at the newest.
    async fn path_versions(
        &mut self,
        id: WorkspaceId,
        path: &str,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PathVersion>>;
    /// One version of a path.
    async fn path_version(
        &mut self,
        id: WorkspaceId,
        path: &str,
        version: i64,
    ) -> Result<Option<PathVersion>>;
    /// Numbered versions of many paths that left exactly these blobs: `(path, blob)` to changes,
    /// newest first. Tells which version of each prompt a tree holds.
    async fn versions_of_blobs(
        &mut self,
        id: WorkspaceId,
        files: &[(String, Oid)],
    ) -> Result<Vec<PathChangeRow>>;
}

/// The index over the files on `main`.
#[async_trait]
pub trait LibraryIndex {
    /// Adds or replaces rows by path. Their words are found once they are indexed.
    async fn put_library_rows(&mut self, id: WorkspaceId, rows: &[LibraryRow]) -> Result<()>;
    /// Removes rows.
    async fn delete_library_rows(&mut self, id: WorkspaceId, paths: &[String]) -> Result<()>;
    /// Rows by path, after a path, at most `limit`.
    async fn library(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<LibraryRow>>;
    /// Rows that fit the words of a filter, the best first, after a place, at most `limit`. Of what
    /// is found, the newest [`variorum_domain::search::RANKED_MAX`] are ranked. Without words, and
    /// with words that no text can hold, nothing is found.
    async fn search_library(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
        after: Option<&SearchPlace>,
        limit: usize,
    ) -> Result<Vec<FoundRow>>;
    /// How many of the files a filter finds share kind, channel and so on.
    async fn library_facets(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<Vec<FacetRow>>;
    /// How the judged prompts a filter finds keep the documentation standard, by category.
    async fn library_scores(
        &mut self,
        id: WorkspaceId,
        filter: &LibraryFilter,
    ) -> Result<Vec<ScoreRow>>;
    /// Words of texts, present or past, that begin with a prefix, at most `limit`.
    async fn library_words(
        &mut self,
        id: WorkspaceId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>>;
    /// Whether texts wait for [`Self::index_words`]. A transaction that only reads then finds them by
    /// the words and filters they had before; one that writes indexes them by itself.
    async fn words_wait(&mut self, id: WorkspaceId) -> Result<bool>;
    /// Indexes the words of every text that waits for it.
    async fn index_words(&mut self, id: WorkspaceId) -> Result<()>;
    /// How many rows a filter finds.
    async fn library_count(&mut self, id: WorkspaceId, filter: &LibraryFilter) -> Result<i64>;
    /// One row.
    async fn library_row(&mut self, id: WorkspaceId, path: &str) -> Result<Option<LibraryRow>>;
    /// Those of the asked rows that exist, in any order.
    async fn library_rows(&mut self, id: WorkspaceId, paths: &[String]) -> Result<Vec<LibraryRow>>;
    /// The row of a prompt id.
    async fn library_row_by_id(
        &mut self,
        id: WorkspaceId,
        prompt: &str,
    ) -> Result<Option<LibraryRow>>;
    /// All folders that hold files directly.
    async fn folders(&mut self, id: WorkspaceId) -> Result<Vec<FolderRow>>;
}

/// What the files on `main` refer to.
#[async_trait]
pub trait LibraryEdges {
    /// Makes these edges the only ones that leave these files; every edge leaves one of them.
    async fn put_edges(
        &mut self,
        id: WorkspaceId,
        from_paths: &[String],
        rows: &[EdgeRow],
    ) -> Result<()>;
    /// All edges of a kind that lead to any of these, in any order.
    async fn edges_to(
        &mut self,
        id: WorkspaceId,
        kind: EdgeKind,
        to_refs: &[String],
    ) -> Result<Vec<EdgeRow>>;
    /// All edges after one, by the file they leave, then by kind's name and where they lead.
    async fn edges(
        &mut self,
        id: WorkspaceId,
        after: Option<&EdgeRow>,
        limit: usize,
    ) -> Result<Vec<EdgeRow>>;
}

/// Releases.
#[async_trait]
pub trait Releases {
    /// Stores a release.
    async fn put_release(&mut self, id: WorkspaceId, release: &Release) -> Result<()>;
    /// One release.
    async fn release(&mut self, id: WorkspaceId, number: ReleaseNumber) -> Result<Option<Release>>;
    /// Releases below a number, newest first, their manifests left empty.
    async fn releases(
        &mut self,
        id: WorkspaceId,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Release>>;
}

/// What is live.
#[async_trait]
pub trait Environments {
    /// One environment.
    async fn environment(&mut self, id: WorkspaceId, name: &str) -> Result<Option<Environment>>;
    /// All environments, by name.
    async fn environments(&mut self, id: WorkspaceId) -> Result<Vec<Environment>>;
    /// Adds an environment (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise.
    async fn put_environment(&mut self, id: WorkspaceId, environment: &Environment) -> Result<()>;
}

/// Rollouts.
#[async_trait]
pub trait Rollouts {
    /// Adds a rollout (`revision` 1) or replaces the one whose revision is one lower; fails with
    /// `Conflict` otherwise.
    async fn put_rollout(&mut self, id: WorkspaceId, rollout: &Rollout) -> Result<()>;
    /// One rollout.
    async fn rollout(&mut self, id: WorkspaceId, number: RolloutNumber) -> Result<Option<Rollout>>;
    /// Rollouts below a number, newest first; only open ones where asked.
    async fn rollouts(
        &mut self,
        id: WorkspaceId,
        open_only: bool,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Rollout>>;
    /// Keeps what was measured, as JSON text, beside the rollout.
    async fn put_rollout_result(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
        json: &str,
    ) -> Result<()>;
    /// What was measured.
    async fn rollout_result(
        &mut self,
        id: WorkspaceId,
        number: RolloutNumber,
    ) -> Result<Option<String>>;
}

/// People and services.
#[async_trait]
pub trait Members {
    /// Adds an actor and returns its id.
    async fn add_actor(&mut self, row: &ActorRow) -> Result<ActorId>;
    /// Replaces name, address, grants and shut-out mark.
    async fn put_actor(&mut self, row: &ActorRow) -> Result<()>;
    /// One actor.
    async fn actor(&mut self, id: ActorId) -> Result<Option<ActorRow>>;
    /// All actors of a workspace, oldest first.
    async fn actors(&mut self, id: WorkspaceId) -> Result<Vec<ActorRow>>;
}

/// Tokens, sessions and links.
#[async_trait]
pub trait Tokens {
    /// Stores a token and returns its id.
    async fn add_token(&mut self, row: &TokenRow) -> Result<TokenId>;
    /// The token with this hash.
    async fn token_by_hash(&mut self, hash: &[u8]) -> Result<Option<TokenRow>>;
    /// One token.
    async fn token(&mut self, id: TokenId) -> Result<Option<TokenRow>>;
    /// Tokens of a workspace that have not ended, newest first.
    async fn tokens(&mut self, id: WorkspaceId) -> Result<Vec<TokenRow>>;
    /// Ends a token; `false` when it had ended already. Exactly one of two racing callers gets `true`.
    async fn end_token(&mut self, id: TokenId, at: Time) -> Result<bool>;
}

/// The audit log.
#[async_trait]
pub trait AuditLog {
    /// The newest entry's place and hash. In a writing transaction nobody else can append until it
    /// ends.
    async fn audit_head(&mut self, id: WorkspaceId) -> Result<Head>;
    /// Appends an entry and moves the head.
    async fn append_entry(&mut self, entry: &Entry) -> Result<()>;
    /// Entries below a place, newest first.
    async fn entries(
        &mut self,
        id: WorkspaceId,
        filter: &EntryFilter,
        below: Option<i64>,
        limit: usize,
    ) -> Result<Vec<Entry>>;
    /// Entries after a place, oldest first.
    async fn scan_entries(
        &mut self,
        id: WorkspaceId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Entry>>;
}
