SELECT 1;
SELECT (2, 'open;
\echo not a command
