BEGIN;
SELECT plan(1);
SELECT cmp_ok(count(pg_terminate_backend(pid)), '>', 0::bigint, 'alone at last')
  FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend';
SELECT * FROM finish();
ROLLBACK;
