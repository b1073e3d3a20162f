-- Which process it was whose breaker opened or closed, named as in images.claimed_by; empty: from before.
ALTER TABLE breaker_transitions ADD COLUMN process VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
