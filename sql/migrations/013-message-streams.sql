-- A stream of messages with numbers from 1 without gaps; all up to `high` were taken. The name is the primary key: a locking read of several
-- goes through them in its order, so that two batches never wait for each other. Never deleted.
-- ahead: the lowest number that came too early, gap_since: when (NULL: there is no gap). absent: numbers whose message has no body.
CREATE TABLE message_streams (
  name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  high BIGINT UNSIGNED NOT NULL DEFAULT 0,
  absent BIGINT UNSIGNED NOT NULL DEFAULT 0,
  duplicates BIGINT UNSIGNED NOT NULL DEFAULT 0,
  uncompared BIGINT UNSIGNED NOT NULL DEFAULT 0, -- numbers that came again when retention had deleted their message
  conflicts BIGINT UNSIGNED NOT NULL DEFAULT 0, -- numbers that came again with another body
  ahead BIGINT UNSIGNED NULL,
  gap_since DATETIME(3) NULL,
  UNIQUE KEY message_streams_id (id),
  KEY message_streams_gap (gap_since)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
