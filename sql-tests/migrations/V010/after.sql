BEGIN;
SELECT plan(3);

SELECT is(
    (SELECT details ->> 'reason' FROM payment.payments WHERE id = '22222222-0000-4000-8000-000000000002'),
    'expired', 'what was text can be asked'
);
SELECT is(
    (SELECT details FROM payment.payments WHERE id = '22222222-0000-4000-8000-000000000001'),
    '{}'::jsonb, 'nothing stays nothing'
);
SELECT is(
    (SELECT length(details ->> 'note') FROM payment.payments WHERE id = '22222222-0000-4000-8000-000000000003'),
    243, 'the longest text is whole'
);

SELECT * FROM finish();
ROLLBACK;
