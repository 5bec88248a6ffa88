CREATE TABLE policies (id integer);
