CREATE TABLE storage_key_check (
  id BIGINT NOT NULL PRIMARY KEY,
  sealed {BLOB} NOT NULL
);
