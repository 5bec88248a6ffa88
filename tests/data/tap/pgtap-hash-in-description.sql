SELECT plan(4);
SELECT ok(false, 'sneaky # TODO later');
SELECT ok(false, 'bug #7 is mended');
SELECT ok(false, 'see #7 # TODO later');
SELECT ok(true, 'a \# b # skip it');
SELECT * FROM finish();
