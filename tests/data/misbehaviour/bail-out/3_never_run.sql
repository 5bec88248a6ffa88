SELECT plan(1);
SELECT pass('never run after a bail out');
SELECT * FROM finish();
