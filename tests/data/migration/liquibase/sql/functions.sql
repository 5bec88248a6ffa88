
-- liquibase formatted sql

--changeset ada:greeting runOnChange:true splitStatements:false
CREATE OR REPLACE FUNCTION greeting(person users) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN 'Hello ' || person.name;
END
$$;

--changeset ada:other-ends endDelimiter:/
COMMENT ON TABLE users IS 'people; not robots'
/
COMMENT ON COLUMN users.name IS 'what they are called'
/

--ignoreLines:start
This is no SQL.
--ignoreLines:end

--changeset ada:missing
--preconditions onFail:CONTINUE
--precondition-view-exists view:nowhere schema:public
SELECT no_such_column FROM nowhere;
