-- V010: details became jsonb. The migration is green on an empty table whatever it says, so its conversion is
-- tried here on rows such as production had.
BEGIN;
SET LOCAL lc_messages TO 'C';
SELECT plan(12);

SELECT is(payment.details_as_jsonb('{"method": "card"}'), '{"method": "card"}'::jsonb, 'a short text is converted');
SELECT is(payment.details_as_jsonb(NULL), NULL, 'NULL stays NULL');

-- The limit, exactly: a JSON text of 255 characters, and one of 256.
SELECT is(
    jsonb_typeof(payment.details_as_jsonb('{"n":"' || repeat('x', 247) || '"}')), 'object',
    '255 characters are converted'
);
SELECT throws_ok(
    $$SELECT payment.details_as_jsonb('{"n":"' || repeat('x', 248) || '"}')$$,
    '22001',
    'payment details of 256 characters: the gateway sent no more than 255',
    '256 characters are refused'
);
-- Characters, not bytes.
SELECT lives_ok(
    $$SELECT payment.details_as_jsonb('{"n":"' || repeat(U&'\00E9', 247) || '"}')$$,
    '255 characters of two bytes are converted'
);
SELECT throws_ok(
    $$SELECT payment.details_as_jsonb('method=card')$$,
    '22P02', 'invalid input syntax for type json', 'what is not JSON is refused'
);
-- What the migration avoids: a cast to varchar(255) cuts without a word.
SELECT is(
    length(repeat('x', 300)::varchar(255)), 255, 'an explicit cast to varchar(255) loses 45 characters silently'
);

-- The statement of the migration, on a table as it was before.
CREATE TABLE pg_temp.payments_as_before (details text NOT NULL DEFAULT '{}');
SELECT lives_ok(
    $$ALTER TABLE pg_temp.payments_as_before
        ALTER COLUMN details DROP DEFAULT,
        ALTER COLUMN details TYPE jsonb USING payment.details_as_jsonb(details),
        ALTER COLUMN details SET DEFAULT '{}'$$,
    'an empty table is converted: this alone would prove nothing'
);
DROP TABLE pg_temp.payments_as_before;

CREATE TABLE pg_temp.payments_as_before (details text NOT NULL DEFAULT '{}');
INSERT INTO pg_temp.payments_as_before VALUES (DEFAULT), ('{"note": "' || repeat('x', 300) || '"}');
SELECT throws_ok(
    $$ALTER TABLE pg_temp.payments_as_before
        ALTER COLUMN details DROP DEFAULT,
        ALTER COLUMN details TYPE jsonb USING payment.details_as_jsonb(details),
        ALTER COLUMN details SET DEFAULT '{}'$$,
    '22001',
    'payment details of 312 characters: the gateway sent no more than 255',
    'one overlong old row stops the migration'
);
-- throws_ok() undoes what its statement did, so the table is as it was.
SELECT is(
    (SELECT max(length(details)) FROM pg_temp.payments_as_before), 312,
    'and the row is not cut'
);
DELETE FROM pg_temp.payments_as_before WHERE length(details) > 255;
SELECT lives_ok(
    $$ALTER TABLE pg_temp.payments_as_before
        ALTER COLUMN details DROP DEFAULT,
        ALTER COLUMN details TYPE jsonb USING payment.details_as_jsonb(details),
        ALTER COLUMN details SET DEFAULT '{}'$$,
    'once the row was seen to, the migration goes through'
);

-- What it was done for.
SELECT set_eq(
    $$SELECT provider_reference FROM payment.payments WHERE details @> '{"method": "card"}'$$,
    ARRAY['PSP-1', 'PSP-3', 'PSP-5'],
    'payments can be asked for how they were made'
);

SELECT * FROM finish();
ROLLBACK;
