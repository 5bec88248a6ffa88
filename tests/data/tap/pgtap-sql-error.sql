\set ON_ERROR_STOP 1
SELECT plan(3);
SELECT pass('a');
SELECT * FROM no_such_table;
SELECT pass('b');
SELECT * FROM finish();
