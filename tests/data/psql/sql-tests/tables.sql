-- Tables with all borders, with and without headings, footers and titles.
\pset format aligned
\echo tuples_only off, border 0
\pset tuples_only off
\pset border 0
\ir _tables.sql
\echo tuples_only off, border 1
\pset tuples_only off
\pset border 1
\ir _tables.sql
\echo tuples_only off, border 2
\pset tuples_only off
\pset border 2
\ir _tables.sql
\echo tuples_only on, border 0
\pset tuples_only on
\pset border 0
\ir _tables.sql
\echo tuples_only on, border 1
\pset tuples_only on
\pset border 1
\ir _tables.sql
\echo tuples_only on, border 2
\pset tuples_only on
\pset border 2
\ir _tables.sql
\pset footer off
\pset null 'nil'
\t off
\ir _tables.sql
\pset footer on
\C 'A title that is rather long, longer than the table'
SELECT 1;
\C 'T'
\pset border 0
SELECT 1 AS abcdefgh, 2 AS b;
\pset border 1
SELECT 1 AS abcdefgh, 2 AS b;
\pset border 2
SELECT 1 AS abcdefgh, 2 AS b;
