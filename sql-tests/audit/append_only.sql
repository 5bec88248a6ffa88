-- Events are written once. Not even a superuser changes them by accident: triggers fire for superusers too.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(12);

SELECT throws_ok(
    $$UPDATE audit.events SET actor = 'somebody'$$,
    '55000', 'audit events are never changed (update refused)', 'no update'
);
SELECT throws_ok(
    $$UPDATE audit.events SET actor = 'somebody' WHERE false$$,
    '55000', 'audit events are never changed (update refused)', 'no update, even of no row'
);
SELECT throws_ok(
    $$DELETE FROM audit.events$$,
    '55000', 'audit events are never changed (delete refused)', 'no delete'
);
SELECT throws_ok(
    $$TRUNCATE audit.events$$,
    '55000', 'audit events are never changed (truncate refused)', 'no truncate, which row triggers would not see'
);
SELECT lives_ok(
    $$INSERT INTO audit.events (table_name, operation, new_row) VALUES ('some.table', 'INSERT', '{}')$$,
    'an insert is welcome'
);

SELECT throws_ok(
    $$INSERT INTO audit.events (table_name, operation, new_row) VALUES ('some.table', 'TRUNCATE', '{}')$$,
    '23514',
    'new row for relation "events" violates check constraint "events_operation_known"',
    'but not of an unknown operation'
);
SELECT throws_ok(
    format($$INSERT INTO audit.events (table_name, operation, old_row, new_row)
             VALUES ('some.table', %L, %L, %L)$$, operation, old_row, new_row),
    '23514',
    'new row for relation "events" violates check constraint "events_rows_of_operation"',
    description
)
FROM (VALUES
    ('INSERT', '{}', '{}', 'an INSERT has no old row'),
    ('INSERT', NULL, NULL, 'an INSERT has a new row'),
    ('UPDATE', NULL, '{}', 'an UPDATE has an old row'),
    ('UPDATE', '{}', NULL, 'an UPDATE has a new row'),
    ('DELETE', NULL, NULL, 'a DELETE has an old row'),
    ('DELETE', '{}', '{}', 'a DELETE has no new row')
) AS e (operation, old_row, new_row, description);

SELECT * FROM finish();
ROLLBACK;
