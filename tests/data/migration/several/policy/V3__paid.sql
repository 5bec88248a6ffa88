ALTER TABLE policies ADD paid integer REFERENCES payments;
