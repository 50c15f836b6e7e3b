-- Partitions: calls never fail for want of one, and none is lost when one is made.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
RESET client_min_messages;

INSERT INTO quotakit.account (account_id, name) VALUES (7, 'part');
INSERT INTO quotakit.node (account_id, node_id, path, service) VALUES (7, 1, 'p', 's');
CREATE FUNCTION pg_temp.ev(at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO quotakit.event
  SELECT 7, quotakit.uuid_time(id), id, 1, 0, '', 'standard', 0, 0, 0, 0, 0, 1, 5, 0, 0, at, 0
  FROM quotakit.uuid7(at) AS id
$$;

-- Before any job ran everything lands in the default partition.
SELECT pg_temp.ev(date_trunc('month', now(), 'UTC') + interval '1 hour');
SELECT pg_temp.ev(date_trunc('month', now(), 'UTC') - interval '1 millisecond');
SELECT pg_temp.ev(now() - interval '3 years');
SELECT tableoid::regclass, count(*) FROM quotakit.event GROUP BY 1;

-- Making the months moves what belongs to them; the old one stays in the default.
SELECT regexp_replace(partition, '\d.*', 'YYYY_MM') AS partition, outcome, sum(moved) AS moved, count(*)
FROM quotakit.make_partitions() GROUP BY 1, 2 ORDER BY 1;
SELECT tableoid = 'quotakit.event_default'::regclass AS in_default, count(*) FROM quotakit.event GROUP BY 1 ORDER BY 1;
SELECT outcome, count(*) FROM quotakit.make_partitions() GROUP BY 1;
-- More of them later, before and after.
SELECT outcome, count(*), sum(moved) FROM quotakit.make_partitions('4 months', '3 years') GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM quotakit.event_default;

-- Months are UTC's whatever the session's zone, and the bounds meet.
SET timezone = 'Asia/Kathmandu';
SELECT outcome, count(*) FROM quotakit.make_partitions('5 months', '0') GROUP BY 1 ORDER BY 1;
RESET timezone;
SELECT count(*) FILTER (WHERE pg_get_expr(relpartbound, oid) !~ '-01 00:00:00\+00''\) TO') AS odd_bounds
FROM (SELECT set_config('timezone', 'UTC', true)) z, pg_class
WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'quotakit.event'::regclass)
  AND relname <> 'event_default';

-- Partitions are no members of the extension, so that pg_dump carries them;
-- the default ones are, and their rows are dumped.
SELECT count(*) AS members FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND c.relname ~ '^(event|reservation)_\d';
SELECT count(*) AS dumped FROM pg_extension
WHERE extname = 'quotakit' AND extconfig @> ARRAY['quotakit.event_default'::regclass::oid, 'quotakit.reservation_default'::regclass];
-- Nobody reads them around the parent's row security, whatever was granted.
SELECT count(*) AS open_to_readers FROM pg_class
WHERE relnamespace = 'quotakit'::regnamespace AND relname ~ '^(event|reservation)_' AND relkind = 'r' AND NOT relrowsecurity;

-- One that was detached is not touched.
DO $$ BEGIN
  EXECUTE format('ALTER TABLE quotakit.event DETACH PARTITION quotakit.event_%s', to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'));
END $$;
SELECT outcome, count(*) FROM quotakit.make_partitions('1 month') GROUP BY 1 ORDER BY 1;

-- Out of range.
SELECT quotakit.make_partitions('-1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.make_partitions('11 years');
\echo :LAST_ERROR_SQLSTATE
SELECT quotakit.make_partitions(NULL);
\echo :LAST_ERROR_SQLSTATE

-- What may still be open is found by one small index, in every partition: recorded lately, and ending later than now.
SELECT count(*) > 1 AS several, count(DISTINCT regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING', '')) AS forms, min(regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING', '')) AS form
FROM pg_inherits i JOIN pg_index x ON x.indrelid = i.inhrelid AND NOT x.indisprimary WHERE i.inhparent = 'quotakit.reservation'::regclass;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT FROM quotakit.reservation_default WHERE recorded_at > 'infinity' AND expires_at > 'infinity';
RESET enable_seqscan;
