CREATE INDEX CONCURRENTLY users_email ON users (email); -- by itself, so no transaction
