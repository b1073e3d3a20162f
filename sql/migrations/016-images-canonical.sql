-- One spelling of the path: the rows of others, and those from before, have none until their path is submitted again.
ALTER TABLE images ADD COLUMN canonical VARCHAR(512) NULL, ADD UNIQUE KEY images_canonical (canonical);
