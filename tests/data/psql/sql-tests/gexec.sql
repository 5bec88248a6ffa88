SELECT plan(3);
CREATE TABLE a(i int);
SELECT format('INSERT INTO a VALUES (%s)', g), CASE g WHEN 2 THEN NULL ELSE format('SELECT pass(%L)', 'row '||g) END FROM generate_series(1,3) g ORDER BY g \gexec
SELECT count(*) FROM a;
SELECT 'SELECT is((SELECT count(*) FROM a), 3::bigint, ''three'')'
\gexec
SELECT 'x' WHERE false \gexec
SELECT '' , '  ', '-- c' \gexec
\echo :ROW_COUNT :SQLSTATE
SELECT finish();
