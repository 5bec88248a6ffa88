-- pgassay: timeout 1s
BEGIN;
SELECT plan(1);
DO $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_sleep(60);
        EXCEPTION WHEN query_canceled THEN NULL;
        END;
    END LOOP;
END $$;
SELECT pass('never reached');
ROLLBACK;
