-- Deploy shop:app/index to pg
CREATE INDEX CONCURRENTLY users_email ON shop.users (email);
