-- A whole test, in a directory that is called after a function.
BEGIN;
SELECT plan(1);
SELECT has_function('_group_concat');
SELECT * FROM finish();
ROLLBACK;
