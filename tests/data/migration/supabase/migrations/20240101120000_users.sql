CREATE TABLE public.users (id uuid PRIMARY KEY, email text NOT NULL);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
