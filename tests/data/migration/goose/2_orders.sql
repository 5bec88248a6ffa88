-- +goose Up
-- +goose ENVSUB ON
CREATE TABLE ${PGASSAY_TEST_TABLE:-orders} (id bigint PRIMARY KEY);
-- +goose ENVSUB OFF
COMMENT ON TABLE orders IS '${PGASSAY_TEST_TABLE}';
