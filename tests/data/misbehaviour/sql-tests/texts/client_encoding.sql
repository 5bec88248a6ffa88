SET client_encoding = 'LATIN1';
BEGIN;
SELECT plan(1);
SELECT is('é'::text, 'é', 'café');
SELECT * FROM finish();
ROLLBACK;
