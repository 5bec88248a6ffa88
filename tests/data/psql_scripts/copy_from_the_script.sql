CREATE TABLE t (a int, b text);
COPY t FROM stdin; SELECT 'on the same line';
1	one
2	\N
\.
COPY t TO stdout;
\copy (SELECT b FROM t ORDER BY a) to stdout with (format csv)
SELECT * FROM t ORDER BY a;
