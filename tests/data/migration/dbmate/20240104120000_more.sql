-- migrate:up transaction:false
CREATE INDEX orders_id ON orders (id);
COMMENT ON TABLE orders IS 'two statements in one request';
-- migrate:down
