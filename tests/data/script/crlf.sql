-- pgassay: serial

\set v 'a value'
\echo :v
\set w b
\i file.sql;
\! echo :v
\o |cat
SELECT 'two
lines', :'w' -- comment
;
\if true
SELECT 'a'
  'b';
\endif
COPY t FROM stdin;
1
\.
SELECT 2 \g
SELECT 3
