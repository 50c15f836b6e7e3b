-- Partitions of the ledger. The default partitions belong to the extension, so
-- that a call never fails for want of a partition; the months are made by
-- make_partitions() as ordinary tables, so that pg_dump carries them.

CREATE TABLE quotakit.event_default PARTITION OF quotakit.event (
  PRIMARY KEY (account_id, at, event_id)
) DEFAULT;
COMMENT ON TABLE quotakit.event_default IS 'Events of months without a partition; make_partitions() moves them out when it makes one.';
CREATE TABLE quotakit.reservation_default PARTITION OF quotakit.reservation (
  PRIMARY KEY (account_id, at, reservation_id, seq)
) DEFAULT;
-- What may still be open was recorded lately and ends later than now; a new policy and open_reservation look for it.
CREATE INDEX reservation_default_recorded ON quotakit.reservation_default USING brin (recorded_at, expires_at) WITH (autosummarize = on);
COMMENT ON TABLE quotakit.reservation_default IS 'Reservations of months without a partition; make_partitions() moves them out when it makes one.';

-- Rows are read through the parents; nobody else has business in a partition,
-- whatever default privileges the database has.
ALTER TABLE quotakit.event_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE quotakit.reservation_default ENABLE ROW LEVEL SECURITY;

SELECT pg_catalog.pg_extension_config_dump('quotakit.event_default', '');
SELECT pg_catalog.pg_extension_config_dump('quotakit.reservation_default', '');

CREATE FUNCTION quotakit._make_partition(parent text, month timestamptz) RETURNS int8
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $$
DECLARE
  part  text := parent || to_char(month, '"_"YYYY"_"MM');
  until timestamptz := month + interval '1 month';
  moved int8;
BEGIN
  -- In this order: a writer holds the parent before it reaches for a partition.
  -- With the parent locked no writer is between choosing the default partition
  -- and writing to it, which would fail once the month is attached.
  EXECUTE format('LOCK TABLE ONLY quotakit.%I IN SHARE ROW EXCLUSIVE MODE', parent);
  EXECUTE format('LOCK TABLE quotakit.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
  -- Like the default partition, for its key.
  EXECUTE format('CREATE TABLE quotakit.%I (LIKE quotakit.%I INCLUDING ALL)', part, parent || '_default');
  EXECUTE format('ALTER TABLE quotakit.%I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('COMMENT ON TABLE quotakit.%I IS %L', part,
    format('%ss from %s to %s.', initcap(parent), month, until));
  EXECUTE format(
    'WITH gone AS (DELETE FROM quotakit.%I WHERE at >= $1 AND at < $2 RETURNING *)
     INSERT INTO quotakit.%I SELECT * FROM gone', parent || '_default', part)
    USING month, until;
  GET DIAGNOSTICS moved = ROW_COUNT;
  EXECUTE format('ALTER TABLE quotakit.%I ATTACH PARTITION quotakit.%I FOR VALUES FROM (%L) TO (%L)',
    parent, part, month, until);
  RETURN moved;
END $$;
COMMENT ON FUNCTION quotakit._make_partition(text, timestamptz) IS
  'Makes one month''s partition of event or reservation and moves its rows out of the default partition; returns how '
  'many. Holds both locks until the transaction ends.';

CREATE FUNCTION quotakit.make_partitions(ahead interval DEFAULT '3 months', behind interval DEFAULT '1 month')
RETURNS TABLE (partition text, outcome text, moved int8)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
AS $$
DECLARE
  parent text;
  month  timestamptz;
  missing bool := false;
BEGIN
  IF ahead IS NULL OR ahead < interval '0' OR ahead > interval '10 years'
     OR behind IS NULL OR behind < interval '0' OR behind > interval '10 years' THEN
    RAISE EXCEPTION 'partitions can be made for 0 to 10 years ahead and behind'
      USING ERRCODE = 'QK008';
  END IF;
  -- One at a time; the others find the work done or leave it to the one at it.
  IF NOT pg_try_advisory_xact_lock('quotakit.event'::regclass::oid::int4, 50) THEN
    RAISE NOTICE 'another session is making partitions';
    RETURN;
  END IF;
  FOREACH parent IN ARRAY ARRAY['event', 'reservation'] LOOP
    FOR month IN SELECT generate_series(date_trunc('month', now() - behind),
                                        date_trunc('month', now() + ahead), interval '1 month') LOOP
      partition := parent || to_char(month, '"_"YYYY"_"MM');
      moved := 0;
      IF to_regclass('quotakit.' || partition) IS NOT NULL THEN
        -- A table of that name that somebody detached is left alone.
        outcome := CASE WHEN EXISTS (SELECT FROM pg_inherits
            WHERE inhrelid = to_regclass('quotakit.' || partition)) THEN 'exists' ELSE 'detached' END;
        RETURN NEXT;
        CONTINUE;
      END IF;
      BEGIN
        moved := quotakit._make_partition(parent, month);
        outcome := 'made';
        RETURN NEXT;
      EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
        -- A long report or a sleeping transaction is in the way. Calls go to the
        -- default partition meanwhile; waiting longer would hold them up.
        outcome := 'postponed';
        RETURN NEXT;
        EXIT;
      END;
    END LOOP;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.make_partitions(interval, interval) IS
  'Makes the monthly partitions (UTC) of event and reservation that are missing, from the month of now() - behind to '
  'the month of now() + ahead, each at most ten years. One row a partition: made (with the rows moved out of the '
  'default partition), exists, detached (a table of that name is not attached and is left alone), or postponed when a '
  'lock could not be had within 200 ms; then the rest of that table is left for the next run. Until then calls are '
  'recorded in the default partition. It holds locks on both tables until its transaction ends. No row when another session is at it. Errors: QK008.';
