-- Inserts a policy and leaves its id in the psql variable policy_id. Included with \ir by test files; it is no
-- test itself, and lies in a directory whose name begins with "_" so that it is not taken for one.
--
-- In:  number, kind, and premium if it is to be another than the tariff's.
-- Out: policy_id.
\if :{?premium}
\else
SELECT policy.quote(:'kind', '2024-06-01') AS premium \gset
\endif

INSERT INTO policy.policies (number, kind, holder_name, premium, starts_on, ends_on)
VALUES (:'number', :'kind', 'Jane Doe', :premium, '2024-06-01', '2025-06-01')
RETURNING id AS policy_id \gset
