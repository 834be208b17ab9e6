CREATE TABLE cards (
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  medium_id {BLOB} NOT NULL,
  sealed {BLOB} NOT NULL,
  pan_masked TEXT NOT NULL,
  expiry TEXT NOT NULL,
  scheme TEXT NOT NULL,
  par TEXT NOT NULL,
  PRIMARY KEY (token_epoch, token)
);
CREATE TABLE parked_requests (
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  request_id {BLOB} NOT NULL,
  account_id {BLOB} NOT NULL,
  aggregate_id {BLOB} NOT NULL,
  attempt BIGINT NOT NULL,
  purpose BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  tap_id TEXT NOT NULL,
  chip_data {BLOB} NOT NULL,
  business_day TEXT NOT NULL,
  event_time_ms BIGINT NOT NULL,
  PRIMARY KEY (token_epoch, token, request_id)
);
CREATE TABLE answers (
  request_id {BLOB} NOT NULL PRIMARY KEY,
  fingerprint {BLOB} NOT NULL,
  account_id {BLOB} NOT NULL,
  aggregate_id {BLOB} NOT NULL,
  attempt BIGINT NOT NULL,
  purpose BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  event_time_ms BIGINT NOT NULL,
  approved BIGINT NOT NULL,
  response_code TEXT NOT NULL,
  approval_code TEXT NOT NULL,
  rrn TEXT NOT NULL
);
