-- Version 9. Finding texts by their words. `library.search` holds the text itself from now on; its
-- words stand in an index of the engine's own, filled anew by the program when it first starts.
ALTER TABLE library ADD COLUMN status {text} NOT NULL DEFAULT '';
ALTER TABLE library ADD COLUMN category {text} NOT NULL DEFAULT '';
ALTER TABLE library ADD COLUMN expires_at {int};
CREATE INDEX library_expiring ON library (workspace, expires_at) WHERE expires_at IS NOT NULL;

-- `id` grows with every text that is indexed, so that the newest come first; `digest` tells
-- whether a text has to be indexed again.
CREATE TABLE library_texts (
    id {serial},
    workspace {int} NOT NULL,
    path {text} NOT NULL,
    kind {text} NOT NULL,
    archived {int} NOT NULL,
    digest {bytes} NOT NULL
) {end};
CREATE UNIQUE INDEX library_texts_by_path ON library_texts (workspace, path);

-- Words that occur or once occurred, for those who mistype one.
CREATE TABLE library_words (
    workspace {int} NOT NULL,
    word {text} NOT NULL,
    PRIMARY KEY (workspace, word)
) {clustered};
