-- Library and tables of two versions: a clear error, never a guess.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;
SET timezone = 'UTC';
SELECT FROM quotakit.create_account('acme');
SELECT FROM quotakit.create_node('acme/search', 'openai');
SELECT FROM quotakit.set_policy('acme', 0, 'requests', 'lifetime', 'strict');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);

-- One column more, one less, another name, another type; this session has used the tables before.
BEGIN;
ALTER TABLE quotakit.counter ADD COLUMN unheard_of timestamptz;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
BEGIN;
ALTER TABLE quotakit.refusal RENAME TO another;
CREATE TABLE quotakit.refusal AS SELECT account_id, refusal_id, minute FROM quotakit.another;
SELECT outcome FROM quotakit.reserve('acme/search', usd => 1);
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.refusal RENAME TO another;
SELECT outcome FROM quotakit.reserve('acme/search', usd => 1);
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.rollup_delta RENAME COLUMN failed TO broken;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.event ADD COLUMN region text;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.reservation ALTER COLUMN content_hash TYPE text;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.counter DROP CONSTRAINT counter_pkey, ADD PRIMARY KEY (policy_id, account_id, window_start, seq);
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);

-- What is read by name.
BEGIN;
ALTER TABLE quotakit.node RENAME COLUMN frozen_reason TO why;
SELECT FROM quotakit.set_account(contact_name => 'A change, so that all is read again');
DO $$
DECLARE
  hint text;
BEGIN
  PERFORM quotakit.log('acme/search', usd => 1);
EXCEPTION WHEN undefined_column THEN
  -- Without the statement, which psql would show.
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RAISE NOTICE '%', SQLERRM || '; ' || hint;
END $$;
ROLLBACK;
BEGIN;
ALTER TABLE quotakit.account DROP COLUMN sealed_until CASCADE;
ALTER TABLE quotakit.account ADD COLUMN sealed_until date NOT NULL DEFAULT '2020-01-01';
UPDATE quotakit.account SET version = version + 1;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
SELECT outcome FROM quotakit.log('acme/search', usd => 1);

-- Partitions made by hand, in the place of this month's.
CREATE PROCEDURE public.attach(part text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE quotakit.event DETACH PARTITION quotakit.%I', 'event' || to_char(now(), '"_"YYYY"_"MM'));
  EXECUTE format('ALTER TABLE quotakit.event ATTACH PARTITION quotakit.%I FOR VALUES FROM (%L) TO (%L)', part,
    date_trunc('month', now()), date_trunc('month', now() + interval '1 month'));
END $$;
BEGIN;
CREATE TABLE quotakit.by_hand (LIKE quotakit.event INCLUDING CONSTRAINTS);
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
CREATE TABLE quotakit.by_hand (LIKE quotakit.event INCLUDING CONSTRAINTS, PRIMARY KEY (event_id, account_id, at));
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
CREATE TABLE quotakit.by_hand (LIKE quotakit.event INCLUDING CONSTRAINTS, PRIMARY KEY (account_id, at, event_id) DEFERRABLE);
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
CREATE TABLE quotakit.by_hand (gone int, LIKE quotakit.event INCLUDING CONSTRAINTS, PRIMARY KEY (account_id, at, event_id));
ALTER TABLE quotakit.by_hand DROP COLUMN gone;
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
CREATE TABLE quotakit.by_hand (LIKE quotakit.event INCLUDING CONSTRAINTS, PRIMARY KEY (account_id, at, event_id))
  PARTITION BY RANGE (at);
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
BEGIN;
CREATE TABLE quotakit.by_hand (LIKE quotakit.event INCLUDING CONSTRAINTS, PRIMARY KEY (account_id, at, event_id));
CALL public.attach('by_hand');
SELECT outcome FROM quotakit.log('acme/search', usd => 1);
ROLLBACK;
DROP PROCEDURE public.attach;

-- Functions whose arguments or columns have changed.
CREATE SCHEMA old;
CREATE FUNCTION old.batch_as(account_id int4, calls text[]) RETURNS TABLE (outcome text, answer text)
  AS '$libdir/quotakit', 'quotakit_batch_as' LANGUAGE C STRICT;
SELECT * FROM old.batch_as(1, '{}');
CREATE FUNCTION old.batch_as(account_id int4, calls text[], wait bool) RETURNS TABLE (outcome text, answer text, more text)
  AS '$libdir/quotakit', 'quotakit_batch_as' LANGUAGE C STRICT;
SELECT * FROM old.batch_as(1, '{}', true);
CREATE FUNCTION old.batch(account_ids int4[], calls bytea[]) RETURNS TABLE (outcome text, answer text)
  AS '$libdir/quotakit', 'quotakit_batch' LANGUAGE C STRICT;
SELECT * FROM old.batch('{}', '{}');
CREATE FUNCTION old.acting(OUT account_id int4, OUT access text, OUT actor text, OUT more text) RETURNS record
  AS '$libdir/quotakit', 'quotakit_acting' LANGUAGE C;
SELECT * FROM old.acting();
SET client_min_messages = warning;
DROP SCHEMA old CASCADE;

SELECT outcome FROM quotakit.log('acme/search', usd => 1);
SELECT count(*) FROM quotakit.verify();
DROP EXTENSION quotakit CASCADE;
