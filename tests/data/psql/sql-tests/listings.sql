SELECT plan(2);
CREATE TABLE listed (a int PRIMARY KEY);
\d listed
\dt+ public.*
\dfS+ pg_catalog.now
\sf plan(integer)
\z
SELECT pass('a listing in the file') \d listed
;
\conninfo
\timing on
\timing off
SELECT pass('and the file goes on');
SELECT finish();
