CREATE TABLE requests (
  request_id TEXT NOT NULL,
  method TEXT NOT NULL,
  body_sha256 {BLOB} NOT NULL,
  answer {BLOB} NOT NULL,
  PRIMARY KEY (method, request_id)
);
