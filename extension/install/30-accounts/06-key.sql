-- API keys: shown once, kept as a hash of a hash.

CREATE FUNCTION quotakit.create_key(name text) RETURNS text
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- A plan that is made for one value holds it, and a plan may be logged.
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  secret  text;
BEGIN
  PERFORM quotakit._check_name('key name', name, 100);
  -- The account's number is in the key, so that any router can find its server.
  secret := format('aisc_%s_%s', account,
                   rtrim(translate(encode(quotakit._random_bytes(32), 'base64'), '+/', '-_'), '='));
  PERFORM quotakit._lock_account(account);
  -- Callers hand over only the hash; what is kept is of no use to whoever reads it.
  INSERT INTO quotakit.api_key (account_id, name, key_hash, created_by)
  VALUES (account, create_key.name, sha256(sha256(convert_to(secret, 'UTF8'))), quotakit._actor());
  PERFORM quotakit._touch(account);
  RETURN secret;
END $$;
COMMENT ON FUNCTION quotakit.create_key IS
  'Makes an API key for the current account and returns it, this once: aisc_<account>_<43 characters>. Name: 1 to 100 bytes.';

CREATE FUNCTION quotakit.revoke_key(key_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
BEGIN
  PERFORM quotakit._lock_account(account);
  UPDATE quotakit.api_key k SET revoked_at = coalesce(k.revoked_at, clock_timestamp())
  WHERE k.account_id = account AND k.key_id = revoke_key.key_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'key % does not exist', coalesce(key_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.api_key_list.';
  END IF;
  PERFORM quotakit._touch(account);
END $$;
COMMENT ON FUNCTION quotakit.revoke_key IS 'Ends an API key at once. Again: nothing. No such key: undefined_object.';

CREATE VIEW quotakit.api_key_list WITH (security_invoker = true) AS
SELECT k.account_id, k.key_id, k.name, k.created_at, k.created_by, k.revoked_at, k.last_used
FROM quotakit.api_key k;
COMMENT ON VIEW quotakit.api_key_list IS 'API keys of the accounts you may see. The keys themselves are nowhere.';
COMMENT ON COLUMN quotakit.api_key_list.account_id IS 'The account the key acts for.';
COMMENT ON COLUMN quotakit.api_key_list.key_id IS 'Number of the key, for revoke_key().';
COMMENT ON COLUMN quotakit.api_key_list.name IS 'What its owner calls it.';
COMMENT ON COLUMN quotakit.api_key_list.created_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.api_key_list.created_by IS 'Who made it.';
COMMENT ON COLUMN quotakit.api_key_list.revoked_at IS 'When it was revoked; null while it works.';
COMMENT ON COLUMN quotakit.api_key_list.last_used IS 'When it was last used, to the minute.';
