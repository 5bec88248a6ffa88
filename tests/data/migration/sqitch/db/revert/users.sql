ALTER TABLE shop.users DROP COLUMN name;
