SELECT plan(3);
SELECT pass('a');
SELECT fail('b');
