--
-- PostgreSQL database dump
--



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
-- Name: quotakit; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS quotakit WITH SCHEMA pg_catalog;


--
-- Name: EXTENSION quotakit; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION quotakit IS 'keeps AI API spend inside limits: quotas on a tree of paths, with strict reservations';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: event_2026_10; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.event_2026_10 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    node_id integer NOT NULL,
    flags integer NOT NULL,
    model text NOT NULL,
    tier text NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    requests bigint NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    price_version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    ref_id uuid,
    key_id integer,
    meters jsonb,
    tags jsonb,
    CONSTRAINT event_check CHECK ((at = quotakit.uuid_time(event_id)))
);


--
-- Name: TABLE event_2026_10; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.event_2026_10 IS 'Events from 2026-10-01 00:00:00+00 to 2026-11-01 00:00:00+00.';


--
-- Name: event_2026_11; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.event_2026_11 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    node_id integer NOT NULL,
    flags integer NOT NULL,
    model text NOT NULL,
    tier text NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    requests bigint NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    price_version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    ref_id uuid,
    key_id integer,
    meters jsonb,
    tags jsonb,
    CONSTRAINT event_check CHECK ((at = quotakit.uuid_time(event_id)))
);


--
-- Name: TABLE event_2026_11; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.event_2026_11 IS 'Events from 2026-11-01 00:00:00+00 to 2026-12-01 00:00:00+00.';


--
-- Name: event_2026_12; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.event_2026_12 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    node_id integer NOT NULL,
    flags integer NOT NULL,
    model text NOT NULL,
    tier text NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    requests bigint NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    price_version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    ref_id uuid,
    key_id integer,
    meters jsonb,
    tags jsonb,
    CONSTRAINT event_check CHECK ((at = quotakit.uuid_time(event_id)))
);


--
-- Name: TABLE event_2026_12; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.event_2026_12 IS 'Events from 2026-12-01 00:00:00+00 to 2027-01-01 00:00:00+00.';


--
-- Name: event_2027_01; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.event_2027_01 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    node_id integer NOT NULL,
    flags integer NOT NULL,
    model text NOT NULL,
    tier text NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    requests bigint NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    price_version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    ref_id uuid,
    key_id integer,
    meters jsonb,
    tags jsonb,
    CONSTRAINT event_check CHECK ((at = quotakit.uuid_time(event_id)))
);


--
-- Name: TABLE event_2027_01; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.event_2027_01 IS 'Events from 2027-01-01 00:00:00+00 to 2027-02-01 00:00:00+00.';


--
-- Name: event_2027_02; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.event_2027_02 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event_id uuid NOT NULL,
    node_id integer NOT NULL,
    flags integer NOT NULL,
    model text NOT NULL,
    tier text NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    requests bigint NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    price_version bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    ref_id uuid,
    key_id integer,
    meters jsonb,
    tags jsonb,
    CONSTRAINT event_check CHECK ((at = quotakit.uuid_time(event_id)))
);


--
-- Name: TABLE event_2027_02; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.event_2027_02 IS 'Events from 2027-02-01 00:00:00+00 to 2027-03-01 00:00:00+00.';


--
-- Name: reservation_2026_10; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.reservation_2026_10 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    reservation_id uuid NOT NULL,
    seq integer NOT NULL,
    is_open boolean NOT NULL,
    is_lease boolean NOT NULL,
    node_id integer NOT NULL,
    model text NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    key_id integer,
    CONSTRAINT reservation_check CHECK ((at = quotakit.uuid_time(reservation_id)))
);


--
-- Name: TABLE reservation_2026_10; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.reservation_2026_10 IS 'Reservations from 2026-10-01 00:00:00+00 to 2026-11-01 00:00:00+00.';


--
-- Name: reservation_2026_11; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.reservation_2026_11 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    reservation_id uuid NOT NULL,
    seq integer NOT NULL,
    is_open boolean NOT NULL,
    is_lease boolean NOT NULL,
    node_id integer NOT NULL,
    model text NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    key_id integer,
    CONSTRAINT reservation_check CHECK ((at = quotakit.uuid_time(reservation_id)))
);


--
-- Name: TABLE reservation_2026_11; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.reservation_2026_11 IS 'Reservations from 2026-11-01 00:00:00+00 to 2026-12-01 00:00:00+00.';


--
-- Name: reservation_2026_12; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.reservation_2026_12 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    reservation_id uuid NOT NULL,
    seq integer NOT NULL,
    is_open boolean NOT NULL,
    is_lease boolean NOT NULL,
    node_id integer NOT NULL,
    model text NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    key_id integer,
    CONSTRAINT reservation_check CHECK ((at = quotakit.uuid_time(reservation_id)))
);


--
-- Name: TABLE reservation_2026_12; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.reservation_2026_12 IS 'Reservations from 2026-12-01 00:00:00+00 to 2027-01-01 00:00:00+00.';


--
-- Name: reservation_2027_01; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.reservation_2027_01 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    reservation_id uuid NOT NULL,
    seq integer NOT NULL,
    is_open boolean NOT NULL,
    is_lease boolean NOT NULL,
    node_id integer NOT NULL,
    model text NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    key_id integer,
    CONSTRAINT reservation_check CHECK ((at = quotakit.uuid_time(reservation_id)))
);


--
-- Name: TABLE reservation_2027_01; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.reservation_2027_01 IS 'Reservations from 2027-01-01 00:00:00+00 to 2027-02-01 00:00:00+00.';


--
-- Name: reservation_2027_02; Type: TABLE; Schema: quotakit; Owner: -
--

CREATE TABLE quotakit.reservation_2027_02 (
    account_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    reservation_id uuid NOT NULL,
    seq integer NOT NULL,
    is_open boolean NOT NULL,
    is_lease boolean NOT NULL,
    node_id integer NOT NULL,
    model text NOT NULL,
    usd bigint NOT NULL,
    credits bigint NOT NULL,
    requests bigint NOT NULL,
    tokens bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    content_hash bigint NOT NULL,
    key_id integer,
    CONSTRAINT reservation_check CHECK ((at = quotakit.uuid_time(reservation_id)))
);


--
-- Name: TABLE reservation_2027_02; Type: COMMENT; Schema: quotakit; Owner: -
--

COMMENT ON TABLE quotakit.reservation_2027_02 IS 'Reservations from 2027-02-01 00:00:00+00 to 2027-03-01 00:00:00+00.';


--
-- Name: event_2026_10; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event ATTACH PARTITION quotakit.event_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');


--
-- Name: event_2026_11; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event ATTACH PARTITION quotakit.event_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: event_2026_12; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event ATTACH PARTITION quotakit.event_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: event_2027_01; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event ATTACH PARTITION quotakit.event_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: event_2027_02; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event ATTACH PARTITION quotakit.event_2027_02 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');


--
-- Name: reservation_2026_10; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation ATTACH PARTITION quotakit.reservation_2026_10 FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');


--
-- Name: reservation_2026_11; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation ATTACH PARTITION quotakit.reservation_2026_11 FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');


--
-- Name: reservation_2026_12; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation ATTACH PARTITION quotakit.reservation_2026_12 FOR VALUES FROM ('2026-12-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');


--
-- Name: reservation_2027_01; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation ATTACH PARTITION quotakit.reservation_2027_01 FOR VALUES FROM ('2027-01-01 00:00:00+00') TO ('2027-02-01 00:00:00+00');


--
-- Name: reservation_2027_02; Type: TABLE ATTACH; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation ATTACH PARTITION quotakit.reservation_2027_02 FOR VALUES FROM ('2027-02-01 00:00:00+00') TO ('2027-03-01 00:00:00+00');


--
-- Data for Name: account; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.account (account_id, name, time_zone, billing_day, week_start, usd_per_credit, contact_name, contact_email, billing_address, on_unknown_path, retention, sealed_until, config_version, created_at) FROM stdin;
1	acme	Asia/Kolkata	28	1	\N	\N	\N	\N	reject	35 days	2026-10-18 18:30:00+00	36	2026-11-23 12:30:00+00
2	beta	America/New_York	1	1	\N	\N	\N	\N	reject	35 days	2026-10-19 04:00:00+00	37	2026-11-23 12:30:00+00
\.


--
-- Data for Name: access; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.access (account_id, role_name, access, granted_at) FROM stdin;
\.


--
-- Data for Name: node; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.node (account_id, node_id, path, service, notes, tags, frozen_reason, archived_at, created_at) FROM stdin;
1	1	acme	\N	\N	{}	\N	\N	2026-11-23 12:30:00+00
1	2	acme/search	openai	\N	{web}	\N	\N	2026-11-23 12:30:00+00
1	3	acme/search/rewrite	openai	x	{}	\N	\N	2026-11-23 12:30:00+00
1	4	acme/old	openai	\N	{}	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00
2	5	beta	\N	\N	{}	\N	\N	2026-11-23 12:30:00+00
2	6	beta/search	openai	\N	{web}	\N	\N	2026-11-23 12:30:00+00
2	7	beta/search/rewrite	openai	x	{}	\N	\N	2026-11-23 12:30:00+00
2	8	beta/old	openai	\N	{}	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00
\.


--
-- Data for Name: policy; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.policy (account_id, policy_id, node_id, slot, unit, period, rolling, service, model, limit_amount, enforcement, boost_amount, boost_until, created_at, counts_from, archived_at) FROM stdin;
1	1	1	1	usd	lifetime	f	\N	\N	1000000000000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	2	1	2	credits	month	f	\N	\N	100000000000000	block	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	3	2	1	tokens	quarter	f	\N	\N	100000	open	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	4	2	2	usd	day	f	openai	m	5000000000000	shadow	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	5	2	3	requests	minute	t	\N	\N	6	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	6	2	4	requests	hour	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	7	2	5	requests	day	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	8	2	6	requests	week	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	9	2	7	requests	month	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	10	2	8	requests	quarter	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	11	2	9	requests	year	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
1	12	3	1	usd	minute	f	\N	\N	100000000000	block	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	13	5	1	usd	lifetime	f	\N	\N	1000000000000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	14	5	2	credits	month	f	\N	\N	100000000000000	block	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	15	6	1	tokens	quarter	f	\N	\N	100000	open	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	16	6	2	usd	day	f	openai	m	5000000000000	shadow	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	17	6	3	requests	minute	t	\N	\N	6	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	18	6	4	requests	hour	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	19	6	5	requests	day	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	20	6	6	requests	week	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	21	6	7	requests	month	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	22	6	8	requests	quarter	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	23	6	9	requests	year	t	\N	\N	1000	strict	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
2	24	7	1	usd	minute	f	\N	\N	100000000000	block	0	\N	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	\N
\.


--
-- Data for Name: alert; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.alert (account_id, alert_id, policy_id, kind, percent, amount, to_contact, delivery, muted_until, created_at, archived_at) FROM stdin;
1	1	1	percent	80	\N	t	each	\N	2026-11-23 12:30:00+00	\N
2	2	13	percent	80	\N	t	each	\N	2026-11-23 12:30:00+00	\N
\.


--
-- Data for Name: alert_fired; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.alert_fired (account_id, fired_id, policy_id, window_start, kind, mark, threshold, alert_id, used, limit_amount, fired_at, state, facts) FROM stdin;
1	1	1	-infinity	refusal	0	0	0	7000000000	1000000000000	2026-11-23 12:30:00+00	told	{"at": "2026-11-23T12:30:00+00:00", "top": [], "kind": "refusal", "link": null, "mark": null, "pace": "604800", "path": "acme", "used": "7", "limit": "1000", "policy": {"unit": "usd", "model": null, "period": "lifetime", "rolling": false, "service": null, "policy_id": 1, "enforcement": "strict"}, "account": "acme", "percent": "0.7", "alert_id": 0, "fired_id": 1, "pace_per": "day", "resets_at": null, "time_zone": "Asia/Kolkata", "window_over": false, "projected_at": "2026-11-23T12:32:21.857143+00:00", "window_start": null}
2	2	13	-infinity	refusal	0	0	0	7000000000	1000000000000	2026-11-23 12:30:00+00	told	{"at": "2026-11-23T12:30:00+00:00", "top": [], "kind": "refusal", "link": null, "mark": null, "pace": "604800", "path": "beta", "used": "7", "limit": "1000", "policy": {"unit": "usd", "model": null, "period": "lifetime", "rolling": false, "service": null, "policy_id": 13, "enforcement": "strict"}, "account": "beta", "percent": "0.7", "alert_id": 0, "fired_id": 2, "pace_per": "day", "resets_at": null, "time_zone": "America/New_York", "window_over": false, "projected_at": "2026-11-23T12:32:21.857143+00:00", "window_start": null}
\.


--
-- Data for Name: recipient; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.recipient (account_id, recipient_id, channel, name, url, secret, previous_secret, previous_until, confirmed_at, token_hash, token_until, disabled_at, disabled_reason, created_at, removed_at) FROM stdin;
1	1	webhook	hook	https://example.com/acme	\\x4383240669258f96755fdaa295d2da017f27a03e81404327f5345294196b26b7	\N	\N	2026-11-23 12:30:00+00	\N	\N	\N	\N	2026-11-23 12:30:00+00	\N
2	2	webhook	hook	https://example.com/beta	\\x3ce74e947e0c42a467cf24e2b84a49ec6d5bb9a48acd3d743b4ae350fe82e6a0	\N	\N	2026-11-23 12:30:00+00	\N	\N	\N	\N	2026-11-23 12:30:00+00	\N
\.


--
-- Data for Name: alert_recipient; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.alert_recipient (account_id, alert_id, recipient_id) FROM stdin;
\.


--
-- Data for Name: alert_setting; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.alert_setting (account_id, dashboard_url, statements, digest_hour) FROM stdin;
\.


--
-- Data for Name: api_key; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.api_key (account_id, key_id, name, key_hash, created_at, created_by, revoked_at, last_used) FROM stdin;
1	1	the gateway	\\xdaa24b5866bd4383317c1506276a42376c8a58413136e9b001d9c64cbb4ebc2a	2026-11-23 12:30:00+00	postgres	\N	\N
2	2	the gateway	\\xbd6c61298edc5e0387ec01bce941fb0f78ccc559ca2bbfe715663340cff66748	2026-11-23 12:30:00+00	postgres	\N	\N
\.


--
-- Data for Name: audit_log; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.audit_log (account_id, audit_id, at, actor, object, action, before, after) FROM stdin;
1	1	2026-11-23 12:30:00+00	postgres	account	insert	\N	{"name": "acme", "retention": "1 year 1 mon", "time_zone": "Asia/Kolkata", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 28, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}
1	2	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "acme", "tags": [], "notes": null, "node_id": 1, "service": null, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
1	3	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "acme/search", "tags": ["web"], "notes": null, "node_id": 2, "service": "openai", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
1	4	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "acme/search/rewrite", "tags": [], "notes": "x", "node_id": 3, "service": "openai", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
1	5	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "acme/old", "tags": [], "notes": null, "node_id": 4, "service": "openai", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
1	6	2026-11-23 12:30:00+00	postgres	price	insert	\N	{"usd": 0.001, "tier": "standard", "meter": "input_tokens", "model": "m", "credits": 0.5, "service": "openai", "shipped": false, "account_id": 1, "valid_from": "-infinity", "above_tokens": 0, "price_version": 1000000000, "superseded_by": null}
1	7	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "usd", "model": null, "period": "lifetime", "node_id": 1, "rolling": false, "service": null, "policy_id": 1, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000000000000}
1	8	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 2, "unit": "credits", "model": null, "period": "month", "node_id": 1, "rolling": false, "service": null, "policy_id": 2, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "block", "boost_amount": 0, "limit_amount": 100000000000000}
1	9	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "tokens", "model": null, "period": "quarter", "node_id": 2, "rolling": false, "service": null, "policy_id": 3, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "open", "boost_amount": 0, "limit_amount": 100000}
1	10	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 2, "unit": "usd", "model": "m", "period": "day", "node_id": 2, "rolling": false, "service": "openai", "policy_id": 4, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "shadow", "boost_amount": 0, "limit_amount": 5000000000000}
1	11	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 3, "unit": "requests", "model": null, "period": "minute", "node_id": 2, "rolling": true, "service": null, "policy_id": 5, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 6}
1	12	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 4, "unit": "requests", "model": null, "period": "hour", "node_id": 2, "rolling": true, "service": null, "policy_id": 6, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	13	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 5, "unit": "requests", "model": null, "period": "day", "node_id": 2, "rolling": true, "service": null, "policy_id": 7, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	14	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 6, "unit": "requests", "model": null, "period": "week", "node_id": 2, "rolling": true, "service": null, "policy_id": 8, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	15	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 7, "unit": "requests", "model": null, "period": "month", "node_id": 2, "rolling": true, "service": null, "policy_id": 9, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	16	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 8, "unit": "requests", "model": null, "period": "quarter", "node_id": 2, "rolling": true, "service": null, "policy_id": 10, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	17	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 9, "unit": "requests", "model": null, "period": "year", "node_id": 2, "rolling": true, "service": null, "policy_id": 11, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
1	18	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "usd", "model": null, "period": "minute", "node_id": 3, "rolling": false, "service": null, "policy_id": 12, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "block", "boost_amount": 0, "limit_amount": 100000000000}
1	19	2026-11-23 12:30:00+00	postgres	account	update	{"name": "acme", "retention": "1 year 1 mon", "time_zone": "Asia/Kolkata", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 28, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}	{"name": "acme", "retention": "35 days", "time_zone": "Asia/Kolkata", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 28, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}
1	20	2026-11-23 12:30:00+00	postgres	node	update	{"path": "acme/old", "tags": [], "notes": null, "node_id": 4, "service": "openai", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}	{"path": "acme/old", "tags": [], "notes": null, "node_id": 4, "service": "openai", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": "2026-11-23T12:30:00+00:00", "frozen_reason": null}
1	21	2026-11-23 12:30:00+00	postgres	api_key	insert	\N	{"name": "the gateway", "key_id": 1, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "created_by": "postgres", "revoked_at": null}
1	22	2026-11-23 12:30:00+00	postgres	member	insert	\N	{"name": null, "role": "owner", "email": "ann@acme.example", "member_id": 1, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00"}
1	23	2026-11-23 12:30:00+00	postgres	invitation	insert	\N	{"role": "viewer", "email": "bob@acme.example", "used_at": null, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "expires_at": "2026-11-30T12:30:00+00:00", "invited_by": "postgres", "invitation_id": 1}
1	24	2026-11-23 12:30:00+00	postgres	recipient	insert	\N	{"name": "hook", "channel": "webhook", "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "removed_at": null, "disabled_at": null, "token_until": null, "confirmed_at": "2026-11-23T12:30:00+00:00", "recipient_id": 1, "previous_until": null, "disabled_reason": null}
1	25	2026-11-23 12:30:00+00	postgres	alert	insert	\N	{"kind": "percent", "amount": null, "percent": 80, "alert_id": 1, "delivery": "each", "policy_id": 1, "account_id": 1, "created_at": "2026-11-23T12:30:00+00:00", "to_contact": true, "archived_at": null, "muted_until": null}
2	26	2026-11-23 12:30:00+00	postgres	account	insert	\N	{"name": "beta", "retention": "1 year 1 mon", "time_zone": "America/New_York", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 1, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}
2	27	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "beta", "tags": [], "notes": null, "node_id": 5, "service": null, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
2	28	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "beta/search", "tags": ["web"], "notes": null, "node_id": 6, "service": "openai", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
2	29	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "beta/search/rewrite", "tags": [], "notes": "x", "node_id": 7, "service": "openai", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
2	30	2026-11-23 12:30:00+00	postgres	node	insert	\N	{"path": "beta/old", "tags": [], "notes": null, "node_id": 8, "service": "openai", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}
2	31	2026-11-23 12:30:00+00	postgres	price	insert	\N	{"usd": 0.001, "tier": "standard", "meter": "input_tokens", "model": "m", "credits": 0.5, "service": "openai", "shipped": false, "account_id": 2, "valid_from": "-infinity", "above_tokens": 0, "price_version": 1000000001, "superseded_by": null}
2	32	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "usd", "model": null, "period": "lifetime", "node_id": 5, "rolling": false, "service": null, "policy_id": 13, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000000000000}
2	33	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 2, "unit": "credits", "model": null, "period": "month", "node_id": 5, "rolling": false, "service": null, "policy_id": 14, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "block", "boost_amount": 0, "limit_amount": 100000000000000}
2	34	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "tokens", "model": null, "period": "quarter", "node_id": 6, "rolling": false, "service": null, "policy_id": 15, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "open", "boost_amount": 0, "limit_amount": 100000}
2	35	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 2, "unit": "usd", "model": "m", "period": "day", "node_id": 6, "rolling": false, "service": "openai", "policy_id": 16, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "shadow", "boost_amount": 0, "limit_amount": 5000000000000}
2	36	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 3, "unit": "requests", "model": null, "period": "minute", "node_id": 6, "rolling": true, "service": null, "policy_id": 17, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 6}
2	37	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 4, "unit": "requests", "model": null, "period": "hour", "node_id": 6, "rolling": true, "service": null, "policy_id": 18, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	38	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 5, "unit": "requests", "model": null, "period": "day", "node_id": 6, "rolling": true, "service": null, "policy_id": 19, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	39	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 6, "unit": "requests", "model": null, "period": "week", "node_id": 6, "rolling": true, "service": null, "policy_id": 20, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	40	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 7, "unit": "requests", "model": null, "period": "month", "node_id": 6, "rolling": true, "service": null, "policy_id": 21, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	41	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 8, "unit": "requests", "model": null, "period": "quarter", "node_id": 6, "rolling": true, "service": null, "policy_id": 22, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	42	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 9, "unit": "requests", "model": null, "period": "year", "node_id": 6, "rolling": true, "service": null, "policy_id": 23, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "strict", "boost_amount": 0, "limit_amount": 1000}
2	43	2026-11-23 12:30:00+00	postgres	policy	insert	\N	{"slot": 1, "unit": "usd", "model": null, "period": "minute", "node_id": 7, "rolling": false, "service": null, "policy_id": 24, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "boost_until": null, "enforcement": "block", "boost_amount": 0, "limit_amount": 100000000000}
2	44	2026-11-23 12:30:00+00	postgres	account	update	{"name": "beta", "retention": "1 year 1 mon", "time_zone": "America/New_York", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 1, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}	{"name": "beta", "retention": "35 days", "time_zone": "America/New_York", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "week_start": 1, "billing_day": 1, "contact_name": null, "contact_email": null, "usd_per_credit": null, "billing_address": null, "on_unknown_path": "reject"}
2	45	2026-11-23 12:30:00+00	postgres	node	update	{"path": "beta/old", "tags": [], "notes": null, "node_id": 8, "service": "openai", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": null, "frozen_reason": null}	{"path": "beta/old", "tags": [], "notes": null, "node_id": 8, "service": "openai", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "archived_at": "2026-11-23T12:30:00+00:00", "frozen_reason": null}
2	46	2026-11-23 12:30:00+00	postgres	api_key	insert	\N	{"name": "the gateway", "key_id": 2, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "created_by": "postgres", "revoked_at": null}
2	47	2026-11-23 12:30:00+00	postgres	member	insert	\N	{"name": null, "role": "owner", "email": "ann@beta.example", "member_id": 2, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00"}
2	48	2026-11-23 12:30:00+00	postgres	invitation	insert	\N	{"role": "viewer", "email": "bob@beta.example", "used_at": null, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "expires_at": "2026-11-30T12:30:00+00:00", "invited_by": "postgres", "invitation_id": 2}
2	49	2026-11-23 12:30:00+00	postgres	recipient	insert	\N	{"name": "hook", "channel": "webhook", "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "removed_at": null, "disabled_at": null, "token_until": null, "confirmed_at": "2026-11-23T12:30:00+00:00", "recipient_id": 2, "previous_until": null, "disabled_reason": null}
2	50	2026-11-23 12:30:00+00	postgres	alert	insert	\N	{"kind": "percent", "amount": null, "percent": 80, "alert_id": 2, "delivery": "each", "policy_id": 13, "account_id": 2, "created_at": "2026-11-23T12:30:00+00:00", "to_contact": true, "archived_at": null, "muted_until": null}
\.


--
-- Data for Name: baseline; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.baseline (account_id, policy_id, window_start, used) FROM stdin;
1	1	-infinity	4300000000
1	10	2026-08-24 12:00:00+00	1
1	10	2026-08-26 00:00:00+00	1
1	10	2026-08-27 12:00:00+00	2
1	10	2026-08-29 00:00:00+00	1
1	10	2026-08-30 12:00:00+00	1
1	10	2026-09-01 00:00:00+00	1
1	10	2026-09-02 12:00:00+00	1
1	10	2026-09-04 00:00:00+00	1
1	10	2026-09-05 12:00:00+00	1
1	10	2026-09-07 00:00:00+00	2
1	10	2026-09-08 12:00:00+00	1
1	10	2026-09-10 00:00:00+00	1
1	10	2026-09-11 12:00:00+00	1
1	10	2026-09-13 00:00:00+00	1
1	10	2026-09-14 12:00:00+00	1
1	10	2026-09-16 00:00:00+00	2
1	10	2026-09-17 12:00:00+00	1
1	10	2026-09-19 00:00:00+00	1
1	10	2026-09-20 12:00:00+00	1
1	10	2026-09-22 00:00:00+00	1
1	10	2026-09-23 12:00:00+00	1
1	10	2026-09-25 00:00:00+00	2
1	10	2026-09-26 12:00:00+00	1
1	10	2026-09-28 00:00:00+00	1
1	10	2026-09-29 12:00:00+00	1
1	10	2026-10-01 00:00:00+00	1
1	10	2026-10-02 12:00:00+00	1
1	10	2026-10-04 00:00:00+00	2
1	10	2026-10-05 12:00:00+00	1
1	10	2026-10-07 00:00:00+00	1
1	10	2026-10-08 12:00:00+00	1
1	10	2026-10-10 00:00:00+00	1
1	10	2026-10-11 12:00:00+00	1
1	10	2026-10-13 00:00:00+00	2
1	10	2026-10-14 12:00:00+00	1
1	10	2026-10-16 00:00:00+00	1
1	10	2026-10-17 12:00:00+00	1
1	11	2026-08-25 00:00:00+00	4
1	11	2026-08-30 00:00:00+00	4
1	11	2026-09-04 00:00:00+00	4
1	11	2026-09-09 00:00:00+00	4
1	11	2026-09-14 00:00:00+00	4
1	11	2026-09-19 00:00:00+00	4
1	11	2026-09-24 00:00:00+00	4
1	11	2026-09-29 00:00:00+00	3
1	11	2026-10-04 00:00:00+00	4
1	11	2026-10-09 00:00:00+00	4
1	11	2026-10-14 00:00:00+00	4
2	13	-infinity	4300000000
2	15	2026-10-01 04:00:00+00	1400
2	22	2026-08-24 12:00:00+00	1
2	22	2026-08-26 00:00:00+00	1
2	22	2026-08-27 12:00:00+00	2
2	22	2026-08-29 00:00:00+00	1
2	22	2026-08-30 12:00:00+00	1
2	22	2026-09-01 00:00:00+00	1
2	22	2026-09-02 12:00:00+00	1
2	22	2026-09-04 00:00:00+00	1
2	22	2026-09-05 12:00:00+00	1
2	22	2026-09-07 00:00:00+00	2
2	22	2026-09-08 12:00:00+00	1
2	22	2026-09-10 00:00:00+00	1
2	22	2026-09-11 12:00:00+00	1
2	22	2026-09-13 00:00:00+00	1
2	22	2026-09-14 12:00:00+00	1
2	22	2026-09-16 00:00:00+00	2
2	22	2026-09-17 12:00:00+00	1
2	22	2026-09-19 00:00:00+00	1
2	22	2026-09-20 12:00:00+00	1
2	22	2026-09-22 00:00:00+00	1
2	22	2026-09-23 12:00:00+00	1
2	22	2026-09-25 00:00:00+00	2
2	22	2026-09-26 12:00:00+00	1
2	22	2026-09-28 00:00:00+00	1
2	22	2026-09-29 12:00:00+00	1
2	22	2026-10-01 00:00:00+00	1
2	22	2026-10-02 12:00:00+00	1
2	22	2026-10-04 00:00:00+00	2
2	22	2026-10-05 12:00:00+00	1
2	22	2026-10-07 00:00:00+00	1
2	22	2026-10-08 12:00:00+00	1
2	22	2026-10-10 00:00:00+00	1
2	22	2026-10-11 12:00:00+00	1
2	22	2026-10-13 00:00:00+00	2
2	22	2026-10-14 12:00:00+00	1
2	22	2026-10-16 00:00:00+00	1
2	22	2026-10-17 12:00:00+00	1
2	23	2026-08-25 00:00:00+00	4
2	23	2026-08-30 00:00:00+00	4
2	23	2026-09-04 00:00:00+00	4
2	23	2026-09-09 00:00:00+00	4
2	23	2026-09-14 00:00:00+00	4
2	23	2026-09-19 00:00:00+00	4
2	23	2026-09-24 00:00:00+00	4
2	23	2026-09-29 00:00:00+00	3
2	23	2026-10-04 00:00:00+00	4
2	23	2026-10-09 00:00:00+00	4
2	23	2026-10-14 00:00:00+00	4
\.


--
-- Data for Name: counter; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.counter (account_id, policy_id, window_start, seq, used, hold_until, hold_amount, bucket_start, bucket_used) FROM stdin;
1	4	2026-11-21 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-22 05:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-20 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-20 22:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-18 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-19 15:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-17 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-18 08:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-16 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-17 01:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-15 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-15 18:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-13 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-14 11:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-12 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-13 04:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-11 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-11 21:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-09 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-10 14:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-08 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-09 07:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-07 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-08 00:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-05 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-06 17:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-04 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-05 10:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-03 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-04 03:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-11-02 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-02 20:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-31 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-11-01 13:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-30 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-31 06:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-29 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-29 23:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-27 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-28 16:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-26 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-27 09:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-25 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-26 02:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-24 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-24 19:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-22 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-23 12:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-21 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-22 05:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-20 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-20 22:30:00+00	1	100000000	{}	{}	{}	{}
1	4	2026-10-18 18:30:00+00	1	100000000	{}	{}	{}	{}
1	12	2026-10-19 15:30:00+00	1	100000000	{}	{}	{}	{}
1	2	2026-09-27 18:30:00+00	23	1150000000000	{}	{}	{}	{}
2	14	2026-10-01 04:00:00+00	24	1200000000000	{}	{}	{}	{}
1	3	2026-07-27 18:30:00+00	50	5000	{}	{}	{}	{}
2	16	2026-11-22 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-22 05:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-20 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-20 22:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-19 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-19 15:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-18 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-18 08:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-16 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-17 01:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-15 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-15 18:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-14 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-14 11:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-12 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-13 04:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-11 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-11 21:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-10 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-10 14:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-09 05:00:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-25 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-09 07:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-07 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-08 00:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-06 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-06 17:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-05 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-05 10:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-03 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-04 03:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-02 05:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-02 20:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-11-01 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-01 13:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-31 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-31 06:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-29 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-29 23:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-28 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-28 16:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-27 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-27 09:30:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-26 02:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-24 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-24 19:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-23 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-23 12:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-22 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-22 05:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-20 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-20 22:30:00+00	1	100000000	{}	{}	{}	{}
2	16	2026-10-19 04:00:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-10-19 15:30:00+00	1	100000000	{}	{}	{}	{}
2	24	2026-11-23 12:32:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:30:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:34:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:30:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:35:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:31:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:31:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:32:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:37:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:37:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:33:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:33:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:34:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:38:00+00	2	10000000	{}	{}	{}	{}
1	5	-infinity	39	6	{}	{}	{"2026-11-23 12:38:30+00","2026-11-23 12:39:00+00","2026-11-23 12:39:30+00"}	{3,1,2}
1	6	-infinity	39	39	{}	{}	{"2026-11-23 12:30:00+00","2026-11-23 12:31:00+00","2026-11-23 12:32:00+00","2026-11-23 12:33:00+00","2026-11-23 12:34:00+00","2026-11-23 12:35:00+00","2026-11-23 12:36:00+00","2026-11-23 12:37:00+00","2026-11-23 12:38:00+00","2026-11-23 12:39:00+00"}	{3,4,5,3,4,5,3,4,5,3}
1	7	-infinity	39	39	{}	{}	{"2026-11-23 12:30:00+00"}	{39}
1	8	-infinity	44	44	{}	{}	{"2026-11-17 00:00:00+00","2026-11-18 06:00:00+00","2026-11-19 15:00:00+00","2026-11-20 21:00:00+00","2026-11-22 03:00:00+00","2026-11-23 12:00:00+00"}	{1,1,1,1,1,39}
1	9	-infinity	62	62	{}	{}	{"2026-10-24 12:00:00+00","2026-10-26 00:00:00+00","2026-10-27 00:00:00+00","2026-10-28 12:00:00+00","2026-10-29 12:00:00+00","2026-10-31 00:00:00+00","2026-11-01 12:00:00+00","2026-11-02 12:00:00+00","2026-11-04 00:00:00+00","2026-11-05 00:00:00+00","2026-11-06 12:00:00+00","2026-11-08 00:00:00+00","2026-11-09 00:00:00+00","2026-11-10 12:00:00+00","2026-11-11 12:00:00+00","2026-11-13 00:00:00+00","2026-11-14 00:00:00+00","2026-11-15 12:00:00+00","2026-11-17 00:00:00+00","2026-11-18 00:00:00+00","2026-11-19 12:00:00+00","2026-11-20 12:00:00+00","2026-11-22 00:00:00+00","2026-11-23 12:00:00+00"}	{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,39}
1	12	2026-11-23 12:35:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:36:00+00	2	10000000	{}	{}	{}	{}
2	24	2026-11-23 12:36:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:38:00+00	2	10000000	{}	{}	{}	{}
1	10	-infinity	109	109	{}	{}	{"2026-08-24 12:00:00+00","2026-08-26 00:00:00+00","2026-08-27 12:00:00+00","2026-08-29 00:00:00+00","2026-08-30 12:00:00+00","2026-09-01 00:00:00+00","2026-09-02 12:00:00+00","2026-09-04 00:00:00+00","2026-09-05 12:00:00+00","2026-09-07 00:00:00+00","2026-09-08 12:00:00+00","2026-09-10 00:00:00+00","2026-09-11 12:00:00+00","2026-09-13 00:00:00+00","2026-09-14 12:00:00+00","2026-09-16 00:00:00+00","2026-09-17 12:00:00+00","2026-09-19 00:00:00+00","2026-09-20 12:00:00+00","2026-09-22 00:00:00+00","2026-09-23 12:00:00+00","2026-09-25 00:00:00+00","2026-09-26 12:00:00+00","2026-09-28 00:00:00+00","2026-09-29 12:00:00+00","2026-10-01 00:00:00+00","2026-10-02 12:00:00+00","2026-10-04 00:00:00+00","2026-10-05 12:00:00+00","2026-10-07 00:00:00+00","2026-10-08 12:00:00+00","2026-10-10 00:00:00+00","2026-10-11 12:00:00+00","2026-10-13 00:00:00+00","2026-10-14 12:00:00+00","2026-10-16 00:00:00+00","2026-10-17 12:00:00+00","2026-10-19 00:00:00+00","2026-10-20 12:00:00+00","2026-10-22 00:00:00+00","2026-10-23 12:00:00+00","2026-10-25 00:00:00+00","2026-10-26 12:00:00+00","2026-10-28 00:00:00+00","2026-10-29 12:00:00+00","2026-10-31 00:00:00+00","2026-11-01 12:00:00+00","2026-11-03 00:00:00+00","2026-11-04 12:00:00+00","2026-11-06 00:00:00+00","2026-11-07 12:00:00+00","2026-11-09 00:00:00+00","2026-11-10 12:00:00+00","2026-11-12 00:00:00+00","2026-11-13 12:00:00+00","2026-11-15 00:00:00+00","2026-11-16 12:00:00+00","2026-11-18 00:00:00+00","2026-11-19 12:00:00+00","2026-11-21 00:00:00+00","2026-11-22 12:00:00+00"}	{1,1,2,1,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,39}
1	11	-infinity	109	109	{}	{}	{"2026-08-25 00:00:00+00","2026-08-30 00:00:00+00","2026-09-04 00:00:00+00","2026-09-09 00:00:00+00","2026-09-14 00:00:00+00","2026-09-19 00:00:00+00","2026-09-24 00:00:00+00","2026-09-29 00:00:00+00","2026-10-04 00:00:00+00","2026-10-09 00:00:00+00","2026-10-14 00:00:00+00","2026-10-19 00:00:00+00","2026-10-24 00:00:00+00","2026-10-29 00:00:00+00","2026-11-03 00:00:00+00","2026-11-08 00:00:00+00","2026-11-13 00:00:00+00","2026-11-18 00:00:00+00","2026-11-23 00:00:00+00"}	{4,4,4,4,4,4,4,3,4,4,4,4,4,4,3,4,4,4,39}
1	2	2026-10-27 18:30:00+00	79	1257500000000	{}	{}	{}	{}
1	3	2026-10-27 18:30:00+00	79	2515	{}	{}	{}	{}
1	4	2026-11-22 18:30:00+00	59	515000000	{}	{}	{}	{}
1	12	2026-11-23 12:39:00+00	2	10000000	{}	{}	{}	{}
2	17	-infinity	39	6	{}	{}	{"2026-11-23 12:38:30+00","2026-11-23 12:39:00+00","2026-11-23 12:39:30+00"}	{3,1,2}
2	18	-infinity	39	39	{}	{}	{"2026-11-23 12:30:00+00","2026-11-23 12:31:00+00","2026-11-23 12:32:00+00","2026-11-23 12:33:00+00","2026-11-23 12:34:00+00","2026-11-23 12:35:00+00","2026-11-23 12:36:00+00","2026-11-23 12:37:00+00","2026-11-23 12:38:00+00","2026-11-23 12:39:00+00"}	{3,4,5,3,4,5,3,4,5,3}
2	19	-infinity	39	39	{}	{}	{"2026-11-23 12:30:00+00"}	{39}
2	20	-infinity	44	44	{}	{}	{"2026-11-17 00:00:00+00","2026-11-18 06:00:00+00","2026-11-19 15:00:00+00","2026-11-20 21:00:00+00","2026-11-22 03:00:00+00","2026-11-23 12:00:00+00"}	{1,1,1,1,1,39}
2	21	-infinity	62	62	{}	{}	{"2026-10-24 12:00:00+00","2026-10-26 00:00:00+00","2026-10-27 00:00:00+00","2026-10-28 12:00:00+00","2026-10-29 12:00:00+00","2026-10-31 00:00:00+00","2026-11-01 12:00:00+00","2026-11-02 12:00:00+00","2026-11-04 00:00:00+00","2026-11-05 00:00:00+00","2026-11-06 12:00:00+00","2026-11-08 00:00:00+00","2026-11-09 00:00:00+00","2026-11-10 12:00:00+00","2026-11-11 12:00:00+00","2026-11-13 00:00:00+00","2026-11-14 00:00:00+00","2026-11-15 12:00:00+00","2026-11-17 00:00:00+00","2026-11-18 00:00:00+00","2026-11-19 12:00:00+00","2026-11-20 12:00:00+00","2026-11-22 00:00:00+00","2026-11-23 12:00:00+00"}	{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,39}
2	22	-infinity	109	109	{}	{}	{"2026-08-24 12:00:00+00","2026-08-26 00:00:00+00","2026-08-27 12:00:00+00","2026-08-29 00:00:00+00","2026-08-30 12:00:00+00","2026-09-01 00:00:00+00","2026-09-02 12:00:00+00","2026-09-04 00:00:00+00","2026-09-05 12:00:00+00","2026-09-07 00:00:00+00","2026-09-08 12:00:00+00","2026-09-10 00:00:00+00","2026-09-11 12:00:00+00","2026-09-13 00:00:00+00","2026-09-14 12:00:00+00","2026-09-16 00:00:00+00","2026-09-17 12:00:00+00","2026-09-19 00:00:00+00","2026-09-20 12:00:00+00","2026-09-22 00:00:00+00","2026-09-23 12:00:00+00","2026-09-25 00:00:00+00","2026-09-26 12:00:00+00","2026-09-28 00:00:00+00","2026-09-29 12:00:00+00","2026-10-01 00:00:00+00","2026-10-02 12:00:00+00","2026-10-04 00:00:00+00","2026-10-05 12:00:00+00","2026-10-07 00:00:00+00","2026-10-08 12:00:00+00","2026-10-10 00:00:00+00","2026-10-11 12:00:00+00","2026-10-13 00:00:00+00","2026-10-14 12:00:00+00","2026-10-16 00:00:00+00","2026-10-17 12:00:00+00","2026-10-19 00:00:00+00","2026-10-20 12:00:00+00","2026-10-22 00:00:00+00","2026-10-23 12:00:00+00","2026-10-25 00:00:00+00","2026-10-26 12:00:00+00","2026-10-28 00:00:00+00","2026-10-29 12:00:00+00","2026-10-31 00:00:00+00","2026-11-01 12:00:00+00","2026-11-03 00:00:00+00","2026-11-04 12:00:00+00","2026-11-06 00:00:00+00","2026-11-07 12:00:00+00","2026-11-09 00:00:00+00","2026-11-10 12:00:00+00","2026-11-12 00:00:00+00","2026-11-13 12:00:00+00","2026-11-15 00:00:00+00","2026-11-16 12:00:00+00","2026-11-18 00:00:00+00","2026-11-19 12:00:00+00","2026-11-21 00:00:00+00","2026-11-22 12:00:00+00"}	{1,1,2,1,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,1,1,1,1,2,1,39}
2	23	-infinity	109	109	{}	{}	{"2026-08-25 00:00:00+00","2026-08-30 00:00:00+00","2026-09-04 00:00:00+00","2026-09-09 00:00:00+00","2026-09-14 00:00:00+00","2026-09-19 00:00:00+00","2026-09-24 00:00:00+00","2026-09-29 00:00:00+00","2026-10-04 00:00:00+00","2026-10-09 00:00:00+00","2026-10-14 00:00:00+00","2026-10-19 00:00:00+00","2026-10-24 00:00:00+00","2026-10-29 00:00:00+00","2026-11-03 00:00:00+00","2026-11-08 00:00:00+00","2026-11-13 00:00:00+00","2026-11-18 00:00:00+00","2026-11-23 00:00:00+00"}	{4,4,4,4,4,4,4,3,4,4,4,4,4,4,3,4,4,4,39}
2	14	2026-11-01 04:00:00+00	76	1107500000000	{}	{}	{}	{}
2	15	2026-10-01 04:00:00+00	100	4615	{}	{}	{}	{}
2	16	2026-11-23 05:00:00+00	59	515000000	{}	{}	{}	{}
2	24	2026-11-23 12:39:00+00	2	10000000	{}	{}	{}	{}
1	12	2026-11-23 12:40:00+00	1	0	{"2026-11-23 13:40:00+00"}	{5000000000}	{}	{}
1	1	-infinity	154	8515000000	{"2026-11-23 12:41:00+00","2026-11-23 12:57:00+00","2026-11-23 13:40:00+00"}	{500000000,2000000000,5000000000}	{}	{}
2	24	2026-11-23 12:40:00+00	1	0	{"2026-11-23 13:40:00+00"}	{5000000000}	{}	{}
2	13	-infinity	154	8515000000	{"2026-11-23 12:41:00+00","2026-11-23 12:57:00+00","2026-11-23 13:40:00+00"}	{500000000,2000000000,5000000000}	{}	{}
\.


--
-- Data for Name: delivery_log; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.delivery_log (account_id, delivery_id, notification_id, attempt, at, outcome, code, detail, courier) FROM stdin;
\.


--
-- Data for Name: event_2026_10; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_2026_10 (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
1	2026-10-31 06:30:00+00	01a190a6-9a40-7107-bcbd-87b48e96beb0	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-29 23:30:00+00	01a189ff-b8c0-7c63-bb55-cd80c4b1253f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-28 16:30:00+00	01a18358-d740-72b5-b47b-5720f8f209fd	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-27 09:30:00+00	01a17cb1-f5c0-7345-8aab-4164ee84e451	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-26 02:30:00+00	01a1760b-1440-78f2-b1f4-190e80608218	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-24 19:30:00+00	01a16f64-32c0-7a41-a5c1-f08549eafc6f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-23 12:30:00+00	01a168bd-5140-727a-b68f-6970083127a8	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-22 05:30:00+00	01a16216-6fc0-7031-b4c7-52e6fc90b90d	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-20 22:30:00+00	01a15b6f-8e40-7efa-8be0-cf94e20a336f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-19 15:30:00+00	01a154c8-acc0-7a7e-9a52-00f380435d48	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-18 08:30:00+00	01a14e21-cb40-7829-8ac7-f2b62c20316f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-17 01:30:00+00	01a1477a-e9c0-7e9e-bff2-cef913f3c3b8	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-15 18:30:00+00	01a140d4-0840-757a-ac78-ccb1c87b9b3e	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-14 11:30:00+00	01a13a2d-26c0-7cb3-ab07-6962af7e3938	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-13 04:30:00+00	01a13386-4540-7367-9d2c-183d02a8e385	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-11 21:30:00+00	01a12cdf-63c0-7f6e-be91-2c21b4a48f73	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-10 14:30:00+00	01a12638-8240-794f-9201-de7faf862135	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-09 07:30:00+00	01a11f91-a0c0-7a06-b6f5-b925dc75cc0f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-08 00:30:00+00	01a118ea-bf40-7307-b4e7-bc87036d453d	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-06 17:30:00+00	01a11243-ddc0-7330-9864-838e254ba5fc	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-05 10:30:00+00	01a10b9c-fc40-7e6c-a908-32be582e782d	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-04 03:30:00+00	01a104f6-1ac0-7468-ae8c-439adaccc1f4	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-02 20:30:00+00	01a0fe4f-3940-75de-8f9d-d243bc88b39c	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-10-01 13:30:00+00	01a0f7a8-57c0-7ac4-a041-be5db4af18d5	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-31 06:30:00+00	01a190a6-9a40-7a52-bb8d-385d43f0a83b	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-29 23:30:00+00	01a189ff-b8c0-72d1-b467-e6945ed4680c	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-28 16:30:00+00	01a18358-d740-75b8-9546-421732030a40	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-27 09:30:00+00	01a17cb1-f5c0-7c9a-a3fa-a3e71256f0f5	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-26 02:30:00+00	01a1760b-1440-797c-a2bd-dafb1006cb5a	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-24 19:30:00+00	01a16f64-32c0-790c-9853-185d94789f94	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-23 12:30:00+00	01a168bd-5140-747b-939d-fab100fa612d	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-22 05:30:00+00	01a16216-6fc0-7ed5-9dff-501d4901ea47	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-20 22:30:00+00	01a15b6f-8e40-723a-9104-df057561bce0	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-19 15:30:00+00	01a154c8-acc0-7800-a326-49edc320023f	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-18 08:30:00+00	01a14e21-cb40-779e-9cc4-af2a9687de8d	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-17 01:30:00+00	01a1477a-e9c0-7456-9c76-7ab4b7d6f577	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-15 18:30:00+00	01a140d4-0840-7ed0-acec-483247f62ac2	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-14 11:30:00+00	01a13a2d-26c0-7499-b1c1-1cbd8c4d3501	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-13 04:30:00+00	01a13386-4540-7ca6-896b-81b1e2b78a14	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-11 21:30:00+00	01a12cdf-63c0-7334-bd46-ddcdb7fcc197	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-10 14:30:00+00	01a12638-8240-7a80-a241-2057232ace7c	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-09 07:30:00+00	01a11f91-a0c0-7b92-a871-8cfcea92c4ed	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-08 00:30:00+00	01a118ea-bf40-7cff-95ac-d5e36cf07bc7	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-06 17:30:00+00	01a11243-ddc0-76f2-b404-6d88363f9547	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-05 10:30:00+00	01a10b9c-fc40-782a-a515-ccdd78b5868d	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-04 03:30:00+00	01a104f6-1ac0-72c4-b753-d4976264eb59	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-02 20:30:00+00	01a0fe4f-3940-7b2c-903e-b7afa1aa0dd9	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-10-01 13:30:00+00	01a0f7a8-57c0-7ad8-8ad4-02a4ccf0e529	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
\.


--
-- Data for Name: event_2026_11; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_2026_11 (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
1	2026-11-22 05:30:00+00	01a201bb-93c0-7334-8a87-7e95da998dd5	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-20 22:30:00+00	01a1fb14-b240-7177-a28d-33995713e334	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-19 15:30:00+00	01a1f46d-d0c0-737a-af73-3e77ddee5487	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-18 08:30:00+00	01a1edc6-ef40-72f0-bc30-0078866f6960	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-17 01:30:00+00	01a1e720-0dc0-70ef-81b1-f77c6957a166	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-15 18:30:00+00	01a1e079-2c40-7eb6-a137-d71eb1f4c81c	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-14 11:30:00+00	01a1d9d2-4ac0-7ebb-8f58-eecded611c03	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-13 04:30:00+00	01a1d32b-6940-7f45-9eb0-34490d2f6bc1	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-11 21:30:00+00	01a1cc84-87c0-7d9c-907f-ce3971dd4533	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-10 14:30:00+00	01a1c5dd-a640-7501-9985-ad0dd5b02a09	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-09 07:30:00+00	01a1bf36-c4c0-7229-8df4-2e65202ba41f	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-08 00:30:00+00	01a1b88f-e340-7b6c-9977-40eebc5a4f29	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-06 17:30:00+00	01a1b1e9-01c0-74ee-8a38-a1b22dc77864	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-05 10:30:00+00	01a1ab42-2040-7d45-9522-d03ba52c527b	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-04 03:30:00+00	01a1a49b-3ec0-73ce-9c24-56eaf07e91b1	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-02 20:30:00+00	01a19df4-5d40-7206-984c-0532b12ab1c3	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-01 13:30:00+00	01a1974d-7bc0-7d38-a01c-38def68bcf2a	3	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000000	2026-11-23 12:30:00+00	-3776211097925275859	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-22 05:30:00+00	01a201bb-93c0-7f06-80e2-2ff811a9dabc	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-20 22:30:00+00	01a1fb14-b240-7257-bc58-2117950144f8	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-19 15:30:00+00	01a1f46d-d0c0-74fd-8c4f-cd398ec4e9a2	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-18 08:30:00+00	01a1edc6-ef40-7068-8556-dfa3b9c60b5b	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-17 01:30:00+00	01a1e720-0dc0-7c26-acec-fbc4112cd66f	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-15 18:30:00+00	01a1e079-2c40-734b-aafd-b0213af3e71f	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-14 11:30:00+00	01a1d9d2-4ac0-72de-befa-48ec33beca0a	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-13 04:30:00+00	01a1d32b-6940-75db-93e1-a74ca82ee3c8	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-11 21:30:00+00	01a1cc84-87c0-7c14-bac9-46ef003b23ff	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-10 14:30:00+00	01a1c5dd-a640-7178-af49-2c1524d1dbbe	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-09 07:30:00+00	01a1bf36-c4c0-765e-bc00-5b0801c03f11	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-08 00:30:00+00	01a1b88f-e340-7b2f-8805-3763f7664077	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-06 17:30:00+00	01a1b1e9-01c0-71d3-a692-4d2572b2092c	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-05 10:30:00+00	01a1ab42-2040-7c7d-8e90-6bbd286411cc	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-04 03:30:00+00	01a1a49b-3ec0-7fdf-a626-c3b47d5e9d4e	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-02 20:30:00+00	01a19df4-5d40-76e7-96ab-239e3005f155	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
2	2026-11-01 13:30:00+00	01a1974d-7bc0-76df-879b-a029faa65b97	7	12	m	standard	100	0	0	0	0	1	100000000	50000000000	1000000001	2026-11-23 12:30:00+00	-2531190406869316482	\N	\N	{"image": 1}	{"team": "a"}
1	2026-11-23 12:30:00+00	01a20862-7540-7e31-8808-82d11f1285cd	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:30:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:30:00+00	01a20862-7540-7cf7-aae6-310ae2c7cf3e	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:30:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:30:00+00	01a20862-7540-7572-8cec-2a7221654be7	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:30:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:30:00+00	01a20862-7540-7174-9360-aed1cf0224e3	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:30:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:30:30+00	01a20862-ea70-715b-8de7-8e180adf2b35	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:30:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:30:30+00	01a20862-ea70-7762-8960-771a88b4aeb3	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:30:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:30:30+00	01a20862-ea70-7cf7-96f3-aecf9f78df8d	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:30:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:30:30+00	01a20862-ea70-7ec0-aca8-55f29014307b	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:30:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:30:30+00	01a20862-ea70-7ce6-afd0-f78339c6cdd3	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:30:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:30:30+00	01a20862-ea70-7679-88a3-74715c3e96fd	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:30:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:31:00+00	01a20863-5fa0-73df-af3b-3e2eff0dadeb	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:31:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:31:00+00	01a20863-5fa0-750c-ad7a-198562ba19e9	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:31:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:31:00+00	01a20863-5fa0-785e-944c-9a909f4b5742	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:31:00+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:31:00+00	01a20863-5fa0-7004-a5a5-989980bd9aed	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:31:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:31:00+00	01a20863-5fa0-7cd5-8197-aec4df364b18	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:31:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:31:00+00	01a20863-5fa0-7b38-b5d6-28f101252b4d	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:31:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:31:00+00	01a20863-5fa0-7c88-87c8-e23c78970c8e	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:31:00+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:31:00+00	01a20863-5fa0-7104-baba-884ec59b9238	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:31:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:31:30+00	01a20863-d4d0-7277-9170-3d0baf390a65	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:31:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:31:30+00	01a20863-d4d0-7e78-9658-357f84be326a	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:31:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:31:30+00	01a20863-d4d0-7d88-ae7b-2b7bd0156afe	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:31:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:31:30+00	01a20863-d4d0-797d-97a8-ce0f20c05440	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:31:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:32:00+00	01a20864-4a00-76db-a49f-7cb3ffc1c8ed	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:32:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:32:00+00	01a20864-4a00-76de-970d-11255834eb5c	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:32:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:32:00+00	01a20864-4a00-7bf5-a57f-e95aa61ede78	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:32:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:32:00+00	01a20864-4a00-762c-bf2a-854a03f5180d	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:32:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:32:00+00	01a20864-4a00-7f48-ba46-e5ec5aedac95	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:32:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:32:00+00	01a20864-4a00-7202-9e58-98c9f873ba8f	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:32:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:32:30+00	01a20864-bf30-7d94-b6e7-cc762542ef84	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:32:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:32:30+00	01a20864-bf30-72da-b7df-756c8598a270	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:32:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:32:30+00	01a20864-bf30-7548-9d41-858b261885c3	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:32:30+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:32:30+00	01a20864-bf30-71cb-b59f-4bfb7e241f1a	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:32:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:32:30+00	01a20864-bf30-78e8-8b79-d63f5f0d9056	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:32:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:32:30+00	01a20864-bf30-7e30-a8e0-d9b0d15d9511	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:32:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:32:30+00	01a20864-bf30-7693-b883-267b4b91fad9	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:32:30+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:32:30+00	01a20864-bf30-7a7b-86bf-13243ca0600f	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:32:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:33:00+00	01a20865-3460-7c85-927b-f5f96c519877	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:33:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:33:00+00	01a20865-3460-7608-94cb-ac1bfb061e4e	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:33:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:33:00+00	01a20865-3460-76be-9ebd-1cf23609cc9f	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:33:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:33:00+00	01a20865-3460-7776-8aa7-84e902d56581	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:33:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:33:30+00	01a20865-a990-797b-a29a-cabbf2d59dc1	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:33:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:33:30+00	01a20865-a990-74ac-8552-4ef7d2b3e407	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:33:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:33:30+00	01a20865-a990-7c07-a92d-ba067c95e79a	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:33:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:33:30+00	01a20865-a990-7274-9738-c2f030f6d15e	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:33:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:33:30+00	01a20865-a990-7a88-b6be-7e95c3aed986	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:33:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:33:30+00	01a20865-a990-7e99-9de2-3b15ebf071cf	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:33:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:34:00+00	01a20866-1ec0-7040-8fe8-4558eaf41167	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:34:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:34:00+00	01a20866-1ec0-7b3f-a259-81ebd9025c56	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:34:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:34:00+00	01a20866-1ec0-74e2-956f-6d018d07602b	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:34:00+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:34:00+00	01a20866-1ec0-748a-91a5-1e87a917481f	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:34:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:34:00+00	01a20866-1ec0-742b-aa42-53a107a41749	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:34:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:34:00+00	01a20866-1ec0-746f-a3b8-ea40839c7803	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:34:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:34:00+00	01a20866-1ec0-7f6a-bcaf-e6152de784fd	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:34:00+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:34:00+00	01a20866-1ec0-7dc5-95f0-5020006feccd	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:34:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:34:30+00	01a20866-93f0-71a3-8b51-85c6bcf5df6c	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:34:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:34:30+00	01a20866-93f0-7606-85c6-cd658a1a8997	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:34:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:34:30+00	01a20866-93f0-7024-813c-0d811ee29856	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:34:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:34:30+00	01a20866-93f0-70fa-a615-ac544b7311f9	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:34:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:35:00+00	01a20867-0920-77a3-b6f2-5697958a79dc	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:35:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:35:00+00	01a20867-0920-7201-8b2a-df34ca6ac0af	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:35:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:35:00+00	01a20867-0920-780c-95b9-f421752b71f5	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:35:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:35:00+00	01a20867-0920-7254-9449-d0151b10c9f4	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:35:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:35:00+00	01a20867-0920-731e-afe9-e5921f463c76	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:35:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:35:00+00	01a20867-0920-7f20-b7af-f353a53907af	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:35:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:35:30+00	01a20867-7e50-7eab-b4ec-374c30f4c809	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:35:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:35:30+00	01a20867-7e50-7d21-a067-93af20f1f3b4	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:35:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:35:30+00	01a20867-7e50-79c7-8f3d-32b297684721	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:35:30+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:35:30+00	01a20867-7e50-7a3c-ae13-fea9e30bbaf9	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:35:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:35:30+00	01a20867-7e50-75fe-81d1-f4576799c28e	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:35:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:35:30+00	01a20867-7e50-79e3-b4dd-bcc1c326b2d7	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:35:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:35:30+00	01a20867-7e50-7695-90e8-d5c92de43517	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:35:30+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:35:30+00	01a20867-7e50-7a97-a010-735a07362476	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:35:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:36:00+00	01a20867-f380-72e0-bc2d-5ea176c7ff05	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:36:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:36:00+00	01a20867-f380-7ddf-a3b3-7d1eb72a64d4	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:36:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:36:00+00	01a20867-f380-7de0-bb93-14a545e46b13	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:36:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:36:00+00	01a20867-f380-7b58-8148-d17b0accf395	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:36:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:36:30+00	01a20868-68b0-79d3-bcf1-4ada3b6cce53	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:36:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:36:30+00	01a20868-68b0-79fb-b9e2-3025271bcb3c	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:36:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:36:30+00	01a20868-68b0-72d3-8d75-70fd22141537	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:36:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:36:30+00	01a20868-68b0-7b4a-8181-043f6914c499	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:36:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:36:30+00	01a20868-68b0-7fe4-9e84-f49bd563dd62	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:36:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:36:30+00	01a20868-68b0-7fcb-9dd6-9592f19def4b	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:36:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:37:00+00	01a20868-dde0-7062-a19d-25193e0ddf84	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:37:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:37:00+00	01a20868-dde0-79a2-9db1-5703da813d16	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:37:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:37:00+00	01a20868-dde0-75d3-88d4-0602967a66f3	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:37:00+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:37:00+00	01a20868-dde0-746d-980c-3bb8c97f354a	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:37:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:37:00+00	01a20868-dde0-7abd-b277-8617c9d601f4	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:37:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:37:00+00	01a20868-dde0-77c9-bf35-483680c101c8	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:37:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:37:00+00	01a20868-dde0-7398-b4db-8c1a92e8ab8e	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:37:00+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:37:00+00	01a20868-dde0-7e47-bf59-8e7df05222b1	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:37:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:37:30+00	01a20869-5310-704c-a6d5-b66b6244994e	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:37:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:37:30+00	01a20869-5310-774f-997b-6f986d515cc1	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:37:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:37:30+00	01a20869-5310-70d5-962f-352c3e5b56d5	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:37:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:37:30+00	01a20869-5310-7662-8ad2-7aa3c3201d90	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:37:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:38:00+00	01a20869-c840-7334-9c83-33eacb48331f	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:38:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:38:00+00	01a20869-c840-7a2a-aec5-044f7391535e	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:38:00+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:38:00+00	01a20869-c840-7062-8879-fd206c1f42d1	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:38:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:38:00+00	01a20869-c840-73f5-ba17-0bf4a2d20ae1	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:38:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:38:00+00	01a20869-c840-77fb-970b-8140c0ffcbd8	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:38:00+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:38:00+00	01a20869-c840-7907-abf1-70b108cbb058	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:38:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:38:30+00	01a2086a-3d70-7f4a-8fed-385e0373f5d6	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:38:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:38:30+00	01a2086a-3d70-7ba7-8908-356dcf5d675c	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:38:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:38:30+00	01a2086a-3d70-71a6-921c-a31f4df2fff4	2	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000000	2026-11-23 12:38:30+00	6486675112905637419	\N	\N	\N	\N
1	2026-11-23 12:38:30+00	01a2086a-3d70-7956-9e64-11eca01b810a	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:38:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:38:30+00	01a2086a-3d70-788c-93f8-cb511832c73a	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:38:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:38:30+00	01a2086a-3d70-774c-81a5-bdeb86c7a84d	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:38:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:38:30+00	01a2086a-3d70-7653-9f04-429971637bc2	6	4	m	standard	12	0	0	0	0	1	12000000	6000000000	1000000001	2026-11-23 12:38:30+00	-3955918179678742404	\N	\N	\N	\N
2	2026-11-23 12:38:30+00	01a2086a-3d70-7f30-bb4d-e644374368fe	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:38:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:39:00+00	01a2086a-b2a0-7ce7-afc2-282dc5580077	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:39:00+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:39:00+00	01a2086a-b2a0-7a49-aadf-18869ece9370	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:39:00+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:39:00+00	01a2086a-b2a0-7231-8f68-b69a0e0d5b85	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:39:00+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:39:00+00	01a2086a-b2a0-7757-ba06-73eb5958bc3f	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:39:00+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:39:30+00	01a2086b-27d0-7793-bdea-82a7ecd12b7f	2	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000000	2026-11-23 12:39:30+00	3944583241736553677	\N	\N	\N	\N
1	2026-11-23 12:39:30+00	01a2086b-27d0-7764-8052-eac845976a0e	2	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000000	2026-11-23 12:39:30+00	1351015798309663831	\N	\N	\N	\N
1	2026-11-23 12:39:30+00	01a2086b-27d0-7a0d-859a-ea6c2e5541da	3	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000000	2026-11-23 12:39:30+00	322669279500554387	\N	\N	\N	\N
2	2026-11-23 12:39:30+00	01a2086b-27d0-7da5-8b5a-dae447cbe97b	6	4	m	standard	10	0	0	0	0	1	10000000	5000000000	1000000001	2026-11-23 12:39:30+00	-534650443554736442	\N	\N	\N	\N
2	2026-11-23 12:39:30+00	01a2086b-27d0-7fd3-88af-e8332301933d	6	4	m	standard	11	0	0	0	0	1	11000000	5500000000	1000000001	2026-11-23 12:39:30+00	4684685814145151655	\N	\N	\N	\N
2	2026-11-23 12:39:30+00	01a2086b-27d0-7600-896a-0015d82ec17f	7	4	m	standard	5	0	0	0	0	0	5000000	2500000000	1000000001	2026-11-23 12:39:30+00	-9191486175339545020	\N	\N	\N	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-7637-947b-512602eef686	2	256		standard	0	0	0	0	0	0	1000000000	0	0	2026-11-23 12:40:00+00	1296474877340120935	01a2086b-9d00-75d5-a8e7-f6fee2f10cdf	\N	\N	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-7b9a-8eb8-46af9fe35f70	6	256		standard	0	0	0	0	0	0	1000000000	0	0	2026-11-23 12:40:00+00	-8073419851345918971	01a2086b-9d00-7c75-a4c7-ed3a208f25ba	\N	\N	\N
\.


--
-- Data for Name: event_2026_12; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_2026_12 (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
\.


--
-- Data for Name: event_2027_01; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_2027_01 (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
\.


--
-- Data for Name: event_2027_02; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_2027_02 (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
\.


--
-- Data for Name: event_default; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.event_default (account_id, at, event_id, node_id, flags, model, tier, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, requests, usd, credits, price_version, recorded_at, content_hash, ref_id, key_id, meters, tags) FROM stdin;
\.


--
-- Data for Name: invitation; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.invitation (account_id, invitation_id, email, role, token_hash, invited_by, created_at, expires_at, used_at) FROM stdin;
1	1	bob@acme.example	viewer	\\x829b32a36951df559b1ddff2ec62e4749c7546840e5bccbd8a0a361301a109d0	postgres	2026-11-23 12:30:00+00	2026-11-30 12:30:00+00	\N
2	2	bob@beta.example	viewer	\\xb26d7f6d62ddeacdc3373e23460457e702270d5157c48fa3b3ba006e5e72866a	postgres	2026-11-23 12:30:00+00	2026-11-30 12:30:00+00	\N
\.


--
-- Data for Name: job_log; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.job_log (account_id, job_id, job, started_at, ended_at, ok, done, message) FROM stdin;
0	1	retention	2026-11-23 12:30:00+00	2026-11-23 12:30:00+00	t	4	dropped event_2026_08, event_2026_09, reservation_2026_08, reservation_2026_09
\.


--
-- Data for Name: member; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.member (account_id, member_id, email, name, role, password_hash, created_at, last_used) FROM stdin;
1	1	ann@acme.example	\N	owner	$2a$10$Feg8iK8hLb87.L7MOqJU.OEnkuUZqUJPeT9SiexCgnOSj0dxkAxJ6	2026-11-23 12:30:00+00	\N
2	2	ann@beta.example	\N	owner	$2a$10$22cm79i5.iUk6j2n2lxsjuXj1p/yl8XDlPOleEIRbtOCwuYklm.CC	2026-11-23 12:30:00+00	\N
\.


--
-- Data for Name: service; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.service (account_id, service, title, shipped) FROM stdin;
\.


--
-- Data for Name: model; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.model (account_id, service, model, max_input_tokens, max_output_tokens, deprecated_on, shipped) FROM stdin;
\.


--
-- Data for Name: notification; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.notification (account_id, notification_id, recipient_id, kind, alert_id, fired_id, message_id, created_at, due_at, give_up_at, state, attempts, uncertain, lease_until, courier, ended_at, last_error, subject, payload, body_text, body_html) FROM stdin;
\.


--
-- Data for Name: outbox_lane; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.outbox_lane (account_id, recipient_id, next_due, free_at) FROM stdin;
\.


--
-- Data for Name: price; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.price (account_id, price_version, service, model, meter, tier, above_tokens, valid_from, usd, credits, superseded_by, shipped) FROM stdin;
1	1000000000	openai	m	input_tokens	standard	0	-infinity	0.001	0.5	\N	f
2	1000000001	openai	m	input_tokens	standard	0	-infinity	0.001	0.5	\N	f
\.


--
-- Data for Name: refusal; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.refusal (account_id, refusal_id, minute, policy_id, node_id, reason, source, count, asked, first, last) FROM stdin;
1	1	2026-11-23 12:30:00+00	1	2	quota	reserve	1	99999000000000	{"at": "2026-11-23T12:30:00Z", "held": "0", "path": "acme", "unit": "usd", "used": "7", "asked": "99999", "limit": "1000", "model": null, "period": "lifetime", "policy": 1, "rolling": false, "service": null, "call_path": "acme/search", "resets_at": null, "call_model": "", "enforcement": "strict", "window_start": null}	{"at": "2026-11-23T12:30:00Z", "held": "0", "path": "acme", "unit": "usd", "used": "7", "asked": "99999", "limit": "1000", "model": null, "period": "lifetime", "policy": 1, "rolling": false, "service": null, "call_path": "acme/search", "resets_at": null, "call_model": "", "enforcement": "strict", "window_start": null}
2	2	2026-11-23 12:30:00+00	13	6	quota	reserve	1	99999000000000	{"at": "2026-11-23T12:30:00Z", "held": "0", "path": "beta", "unit": "usd", "used": "7", "asked": "99999", "limit": "1000", "model": null, "period": "lifetime", "policy": 13, "rolling": false, "service": null, "call_path": "beta/search", "resets_at": null, "call_model": "", "enforcement": "strict", "window_start": null}	{"at": "2026-11-23T12:30:00Z", "held": "0", "path": "beta", "unit": "usd", "used": "7", "asked": "99999", "limit": "1000", "model": null, "period": "lifetime", "policy": 13, "rolling": false, "service": null, "call_path": "beta/search", "resets_at": null, "call_model": "", "enforcement": "strict", "window_start": null}
\.


--
-- Data for Name: rejected_event; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.rejected_event (account_id, rejected_id, received_at, code, reason, payload, content_hash, key_id, replayed_at) FROM stdin;
1	1	2026-11-23 12:30:00+00	unknown_path	path "acme/nowhere" does not exist	{"id": "01a20862-7540-73d1-bcbe-37d8787634b9", "op": "log", "usd": "1", "path": "acme/nowhere"}	6159712300276134348	\N	\N
2	2	2026-11-23 12:30:00+00	unknown_path	path "beta/nowhere" does not exist	{"id": "01a20862-7540-7abd-975f-7f1e2db5faa3", "op": "log", "usd": "1", "path": "beta/nowhere"}	-8147243979992020387	\N	\N
\.


--
-- Data for Name: reservation_2026_10; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_2026_10 (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
\.


--
-- Data for Name: reservation_2026_11; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_2026_11 (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
1	2026-11-23 12:30:00+00	01a20862-7540-7768-85bc-a4bbabfec91b	0	t	f	2		500000000	0	0	0	2026-11-23 12:31:00+00	2026-11-23 12:30:00+00	-8384707274407956762	\N
2	2026-11-23 12:30:00+00	01a20862-7540-7671-b2fb-6b507639146b	0	t	f	6		500000000	0	0	0	2026-11-23 12:31:00+00	2026-11-23 12:30:00+00	378946498562952643	\N
1	2026-11-23 12:30:30+00	01a20862-ea70-7166-a416-0a3a8e9ff587	0	t	f	2		500000000	0	0	0	2026-11-23 12:32:00+00	2026-11-23 12:30:30+00	-8384707274407956762	\N
2	2026-11-23 12:30:30+00	01a20862-ea70-72cd-9cfb-2fd52917976f	0	t	f	6		500000000	0	0	0	2026-11-23 12:32:00+00	2026-11-23 12:30:30+00	378946498562952643	\N
1	2026-11-23 12:31:00+00	01a20863-5fa0-7a6a-8040-fb5473e23f7b	0	t	f	2		500000000	0	0	0	2026-11-23 12:32:00+00	2026-11-23 12:31:00+00	-8384707274407956762	\N
2	2026-11-23 12:31:00+00	01a20863-5fa0-7915-bb15-ffe591515812	0	t	f	6		500000000	0	0	0	2026-11-23 12:32:00+00	2026-11-23 12:31:00+00	378946498562952643	\N
1	2026-11-23 12:31:30+00	01a20863-d4d0-7c0d-a92f-b2146250464f	0	t	f	2		500000000	0	0	0	2026-11-23 12:33:00+00	2026-11-23 12:31:30+00	-8384707274407956762	\N
2	2026-11-23 12:31:30+00	01a20863-d4d0-7641-81c2-9654dd2d3c2a	0	t	f	6		500000000	0	0	0	2026-11-23 12:33:00+00	2026-11-23 12:31:30+00	378946498562952643	\N
1	2026-11-23 12:32:00+00	01a20864-4a00-7a81-a5c6-7482f197899d	0	t	f	2		500000000	0	0	0	2026-11-23 12:33:00+00	2026-11-23 12:32:00+00	-8384707274407956762	\N
2	2026-11-23 12:32:00+00	01a20864-4a00-7067-b53f-e941947f4b32	0	t	f	6		500000000	0	0	0	2026-11-23 12:33:00+00	2026-11-23 12:32:00+00	378946498562952643	\N
1	2026-11-23 12:32:30+00	01a20864-bf30-77c7-801b-c6a21a9df6ef	0	t	f	2		500000000	0	0	0	2026-11-23 12:34:00+00	2026-11-23 12:32:30+00	-8384707274407956762	\N
2	2026-11-23 12:32:30+00	01a20864-bf30-7944-a244-7d6501e2c30b	0	t	f	6		500000000	0	0	0	2026-11-23 12:34:00+00	2026-11-23 12:32:30+00	378946498562952643	\N
1	2026-11-23 12:33:00+00	01a20865-3460-71e6-9cf1-9e2bd57ab952	0	t	f	2		500000000	0	0	0	2026-11-23 12:34:00+00	2026-11-23 12:33:00+00	-8384707274407956762	\N
2	2026-11-23 12:33:00+00	01a20865-3460-77a4-babd-77e5a0c6a732	0	t	f	6		500000000	0	0	0	2026-11-23 12:34:00+00	2026-11-23 12:33:00+00	378946498562952643	\N
1	2026-11-23 12:33:30+00	01a20865-a990-79cd-b7e7-cf35047e46c1	0	t	f	2		500000000	0	0	0	2026-11-23 12:35:00+00	2026-11-23 12:33:30+00	-8384707274407956762	\N
2	2026-11-23 12:33:30+00	01a20865-a990-7494-bd61-03f255dec27d	0	t	f	6		500000000	0	0	0	2026-11-23 12:35:00+00	2026-11-23 12:33:30+00	378946498562952643	\N
1	2026-11-23 12:34:00+00	01a20866-1ec0-764a-a36b-8a282c4befdc	0	t	f	2		500000000	0	0	0	2026-11-23 12:35:00+00	2026-11-23 12:34:00+00	-8384707274407956762	\N
2	2026-11-23 12:34:00+00	01a20866-1ec0-7a98-9857-378590a6b5c9	0	t	f	6		500000000	0	0	0	2026-11-23 12:35:00+00	2026-11-23 12:34:00+00	378946498562952643	\N
1	2026-11-23 12:34:30+00	01a20866-93f0-77ff-9248-ae9caafb3125	0	t	f	2		500000000	0	0	0	2026-11-23 12:36:00+00	2026-11-23 12:34:30+00	-8384707274407956762	\N
2	2026-11-23 12:34:30+00	01a20866-93f0-7090-bb19-50391012b0b5	0	t	f	6		500000000	0	0	0	2026-11-23 12:36:00+00	2026-11-23 12:34:30+00	378946498562952643	\N
1	2026-11-23 12:35:00+00	01a20867-0920-7b1d-b56b-25d49d2df4ae	0	t	f	2		500000000	0	0	0	2026-11-23 12:36:00+00	2026-11-23 12:35:00+00	-8384707274407956762	\N
2	2026-11-23 12:35:00+00	01a20867-0920-788d-9b06-e67c1795bc98	0	t	f	6		500000000	0	0	0	2026-11-23 12:36:00+00	2026-11-23 12:35:00+00	378946498562952643	\N
1	2026-11-23 12:35:30+00	01a20867-7e50-7957-9ef1-b3466d379e81	0	t	f	2		500000000	0	0	0	2026-11-23 12:37:00+00	2026-11-23 12:35:30+00	-8384707274407956762	\N
2	2026-11-23 12:35:30+00	01a20867-7e50-759c-b3bd-308b74053444	0	t	f	6		500000000	0	0	0	2026-11-23 12:37:00+00	2026-11-23 12:35:30+00	378946498562952643	\N
1	2026-11-23 12:36:00+00	01a20867-f380-760e-bd22-6db1d9adfe97	0	t	f	2		500000000	0	0	0	2026-11-23 12:37:00+00	2026-11-23 12:36:00+00	-8384707274407956762	\N
2	2026-11-23 12:36:00+00	01a20867-f380-736f-9ae9-aa5c7c3b0d8a	0	t	f	6		500000000	0	0	0	2026-11-23 12:37:00+00	2026-11-23 12:36:00+00	378946498562952643	\N
1	2026-11-23 12:36:30+00	01a20868-68b0-7f3b-b434-c53ce79989b9	0	t	f	2		500000000	0	0	0	2026-11-23 12:38:00+00	2026-11-23 12:36:30+00	-8384707274407956762	\N
2	2026-11-23 12:36:30+00	01a20868-68b0-7a19-8f61-805adec6ed05	0	t	f	6		500000000	0	0	0	2026-11-23 12:38:00+00	2026-11-23 12:36:30+00	378946498562952643	\N
1	2026-11-23 12:37:00+00	01a20868-dde0-7f6c-b554-1fc609a0ff4d	0	t	f	2		500000000	0	0	0	2026-11-23 12:38:00+00	2026-11-23 12:37:00+00	-8384707274407956762	\N
2	2026-11-23 12:37:00+00	01a20868-dde0-7c2f-b50d-b59c4545dcf7	0	t	f	6		500000000	0	0	0	2026-11-23 12:38:00+00	2026-11-23 12:37:00+00	378946498562952643	\N
1	2026-11-23 12:37:30+00	01a20869-5310-7bf5-8117-b4d8c649e306	0	t	f	2		500000000	0	0	0	2026-11-23 12:39:00+00	2026-11-23 12:37:30+00	-8384707274407956762	\N
2	2026-11-23 12:37:30+00	01a20869-5310-7dd1-bc6a-687173588075	0	t	f	6		500000000	0	0	0	2026-11-23 12:39:00+00	2026-11-23 12:37:30+00	378946498562952643	\N
1	2026-11-23 12:38:00+00	01a20869-c840-7822-9c62-23ad29bd9fc5	0	t	f	2		500000000	0	0	0	2026-11-23 12:39:00+00	2026-11-23 12:38:00+00	-8384707274407956762	\N
2	2026-11-23 12:38:00+00	01a20869-c840-7460-8bc3-aaff23bcf396	0	t	f	6		500000000	0	0	0	2026-11-23 12:39:00+00	2026-11-23 12:38:00+00	378946498562952643	\N
1	2026-11-23 12:38:30+00	01a2086a-3d70-776c-b5b0-a277e584e5dd	0	t	f	2		500000000	0	0	0	2026-11-23 12:40:00+00	2026-11-23 12:38:30+00	-8384707274407956762	\N
2	2026-11-23 12:38:30+00	01a2086a-3d70-7d8e-812a-3ac38ec9da7a	0	t	f	6		500000000	0	0	0	2026-11-23 12:40:00+00	2026-11-23 12:38:30+00	378946498562952643	\N
1	2026-11-23 12:39:00+00	01a2086a-b2a0-7ca7-bfea-dd0641c56c4a	0	t	f	2		500000000	0	0	0	2026-11-23 12:40:00+00	2026-11-23 12:39:00+00	-8384707274407956762	\N
2	2026-11-23 12:39:00+00	01a2086a-b2a0-7c7a-a422-614db5b3764b	0	t	f	6		500000000	0	0	0	2026-11-23 12:40:00+00	2026-11-23 12:39:00+00	378946498562952643	\N
1	2026-11-23 12:39:30+00	01a2086b-27d0-7c9a-a524-94480935c0ed	0	t	f	2		500000000	0	0	0	2026-11-23 12:41:00+00	2026-11-23 12:39:30+00	-8384707274407956762	\N
2	2026-11-23 12:39:30+00	01a2086b-27d0-76c7-8908-9802318a3a26	0	t	f	6		500000000	0	0	0	2026-11-23 12:41:00+00	2026-11-23 12:39:30+00	378946498562952643	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-75ae-812f-f0f4b209dd6a	0	t	f	3		5000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	-1180167909803071466	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-76a7-9266-9280d5b4ea1e	0	t	f	2		7000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	-1035589379205810976	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-76a7-9266-9280d5b4ea1e	1	f	f	2		7000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	-1035589379205810976	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-75d5-a8e7-f6fee2f10cdf	0	t	t	2		3000000000	0	0	0	2026-11-23 12:57:00+00	2026-11-23 12:40:00+00	-8133376375807608761	\N
1	2026-11-23 12:40:00+00	01a2086b-9d00-75d5-a8e7-f6fee2f10cdf	1	t	t	2		2000000000	0	0	0	2026-11-23 12:57:00+00	2026-11-23 12:40:00+00	-8133376375807608761	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-71de-b6f2-23e2c943e651	0	t	f	7		5000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	3447236024868003212	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-7eb5-b8f5-a8bbe521f85c	0	t	f	6		7000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	-3057819497852970741	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-7eb5-b8f5-a8bbe521f85c	1	f	f	6		7000000000	0	0	0	2026-11-23 13:40:00+00	2026-11-23 12:40:00+00	-3057819497852970741	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-7c75-a4c7-ed3a208f25ba	0	t	t	6		3000000000	0	0	0	2026-11-23 12:57:00+00	2026-11-23 12:40:00+00	-5428567122312018186	\N
2	2026-11-23 12:40:00+00	01a2086b-9d00-7c75-a4c7-ed3a208f25ba	1	t	t	6		2000000000	0	0	0	2026-11-23 12:57:00+00	2026-11-23 12:40:00+00	-5428567122312018186	\N
\.


--
-- Data for Name: reservation_2026_12; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_2026_12 (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
\.


--
-- Data for Name: reservation_2027_01; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_2027_01 (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
\.


--
-- Data for Name: reservation_2027_02; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_2027_02 (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
\.


--
-- Data for Name: reservation_default; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.reservation_default (account_id, at, reservation_id, seq, is_open, is_lease, node_id, model, usd, credits, requests, tokens, expires_at, recorded_at, content_hash, key_id) FROM stdin;
\.


--
-- Data for Name: rollup_delta; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.rollup_delta (account_id, delta_id, node_id, model, hour, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits) FROM stdin;
1	141	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	142	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	143	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	144	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	145	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	146	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	147	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	148	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	149	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	150	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	151	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	152	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	153	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	154	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	155	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	156	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	157	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	158	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	159	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	160	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	161	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	162	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	163	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	164	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	165	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	166	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	167	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	168	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	169	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	170	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	171	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	172	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	173	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	174	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	175	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	176	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	177	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	178	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	179	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	180	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	181	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	182	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	183	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	184	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	185	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	186	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	187	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	188	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	189	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	190	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	191	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	192	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	193	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	194	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	195	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	196	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	197	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	198	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	199	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	200	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	201	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	202	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	203	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	204	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	205	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	206	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	207	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	208	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	209	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	210	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	211	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	212	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	213	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	214	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	215	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	216	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	217	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	218	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	219	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	220	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	221	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	222	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	223	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	224	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	225	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	226	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	227	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	228	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	229	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	230	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	231	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	232	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	233	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	234	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	235	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	236	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	237	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	238	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	239	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	240	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	241	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	242	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	243	2	m	2026-11-23 12:30:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
1	244	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	245	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	246	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	247	6	m	2026-11-23 12:00:00+00	1	0	0	1	12	0	0	0	0	12000000	6000000000
2	248	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	249	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	250	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	251	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	252	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	253	2	m	2026-11-23 12:30:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
1	254	2	m	2026-11-23 12:30:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
1	255	3	m	2026-11-23 12:30:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
2	256	6	m	2026-11-23 12:00:00+00	1	0	0	1	10	0	0	0	0	10000000	5000000000
2	257	6	m	2026-11-23 12:00:00+00	1	0	0	1	11	0	0	0	0	11000000	5500000000
2	258	7	m	2026-11-23 12:00:00+00	1	0	0	0	5	0	0	0	0	5000000	2500000000
1	259	2		2026-11-23 12:30:00+00	1	0	0	0	0	0	0	0	0	1000000000	0
2	260	6		2026-11-23 12:00:00+00	1	0	0	0	0	0	0	0	0	1000000000	0
\.


--
-- Data for Name: rollup_hour; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.rollup_hour (account_id, node_id, hour, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits) FROM stdin;
1	3	2026-08-25 02:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-26 09:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-27 16:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-28 23:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-30 06:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-31 13:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-01 20:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-03 03:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-04 10:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-05 17:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-07 00:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-08 07:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-09 14:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-10 21:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-12 04:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-13 11:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-14 18:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-16 01:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-17 08:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-18 15:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-19 22:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-21 05:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-22 12:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-23 19:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-25 02:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-26 09:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-27 16:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-28 23:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-30 06:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-01 13:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-02 20:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-04 03:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-05 10:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-06 17:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-08 00:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-09 07:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-10 14:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-11 21:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-13 04:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-14 11:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-15 18:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-17 01:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-18 08:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-19 15:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-20 22:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-22 05:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-23 12:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-24 19:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-26 02:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-27 09:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-28 16:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-29 23:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-31 06:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-01 13:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-02 20:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-04 03:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-05 10:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-06 17:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-08 00:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-09 07:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-10 14:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-11 21:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-13 04:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-14 11:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-15 18:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-17 01:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-18 08:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-19 15:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-20 22:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-22 05:30:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-25 02:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-26 09:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-27 16:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-28 23:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-30 06:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-31 13:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-01 20:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-03 03:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-04 10:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-05 17:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-07 00:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-08 07:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-09 14:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-10 21:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-12 04:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-13 11:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-14 18:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-16 01:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-17 08:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-18 15:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-19 22:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-21 05:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-22 12:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-23 19:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-25 02:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-26 09:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-27 16:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-28 23:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-30 06:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-01 13:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-02 20:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-04 03:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-05 10:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-06 17:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-08 00:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-09 07:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-10 14:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-11 21:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-13 04:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-14 11:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-15 18:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-17 01:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-18 08:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-19 15:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-20 22:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-22 05:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-23 12:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-24 19:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-26 02:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-27 09:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-28 16:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-29 23:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-31 06:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-01 13:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-02 20:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-04 03:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-05 10:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-06 17:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-08 00:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-09 07:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-10 14:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-11 21:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-13 04:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-14 11:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-15 18:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-17 01:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-18 08:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-19 15:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-20 22:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-22 05:00:00+00	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
\.


--
-- Data for Name: statement; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.statement (account_id, month_start, month_end, made_at, facts) FROM stdin;
\.


--
-- Data for Name: subtree_day; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.subtree_day (account_id, node_id, day, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits) FROM stdin;
1	1	2026-08-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-04	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-08	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-17	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-21	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-26	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-30	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-13	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-23	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-24	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-25	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-27	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-28	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-29	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-31	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-01	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-02	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-03	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-05	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-06	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-07	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-09	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-10	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-11	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-12	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-14	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-15	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-16	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-18	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-19	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-20	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-22	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
\.


--
-- Data for Name: subtree_hour; Type: TABLE DATA; Schema: quotakit; Owner: -
--

COPY quotakit.subtree_hour (account_id, node_id, hour, service, model, events, failed, unpriced, requests, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usd, credits) FROM stdin;
1	1	2026-08-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-08-31 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-01 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-03 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-04 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-05 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-07 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-08 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-09 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-10 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-12 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-13 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-14 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-16 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-17 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-18 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-19 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-21 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-22 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-23 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-09-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-23 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-24 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-26 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-27 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-28 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-29 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-10-31 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	1	2026-11-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-08-31 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-01 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-03 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-04 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-05 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-07 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-08 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-09 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-10 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-12 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-13 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-14 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-16 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-17 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-18 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-19 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-21 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-22 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-23 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-09-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-23 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-24 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-26 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-27 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-28 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-29 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-10-31 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	2	2026-11-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-08-31 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-01 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-03 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-04 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-05 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-07 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-08 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-09 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-10 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-12 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-13 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-14 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-16 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-17 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-18 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-19 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-21 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-22 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-23 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-25 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-26 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-27 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-28 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-09-30 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-23 12:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-24 19:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-26 02:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-27 09:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-28 16:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-29 23:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-10-31 06:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-01 13:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-02 20:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-04 03:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-05 10:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-06 17:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-08 00:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-09 07:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-10 14:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-11 21:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-13 04:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-14 11:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-15 18:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-17 01:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-18 08:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-19 15:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-20 22:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
1	3	2026-11-22 05:30:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-08-31 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-01 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-03 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-04 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-05 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-07 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-08 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-09 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-10 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-12 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-13 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-14 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-16 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-17 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-18 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-19 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-21 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-22 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-23 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-09-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-23 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-24 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-26 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-27 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-28 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-29 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-10-31 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	5	2026-11-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-08-31 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-01 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-03 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-04 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-05 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-07 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-08 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-09 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-10 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-12 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-13 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-14 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-16 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-17 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-18 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-19 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-21 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-22 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-23 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-09-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-23 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-24 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-26 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-27 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-28 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-29 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-10-31 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	6	2026-11-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-08-31 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-01 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-03 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-04 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-05 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-07 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-08 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-09 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-10 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-12 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-13 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-14 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-16 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-17 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-18 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-19 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-21 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-22 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-23 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-25 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-26 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-27 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-28 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-09-30 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-23 12:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-24 19:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-26 02:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-27 09:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-28 16:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-29 23:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-10-31 06:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-01 13:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-02 20:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-04 03:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-05 10:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-06 17:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-08 00:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-09 07:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-10 14:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-11 21:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-13 04:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-14 11:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-15 18:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-17 01:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-18 08:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-19 15:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-20 22:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
2	7	2026-11-22 05:00:00+00	openai	m	1	0	1	1	100	0	0	0	0	100000000	50000000000
\.


--
-- Name: account_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.account_id_seq', 2, true);


--
-- Name: alert_fired_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.alert_fired_id_seq', 2, true);


--
-- Name: alert_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.alert_id_seq', 2, true);


--
-- Name: api_key_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.api_key_id_seq', 2, true);


--
-- Name: audit_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.audit_id_seq', 50, true);


--
-- Name: config_version_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.config_version_seq', 37, true);


--
-- Name: delivery_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.delivery_id_seq', 1, false);


--
-- Name: invitation_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.invitation_id_seq', 2, true);


--
-- Name: job_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.job_id_seq', 1, true);


--
-- Name: member_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.member_id_seq', 2, true);


--
-- Name: node_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.node_id_seq', 8, true);


--
-- Name: notification_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.notification_id_seq', 1, false);


--
-- Name: policy_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.policy_id_seq', 24, true);


--
-- Name: price_version_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.price_version_seq', 1000000001, true);


--
-- Name: recipient_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.recipient_id_seq', 2, true);


--
-- Name: refusal_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.refusal_id_seq', 32, true);


--
-- Name: rejected_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.rejected_id_seq', 2, true);


--
-- Name: rollup_delta_id_seq; Type: SEQUENCE SET; Schema: quotakit; Owner: -
--

SELECT pg_catalog.setval('quotakit.rollup_delta_id_seq', 320, true);


--
-- Name: event_2026_10 event_2026_10_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event_2026_10
    ADD CONSTRAINT event_2026_10_pkey PRIMARY KEY (account_id, at, event_id);


--
-- Name: event_2026_11 event_2026_11_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event_2026_11
    ADD CONSTRAINT event_2026_11_pkey PRIMARY KEY (account_id, at, event_id);


--
-- Name: event_2026_12 event_2026_12_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event_2026_12
    ADD CONSTRAINT event_2026_12_pkey PRIMARY KEY (account_id, at, event_id);


--
-- Name: event_2027_01 event_2027_01_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event_2027_01
    ADD CONSTRAINT event_2027_01_pkey PRIMARY KEY (account_id, at, event_id);


--
-- Name: event_2027_02 event_2027_02_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.event_2027_02
    ADD CONSTRAINT event_2027_02_pkey PRIMARY KEY (account_id, at, event_id);


--
-- Name: reservation_2026_10 reservation_2026_10_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation_2026_10
    ADD CONSTRAINT reservation_2026_10_pkey PRIMARY KEY (account_id, at, reservation_id, seq);


--
-- Name: reservation_2026_11 reservation_2026_11_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation_2026_11
    ADD CONSTRAINT reservation_2026_11_pkey PRIMARY KEY (account_id, at, reservation_id, seq);


--
-- Name: reservation_2026_12 reservation_2026_12_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation_2026_12
    ADD CONSTRAINT reservation_2026_12_pkey PRIMARY KEY (account_id, at, reservation_id, seq);


--
-- Name: reservation_2027_01 reservation_2027_01_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation_2027_01
    ADD CONSTRAINT reservation_2027_01_pkey PRIMARY KEY (account_id, at, reservation_id, seq);


--
-- Name: reservation_2027_02 reservation_2027_02_pkey; Type: CONSTRAINT; Schema: quotakit; Owner: -
--

ALTER TABLE ONLY quotakit.reservation_2027_02
    ADD CONSTRAINT reservation_2027_02_pkey PRIMARY KEY (account_id, at, reservation_id, seq);


--
-- Name: reservation_2026_10_recorded_at_expires_at_idx; Type: INDEX; Schema: quotakit; Owner: -
--

CREATE INDEX reservation_2026_10_recorded_at_expires_at_idx ON quotakit.reservation_2026_10 USING brin (recorded_at, expires_at) WITH (autosummarize='on');


--
-- Name: reservation_2026_11_recorded_at_expires_at_idx; Type: INDEX; Schema: quotakit; Owner: -
--

CREATE INDEX reservation_2026_11_recorded_at_expires_at_idx ON quotakit.reservation_2026_11 USING brin (recorded_at, expires_at) WITH (autosummarize='on');


--
-- Name: reservation_2026_12_recorded_at_expires_at_idx; Type: INDEX; Schema: quotakit; Owner: -
--

CREATE INDEX reservation_2026_12_recorded_at_expires_at_idx ON quotakit.reservation_2026_12 USING brin (recorded_at, expires_at) WITH (autosummarize='on');


--
-- Name: reservation_2027_01_recorded_at_expires_at_idx; Type: INDEX; Schema: quotakit; Owner: -
--

CREATE INDEX reservation_2027_01_recorded_at_expires_at_idx ON quotakit.reservation_2027_01 USING brin (recorded_at, expires_at) WITH (autosummarize='on');


--
-- Name: reservation_2027_02_recorded_at_expires_at_idx; Type: INDEX; Schema: quotakit; Owner: -
--

CREATE INDEX reservation_2027_02_recorded_at_expires_at_idx ON quotakit.reservation_2027_02 USING brin (recorded_at, expires_at) WITH (autosummarize='on');


--
-- Name: event_2026_10; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.event_2026_10 ENABLE ROW LEVEL SECURITY;

--
-- Name: event_2026_11; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.event_2026_11 ENABLE ROW LEVEL SECURITY;

--
-- Name: event_2026_12; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.event_2026_12 ENABLE ROW LEVEL SECURITY;

--
-- Name: event_2027_01; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.event_2027_01 ENABLE ROW LEVEL SECURITY;

--
-- Name: event_2027_02; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.event_2027_02 ENABLE ROW LEVEL SECURITY;

--
-- Name: reservation_2026_10; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.reservation_2026_10 ENABLE ROW LEVEL SECURITY;

--
-- Name: reservation_2026_11; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.reservation_2026_11 ENABLE ROW LEVEL SECURITY;

--
-- Name: reservation_2026_12; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.reservation_2026_12 ENABLE ROW LEVEL SECURITY;

--
-- Name: reservation_2027_01; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.reservation_2027_01 ENABLE ROW LEVEL SECURITY;

--
-- Name: reservation_2027_02; Type: ROW SECURITY; Schema: quotakit; Owner: -
--

ALTER TABLE quotakit.reservation_2027_02 ENABLE ROW LEVEL SECURITY;

--
-- PostgreSQL database dump complete
--


