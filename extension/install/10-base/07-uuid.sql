-- UUID version 7: an event's time is the time in its id.
CREATE FUNCTION quotakit.uuid_time(id uuid) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_uuid_time' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.uuid_time IS 'The time in a UUID v7, to the millisecond; null for any other UUID.';

CREATE FUNCTION quotakit.uuid7(at timestamptz DEFAULT clock_timestamp()) RETURNS uuid
  AS 'MODULE_PATHNAME', 'quotakit_uuid7' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.uuid7 IS 'A new UUID v7 for an event at the given time (now by default), 1970 to 10889.';
