-- incomplete 1: the bounds of one picture were reached, so there may be small faces that were not found; more_faces: found and left out.
ALTER TABLE images ADD COLUMN incomplete TINYINT NOT NULL DEFAULT 0, ADD COLUMN more_faces INT UNSIGNED NOT NULL DEFAULT 0;
