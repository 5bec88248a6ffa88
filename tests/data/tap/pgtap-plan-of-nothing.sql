SELECT plan(0);
SELECT * FROM finish();
