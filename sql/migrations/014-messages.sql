-- What a sink took, in the order of its text log, which is made from these rows.
CREATE TABLE messages (
  sink_id INT UNSIGNED NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  stream_id BIGINT UNSIGNED NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,
  kind TINYINT NOT NULL DEFAULT 0, -- 0 message, 1 late: came after its tombstone or skip, 2 tombstone, 3 skip
  sha256 BINARY(32) NULL, -- of the body; of a tombstone: of the body that was refused
  body MEDIUMBLOB NULL,
  relay VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL,
  taken_at DATETIME(3) NOT NULL,
  PRIMARY KEY (sink_id, position),
  UNIQUE KEY messages_stream_seq (stream_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
