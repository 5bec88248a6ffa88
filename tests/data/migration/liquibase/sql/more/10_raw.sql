CREATE TABLE raw (id int);
