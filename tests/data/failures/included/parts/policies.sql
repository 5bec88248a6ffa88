-- Another file includes this one.
CREATE TABLE policies (holder integer REFERENCES customer);
