-- 1: decoded although the end of the file is missing or broken.
ALTER TABLE images ADD COLUMN truncated TINYINT NOT NULL DEFAULT 0;
