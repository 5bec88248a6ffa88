-- liquibase formatted sql
-- changeset ada:1
CREATE TABLE users (id int PRIMARY KEY);
-- rollback DROP TABLE users;
