CREATE TABLE memory_stamp (
  id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO memory_stamp (id, version) VALUES (1, 1);
CREATE TABLE validators (
  validator_id TEXT NOT NULL PRIMARY KEY,
  operator_id TEXT NOT NULL,
  stop_id TEXT NOT NULL,
  vehicle_id TEXT NOT NULL,
  enrolled_from_ms BIGINT NOT NULL
);
CREATE TABLE validator_sequences (
  validator_id TEXT NOT NULL PRIMARY KEY,
  high_water BIGINT NOT NULL,
  gaps {BLOB} NOT NULL
);
CREATE TABLE tap_batches (
  seq BIGINT NOT NULL PRIMARY KEY,
  validator_id TEXT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence BIGINT NOT NULL,
  records BIGINT NOT NULL,
  recorded BIGINT NOT NULL,
  hashes {BLOB} NOT NULL,
  batch {BLOB} NOT NULL
);
CREATE UNIQUE INDEX tap_batches_by_sequence ON tap_batches (validator_id, first_sequence);
CREATE TABLE media (
  medium_id {BLOB} NOT NULL PRIMARY KEY,
  account_id {BLOB} NOT NULL,
  par TEXT NOT NULL,
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL
);
CREATE TABLE medium_aliases (
  token_medium_id {BLOB} NOT NULL PRIMARY KEY,
  medium_id {BLOB} NOT NULL,
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL
);
CREATE TABLE deny_list (
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  denied BIGINT NOT NULL,
  deny_list_epoch BIGINT NOT NULL,
  PRIMARY KEY (token_epoch, token)
);
CREATE TABLE city_clock (
  id BIGINT NOT NULL PRIMARY KEY,
  now_ms BIGINT NOT NULL
);
CREATE TABLE tap_counts (
  outcome TEXT NOT NULL,
  decision TEXT NOT NULL,
  reason TEXT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (outcome, decision, reason)
);
