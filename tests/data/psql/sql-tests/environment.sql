-- The working directory and the environment, for this file alone.
\setenv SAMPLE 'a value'
\getenv got SAMPLE
\echo :got
\! echo "$SAMPLE"
\setenv SAMPLE
\getenv got SAMPLE
\echo still :got
\getenv nothing NO_SUCH_NAME
\echo :{?nothing}
\set ON_ERROR_STOP 0
\setenv
\setenv A=B c
\getenv
\getenv one
\cd no/such/directory
\set ON_ERROR_STOP 1
\cd sql-tests;
\i _included.sql
\! ls _included.sql
\cd ..
\i sql-tests/_included.sql
\echo `ls sql-tests/_included.sql`
