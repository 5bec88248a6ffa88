\echo 1..3
\echo ok 1 - by hand
SELECT 'ok 2 - by hand # SKIP not here';
SELECT 'ok 3 - by hand # SKIP not here';
