CREATE FUNCTION guard(premium numeric) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF premium < 0 THEN
        RAISE EXCEPTION 'the premium % is negative', premium
            USING DETAIL = 'It was taken from the old system.',
                  HINT = 'Mend the data before you migrate.',
                  ERRCODE = 'check_violation';
    END IF;
END
$$;
