--liquibase formatted sql

--changeset ada:1
CREATE TABLE t2 ();
