BEGIN;
SELECT plan(1);
\copy account (owner) from 'owners.csv'
SELECT pass('one');
SELECT * FROM finish();
ROLLBACK;
