-- How well a face can be seen, 0 to 1 (its size and its sharpness); NULL: not measured, which counts as well.
ALTER TABLE faces ADD COLUMN quality FLOAT NULL;
