-- The type of the third column is misspelt; the caret stands under it.
CREATE TABLE policies (
    id integer PRIMARY KEY,
    holder integer REFERENCES customers,
	übernahme  tezt NOT NULL
);
