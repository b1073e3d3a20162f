-- Somebody known. `name` is shown, two Annas may exist; `folder` is the stable key: a sub-folder of the known people, or the stem of a file in it.
CREATE TABLE person (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  folder VARCHAR(255) NULL,
  UNIQUE KEY person_folder (folder)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
