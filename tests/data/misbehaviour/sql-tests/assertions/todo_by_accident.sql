BEGIN;
SELECT plan(1);
SELECT is(balance, 101::numeric, 'Ada is paid # TODO with interest') FROM account WHERE owner = 'Ada';
SELECT * FROM finish();
ROLLBACK;
