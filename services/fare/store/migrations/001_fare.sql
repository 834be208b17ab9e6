CREATE TABLE account_state (
  account {BLOB} NOT NULL PRIMARY KEY,
  state {BLOB} NOT NULL
);
CREATE TABLE held_taps (
  tap_id TEXT NOT NULL PRIMARY KEY,
  account {BLOB} NOT NULL,
  event_time_ms BIGINT NOT NULL,
  reason TEXT NOT NULL,
  tap {BLOB} NOT NULL
);
CREATE TABLE refused_taps (
  tap_id TEXT NOT NULL PRIMARY KEY,
  account {BLOB} NOT NULL,
  event_time_ms BIGINT NOT NULL,
  reason BIGINT NOT NULL
);
CREATE TABLE cut_offs (
  part BIGINT NOT NULL PRIMARY KEY,
  business_day TEXT NOT NULL,
  at_ms BIGINT NOT NULL
);
