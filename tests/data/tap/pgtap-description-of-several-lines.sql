SELECT plan(5);
SELECT ok(true, E'first\nsecond');
SELECT ok(false, E'first\nsecond\n\nfourth "quoted"');
SELECT is(1, 2, E'first\nsecond');
SELECT todo('later', 1);
SELECT ok(false, E'first\nsecond');
SELECT fail('of one line');
SELECT * FROM finish();
