-- Version 13. Files whose words stand in the index as they were before: a save notes them here, and
-- they are indexed many at a time, at the latest before somebody asks the index.
CREATE TABLE library_unindexed (
    workspace {int} NOT NULL,
    path {text} NOT NULL,
    PRIMARY KEY (workspace, path)
) {clustered};
