-- The number of each state that the known people were ever seen in; `hash` travels in every answer of the face service.
CREATE TABLE galleries (
  generation INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  first_seen_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  UNIQUE KEY galleries_hash (hash)
) ENGINE=InnoDB;
