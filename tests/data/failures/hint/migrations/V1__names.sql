CREATE TABLE customers (id integer, surname text);
CREATE VIEW names AS SELECT id, surnmae FROM customers;
