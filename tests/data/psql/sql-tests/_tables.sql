-- Results of all shapes, for files that print them in all manners.
SELECT 1 AS n, 'word' AS w;
SELECT 1 AS n, E'two\nlines' AS w, NULL AS z UNION ALL SELECT 222, 'x', 'end';
SELECT E'a\tb\tc' AS tab, E'cr\rx' AS cr, E'\x01\x7f' AS control, '日本語' AS "wide 日", 'é' AS e, chr(769) || 'a' AS combining;
SELECT 1 AS "name
of three
lines", 2.5 AS b, 'c' AS "of
two";
SELECT 1 AS a WHERE false;
SELECT;
SELECT FROM generate_series(1, 3);
SELECT g AS a_rather_long_name, repeat('x', g) AS v FROM generate_series(1, 11) AS g;
SELECT E'l1\nl2\nl3' AS a, 7 AS b, E'm1\nm2' AS c;
SELECT '' AS empty, NULL AS nothing;
SELECT E'\n' AS newline, E'x\n' AS trailing;
