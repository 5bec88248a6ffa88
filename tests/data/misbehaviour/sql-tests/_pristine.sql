-- What a test file must find, whatever ran before it on the same server: five assertions.
SELECT is(current_setting('work_mem'), '4MB', 'nobody changed the server''s settings');
SELECT is(count(*), 2::bigint, 'nobody changed the rows') FROM account;
SELECT is(
    array_agg(rolname::text ORDER BY rolname), '{postgres}',
    'nobody left a role behind'
) FROM pg_roles WHERE rolname !~ '^pg_';
SELECT is(
    array_agg(datname::text ORDER BY datname), '{misbehaviour,pgassay_template,postgres,template0,template1}',
    'the databases are those of the tool'
) FROM pg_database;
SELECT is(
    array_agg(relname::text ORDER BY relname), '{account,transfer}',
    'nobody left a table behind'
) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r';
