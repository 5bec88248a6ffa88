-- With ON_ERROR_STOP off psql goes on without a file that is missing.
\set ON_ERROR_STOP 0
\i no/such/file.sql
\ir no/such/file.sql
\i
CREATE TABLE t (n int);
\copy t from 'no/such/file'
SELECT count(*) FROM t;
\set ON_ERROR_STOP 1
\i no/such/file.sql
SELECT 'never';
