-- Version 8. Git repositories elsewhere with which a library is kept in step, and up to where.
-- `credential` names a secret of the server; it is never the secret.
CREATE TABLE remotes (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    name {text} NOT NULL,
    url {text} NOT NULL,
    direction {text} NOT NULL,
    credential {text} NOT NULL,
    actor {int} NOT NULL REFERENCES actors (id),
    added_by {text} NOT NULL,
    added_at {int} NOT NULL,
    tried_at {int},
    succeeded_at {int},
    failures {int} NOT NULL,
    problem {text} NOT NULL,
    next_at {int} NOT NULL,
    PRIMARY KEY (workspace, name)
) {clustered};

CREATE TABLE remote_refs (
    workspace {int} NOT NULL,
    remote {text} NOT NULL,
    name {text} NOT NULL,
    synced {bytes},
    parked {bytes},
    refused {bytes},
    problem {text} NOT NULL,
    at {int} NOT NULL,
    PRIMARY KEY (workspace, remote, name)
) {clustered};
