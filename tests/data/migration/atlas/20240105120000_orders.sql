-- atlas:txtar

-- migration.sql --
CREATE TABLE public.orders (id bigint PRIMARY KEY);
-- down.sql --
DROP TABLE public.orders;
