CREATE TABLE shut (id bigint);
