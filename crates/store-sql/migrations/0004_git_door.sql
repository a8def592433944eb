-- Version 4. The public keys with which people sign what they push; one that has ended is kept, so
-- that what it signed before can still be told.
CREATE TABLE signing_keys (
    id {serial},
    workspace {int} NOT NULL REFERENCES workspaces (id),
    actor {int} NOT NULL REFERENCES actors (id),
    title {text} NOT NULL,
    fingerprint {text} NOT NULL,
    public_key {text} NOT NULL,
    added_at {int} NOT NULL,
    ended_at {int}
) {end};
CREATE UNIQUE INDEX signing_keys_alive ON signing_keys (workspace, fingerprint)
    WHERE ended_at IS NULL;
CREATE INDEX signing_keys_by_workspace ON signing_keys (workspace, id);
