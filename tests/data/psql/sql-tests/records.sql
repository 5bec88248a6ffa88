-- The same, expanded. Before its releases of 2026, psql gave values less room than the headings take.
\pset format aligned
\x
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
\C 'T'
\pset border 0
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
\pset border 1
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
\pset border 2
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
