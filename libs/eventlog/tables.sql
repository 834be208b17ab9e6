CREATE TABLE consumer_offsets (
  topic TEXT NOT NULL,
  part BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  assignment_epoch BIGINT NOT NULL,
  PRIMARY KEY (topic, part)
);
CREATE TABLE outbox (
  seq BIGINT NOT NULL PRIMARY KEY,
  topic TEXT NOT NULL,
  part BIGINT NOT NULL,
  batch {BLOB} NOT NULL
);
