-- What only reads needs no shell, so that both do it.
\set directory sql-tests
\set text `cat :directory/_included.sql`
\echo :text
\echo `cat sql-tests/_included.sql 'sql-tests/_tables.sql'`
\echo [`pwd`] before`pwd`after
\set query 'SELECT $$' `cat "sql-tests/_included.sql"` '$$ AS text'
:query;
\set name sql-tests/_included.sql
\echo `cat :'name'`
\if false
\echo `date`
\endif
SELECT 'end';
