BEGIN;
SELECT plan(1);
\! ls
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
