CREATE TABLE payments (id integer PRIMARY KEY);
