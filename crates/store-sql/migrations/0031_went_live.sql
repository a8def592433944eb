-- Version 31. What went live, taken down at that moment. `body` is the whole row as JSON; the other
-- columns are what it is found by.
CREATE TABLE went_live (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    at {int} NOT NULL,
    environment {text} NOT NULL,
    release {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, at, environment, release)
) {clustered};
