BEGIN;
SELECT plan(1);
INSERT INTO transfer VALUES (1, 4711, 10);
SELECT pass('the money is on its way');
SELECT * FROM finish();
COMMIT;
