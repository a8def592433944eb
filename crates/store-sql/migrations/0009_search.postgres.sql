-- Words are made by the program; no dictionary of the server has a say.
ALTER TABLE library_texts ADD COLUMN terms TSVECTOR NOT NULL;
CREATE INDEX library_texts_terms ON library_texts USING GIN (terms);
CREATE INDEX library_texts_newest ON library_texts (workspace, id);
