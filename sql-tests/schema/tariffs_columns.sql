-- policy.tariffs, column by column.
BEGIN;
SELECT plan(9);

SELECT columns_are('policy', 'tariffs', ARRAY['kind', 'valid_from', 'base_premium'], 'columns of policy.tariffs');

SELECT col_type_is('policy', 'tariffs', 'kind', 'text', 'kind is text');
SELECT col_not_null('policy', 'tariffs', 'kind', 'kind is there');
SELECT col_type_is('policy', 'tariffs', 'valid_from', 'date', 'valid_from is a day');
SELECT col_not_null('policy', 'tariffs', 'valid_from', 'valid_from is there');
SELECT col_hasnt_default('policy', 'tariffs', 'valid_from', 'a tariff does not start by accident');
SELECT col_type_is('policy', 'tariffs', 'base_premium', 'numeric(10,2)', 'base_premium is of the type of a premium');
SELECT col_not_null('policy', 'tariffs', 'base_premium', 'base_premium is there');
SELECT col_hasnt_default('policy', 'tariffs', 'base_premium', 'nothing is free by accident');

SELECT * FROM finish();
ROLLBACK;
