--liquibase formatted sql

-- property name:reader value:shop_reader dbms:postgresql
--property name:reader value:nobody

--changeset ada:users labels:first context:"prod or test"
--comment: Users and their addresses
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
CREATE ROLE ${reader};
GRANT SELECT ON users TO ${reader};
--rollback DROP TABLE users;
--rollback DROP ROLE ${reader};

--changeset ada:index runInTransaction:false
CREATE INDEX CONCURRENTLY users_email ON users (email);
/* liquibase rollback
DROP INDEX users_email;
*/

--changeset bob:oracle dbms:oracle
CREATE TABLE only_oracle (id NUMBER);

--changeset "bob the builder":names
--preconditions onFail:MARK_RAN onError:HALT
--precondition-sql-check expectedResult:0 SELECT count(*) FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'name'
--precondition-table-exists table:users
ALTER TABLE users ADD COLUMN name text;
--rollback not required

--changeset bob:ignored ignore:true
SELECT 1/0;
