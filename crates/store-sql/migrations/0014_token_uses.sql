-- Version 14. What a token may be used for, as names with commas between them; empty for everything its role allows.
ALTER TABLE tokens ADD COLUMN uses {text} NOT NULL DEFAULT '';
