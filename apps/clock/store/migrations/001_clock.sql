CREATE TABLE clock_state (
  id BIGINT NOT NULL PRIMARY KEY,
  now_ms BIGINT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL
);
