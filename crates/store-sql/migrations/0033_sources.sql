-- Version 33. Sources, whose signed webhooks become events, and what became of their last deliveries.
-- A signature is made with the secret itself, so that it cannot be kept as a hash.
CREATE TABLE sources (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    name {text} NOT NULL,
    handle {text} NOT NULL,
    environment {text} NOT NULL,
    scheme {text} NOT NULL,
    shape {text} NOT NULL,
    actor {int} NOT NULL,
    secret {text} NOT NULL,
    secret_before {text} NOT NULL,
    before_until {int},
    paused_at {int},
    ended_at {int},
    added_by {text} NOT NULL,
    added_at {int} NOT NULL,
    revision {int} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};
CREATE UNIQUE INDEX sources_handles ON sources (handle);

CREATE TABLE source_receipts (
    workspace {int} NOT NULL,
    source {int} NOT NULL,
    number {int} NOT NULL,
    delivery {text} NOT NULL,
    at {int} NOT NULL,
    believed {int} NOT NULL,
    state {text} NOT NULL,
    reason {text} NOT NULL,
    accepted {int} NOT NULL,
    duplicate {int} NOT NULL,
    ignored {int} NOT NULL,
    refused {int} NOT NULL,
    PRIMARY KEY (workspace, source, number)
) {clustered};
