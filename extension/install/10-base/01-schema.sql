-- The extension owns its schema. Nothing in it is for PUBLIC.
CREATE SCHEMA quotakit;
REVOKE ALL ON SCHEMA quotakit FROM PUBLIC;
COMMENT ON SCHEMA quotakit IS 'QuotaKit: keeps AI API spend inside limits';
