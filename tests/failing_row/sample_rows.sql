-- Rows as production has them at this version.
INSERT INTO payment.currencies (code, name) VALUES ('EUR', 'Euro');
INSERT INTO policy.policies (id, number, kind, holder_name, premium, starts_on, ends_on) VALUES
    ('11111111-0000-4000-8000-000000000001', 'MOT-000001', 'motor', 'Ada Byron', 450.00, '2024-01-01', '2025-01-01');
INSERT INTO payment.payments (id, policy_id, amount, status, details)
SELECT ('22222222-0000-4000-8000-00000000000' || i)::uuid, '11111111-0000-4000-8000-000000000001', 10, 'failed',
       CASE WHEN i > 1 THEN '{"method": "transfer", "note": "' || repeat('x', 225 + i) || '"}' ELSE '{}' END
  FROM generate_series(1, 3) AS i;
