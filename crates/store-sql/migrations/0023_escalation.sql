-- Version 23. Incidents, and the messages that tell of them. `next_at` is when something happens by
-- itself; `message_key` is the same for every try of a message.
CREATE TABLE incidents (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    cause {text} NOT NULL,
    subject {text} NOT NULL,
    is_open {int} NOT NULL,
    next_at {int},
    revision {int} NOT NULL,
    body {text} NOT NULL,
    PRIMARY KEY (workspace, number)
) {end};
CREATE INDEX incidents_about ON incidents (workspace, cause, subject, number);
CREATE INDEX incidents_moving ON incidents (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE deliveries (
    workspace {int} NOT NULL,
    number {int} NOT NULL,
    message_key {text} NOT NULL,
    incident {int},
    ladder {text} NOT NULL,
    route {text} NOT NULL,
    receiver {text} NOT NULL,
    subject {text} NOT NULL,
    text {text} NOT NULL,
    state {text} NOT NULL,
    tries {int} NOT NULL,
    answer {text} NOT NULL,
    made_at {int} NOT NULL,
    sent_at {int},
    next_at {int},
    PRIMARY KEY (workspace, number)
) {end};
CREATE UNIQUE INDEX deliveries_keys ON deliveries (workspace, message_key);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_of_incident ON deliveries (workspace, incident, number);
