-- Two groups of which a person said "not the same"; a < b.
CREATE TABLE group_apart (
  a BIGINT UNSIGNED NOT NULL,
  b BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (a, b)
) ENGINE=InnoDB;
