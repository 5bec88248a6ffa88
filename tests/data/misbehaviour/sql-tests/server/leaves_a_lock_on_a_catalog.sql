-- The tool itself cannot look at the roles any more, and nobody is left who could be told to let go.
SELECT plan(1);
BEGIN;
LOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE;
PREPARE TRANSACTION 'a lock for ever';
SELECT pass('who may log in now?');
SELECT * FROM finish();
