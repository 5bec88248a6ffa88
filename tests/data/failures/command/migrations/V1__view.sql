CREATE TABLE customers (id integer);
\frobnicate customers now
