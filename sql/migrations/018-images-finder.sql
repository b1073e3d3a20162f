-- Revision of the finder of faces that looked at the photo last; 0: the first one, or not known.
ALTER TABLE images ADD COLUMN finder SMALLINT UNSIGNED NOT NULL DEFAULT 0, ADD KEY images_finder (outcome, finder);
