\echo a  b   'c  d'
\echo -n no newline
\echo ' then this'
\echo
\qecho q "r s"
\warn to stderr
\echo a; SELECT 1;
\echo 'x' \\ SELECT 2;
\echo x \g
\echo :ENCODING :ON_ERROR_STOP :QUIET :VERBOSITY :SHOW_CONTEXT :AUTOCOMMIT :ECHO :FETCH_COUNT :ON_ERROR_ROLLBACK
\p
SELECT 3 \p
;
\p
SELECT 4
\r
SELECT 5;
\o /dev/null
SELECT 'gone';
\qecho gone
\echo here
\o
SELECT 6 \g /dev/null
SELECT 7;
\timing off
