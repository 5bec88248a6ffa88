-- psql 16 and newer: how the last shell command ended.
\echo :{?SHELL_ERROR} :{?SHELL_EXIT_CODE}
\! exit 0
\echo :SHELL_ERROR :SHELL_EXIT_CODE
\! exit 3
\echo :SHELL_ERROR :SHELL_EXIT_CODE
\set ignored `kill -9 $$`
\echo :SHELL_ERROR :SHELL_EXIT_CODE
SELECT 1 \g |cat; exit 4
\echo :SHELL_ERROR :SHELL_EXIT_CODE
\o |cat >/dev/null; exit 5
SELECT 2;
\o
\echo :SHELL_ERROR :SHELL_EXIT_CODE
\set ON_ERROR_STOP 0
\copy (SELECT 3) to program 'cat; exit 6'
\echo :SHELL_ERROR :SHELL_EXIT_CODE
\echo `psql --version >/dev/null 2>&1; echo $PGUSER`
