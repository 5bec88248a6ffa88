CREATE TABLE users (id int PRIMARY KEY);
CREATE INDEX users_id ON users (id);
