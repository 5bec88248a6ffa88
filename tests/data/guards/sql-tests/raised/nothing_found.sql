-- raises empty-plan at line 3
-- No function of that schema is a test.
SELECT * FROM runtests('shop'::name);
