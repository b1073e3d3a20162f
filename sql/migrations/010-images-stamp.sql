-- What the file was when it was last read (size and time of change, or ETag), and since when it has been seen so.
ALTER TABLE images
  ADD COLUMN stamp VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN stamp_since DATETIME(3) NULL;
