CREATE TABLE customers (id integer, name text);
