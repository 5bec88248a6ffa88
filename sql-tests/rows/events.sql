-- Who sees which audit events.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(9);

SET LOCAL ROLE auditor;
SELECT is((SELECT count(*) FROM audit.events), 13::bigint, 'an auditor sees all events');
SELECT throws_ok($$SELECT id FROM policy.policies$$, '42501', NULL, 'and nothing else');
SELECT throws_ok(
    $$INSERT INTO audit.events (table_name, operation, new_row) VALUES ('x', 'INSERT', '{}')$$,
    '42501', NULL, 'an auditor adds nothing'
);
RESET ROLE;

-- Events are shown by session_user, which SET ROLE does not change: the session is still the superuser's,
-- whose events these are. So here policy_service sees them. A file with the header "pgassay: role …" logs in
-- as the role (as_payment_service.sql), and there it is otherwise.
SET LOCAL ROLE policy_service;
SELECT is(
    (SELECT count(*) FROM audit.events WHERE actor = session_user),
    (SELECT count(*) FROM audit.events),
    'a service sees events of its session''s user only'
);
RESET ROLE;

SET LOCAL ROLE broker_portal;
SELECT throws_ok($$SELECT id FROM audit.events$$, '42501', NULL, 'a broker sees none');
RESET ROLE;

-- Somebody else's event.
INSERT INTO audit.events (actor, table_name, operation, new_row) VALUES ('somebody', 'x', 'INSERT', '{}');
SET LOCAL ROLE payment_service;
SELECT is_empty($$SELECT id FROM audit.events WHERE actor = 'somebody'$$, 'nobody sees somebody else''s');
SET LOCAL ROLE auditor;
SELECT isnt_empty($$SELECT id FROM audit.events WHERE actor = 'somebody'$$, 'except the auditor');
RESET ROLE;

-- The writer has no privilege on actor. Were it given one by mistake, row-level security would still see to it that
-- an event is signed with the right name. A second lock is only seen to hold when the first is open.
GRANT INSERT (actor) ON audit.events TO audit_writer;
SET LOCAL ROLE audit_writer;
SELECT lives_ok(
    $$INSERT INTO audit.events (actor, table_name, operation, new_row) VALUES (session_user, 'x', 'INSERT', '{}')$$,
    'the writer signs with the session''s user'
);
SELECT throws_ok(
    $$INSERT INTO audit.events (actor, table_name, operation, new_row) VALUES ('somebody', 'x', 'INSERT', '{}')$$,
    '42501', 'new row violates row-level security policy for table "events"', 'and with nobody else'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
