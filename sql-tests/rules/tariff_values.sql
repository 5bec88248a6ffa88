-- What policy.tariffs and payment.currencies refuse.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(8);

SELECT lives_ok(
    $$INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('travel', '2030-01-01', 0.01)$$,
    'a tariff may be small'
);
SELECT throws_ok(
    $$INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('travel', '2031-01-01', 0)$$,
    '23514',
    'new row for relation "tariffs" violates check constraint "tariffs_base_premium_positive"',
    'but not nothing'
);
SELECT throws_ok(
    $$INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('boat', '2030-01-01', 10)$$,
    '23514',
    'new row for relation "tariffs" violates check constraint "tariffs_kind_known"',
    'no tariff for a kind that we do not sell'
);
-- Two lists of kinds must stay one: whatever has a tariff can be sold.
SELECT is(
    (SELECT pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = 'policy.tariffs'::regclass AND conname = 'tariffs_kind_known'),
    (SELECT pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = 'policy.policies'::regclass AND conname = 'policies_kind_known'),
    'tariffs and policies know the same kinds'
);

SELECT lives_ok(
    $$INSERT INTO payment.currencies (code, name, minor_digits) VALUES ('KWD', 'Kuwaiti dinar', 3)$$,
    'a currency may have three digits'
);
SELECT throws_ok(
    $$INSERT INTO payment.currencies (code, name, minor_digits) VALUES ('XXA', 'Nothing', 4)$$,
    '23514',
    'new row for relation "currencies" violates check constraint "currencies_minor_digits_range"',
    'but not four'
);
SELECT throws_ok(
    $$INSERT INTO payment.currencies (code, name, minor_digits) VALUES ('XXB', 'Nothing', -1)$$,
    '23514',
    'new row for relation "currencies" violates check constraint "currencies_minor_digits_range"',
    'nor fewer than none'
);
SELECT throws_ok(
    $$INSERT INTO payment.currencies (code, name) VALUES ('eur', 'Euro')$$,
    '23514',
    'value for domain payment.currency_code violates check constraint "currency_code_form"',
    'a code has capital letters'
);

SELECT * FROM finish();
ROLLBACK;
