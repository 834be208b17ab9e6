-- Several processes may share this store. The stamp says who wrote last, since two may have counted
-- to the same number before one was rolled back; rows say with which stamp they were written, so
-- that another process reads again just those (app/memory.h).
ALTER TABLE memory_stamp ADD COLUMN writer BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memory_stamp ADD COLUMN writers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memory_stamp ADD COLUMN registry BIGINT NOT NULL DEFAULT 0;
ALTER TABLE validator_sequences ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0;
ALTER TABLE medium_aliases ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0;
CREATE INDEX validator_sequences_by_stamp ON validator_sequences (stamp);
CREATE INDEX media_by_stamp ON media (stamp);
CREATE INDEX medium_aliases_by_stamp ON medium_aliases (stamp);
CREATE INDEX deny_list_by_epoch ON deny_list (deny_list_epoch);
