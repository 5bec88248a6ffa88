SELECT '1..4';
SELECT 'ok 1 - one';
SELECT 'ok 3 - three';
SELECT 'ok 2 - two';
SELECT 'ok 4 - four';
