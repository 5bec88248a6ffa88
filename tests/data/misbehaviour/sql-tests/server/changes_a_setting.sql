SELECT plan(1);
ALTER SYSTEM SET work_mem = '64MB';
SELECT ok(pg_reload_conf(), 'the server has a new setting');
SELECT * FROM finish();
