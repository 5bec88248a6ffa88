-- What the provider's gateway wrote, as it lies in production: the shortest text, the usual one, and one of just the length that it
-- may have.
INSERT INTO payment.currencies (code, name, minor_digits) VALUES ('EUR', 'Euro', 2);
INSERT INTO policy.policies (id, number, kind, holder, premium, starts_on, ends_on) VALUES
    ('11111111-0000-4000-8000-000000000001', 'MOT-000001', 'motor', 'Ada Byron', 450.00, '2024-01-01', '2025-01-01');
INSERT INTO payment.payments (id, policy_id, amount, currency, status, details) VALUES
    ('22222222-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', 450.00, 'EUR', 'failed', '{}'),
    ('22222222-0000-4000-8000-000000000002', '11111111-0000-4000-8000-000000000001', 450.00, 'EUR', 'failed',
     '{"method": "card", "reason": "expired"}'),
    ('22222222-0000-4000-8000-000000000003', '11111111-0000-4000-8000-000000000001', 450.00, 'EUR', 'failed',
     format('{"note": "%s"}', repeat('x', 255 - length('{"note": ""}'))));
