-- Version 10. Searches that people keep under a name, and the last day on which each prompt was asked
-- for. `find` is the question as canonical JSON; `day` counts days since 1970.
CREATE TABLE views (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    number {int} NOT NULL,
    owner {int} NOT NULL REFERENCES actors (id),
    name {text} NOT NULL,
    find {text} NOT NULL,
    shared {int} NOT NULL,
    pinned {int} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    revision {int} NOT NULL,
    PRIMARY KEY (workspace, number)
) {clustered};

CREATE TABLE prompt_asks (
    workspace {int} NOT NULL,
    environment {text} NOT NULL,
    prompt {text} NOT NULL,
    day {int} NOT NULL,
    PRIMARY KEY (workspace, prompt, environment)
) {clustered};
