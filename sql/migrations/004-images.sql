-- A photo, and at once the work that is left to do on it (docs/architecture.md, "The life of an image").
-- due_at: claimable from (while PROCESSING: end of the lease; NULL: never). wake_at: published next (NULL: never).
-- The defaults make a row that an original receiver inserts (path, person, status) due at once.
CREATE TABLE images (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  path VARCHAR(512) NOT NULL,
  person INT NOT NULL DEFAULT -1,
  status TINYINT NOT NULL DEFAULT 0, -- 0 PENDING, 1 PROCESSED, 2 FAILED, 3 PROCESSING
  outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  submission CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL, -- ours, per item: tells whether a row is ours after a lost reply
  idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL, -- the client's
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL,
  attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  rounds SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  generation INT UNSIGNED NOT NULL DEFAULT 0,
  token CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  claimed_by VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  due_at DATETIME(3) NULL DEFAULT (UTC_TIMESTAMP(3)),
  wake_at DATETIME(3) NULL DEFAULT (UTC_TIMESTAMP(3)),
  claimed_at DATETIME(3) NULL,
  finished_at DATETIME(3) NULL,
  last_error VARCHAR(512) NULL,
  created_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  updated_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
  UNIQUE KEY images_path (path),
  UNIQUE KEY images_idempotency_key (idempotency_key),
  KEY images_wake (wake_at),
  KEY images_relook (outcome, generation),
  KEY images_state (status, id),
  KEY images_changed (updated_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
