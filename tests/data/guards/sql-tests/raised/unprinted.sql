-- raises unprinted at line 2
SELECT plan(1);
SELECT pass('the first');
DO $$ BEGIN PERFORM fail('what nobody sees'); END $$;
SELECT * FROM finish();
