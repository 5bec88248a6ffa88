-- atlas:checkpoint v1

CREATE TABLE public.users (id bigint PRIMARY KEY, email text NOT NULL, name text);
