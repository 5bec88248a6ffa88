-- Runs in no transaction, and alone; pgassay finds that out.
CREATE INDEX CONCURRENTLY customers_name ON customers (name);
