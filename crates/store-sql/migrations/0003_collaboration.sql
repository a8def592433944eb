-- Version 3: people's work on the library. The domain's own JSON stands in `body`; the columns
-- beside it are what is asked for.

CREATE TABLE drafts (
    workspace {int} NOT NULL,
    name {text} NOT NULL,
    status {text} NOT NULL,
    ends_at {int},
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, name)
) {clustered};
CREATE INDEX drafts_ending ON drafts (workspace, ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE changes (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    draft {text} NOT NULL,
    status {text} NOT NULL,
    author {int} NOT NULL,
    owes_review {int} NOT NULL,
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};
CREATE UNIQUE INDEX changes_open ON changes (workspace, draft) WHERE status = 'open';
CREATE INDEX changes_by_status ON changes (workspace, status, number);
CREATE INDEX changes_owing ON changes (workspace, number) WHERE owes_review = 1;

CREATE TABLE change_reviews (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    seq {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number, seq)
) {end};

CREATE TABLE change_threads (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    change_number {int} NOT NULL,
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};
CREATE INDEX change_threads_by_change ON change_threads (workspace, change_number, number);

CREATE TABLE notices (
    id {serial},
    workspace {int} NOT NULL,
    actor {int} NOT NULL,
    kind {text} NOT NULL,
    target {text} NOT NULL,
    text {text} NOT NULL,
    at {int} NOT NULL,
    read_at {int}
) {end};
CREATE INDEX notices_by_actor ON notices (workspace, actor, id);
CREATE INDEX notices_unread ON notices (workspace, actor, id) WHERE read_at IS NULL;

-- The record of every commit that has one. `campaign_key` and the columns that end in `_search` are
-- folded to lower case by the program.
CREATE TABLE records (
    seq {serial},
    workspace {int} NOT NULL,
    commit_oid {bytes} NOT NULL,
    at {int} NOT NULL,
    author {text} NOT NULL,
    subject {text} NOT NULL,
    body {text} NOT NULL,
    campaign_key {text} NOT NULL,
    problem_search {text} NOT NULL,
    hypothesis_search {text} NOT NULL,
    all_search {text} NOT NULL,
    UNIQUE (workspace, commit_oid)
) {end};
CREATE INDEX records_by_seq ON records (workspace, seq);
CREATE INDEX records_by_campaign ON records (workspace, campaign_key, seq);

-- The words of baseline, hypothesis and validation that may name a KPI.
CREATE TABLE record_terms (
    workspace {int} NOT NULL,
    term {text} NOT NULL,
    commit_oid {bytes} NOT NULL,
    PRIMARY KEY (workspace, term, commit_oid)
) {clustered};

CREATE TABLE record_outcomes (
    workspace {int} NOT NULL,
    commit_oid {bytes} NOT NULL,
    rollout {int} NOT NULL,
    at {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, commit_oid, rollout)
) {clustered};
CREATE INDEX record_outcomes_by_rollout ON record_outcomes (workspace, rollout);
