SELECT 'ok 1 - one';
SELECT '1..2';
SELECT 'ok 2 - two';
