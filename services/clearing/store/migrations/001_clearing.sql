-- An account's state (proto/plaza/clearing/state/v1). open_day: business day of its earliest aggregate to be closed.
CREATE TABLE account_state (
  account {BLOB} NOT NULL PRIMARY KEY,
  shard BIGINT NOT NULL,
  open_day TEXT,
  state {BLOB} NOT NULL
);
-- Taps that may open an aggregate, in the order of arrival.
CREATE TABLE kept_taps (
  shard BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kept_day TEXT NOT NULL,
  account {BLOB} NOT NULL,
  tap_id TEXT NOT NULL,
  event_time_ms BIGINT NOT NULL,
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  chip_data {BLOB} NOT NULL,
  PRIMARY KEY (shard, seq)
);
-- Append-only. hash: services/clearing/README.md, "The chain".
CREATE TABLE ledger (
  shard BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  business_day TEXT NOT NULL,
  kind TEXT NOT NULL,
  posting_id {BLOB} NOT NULL,
  reference TEXT NOT NULL,
  leg_id TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  account {BLOB} NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
  event_time_ms BIGINT NOT NULL,
  hash {BLOB} NOT NULL,
  PRIMARY KEY (shard, seq),
  CHECK (debit <> credit)
);
-- Where each shard's chain ends.
CREATE TABLE ledger_heads (
  shard BIGINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash {BLOB} NOT NULL
);
-- Derived from the ledger, in the same transaction.
CREATE TABLE balances (
  account TEXT NOT NULL,
  currency TEXT NOT NULL,
  shard BIGINT NOT NULL,
  balance_minor BIGINT NOT NULL,
  PRIMARY KEY (account, currency, shard)
);
CREATE TABLE operator_days (
  business_day TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  shard BIGINT NOT NULL,
  charged_minor BIGINT NOT NULL,
  returned_minor BIGINT NOT NULL,
  refunded_minor BIGINT NOT NULL,
  subsidies_minor BIGINT NOT NULL,
  PRIMARY KEY (business_day, operator_id, shard)
);
-- Aggregates that were closed.
CREATE TABLE aggregates (
  business_day TEXT NOT NULL,
  aggregate_id {BLOB} NOT NULL,
  account {BLOB} NOT NULL,
  state TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency TEXT NOT NULL,
  response_code TEXT NOT NULL,
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  charges BIGINT NOT NULL,
  PRIMARY KEY (business_day, aggregate_id)
);
-- Who is denied now.
CREATE TABLE denied (
  token_epoch BIGINT NOT NULL,
  token {BLOB} NOT NULL,
  account {BLOB} NOT NULL,
  reason TEXT NOT NULL,
  deny_list_epoch BIGINT NOT NULL,
  since_ms BIGINT NOT NULL,
  PRIMARY KEY (token_epoch, token)
);
CREATE TABLE deny_list_epoch (
  id BIGINT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL
);
INSERT INTO deny_list_epoch (id, epoch) VALUES (1, 0);
CREATE TABLE cut_offs_passed (
  topic TEXT NOT NULL,
  part BIGINT NOT NULL,
  business_day TEXT NOT NULL,
  PRIMARY KEY (topic, part)
);
CREATE TABLE days_settled (
  business_day TEXT NOT NULL PRIMARY KEY
);
CREATE TABLE settlements (
  operator_id TEXT NOT NULL,
  business_day TEXT NOT NULL,
  collection_supplier_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  gross_minor BIGINT NOT NULL,
  refunds_minor BIGINT NOT NULL,
  fees_minor BIGINT NOT NULL,
  carry_in_minor BIGINT NOT NULL,
  net_minor BIGINT NOT NULL,
  payout_minor BIGINT NOT NULL,
  carry_out_minor BIGINT NOT NULL,
  subsidies_minor BIGINT NOT NULL,
  PRIMARY KEY (operator_id, business_day)
);
-- What an operator is owed from days that paid out nothing; may be negative.
CREATE TABLE carries (
  operator_id TEXT NOT NULL PRIMARY KEY,
  carry_minor BIGINT NOT NULL
);
