-- raises accidental-skip at line 4
-- raises accidental-skip at line 5
SELECT plan(2);
SELECT pass('sneaky # SKIP it');
SELECT pass('# SKIP it');
SELECT * FROM finish();
