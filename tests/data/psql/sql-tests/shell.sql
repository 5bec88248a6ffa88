-- Shell commands, in all the places that start them.
SELECT plan(1);
\! echo 'ok 1 - from a shell'
\! exit 3
\echo `echo one; echo two` `printf 'no newline'`
\set word two
\echo `echo :word :'word' :unset`
\set from `exit 4`
\echo [:from]
SELECT 'through a pipe' \g |tr a-z A-Z
SELECT 1, 2 \g | cat
\o |sort -r
SELECT generate_series(1, 3);
\qecho zzz
\o
\echo between
CREATE TABLE numbers (n int, word text);
\copy numbers from program 'printf "1\tone\n2\ttwo\n"'
\copy numbers (n) from program 'echo 3'
SELECT * FROM numbers ORDER BY n;
\copy (SELECT n FROM numbers ORDER BY n DESC) to program 'tr 123 abc'
\copy numbers to program 'cat' with (format csv)
\set ON_ERROR_STOP 0
\copy numbers from program 'echo 4; exit 5'
SELECT count(*) FROM numbers;
\copy numbers from program 'echo none'
\copy numbers from program 
\copy numbers from program ls
\echo end
