CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO customers VALUES (1, 'Ada');
INSERT INTO customers
VALUES (2, 'Grace'),
       (1, 'Edsger');
