SELECT plan(2);
SELECT * FROM finish();
