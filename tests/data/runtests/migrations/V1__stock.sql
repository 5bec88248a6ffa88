CREATE SCHEMA stock;
CREATE TABLE stock.items (name text PRIMARY KEY, amount int NOT NULL CHECK (amount >= 0));
