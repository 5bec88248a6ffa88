ALTER TABLE public.users ADD COLUMN name text;
CREATE POLICY own ON public.users USING (true);
