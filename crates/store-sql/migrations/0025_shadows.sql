-- Version 25. What rollouts in the shadow came to: counts by prompt, and a few texts side by side.
-- `measure` says what is counted, `name` which variable where one is missing.
CREATE TABLE shadow_counts (
    workspace {int} NOT NULL,
    rollout {int} NOT NULL,
    prompt {text} NOT NULL,
    measure {text} NOT NULL,
    name {text} NOT NULL,
    count {int} NOT NULL,
    PRIMARY KEY (workspace, rollout, prompt, measure, name)
) {clustered};

CREATE TABLE shadow_samples (
    workspace {int} NOT NULL,
    rollout {int} NOT NULL,
    prompt {text} NOT NULL,
    at {int} NOT NULL,
    unit {text} NOT NULL,
    old_text {text} NOT NULL,
    new_text {text} NOT NULL,
    PRIMARY KEY (workspace, rollout, prompt, at, unit)
) {clustered};

CREATE INDEX shadow_samples_by_unit ON shadow_samples (workspace, unit);
