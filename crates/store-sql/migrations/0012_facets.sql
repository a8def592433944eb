-- Version 12. What files can be filtered by, counted: files share their kind, channel and so on with
-- many others. Texts get the number of their set when the library is listed anew, which the program
-- does when it first starts.
CREATE TABLE library_facet_sets (
    id {serial},
    workspace {int} NOT NULL,
    digest {bytes} NOT NULL,
    kind {text} NOT NULL,
    channel {text} NOT NULL,
    brand {text} NOT NULL,
    region {text} NOT NULL,
    owner {text} NOT NULL,
    status {text} NOT NULL,
    category {text} NOT NULL,
    tags {text} NOT NULL
) {end};
CREATE UNIQUE INDEX library_facet_sets_by_digest ON library_facet_sets (workspace, digest);

ALTER TABLE library_texts ADD COLUMN facet_set {int} NOT NULL DEFAULT 0;
CREATE INDEX library_texts_by_set ON library_texts (workspace, facet_set);
