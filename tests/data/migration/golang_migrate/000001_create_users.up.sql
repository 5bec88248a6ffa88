CREATE TABLE users (id bigint PRIMARY KEY);
ALTER TABLE users ADD email text;
