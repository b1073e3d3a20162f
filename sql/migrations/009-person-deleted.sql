-- A tombstone: deleted at this time, shown to nobody, and purged with all that is known of the person once it can no longer be undone.
ALTER TABLE person ADD COLUMN deleted_at DATETIME(3) NULL, ADD KEY person_deleted (deleted_at);
