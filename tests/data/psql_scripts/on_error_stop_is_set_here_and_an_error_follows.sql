\set ON_ERROR_STOP on
SELECT 1 / 0;
\echo never
