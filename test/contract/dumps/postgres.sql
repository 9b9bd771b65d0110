--
-- PostgreSQL database dump
--

\restrict WJmYwLsWQVaWAU3vqE6mo3pDyDVuOiePQ6QSGc3JSwUWWkpqYpmMkjQ1lOGpDgi

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: billing; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA billing;


--
-- Name: cents; Type: DOMAIN; Schema: public; Owner: -
--

CREATE DOMAIN public.cents AS numeric(12,2);


--
-- Name: email; Type: DOMAIN; Schema: public; Owner: -
--

CREATE DOMAIN public.email AS character varying(80) NOT NULL
	CONSTRAINT email_check CHECK (((VALUE)::text ~~ '%@%'::text));


--
-- Name: mood; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.mood AS ENUM (
    'ok',
    'sad; or "not"'
);


--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.f() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RETURN NEW; END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: invoices; Type: TABLE; Schema: billing; Owner: -
--

CREATE TABLE billing.invoices (
    id integer NOT NULL,
    order_id bigint,
    total integer GENERATED ALWAYS AS ((id * 2)) STORED
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    id bigint NOT NULL,
    at date NOT NULL,
    kind text
)
PARTITION BY RANGE (at);


--
-- Name: events_2024; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_2024 (
    id bigint NOT NULL,
    at date NOT NULL,
    kind text
);


--
-- Name: orders; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.orders (
    id bigint NOT NULL,
    customer text NOT NULL,
    "createdAt" timestamp(3) with time zone DEFAULT now() NOT NULL,
    amount numeric(12,2) DEFAULT 0 NOT NULL,
    free numeric,
    note character varying(40) DEFAULT 'a, NOT NULL; ''b'''::character varying,
    m public.mood,
    contact public.email,
    price public.cents,
    tags text[],
    counts integer[],
    amounts numeric(10,2)[],
    flag boolean,
    small smallint,
    r real,
    d double precision,
    u uuid,
    j json,
    jb jsonb,
    raw bytea,
    day date,
    t time without time zone,
    tz time with time zone,
    ts timestamp without time zone,
    iv interval,
    mon money,
    ch character(3),
    net inet,
    big numeric(50,2),
    bits bit(8),
    o oid
);


--
-- Name: COLUMN orders.note; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.orders.note IS 'it''s; a note';


--
-- Name: open_orders; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.open_orders AS
 SELECT orders.id,
    orders.customer
   FROM public.orders
  WHERE orders.flag;


--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: special; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.special (
    extra integer
)
INHERITS (public.orders);


--
-- Name: totals; Type: MATERIALIZED VIEW; Schema: public; Owner: -
--

CREATE MATERIALIZED VIEW public.totals AS
 SELECT count(*) AS n
   FROM public.orders
  WITH NO DATA;


--
-- Name: events_2024; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');


--
-- Name: special createdAt; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.special ALTER COLUMN "createdAt" SET DEFAULT now();


--
-- Name: special amount; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.special ALTER COLUMN amount SET DEFAULT 0;


--
-- Name: special note; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.special ALTER COLUMN note SET DEFAULT 'a, NOT NULL; ''b'''::character varying;


--
-- Name: invoices invoices_pkey; Type: CONSTRAINT; Schema: billing; Owner: -
--

ALTER TABLE ONLY billing.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: orders_customer_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX orders_customer_idx ON public.orders USING btree (customer);


--
-- Name: orders x; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER x BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION public.f();


--
-- Name: invoices invoices_order_id_fkey; Type: FK CONSTRAINT; Schema: billing; Owner: -
--

ALTER TABLE ONLY billing.invoices
    ADD CONSTRAINT invoices_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);


--
-- PostgreSQL database dump complete
--

\unrestrict WJmYwLsWQVaWAU3vqE6mo3pDyDVuOiePQ6QSGc3JSwUWWkpqYpmMkjQ1lOGpDgi

