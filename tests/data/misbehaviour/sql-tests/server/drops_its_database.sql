SELECT plan(1);
SELECT pass('one');
DROP DATABASE misbehaviour;
SELECT * FROM finish();
