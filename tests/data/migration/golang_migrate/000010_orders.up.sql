BEGIN;
CREATE TABLE orders (id bigint PRIMARY KEY, owner bigint REFERENCES users);
COMMIT;
