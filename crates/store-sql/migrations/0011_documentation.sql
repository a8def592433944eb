-- Version 11. How much of the documentation standard a prompt keeps. `score` is empty for what is not
-- judged; `lacking` is a set of items as bits; `documentation` is what the prompt says, as JSON. All
-- three are filled by the program when it first starts.
ALTER TABLE library ADD COLUMN score {int};
ALTER TABLE library ADD COLUMN lacking {int} NOT NULL DEFAULT 0;
ALTER TABLE library ADD COLUMN documentation {text} NOT NULL DEFAULT '';
-- Answers how categories stand without a look at the rows themselves.
CREATE INDEX library_scores ON library (workspace, kind, category, status, score, lacking);
