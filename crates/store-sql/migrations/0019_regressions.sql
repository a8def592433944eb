-- Version 19. KPIs that got worse outside of experiments. `body` is the whole regression as JSON;
-- the other columns are what it is found by.
CREATE TABLE regressions (
    workspace {int} NOT NULL REFERENCES workspaces (id),
    number {int} NOT NULL,
    is_open {int} NOT NULL,
    body {text} NOT NULL,
    revision {int} NOT NULL,
    PRIMARY KEY (workspace, number)
) {clustered};
