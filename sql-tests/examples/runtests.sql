-- Tests as functions, in the manner of xUnit. runtests() finds the functions of a schema by their names, runs
-- startup once, then for each test: setup, the test, teardown; and shutdown at last. What a test did is rolled
-- back before the next one. Each test is a subtest, indented, with a line of its own after it.
--
-- It suits cases that share a beginning. For all else, plain scripts are easier to read.
BEGIN;

CREATE SCHEMA payment_tests;

CREATE FUNCTION payment_tests.startup_policy() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO policy.policies (id, number, kind, holder_name, premium, starts_on, ends_on)
    VALUES ('44444444-0000-4000-8000-000000000001', 'MOT-600001', 'motor', 'Jane Doe', 70.00, '2024-01-01', '2025-01-01');
    RETURN NEXT pass('a policy that all tests share');
END;
$$;

CREATE FUNCTION payment_tests.setup_payment() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO payment.payments (id, policy_id, amount)
    VALUES ('55555555-0000-4000-8000-000000000001', '44444444-0000-4000-8000-000000000001', 70.00);
    RETURN NEXT is(
        (SELECT status FROM payment.payments WHERE id = '55555555-0000-4000-8000-000000000001'), 'pending',
        'each test begins with a pending payment'
    );
END;
$$;

CREATE FUNCTION payment_tests.teardown_books() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is_empty(
        $q$SELECT b.policy_id FROM policy.bindings AS b JOIN payment.payments AS y ON y.id = b.payment_id
           WHERE y.status <> 'succeeded'$q$,
        'whatever a test did, no policy is bound without money'
    );
END;
$$;

CREATE FUNCTION payment_tests.shutdown_policy() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(
        (SELECT count(*) FROM payment.payments WHERE policy_id = '44444444-0000-4000-8000-000000000001'), 0::bigint,
        'no payment of a test is left'
    );
END;
$$;

CREATE FUNCTION payment_tests.test_success_binds() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(
        (payment.settle('55555555-0000-4000-8000-000000000001', true)).status, 'succeeded', 'the payment succeeds'
    );
    CALL policy.bind('44444444-0000-4000-8000-000000000001', '55555555-0000-4000-8000-000000000001');
    RETURN NEXT ok(
        policy.is_in_force('44444444-0000-4000-8000-000000000001', '2024-06-01'), 'the policy is in force'
    );
END;
$$;

CREATE FUNCTION payment_tests.test_failure_does_not_bind() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(
        (payment.settle('55555555-0000-4000-8000-000000000001', false)).status, 'failed', 'the payment fails'
    );
    RETURN NEXT throws_ok(
        $q$CALL policy.bind('44444444-0000-4000-8000-000000000001', '55555555-0000-4000-8000-000000000001')$q$,
        '23514',
        'payment 55555555-0000-4000-8000-000000000001 is failed, only a succeeded payment binds a policy',
        'the policy cannot be bound'
    );
END;
$$;

CREATE FUNCTION payment_tests.test_refund_after_unbinding() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM payment.settle('55555555-0000-4000-8000-000000000001', true);
    CALL policy.bind('44444444-0000-4000-8000-000000000001', '55555555-0000-4000-8000-000000000001');
    DELETE FROM policy.bindings WHERE policy_id = '44444444-0000-4000-8000-000000000001';
    RETURN NEXT is(payment.refund('55555555-0000-4000-8000-000000000001'), 70.00, 'the money goes back');
    RETURN NEXT is(
        policy.is_in_force('44444444-0000-4000-8000-000000000001', '2024-06-01'), false, 'there is no cover'
    );
END;
$$;

-- The plan is counted by runtests() itself: one line for each test.
SELECT * FROM runtests('payment_tests'::name);
ROLLBACK;
