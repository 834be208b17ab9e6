-- Rule 7: rows of the ledger are only ever added. Not even this service's own user changes them by
-- mistake; who means to must drop the trigger first, and the hash chain tells of it.
-- only: sqlite
CREATE TRIGGER ledger_rows_are_not_updated BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'rows of the ledger stay as they are'); END;
-- only: sqlite
CREATE TRIGGER ledger_rows_are_not_deleted BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'rows of the ledger stay as they are'); END;
-- only: postgres
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of the ledger stay as they are' USING ERRCODE = 'restrict_violation'; END $$;
-- only: postgres
CREATE TRIGGER ledger_rows_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
