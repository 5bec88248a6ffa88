-- 100 MB of notices.
BEGIN;
SELECT plan(1);
SET LOCAL client_min_messages = notice;
DO $$
BEGIN
    FOR n IN 1 .. 500 LOOP
        RAISE NOTICE '%', repeat('hear! ', 35000);
    END LOOP;
END $$;
SELECT pass('all has been said');
SELECT * FROM finish();
ROLLBACK;
