SELECT plan(1);
ALTER DATABASE pgassay_template IS_TEMPLATE false;
DROP DATABASE pgassay_template;
SELECT pass('no template, no tests');
SELECT * FROM finish();
