BEGIN;
SELECT plan(3);
SELECT pass('one');
INSERT INTO account (owner, balance)
VALUES ('Linus', -1);
SELECT pass('two');
SELECT * FROM finish();
ROLLBACK;
