CREATE TABLE customers (id integer PRIMARY KEY);
\ir ../parts/policies.sql
