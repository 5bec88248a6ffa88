CREATE TABLE c(a int, b text);
COPY c FROM STDIN;
1	one
2	\N
3	tab\there
\.
\copy c from stdin with (format csv)
4,"quo""te"
5,
\.
\copy (select * from c order by a) to stdout
\copy c to stdout csv header
COPY c TO STDOUT WITH (FORMAT csv);
SELECT count(*) FROM c \; COPY (SELECT 'x') TO STDOUT \; SELECT 2;
COPY c (a) FROM STDIN; SELECT 'on the same line';
6
\.
SELECT count(*) FROM c;
\copy c (a) from pstdin
\set ON_ERROR_STOP off
COPY c (a) FROM STDIN;
notanumber
\.
SELECT 'after';
