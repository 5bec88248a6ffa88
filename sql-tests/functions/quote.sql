-- The premium of a new policy.
BEGIN;
SELECT plan(8);

-- is() wants two values of one type, and compares as IS NOT DISTINCT FROM does: NULL is NULL.
SELECT is(policy.quote('motor', '2024-06-01'), 450.00, 'the newest tariff that is valid');
SELECT is(policy.quote('motor', '2024-01-01'), 450.00, 'a tariff is valid from its first day');
SELECT is(policy.quote('motor', '2023-12-31'), 420.00, 'the day before, the older one is');
SELECT is(policy.quote('home', '2030-01-01'), 120.50, 'a tariff has no end');
SELECT is(policy.quote('motor', '2022-12-31'), NULL, 'no tariff yet, no quote');
SELECT is(policy.quote('boat', '2024-01-01'), NULL, 'no such kind, no quote');

-- A prepared statement can be named instead of being written out. This one is used twice.
PREPARE motor_in_june AS SELECT policy.quote('motor', '2024-06-01');
INSERT INTO policy.tariffs (kind, valid_from, base_premium) VALUES ('motor', '2024-06-01', 470.00);
SELECT results_eq('motor_in_june', ARRAY[470.00], 'a new tariff is taken at once');
DELETE FROM policy.tariffs WHERE kind = 'motor';
SELECT results_eq('motor_in_june', ARRAY[NULL::numeric], 'and without any tariff there is no quote');

SELECT * FROM finish();
ROLLBACK;
