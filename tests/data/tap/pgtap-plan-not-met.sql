SELECT plan(3);
SELECT pass('a');
SELECT pass('b');
SELECT * FROM finish();
