-- What a relay said last of the messages that wait there.
CREATE TABLE message_relays (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  waiting BIGINT UNSIGNED NOT NULL,
  oldest_at DATETIME(3) NULL,
  parked BIGINT UNSIGNED NOT NULL,
  dead_letters BIGINT UNSIGNED NOT NULL,
  seen_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
