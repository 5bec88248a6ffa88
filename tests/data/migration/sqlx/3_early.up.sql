CREATE TABLE early (id bigint);
