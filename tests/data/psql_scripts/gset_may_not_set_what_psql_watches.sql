SELECT 'off' AS "ON_ERROR_STOP", 'mine' AS own \gset
\echo :own
SELECT 1/0;
\echo not reached
