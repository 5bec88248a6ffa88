SELECT plan(1);
ALTER ROLE postgres NOLOGIN NOSUPERUSER;
SELECT ok(NOT rolcanlogin, 'the throne is empty') FROM pg_roles WHERE rolname = 'postgres';
SELECT * FROM finish();
