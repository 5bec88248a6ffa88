CREATE TABLE customers (id integer);
COMMENT ON TABLE customers IS 'who insure themselves;
