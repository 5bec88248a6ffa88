BEGIN;
SELECT plan(1);
DO $$
BEGIN
    FOR n IN 1 .. 100000 LOOP
        RAISE NOTICE 'notice % of very many', n;
    END LOOP;
END $$;
SELECT ok(false, 'all is quiet');
SELECT * FROM finish();
ROLLBACK;
