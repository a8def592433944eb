-- Version 2. What the files on `main` refer to: `kind` says how, `to_ref` names what it is.
CREATE TABLE library_edges (
    workspace {int} NOT NULL,
    from_path {text} NOT NULL,
    kind {text} NOT NULL,
    to_ref {text} NOT NULL,
    PRIMARY KEY (workspace, from_path, kind, to_ref)
) {clustered};
CREATE INDEX library_edges_to ON library_edges (workspace, kind, to_ref, from_path);
