CREATE OR REPLACE VIEW last_payment AS SELECT max(id) AS id FROM payments;
