SELECT plan(2);
SELECT pass('one');
DISCARD ALL;
SELECT pass('two');
SELECT * FROM finish();
