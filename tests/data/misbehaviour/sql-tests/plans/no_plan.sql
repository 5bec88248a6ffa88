BEGIN;
SELECT 'ok 1 - by hand';
SELECT 'ok 2 - by hand too';
ROLLBACK;
