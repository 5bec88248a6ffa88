-- audit.events, column by column.
BEGIN;
SELECT plan(18);

SELECT columns_are(
    'audit', 'events', ARRAY['id', 'happened_at', 'actor', 'table_name', 'operation', 'old_row', 'new_row'],
    'columns of audit.events'
);

SELECT col_type_is('audit', 'events', 'id', 'bigint', 'id is a bigint');
SELECT col_not_null('audit', 'events', 'id', 'id is there');
SELECT is(
    (SELECT attidentity::text FROM pg_attribute WHERE attrelid = 'audit.events'::regclass AND attname = 'id'),
    'a',
    'id is GENERATED ALWAYS AS IDENTITY'
);
SELECT col_type_is('audit', 'events', 'happened_at', 'timestamp with time zone', 'happened_at is an instant');
SELECT col_not_null('audit', 'events', 'happened_at', 'happened_at is there');
SELECT col_default_is('audit', 'events', 'happened_at', 'now()', 'happened_at is the time of the transaction');
SELECT col_type_is('audit', 'events', 'actor', 'name', 'actor is the name of a role');
SELECT col_not_null('audit', 'events', 'actor', 'somebody did it');
SELECT col_has_default('audit', 'events', 'actor', 'actor is filled in by the database');
SELECT col_type_is('audit', 'events', 'table_name', 'text', 'table_name is text');
SELECT col_not_null('audit', 'events', 'table_name', 'table_name is there');
SELECT col_type_is('audit', 'events', 'operation', 'text', 'operation is text');
SELECT col_not_null('audit', 'events', 'operation', 'operation is there');
SELECT col_type_is('audit', 'events', 'old_row', 'jsonb', 'old_row is jsonb');
SELECT col_is_null('audit', 'events', 'old_row', 'an INSERT has no old row');
SELECT col_type_is('audit', 'events', 'new_row', 'jsonb', 'new_row is jsonb');
SELECT col_is_null('audit', 'events', 'new_row', 'a DELETE has no new row');

SELECT * FROM finish();
ROLLBACK;
