-- Version 21. How good the data is: counts by hour and source. `hour` counts hours since 1970;
-- `measure` says what is counted, `name` which of it where there are several.
CREATE TABLE quality_counts (
    workspace {int} NOT NULL,
    hour {int} NOT NULL,
    source {text} NOT NULL,
    measure {text} NOT NULL,
    name {text} NOT NULL,
    count {int} NOT NULL,
    PRIMARY KEY (workspace, hour, source, measure, name)
) {clustered};
