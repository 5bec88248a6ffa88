-- atlas:delimiter -- end
CREATE FUNCTION public.greeting() RETURNS text LANGUAGE sql AS $$ SELECT 'Hello -- end' $$
-- end
COMMENT ON FUNCTION public.greeting() IS 'polite'
-- end
