-- Every face of a picture. x, y, width, height are fractions of the upright picture.
CREATE TABLE faces (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  image_id BIGINT UNSIGNED NOT NULL,
  x DOUBLE NOT NULL,
  y DOUBLE NOT NULL,
  width DOUBLE NOT NULL,
  height DOUBLE NOT NULL,
  score DOUBLE NOT NULL,
  descriptor VARBINARY(512) NULL, -- 128 little-endian float32
  engine VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '', -- whose descriptor
  generation INT UNSIGNED NOT NULL DEFAULT 0, -- the gallery it was last matched against
  group_id BIGINT UNSIGNED NULL,
  person_id INT NULL,
  distance DOUBLE NULL,
  runner_up_id INT NULL,
  runner_up_distance DOUBLE NULL,
  decided TINYINT NOT NULL DEFAULT 0, -- 1: a person said who this is; no machine changes it
  KEY faces_image (image_id, id),
  KEY faces_person (person_id, image_id),
  KEY faces_group (group_id, id),
  KEY faces_look (decided, generation, id),
  CONSTRAINT faces_image_fk FOREIGN KEY (image_id) REFERENCES images (id) ON DELETE CASCADE,
  CONSTRAINT faces_person_fk FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE SET NULL,
  CONSTRAINT faces_group_fk FOREIGN KEY (group_id) REFERENCES face_groups (id) ON DELETE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
