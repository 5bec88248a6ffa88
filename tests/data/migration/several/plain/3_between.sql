CREATE TABLE between (id integer);
