-- What was written as JSON since is text again, as jsonb prints it: keys in its own order, one blank behind each colon.
ALTER TABLE payment.payments DROP CONSTRAINT payments_details_object;
ALTER TABLE payment.payments
    ALTER COLUMN details DROP DEFAULT,
    ALTER COLUMN details TYPE text USING details::text,
    ALTER COLUMN details SET DEFAULT '{}';
DROP FUNCTION payment.details_as_jsonb(text);
