BEGIN;
SELECT plan(2);
SELECT has_index('customers', 'customers_name', ARRAY['name']);
SELECT enum_has_labels('state', ARRAY['new', 'old']);
SELECT finish();
ROLLBACK;
