-- pgassay: timeout 1s
BEGIN;
SELECT plan(2);
SELECT pass('before it');
DO $$
BEGIN
    LOOP
    END LOOP;
END $$;
SELECT pass('never reached');
SELECT * FROM finish();
ROLLBACK;
