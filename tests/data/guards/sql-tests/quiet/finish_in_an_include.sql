SELECT plan(1);
SELECT pass('one');
\ir _end.sql
