BEGIN;
SELECT * FROM no_plan();
SELECT pass('finish() is missing');
ROLLBACK;
