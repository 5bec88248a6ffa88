-- raises swallowed-error at line 9
-- raises swallowed-error at line 10
-- raises aborted-transaction at line 9
\set ON_ERROR_STOP 0
SELECT * FROM no_plan();
SELECT pass('before');
BEGIN;
SELECT pass('inside');
INSERT INTO shop.widgets (id) VALUES (NULL);
SELECT fail('what nobody sees');
ROLLBACK;
SELECT pass('after');
SELECT * FROM finish();
