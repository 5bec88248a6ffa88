SELECT plan(3);
SELECT pass('a');
\echo Bail out!  the server is too old
SELECT pass('b');
