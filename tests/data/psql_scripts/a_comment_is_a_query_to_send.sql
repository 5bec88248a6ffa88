SELECT 1; -- this one is not
\p
\g
SELECT 2; /* this one is */
\p
\g
\echo [:ROW_COUNT]
\p
