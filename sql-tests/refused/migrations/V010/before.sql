-- pgassay: refused 22001
-- A text that did not come from the gateway: the migration has to stop, so that somebody looks at it.
INSERT INTO payment.currencies (code, name, minor_digits) VALUES ('EUR', 'Euro', 2);
INSERT INTO policy.policies (id, number, kind, holder, premium, starts_on, ends_on) VALUES
    ('11111111-0000-4000-8000-000000000001', 'MOT-000001', 'motor', 'Ada Byron', 450.00, '2024-01-01', '2025-01-01');
INSERT INTO payment.payments (id, policy_id, amount, currency, status, details) VALUES
    ('22222222-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', 450.00, 'EUR', 'failed',
     format('{"note": "%s"}', repeat('x', 256 - length('{"note": ""}'))));
