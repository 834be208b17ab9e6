CREATE TABLE log_topics (
  topic TEXT NOT NULL PRIMARY KEY,
  partitions BIGINT NOT NULL
);
CREATE TABLE log_batches (
  topic TEXT NOT NULL,
  part BIGINT NOT NULL,
  base_offset BIGINT NOT NULL,
  count BIGINT NOT NULL,
  batch {BLOB} NOT NULL,
  PRIMARY KEY (topic, part, base_offset)
);
CREATE TABLE log_groups (
  member_group TEXT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL
);
