SELECT plan(2);
CREATE ROLE squatter LOGIN;
SELECT has_role('squatter', 'somebody has moved in');
CREATE TABLE rubbish ();
INSERT INTO account (owner) VALUES ('Squatter');
SELECT pass('and brought things along');
SELECT * FROM finish();
