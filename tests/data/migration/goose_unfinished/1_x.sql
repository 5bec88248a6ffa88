-- +goose Up
CREATE TABLE t ();
CREATE TABLE u ()
