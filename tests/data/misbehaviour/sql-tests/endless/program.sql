-- pgassay: timeout 1s
BEGIN;
SELECT plan(1);
COPY (SELECT 1) TO PROGRAM 'exec sleep 600';
SELECT pass('the program came to its end');
ROLLBACK;
