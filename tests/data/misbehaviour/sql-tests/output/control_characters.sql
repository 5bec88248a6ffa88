BEGIN;
SELECT plan(1);
SELECT is(E'\x1b[2J\x07\r\x08'::text, E'\x1b]0;owned\x07'::text, E'the screen \x1b[31mstays\x1b[0m as it is');
SELECT E'\x1b[2Joutput ]]> <evil/> & \x01';
SELECT * FROM finish();
ROLLBACK;
