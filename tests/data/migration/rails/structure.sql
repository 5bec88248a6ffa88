\restrict a1b2

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.ar_internal_metadata (
    key character varying NOT NULL,
    value character varying
);

CREATE TABLE public.schema_migrations (
    version character varying NOT NULL
);

CREATE TABLE public.users (
    id bigint NOT NULL,
    email text
);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

\unrestrict a1b2

SET search_path TO "$user", public;

INSERT INTO "schema_migrations" (version) VALUES
('20240103120000'),
('20240101120000');

