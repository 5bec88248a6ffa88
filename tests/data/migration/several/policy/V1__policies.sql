CREATE TABLE policies (id integer PRIMARY KEY);
