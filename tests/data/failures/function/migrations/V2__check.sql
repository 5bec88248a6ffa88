SELECT guard(10);

DO $$
BEGIN
    PERFORM guard(-1);
END
$$;
