-- Version 22. Stops: rollouts end, and nothing new begins until they are lifted.
CREATE TABLE stops (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    holds {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {clustered};
