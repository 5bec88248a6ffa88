-- Deploy shop:schema to pg
BEGIN;
CREATE SCHEMA :"shop_schema";
COMMIT;
