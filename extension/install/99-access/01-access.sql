-- Who may see and do what. This comes after every other object: it walks over what
-- the extension has made, so that a new table or function cannot be forgotten.

-- Rows: an account's own; prices and the like also those built in. Nobody writes to
-- a table, functions do, so there are policies for SELECT only. The accounts are
-- asked for once a query (InitPlan), which leaves account_id = ANY ($0) as an
-- index condition, and current_user there is whoever queries.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT c.oid::regclass AS name, c.relname,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') AS has_account
    FROM pg_class c WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'p')
      -- Partitions are read through their parents.
      AND NOT c.relispartition
    ORDER BY c.oid
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.name);
    -- A table of no account is for the extension's owner.
    CONTINUE WHEN NOT t.has_account;
    EXECUTE format('CREATE POLICY own_accounts ON %s FOR SELECT USING (account_id = ANY (ARRAY(SELECT quotakit._my_accounts(current_user))))',
                   t.name);
    EXECUTE format('COMMENT ON POLICY own_accounts ON %s IS %L', t.name, 'Rows of the accounts that the reader is mapped to.');
    CONTINUE WHEN t.relname NOT IN ('service', 'model', 'price', 'usage_shape', 'usage_rule');
    EXECUTE format('CREATE POLICY built_in ON %s FOR SELECT USING (account_id = 0)', t.name);
    EXECUTE format('COMMENT ON POLICY built_in ON %s IS %L', t.name, 'Built-in rows are for everybody.');
  END LOOP;
END $$;

-- Every change of configuration is logged.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['account', 'access', 'api_key', 'member', 'invitation', 'node', 'policy', 'service', 'model', 'price',
                           'alert', 'alert_recipient', 'alert_setting', 'recipient', 'bill_bucket', 'bill_booking', 'refund', 'capture_alert',
                           'usage_shape', 'usage_rule'] LOOP
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON quotakit.%I
                    FOR EACH ROW EXECUTE FUNCTION quotakit._audit()', t);
    EXECUTE format('COMMENT ON TRIGGER audit ON quotakit.%I IS %L', t, 'Writes every change to audit_log.');
  END LOOP;
END $$;

-- What stays executable by PUBLIC (who cannot use the schema anyway): the functions
-- of the types. The planner, an index and a cast call them as whoever queries.
CREATE FUNCTION quotakit._is_type_function(fn oid) RETURNS bool
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM pg_proc p
    WHERE p.oid = fn AND p.provolatile <> 'v'
      AND (p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'c') OR p.prokind = 'a')
      AND (EXISTS (SELECT FROM pg_type t JOIN pg_type e ON e.oid IN (t.oid, t.typarray)
                   WHERE t.typnamespace = p.pronamespace AND t.typtype = 'b' AND t.typcategory <> 'A'
                     AND (e.oid = p.prorettype OR e.oid = ANY (p.proargtypes)))
           OR EXISTS (SELECT FROM pg_operator o WHERE fn IN (o.oprcode, o.oprrest, o.oprjoin))
           OR EXISTS (SELECT FROM pg_amproc a WHERE a.amproc = fn)
           OR EXISTS (SELECT FROM pg_proc s WHERE s.prosupport = fn)))
$$;
COMMENT ON FUNCTION quotakit._is_type_function IS
  'Whether a function belongs to one of the types: takes or returns one, or stands behind an operator, an index class or the planner.';

CREATE FUNCTION quotakit._grants() RETURNS TABLE (role name, functions name[])
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    -- Reads own rows. What begins with an underscore is called by views and row security.
    ('quotakit_reader'::name, '{
      _meter_names, _token_class, _price_chain, _named_tokens,
      _my_accounts, _jobs, _rolling_length, _rolling_width, _rolling_kept, _rolling_place, _payload, _payload_amount,
      _acting_account, _account_access, _caller, _stat, _status, current_account, nano, from_nano, in_unit,
      measures, _shown, _measures_off, _ledger_hours, _verify_rollups, _verify_subtrees, _verify_used, _verify_buckets, _verify_held, _verify_ids,
      _counted_policies, _counted_nodes, _counted_window, _counter_states,
      cost, provider_usage, uuid_time, uuid7, window_range, local_hour, rolling_bucket, rolling_since,
      _recorded_day, _bill_model, _utc_start,
      subtree_usage, subtree_series, subtree_breakdown, tree, explain, why, state, simulate, forecast, verify
    }'::name[]),
    -- Records and reserves.
    ('quotakit_app', '{
      _acting_account, _account_access, _caller, current_account, reserve, settle, log, draw, release, extend, batch, explain, state,
      cost, provider_usage, uuid_time, uuid7, nano, from_nano, in_unit
    }'),
    -- Manages; is a reader and an app too.
    ('quotakit_admin', '{
      create_account, set_account, grant_access, revoke_access,
      create_node, set_service, set_node, archive_node, restore_node, freeze, thaw,
      set_policy, set_limit, set_enforcement, boost_policy, remove_policy,
      create_key, revoke_key, create_member, set_password, invite_member, set_member, remove_member,
      create_service, create_model, set_price, import_prices, reprice, replay_rejected,
      import_bill, book_difference, refund, set_capture_alert,
      set_alert, remove_alert, mute_alert, test_alert, set_mail,
      add_recipient, remove_recipient, confirm_recipient, add_webhook, rotate_webhook_secret, resend_notification
    }'),
    -- Delivers notifications, of all accounts.
    ('quotakit_courier', '{ courier_take, courier_done }'),
    -- For the owner of the extension: granted to nobody.
    (NULL, '{
      check_alerts, send_digests, send_statements, tidy_notifications, set_dashboard_url,
      make_roles, make_partitions, drop_partitions, fold_rollups, repair, apply_retention, tidy,
      run_job, job_commands, schedule_jobs, unschedule_jobs,
      make_gateway_role, gateway_session, gateway_state, gateway_explain, gateway_flush, gateway_api, api
    }')
$$;
COMMENT ON FUNCTION quotakit._grants IS
  'Which functions each group role may execute, all overloads of a name. Role null: none may. Functions in no row are private.';

CREATE FUNCTION quotakit.make_roles() RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  g   record;
  fn  record;
  rel record;
BEGIN
  FOR g IN SELECT DISTINCT s.role FROM quotakit._grants() s WHERE s.role IS NOT NULL ORDER BY 1 LOOP
    IF to_regrole(g.role) IS NULL THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', g.role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA quotakit TO %I', g.role);
  END LOOP;
  -- Asked first, or a second run would answer with notices.
  IF NOT pg_has_role('quotakit_admin', 'quotakit_reader', 'USAGE') OR NOT pg_has_role('quotakit_admin', 'quotakit_app', 'USAGE') THEN
    GRANT quotakit_reader, quotakit_app TO quotakit_admin;
  END IF;

  FOR fn IN
    SELECT s.role, p.oid::regprocedure AS name, p.prokind
    FROM quotakit._grants() s JOIN pg_proc p ON p.proname = ANY (s.functions)
    -- Ours only: whoever owns the database can put a trusted extension into any schema.
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'quotakit'
    WHERE s.role IS NOT NULL
  LOOP
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', fn.name, fn.role);
  END LOOP;

  -- Tables and views of the extension, not the partitions: those are read through
  -- their parents, which have row security.
  FOR rel IN
    SELECT c.oid::regclass AS name,
           CASE WHEN EXISTS (SELECT FROM quotakit._secret_columns() s WHERE s.table_name = c.relname)
             THEN (SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                   FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                     AND (c.relname, a.attname) NOT IN (SELECT s.table_name, s.column_name FROM quotakit._secret_columns() s))
             ELSE '' END AS columns
    FROM pg_class c
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'quotakit'
    WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
  LOOP
    EXECUTE format('GRANT SELECT %s ON %s TO quotakit_reader', rel.columns, rel.name);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.make_roles IS
  'Makes the group roles quotakit_reader (sees own rows), quotakit_app (records and reserves), quotakit_admin (both, '
  'and manages) and quotakit_courier (delivers notifications) where missing, and grants them what they need. May be '
  'run again, and should be after an update of the extension. Needs CREATEROLE and the ownership of the extension.';

DO $$
DECLARE
  fn regprocedure;
BEGIN
  FOR fn IN SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'quotakit'::regnamespace AND NOT quotakit._is_type_function(p.oid) LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', fn);
  END LOOP;
END $$;
