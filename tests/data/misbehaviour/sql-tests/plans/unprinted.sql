BEGIN;
SELECT plan(2);
DO $$ BEGIN PERFORM pass('nobody sees it'); END $$;
SELECT pass('this one is seen');
SELECT * FROM finish();
ROLLBACK;
