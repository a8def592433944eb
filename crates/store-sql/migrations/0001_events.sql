-- Version 1. Append only; no index but the place, since every further one costs a multiple in
-- durable inserts. Texts that are not given are empty.
CREATE TABLE events (
    seq {int} PRIMARY KEY,
    workspace {int} NOT NULL,
    received {int} NOT NULL,
    id {text} NOT NULL,
    kind {int} NOT NULL,
    time {int} NOT NULL,
    unit {text} NOT NULL,
    prompt {text} NOT NULL,
    rollout {int},
    arm {int},
    kpi {text} NOT NULL,
    value {int} NOT NULL,
    channel {text} NOT NULL,
    attributes {text} NOT NULL
) {end};

CREATE TABLE event_counts (
    workspace {int} PRIMARY KEY,
    events {int} NOT NULL
) {end};

-- A mark says that everything up to a place was received at this moment at the latest. Marks grow
-- in both columns, so they tell where events received since a moment begin.
CREATE TABLE event_marks (
    seq {int} PRIMARY KEY,
    received {int} NOT NULL
) {end};

-- The one row every writer changes: the last place given out, the newest moment, the last mark.
CREATE TABLE event_ledger (
    one {int} PRIMARY KEY CHECK (one = 1),
    last_seq {int} NOT NULL,
    newest_received {int} NOT NULL,
    marked_seq {int} NOT NULL
) {end};
INSERT INTO event_ledger (one, last_seq, newest_received, marked_seq)
VALUES (1, 0, -9223372036854775807, 0);
