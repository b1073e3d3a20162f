-- One stranger, or a person once named; never merged by the machine.
CREATE TABLE face_groups (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  person_id INT NULL,
  CONSTRAINT face_groups_person FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE SET NULL
) ENGINE=InnoDB;
