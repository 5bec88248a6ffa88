-- pgassay: timeout 1s
BEGIN;
SELECT plan(1);
WITH RECURSIVE numbers (n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM numbers)
SELECT n FROM numbers;
SELECT pass('never reached');
ROLLBACK;
