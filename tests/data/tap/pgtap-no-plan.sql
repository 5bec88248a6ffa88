SELECT no_plan();
SELECT ok(true, 'a');
SELECT ok(false, 'b');
SELECT ok(true);
SELECT * FROM finish();
