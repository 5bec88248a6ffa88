CREATE TABLE account (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner   text    NOT NULL,
    balance numeric NOT NULL DEFAULT 0 CHECK (balance >= 0)
);

CREATE TABLE transfer (
    sender   integer NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
    receiver integer NOT NULL REFERENCES account DEFERRABLE INITIALLY DEFERRED,
    amount   numeric NOT NULL
);

INSERT INTO account (owner, balance) VALUES ('Ada', 100), ('Grace', 50);
