-- The extension owns its schema. Nothing in it is for PUBLIC.
CREATE SCHEMA quotakit;
REVOKE ALL ON SCHEMA quotakit FROM PUBLIC;
COMMENT ON SCHEMA quotakit IS 'QuotaKit: keeps AI API spend inside limits';

-- The library's own lists, so that each is written once.
CREATE FUNCTION quotakit._units() RETURNS text[]
  AS 'MODULE_PATHNAME', 'quotakit_units' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._units IS 'What a policy can count.';
CREATE FUNCTION quotakit._enforcements() RETURNS text[]
  AS 'MODULE_PATHNAME', 'quotakit_enforcements' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._enforcements IS 'How a policy can be enforced.';
CREATE FUNCTION quotakit._periods(moved_by int4 DEFAULT NULL) RETURNS text[]
  AS 'MODULE_PATHNAME', 'quotakit_periods' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION quotakit._periods IS
  'All periods; or those whose windows are cut anew by a change of the account''s time zone (1), billing day (2) or start of the week (4), added up.';
