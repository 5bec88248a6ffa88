SELECT plan(1);
SELECT pass('one');
\connect postgres
SELECT * FROM finish();
