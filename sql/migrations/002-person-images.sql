-- Which known image shows whom. `image_name` is the path relative to the known people.
CREATE TABLE person_images (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  image_name VARCHAR(255) NOT NULL,
  person_id INT NOT NULL,
  UNIQUE KEY person_images_image_name (image_name),
  CONSTRAINT person_images_person FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
