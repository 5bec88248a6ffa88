-- no-transaction
COMMENT ON TABLE users IS 'two statements in one request';
COMMENT ON TABLE orders IS 'two statements in one request';
