-- Version 32. The versions of prompts that went live, each with how the KPIs stood at that moment.
CREATE TABLE live_versions (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    prompt {text} NOT NULL,
    at {int} NOT NULL,
    environment {text} NOT NULL,
    release {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, prompt, at, environment, release)
) {clustered};

CREATE INDEX live_versions_by_time ON live_versions (workspace, at);
