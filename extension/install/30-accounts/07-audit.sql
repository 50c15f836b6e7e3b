-- The log of every change of configuration. The triggers that call this are made
-- after the built-in rows (90-access.sql).

CREATE FUNCTION quotakit._secret_columns() RETURNS TABLE (table_name name, column_name name)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  -- Bodies: a confirmation's holds its token.
  VALUES ('api_key'::name, 'key_hash'::name), ('member', 'password_hash'), ('session', 'token_hash'), ('invitation', 'token_hash'),
         ('sign_in_attempt', 'email_hash'), ('sign_in_attempt', 'network'), ('sign_in_network', 'network'),
         ('recipient', 'url'), ('recipient', 'secret'), ('recipient', 'previous_secret'), ('recipient', 'token_hash'),
         ('notification', 'body_text'), ('notification', 'body_html')
$$;
COMMENT ON FUNCTION quotakit._secret_columns IS 'Columns that nobody may read and no log may hold.';

CREATE FUNCTION quotakit._audit() RETURNS trigger
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- Not configuration, or not for the log.
  hidden text[] := ARRAY(SELECT s.column_name::text FROM quotakit._secret_columns() s WHERE s.table_name = TG_TABLE_NAME)
                   || '{version,last_used,sealed_until,counts_from}';
  was    jsonb;
  becomes jsonb;
BEGIN
  -- A restore loads the log itself. pg_dump's scripts turn row security off, and are
  -- run by a superuser; from anybody else that setting hides nothing, nor does it when
  -- it is the database's, whose owner need not be a superuser.
  IF current_setting('row_security') = 'off' AND quotakit._is_superior(quotakit._caller())
     AND (SELECT p.source FROM pg_settings p WHERE p.name = 'row_security') NOT IN ('database', 'database user') THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    was := to_jsonb(OLD) - hidden;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    becomes := to_jsonb(NEW) - hidden;
  END IF;
  IF was IS DISTINCT FROM becomes THEN
    INSERT INTO quotakit.audit_log (account_id, actor, object, action, before, after)
    VALUES ((coalesce(becomes, was) ->> 'account_id')::int4, quotakit._actor(), TG_TABLE_NAME, lower(TG_OP), was, becomes);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION quotakit._audit IS 'Row trigger: writes a change to audit_log, without secrets. A new version or last_used alone is no change.';
