CREATE TABLE t (a text, b text);
COPY t FROM stdin; SELECT 'the rest of the line';
1	;
2	'
\.
SELECT 1;
\copy t from stdin \\ with whatever
3	\.
 \.
\.
COPY t FROM STDIN; COPY t FROM STDIN;
first	1
\.
second	2
\.
SELECT 2,
  3;
COPY t FROM stdin;
4	without an end
