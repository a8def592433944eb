-- Version 7. The server's own signing key of each workspace, and who brought a commit in by a push.
CREATE TABLE server_keys (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    fingerprint {text} NOT NULL,
    public_key {text} NOT NULL,
    seed {bytes} NOT NULL,
    made_at {int} NOT NULL,
    PRIMARY KEY (workspace)
) {clustered};

-- `wrote` is 0 for a merge that changed nothing by itself.
CREATE TABLE arrivals (
    workspace {int} NOT NULL,
    commit_oid {bytes} NOT NULL,
    actor {int} NOT NULL,
    actor_name {text} NOT NULL,
    at {int} NOT NULL,
    wrote {int} NOT NULL,
    PRIMARY KEY (workspace, commit_oid)
) {clustered};
