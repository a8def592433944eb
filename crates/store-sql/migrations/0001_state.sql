-- Version 1. Integers are 64 bits, truths 0 or 1, times microseconds since 1970, JSON is text.

CREATE TABLE settings (
    name {text} PRIMARY KEY,
    value {text} NOT NULL
) {end};

CREATE TABLE workspaces (
    id {serial},
    name {text} NOT NULL UNIQUE,
    title {text} NOT NULL,
    sample {int} NOT NULL,
    created_at {int} NOT NULL
) {end};

CREATE TABLE counters (
    workspace {int} NOT NULL,
    name {text} NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (workspace, name)
) {clustered};

-- Bodies are entries of a Git pack; `base` names the object a delta is against.
CREATE TABLE objects (
    seq {serial},
    workspace {int} NOT NULL,
    oid {bytes} NOT NULL,
    kind {int} NOT NULL,
    size {int} NOT NULL,
    base {bytes},
    data {bytes} NOT NULL,
    UNIQUE (workspace, oid)
) {end};
CREATE INDEX objects_by_seq ON objects (workspace, seq);

CREATE TABLE refs (
    workspace {int} NOT NULL,
    name {text} NOT NULL,
    oid {bytes} NOT NULL,
    moved_at {int} NOT NULL,
    PRIMARY KEY (workspace, name)
) {clustered};

-- `parents` holds the ids one after the other, 20 bytes each.
CREATE TABLE commits (
    seq {serial},
    workspace {int} NOT NULL,
    oid {bytes} NOT NULL,
    tree {bytes} NOT NULL,
    parents {bytes} NOT NULL,
    author_name {text} NOT NULL,
    author_email {text} NOT NULL,
    authored_at {int} NOT NULL,
    committed_at {int} NOT NULL,
    message {text} NOT NULL,
    UNIQUE (workspace, oid)
) {end};
CREATE INDEX commits_by_seq ON commits (workspace, seq);

CREATE TABLE path_changes (
    workspace {int} NOT NULL,
    path {text} NOT NULL,
    commit_oid {bytes} NOT NULL,
    version {int},
    old_oid {bytes},
    new_oid {bytes},
    at {int} NOT NULL,
    PRIMARY KEY (workspace, path, commit_oid)
) {clustered};
CREATE UNIQUE INDEX path_changes_by_version ON path_changes (workspace, path, version)
    WHERE version IS NOT NULL;
CREATE INDEX path_changes_by_commit ON path_changes (workspace, commit_oid);

-- The files on `main`. `search` is folded to lower case by the program.
CREATE TABLE library (
    workspace {int} NOT NULL,
    path {text} NOT NULL,
    id {text} NOT NULL,
    folder {text} NOT NULL,
    kind {text} NOT NULL,
    title {text} NOT NULL,
    intent {text} NOT NULL,
    channel {text} NOT NULL,
    brand {text} NOT NULL,
    region {text} NOT NULL,
    owner {text} NOT NULL,
    tags {text} NOT NULL,
    blob_oid {bytes} NOT NULL,
    commit_oid {bytes} NOT NULL,
    version {int} NOT NULL,
    updated_at {int} NOT NULL,
    updated_by {text} NOT NULL,
    problems {text} NOT NULL,
    errors {int} NOT NULL,
    search {text} NOT NULL,
    PRIMARY KEY (workspace, path)
) {clustered};
CREATE INDEX library_by_id ON library (workspace, id);
CREATE INDEX library_by_folder ON library (workspace, folder);
CREATE INDEX library_by_kind ON library (workspace, kind, path);
CREATE INDEX library_by_channel ON library (workspace, channel, path);

CREATE TABLE releases (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    commit_oid {bytes} NOT NULL,
    tree {bytes} NOT NULL,
    digest {bytes} NOT NULL,
    tag {bytes} NOT NULL,
    prompts {int} NOT NULL,
    note {text} NOT NULL,
    created_at {int} NOT NULL,
    created_by {int} NOT NULL,
    created_by_name {text} NOT NULL,
    manifest {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};

CREATE TABLE environments (
    workspace {int} NOT NULL,
    name {text} NOT NULL,
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, name)
) {clustered};

CREATE TABLE rollouts (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    environment {text} NOT NULL,
    state {text} NOT NULL,
    is_open {int} NOT NULL,
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};
CREATE INDEX rollouts_open ON rollouts (workspace, number) WHERE is_open = 1;

CREATE TABLE rollout_results (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};

CREATE TABLE actors (
    id {serial},
    workspace {int} NOT NULL REFERENCES workspaces (id),
    kind {text} NOT NULL,
    name {text} NOT NULL,
    email {text} NOT NULL,
    grants {text} NOT NULL,
    created_at {int} NOT NULL,
    disabled_at {int}
) {end};
CREATE INDEX actors_by_workspace ON actors (workspace, id);

CREATE TABLE tokens (
    id {serial},
    workspace {int} NOT NULL REFERENCES workspaces (id),
    actor {int} NOT NULL REFERENCES actors (id),
    kind {text} NOT NULL,
    name {text} NOT NULL,
    hash {bytes} NOT NULL UNIQUE,
    ceiling {text} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int},
    ended_at {int}
) {end};
CREATE INDEX tokens_alive ON tokens (workspace, id) WHERE ended_at IS NULL;

CREATE TABLE audit_heads (
    workspace {int} PRIMARY KEY,
    seq {int} NOT NULL,
    hash {bytes} NOT NULL
) {end};

CREATE TABLE audit_entries (
    workspace {int} NOT NULL,
    seq {int} NOT NULL,
    at {int} NOT NULL,
    by_id {int} NOT NULL,
    by_kind {text} NOT NULL,
    by_name {text} NOT NULL,
    action {text} NOT NULL,
    target {text} NOT NULL,
    before_digest {bytes},
    after_digest {bytes},
    reason {text} NOT NULL,
    evidence {text} NOT NULL,
    prev {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (workspace, seq)
) {end};
CREATE INDEX audit_entries_by_target ON audit_entries (workspace, target, seq);
CREATE INDEX audit_entries_by_actor ON audit_entries (workspace, by_id, seq);
