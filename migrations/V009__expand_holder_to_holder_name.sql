-- policies.holder is to be called holder_name. Services are deployed one after the other, so for some days
-- some write the old column and some the new one. Therefore the rename is done in two steps:
--   expand    (this migration)  both columns are there, and a trigger keeps them in step;
--   contract  (a later one)     once nobody uses the old column, it goes, and the trigger with it.
ALTER TABLE policy.policies ADD COLUMN holder_name text;
UPDATE policy.policies SET holder_name = holder;

CREATE FUNCTION policy.keep_holder_in_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    old_changed boolean := TG_OP = 'INSERT' AND NEW.holder IS NOT NULL;
    new_changed boolean := TG_OP = 'INSERT' AND NEW.holder_name IS NOT NULL;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        old_changed := NEW.holder IS DISTINCT FROM OLD.holder;
        new_changed := NEW.holder_name IS DISTINCT FROM OLD.holder_name;
    END IF;

    IF old_changed AND new_changed AND NEW.holder IS DISTINCT FROM NEW.holder_name THEN
        RAISE EXCEPTION 'holder and holder_name are one thing, but were given two values'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'policies_holder_in_step';
    ELSIF old_changed THEN
        NEW.holder_name := NEW.holder;
    ELSIF new_changed THEN
        NEW.holder := NEW.holder_name;
    END IF;
    RETURN NEW;
END;
$$;
REVOKE EXECUTE ON FUNCTION policy.keep_holder_in_step() FROM PUBLIC;

CREATE TRIGGER policies_keep_holder_in_step
    BEFORE INSERT OR UPDATE OF holder, holder_name ON policy.policies
    FOR EACH ROW EXECUTE FUNCTION policy.keep_holder_in_step();

ALTER TABLE policy.policies ALTER COLUMN holder_name SET NOT NULL;

-- Privileges on single columns do not spread to a new column. Forgetting them here is how an expand step
-- that is right in every other respect takes a service down.
GRANT SELECT (holder_name), INSERT (holder_name) ON policy.policies TO broker_portal;
