CREATE TABLE policies (id bigint PRIMARY KEY);
