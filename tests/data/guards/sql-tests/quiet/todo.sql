SELECT plan(2);
SELECT todo('the next version', 2);
SELECT fail('it is not done');
SELECT fail('nor is this # TODO');
SELECT * FROM finish();
