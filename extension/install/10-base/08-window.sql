-- Windows follow from time, and small things the other pieces stand on.

CREATE FUNCTION quotakit.window_range(period text, at timestamptz, time_zone text DEFAULT 'UTC',
    billing_day int4 DEFAULT 1, week_start int4 DEFAULT 1) RETURNS tstzrange
  AS 'MODULE_PATHNAME', 'quotakit_window_range' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.window_range IS
  'The window of a calendar period (minute, hour, day, week, month, quarter, year, lifetime) that contains an '
  'instant: [start, end) in the given time zone, with months, quarters and years beginning on the billing day (1-28) and weeks on the ISO day (1-7).';

CREATE FUNCTION quotakit.local_hour(at timestamptz, time_zone text) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_local_hour' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.local_hour IS 'Start of the local hour that contains an instant; rollups are kept by it.';

CREATE FUNCTION quotakit.rolling_bucket(period text, at timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_bucket' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.rolling_bucket IS 'Start of the sub-bucket of a rolling period (all but lifetime) in which an instant is counted.';

CREATE FUNCTION quotakit.rolling_since(period text, now timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_since' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit.rolling_since IS
  'Start of the oldest sub-bucket that a rolling period still counts at an instant: a bucket counts until all of it has left the window.';

CREATE FUNCTION quotakit._rolling_kept(period text, now timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_kept' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_kept IS
  'Start of the oldest sub-bucket that the counter of a rolling period keeps at an instant: it goes back five minutes '
  'further than rolling_since(), since ids may be that old.';

CREATE FUNCTION quotakit._rolling_place(period text, at timestamptz, now timestamptz) RETURNS timestamptz
  AS 'MODULE_PATHNAME', 'quotakit_rolling_place' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_place IS
  'Under which sub-bucket the counter of a rolling period keeps an instant: its own, or the whole minute once it has left the window.';

CREATE FUNCTION quotakit._rolling_length(period text) RETURNS interval
  AS 'MODULE_PATHNAME', 'quotakit_rolling_length' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_length IS 'How long a rolling period is; null for lifetime.';

CREATE FUNCTION quotakit._rolling_width(period text) RETURNS interval
  AS 'MODULE_PATHNAME', 'quotakit_rolling_width' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._rolling_width IS 'How wide the buckets of a rolling period are; null for lifetime.';

CREATE FUNCTION quotakit._lock_project(account_id int4, root_node_id int4) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_lock_project' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._lock_project IS
  'Takes the project''s lock until the end of the transaction: an advisory lock with classid = account, objid = root node, objsubid = 20811 in pg_locks.';

CREATE FUNCTION quotakit._caller() RETURNS name
  AS 'MODULE_PATHNAME', 'quotakit_caller' LANGUAGE C STABLE STRICT PARALLEL RESTRICTED;
COMMENT ON FUNCTION quotakit._caller IS 'The role that really calls, also inside SECURITY DEFINER functions.';

CREATE FUNCTION quotakit._random_bytes(len int4) RETURNS bytea
  AS 'MODULE_PATHNAME', 'quotakit_random_bytes' LANGUAGE C VOLATILE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._random_bytes IS 'So many (1-1024) cryptographically strong random bytes.';

CREATE FUNCTION quotakit._act_as(account_id int4, access text, actor text) RETURNS void
  AS 'MODULE_PATHNAME', 'quotakit_act_as' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION quotakit._act_as IS
  'From here on the call acts for this account as owner, admin or viewer, whatever role calls; actor is for the audit '
  'log. Account null: for nobody any more. Ends at the latest with the transaction, or with the subtransaction that it was said in and that fails.';

CREATE FUNCTION quotakit._acting(OUT account_id int4, OUT access text, OUT actor text) RETURNS record
  AS 'MODULE_PATHNAME', 'quotakit_acting' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION quotakit._acting IS 'What _act_as() said; nulls for nobody.';
