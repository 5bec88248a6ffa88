-- Deploy shop:users to pg
BEGIN;
ALTER TABLE shop.users ADD COLUMN IF NOT EXISTS name text;
COMMIT;
