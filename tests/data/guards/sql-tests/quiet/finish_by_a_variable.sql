\set end 'SELECT * FROM finish();'
SELECT plan(1);
SELECT pass('one');
:end
