SELECT plan(3);
SELECT pass('alone');
SELECT 1, pass('between'), 'z';
SELECT 2, fail('failing');
SELECT pass('before'), 'z';
SELECT * FROM finish();
