-- Words are made by the program; here they are only told apart.
CREATE VIRTUAL TABLE library_fts USING fts5 (
    facets, title, name, about, body,
    content = '', contentless_delete = 1, prefix = '1 2 3',
    tokenize = "ascii tokenchars '='"
);
