-- payment.currencies, column by column, and the reference rows that the fixtures bring.
BEGIN;
SELECT plan(9);

SELECT columns_are('payment', 'currencies', ARRAY['code', 'name', 'minor_digits'], 'columns of payment.currencies');

SELECT col_type_is('payment', 'currencies', 'code', 'payment', 'currency_code', 'code is of our domain');
SELECT col_not_null('payment', 'currencies', 'code', 'code is there');
SELECT col_type_is('payment', 'currencies', 'name', 'text', 'name is text');
SELECT col_not_null('payment', 'currencies', 'name', 'name is there');
SELECT col_type_is('payment', 'currencies', 'minor_digits', 'smallint', 'minor_digits is small');
SELECT col_not_null('payment', 'currencies', 'minor_digits', 'minor_digits is there');
SELECT col_default_is('payment', 'currencies', 'minor_digits', 2, 'most currencies have cents');

-- The types must be those of the query: minor_digits is a smallint, a bare 2 is an integer.
SELECT bag_eq(
    $$SELECT code::text, minor_digits FROM payment.currencies$$,
    $$VALUES ('CHF', 2::smallint), ('EUR', 2::smallint), ('JPY', 0::smallint)$$,
    'the currencies we take'
);

SELECT * FROM finish();
ROLLBACK;
