-- The number of a text's set without the rest of its row.
CREATE INDEX library_texts_sets ON library_texts (id, facet_set);
