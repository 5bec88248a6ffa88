CREATE TABLE drop_down (id int);
