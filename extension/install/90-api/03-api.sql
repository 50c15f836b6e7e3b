-- The API's door: who asks, whether they may, what answers. doc/api.md

CREATE FUNCTION quotakit._api_routes()
    RETURNS TABLE (method text, route text, fn name, needs text, query text, body text, success int4, file text, answer text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('GET', '/api/signup', '_api_signup_state'::name, 'nobody', '', '', 200, NULL::text, '{open: boolean}'::text),
    ('POST', '/api/signup', '_api_signup', 'nobody', '', 'account! email! password! name time_zone', 201, NULL, 'Me'),
    ('POST', '/api/signin', '_api_signin', 'nobody', '', 'email! password!', 200, NULL, 'Me'),
    ('POST', '/api/signout', '_api_signout', 'viewer', '', 'everywhere', 204, NULL, NULL),
    ('POST', '/api/password', '_api_password', 'viewer', '', 'old! new!', 200, NULL, 'Me'),
    ('GET', '/api/me', '_api_me', 'viewer', '', '', 200, NULL, 'Me'),
    ('PATCH', '/api/me', '_api_set_me', 'viewer', '', 'name', 200, NULL, 'Me'),
    ('GET', '/api/invitation', '_api_invitation', 'nobody', 'token!', '', 200, NULL, '{account: string, email: string, role: Role, expires_at: Time}'),
    ('POST', '/api/join', '_api_join', 'nobody', '', 'token! password! name', 201, NULL, 'Me'),

    ('GET', '/api/tree', '_api_tree', 'viewer', '', '', 200, NULL, 'Tree'),
    ('GET', '/api/unplaced', '_api_unplaced', 'viewer', '', '', 200, NULL, '{unplaced: Unplaced[], sql: string}'),
    ('GET', '/api/unplaced/events', '_api_unplaced_events', 'viewer', 'root before limit', '', 200, NULL, '{events: UnplacedEvent[], next: number | null, sql: string}'),
    ('POST', '/api/unplaced/replay', '_api_replay', 'admin', '', 'id root after', 200, NULL, '{events: ReplayedEvent[], next: number | null}'),
    ('GET', '/api/sparks', '_api_sparks', 'viewer', 'days', '', 200, NULL, 'Sparks'),
    ('GET', '/api/node', '_api_node', 'viewer', 'path!', '', 200, NULL, 'NodeDetail'),
    ('POST', '/api/node', '_api_create_node', 'admin', '', 'path! service notes tags', 201, NULL, 'NodeDetail'),
    ('PATCH', '/api/node', '_api_set_node', 'admin', '', 'path! service notes tags', 200, NULL, 'NodeDetail'),
    ('POST', '/api/node/archive', '_api_archive', 'admin', '', 'path!', 200, NULL, 'NodeDetail'),
    ('POST', '/api/node/restore', '_api_restore', 'admin', '', 'path!', 200, NULL, 'NodeDetail'),
    ('POST', '/api/node/freeze', '_api_freeze', 'admin', '', 'path! reason!', 200, NULL, 'NodeDetail'),
    ('POST', '/api/node/thaw', '_api_thaw', 'admin', '', 'path!', 200, NULL, 'NodeDetail'),

    ('GET', '/api/policies', '_api_policies', 'viewer', 'path', '', 200, NULL, '{policies: Policy[], sql: string}'),
    ('GET', '/api/policies/{id}', '_api_policy', 'viewer', 'id', '', 200, NULL, 'Policy'),
    ('POST', '/api/policies', '_api_create_policy', 'admin', '', 'path! amount! unit period rolling service model enforcement', 201, NULL, 'Policy'),
    ('PATCH', '/api/policies/{id}', '_api_set_policy', 'admin', 'id', 'amount enforcement', 200, NULL, 'Policy'),
    ('DELETE', '/api/policies/{id}', '_api_remove_policy', 'admin', 'id', '', 204, NULL, NULL),
    ('POST', '/api/boost', '_api_boost', 'admin', '', 'policy_id! amount! until', 200, NULL, 'Policy'),
    ('POST', '/api/simulate', '_api_simulate', 'viewer', '', 'path! amount! unit period rolling service model enforcement since until', 200, NULL, 'Simulation'),
    ('GET', '/api/explain', '_api_explain', 'viewer', 'path! model usd requests tokens credits', '', 200, NULL, '{policies: Explained[], sql: string}'),

    ('GET', '/api/refusals', '_api_refusals', 'viewer', 'path before limit', '', 200, NULL, '{refusals: Refusal[], next: number | null, sql: string}'),
    ('GET', '/api/refusals/{id}', '_api_why', 'viewer', 'id', '', 200, NULL, '{id: number, why: string[], sql: string}'),
    ('GET', '/api/reservations', '_api_reservations', 'viewer', 'path limit', '', 200, NULL, '{reservations: Reservation[], sql: string}'),
    ('GET', '/api/audit', '_api_audit', 'viewer', 'path before limit', '', 200, NULL, '{entries: AuditEntry[], next: number | null, sql: string}'),

    ('GET', '/api/usage', '_api_usage', 'viewer', 'path since! until service model tag compare', '', 200, NULL, 'UsageSummary'),
    ('GET', '/api/usage/series', '_api_series', 'viewer', 'path since! until service model tag step! by format', '', 200, 'quotakit-series.csv', 'Series'),
    ('GET', '/api/usage/breakdown', '_api_breakdown', 'viewer', 'path since! until service model tag by! format', '', 200, 'quotakit-breakdown.csv', 'Breakdown'),

    ('GET', '/api/services', '_api_services', 'viewer', '', '', 200, NULL, '{services: Service[], sql: string}'),
    ('POST', '/api/services', '_api_create_service', 'admin', '', 'service! title', 201, NULL, '{service: string, title: string | null}'),
    ('GET', '/api/models', '_api_models', 'viewer', 'service!', '', 200, NULL, '{models: Model[], sql: string}'),
    ('POST', '/api/models', '_api_create_model', 'admin', '', 'service! model! max_input_tokens max_output_tokens', 201, NULL, '{service: string, model: string}'),
    ('GET', '/api/prices', '_api_prices', 'viewer', 'service! model', '', 200, NULL, '{prices: Price[], sql: string}'),
    ('POST', '/api/prices', '_api_set_price', 'admin', '', 'service! model meter! usd credits tier above_tokens valid_from replace', 201, NULL, '{version: number}'),
    ('POST', '/api/prices/import', '_api_import_prices', 'admin', '', 'file! valid_from service replace dry_run', 200, NULL, 'ImportResult'),
    ('GET', '/api/prices/unpriced', '_api_unpriced', 'viewer', '', '', 200, NULL, '{models: UnpricedModel[], sql: string}'),
    ('POST', '/api/reprice', '_api_reprice', 'admin', '', 'since! until! service model dry_run', 200, NULL, 'RepriceResult'),

    ('GET', '/api/keys', '_api_keys', 'viewer', '', '', 200, NULL, '{keys: ApiKey[], sql: string}'),
    ('POST', '/api/keys', '_api_create_key', 'admin', '', 'name!', 201, NULL, '{id: number, name: string, key: string}'),
    ('DELETE', '/api/keys/{id}', '_api_revoke_key', 'admin', 'id', '', 204, NULL, NULL),
    ('GET', '/api/members', '_api_members', 'viewer', '', '', 200, NULL, '{members: Member[], invitations: Invitation[]}'),
    ('POST', '/api/members', '_api_invite', 'owner', '', 'email! role!', 201, NULL, '{id: number, email: string, role: Role, token: string, expires_at: Time}'),
    ('PATCH', '/api/members/{id}', '_api_set_member', 'owner', 'id', 'role!', 200, NULL, 'Member'),
    -- A viewer may remove themselves; nobody else, says remove_member().
    ('DELETE', '/api/members/{id}', '_api_remove_member', 'viewer', 'id', '', 204, NULL, NULL),
    ('DELETE', '/api/invitations/{id}', '_api_uninvite', 'owner', 'id', '', 204, NULL, NULL),
    ('GET', '/api/alerts', '_api_alerts', 'viewer', 'path policy_id', '', 200, NULL, '{alerts: Alert[], sql: string}'),
    ('POST', '/api/alerts', '_api_create_alert', 'admin', '', 'policy_id! kind! threshold recipients delivery', 201, NULL, 'Alert'),
    ('PATCH', '/api/alerts/{id}', '_api_set_alert', 'admin', 'id', 'recipients delivery muted_until', 200, NULL, 'Alert'),
    ('DELETE', '/api/alerts/{id}', '_api_remove_alert', 'admin', 'id', '', 204, NULL, NULL),
    ('POST', '/api/alerts/test', '_api_test_alert', 'admin', '', 'id!', 200, NULL, '{notifications: number}'),
    ('GET', '/api/alerts/log', '_api_alert_log', 'viewer', 'path before limit', '', 200, NULL, '{fired: FiredAlert[], next: number | null, sql: string}'),
    ('GET', '/api/recipients', '_api_recipients', 'viewer', '', '', 200, NULL, '{recipients: Recipient[], sql: string}'),
    ('POST', '/api/recipients', '_api_add_recipient', 'admin', '', 'channel! name! url', 201, NULL, 'Recipient'),
    ('DELETE', '/api/recipients/{id}', '_api_remove_recipient', 'admin', 'id', '', 204, NULL, NULL),
    ('POST', '/api/confirm', '_api_confirm', 'nobody', '', 'token!', 200, NULL, '{address: string}'),
    ('GET', '/api/notifications', '_api_notifications', 'viewer', 'before limit', '', 200, NULL, '{notifications: Notification[], next: number | null, sql: string}'),
    ('POST', '/api/notifications/resend', '_api_resend_notification', 'admin', '', 'id!', 200, NULL, 'Notification'),
    ('GET', '/api/settings', '_api_settings', 'viewer', '', '', 200, NULL, 'Settings'),
    ('PATCH', '/api/settings', '_api_set_settings', 'owner', '', 'name time_zone billing_day week_start usd_per_credit contact_name contact_email billing_address on_unknown_path retention_days mail_statements digest_hour', 200, NULL, 'Settings'),
    ('GET', '/api/statements', '_api_statements', 'viewer', '', '', 200, NULL, '{months: StatementMonth[], sql: string}'),
    ('GET', '/api/statements/{month}', '_api_statement', 'viewer', 'month format', '', 200, 'quotakit-statement-{month}.csv', 'Statement'),
    ('GET', '/api/export', '_api_export', 'owner', 'what! since until', '', 200, 'quotakit-usage.csv', 'Record<string, unknown>')
$$;
COMMENT ON FUNCTION quotakit._api_routes IS 'The API''s table of routes: who may (nobody: without a session), the fields of the query and the body (! for needed), the status of success, what a CSV is called, and the answer as a type of TypeScript, of the names in _api_shapes() (null for none).';

CREATE FUNCTION quotakit._api_problem_of(sqlstate text, OUT status int4, OUT code text, OUT title text) RETURNS record
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p.status, p.code, p.title FROM (VALUES
    ('QK001', 404, 'unknown_path', 'Unknown path'),
    ('QK002', 422, 'archived_path', 'Path is archived'),
    ('QK003', 422, 'service_mismatch', 'The path has another service'),
    ('QK004', 422, 'umbrella_path', 'The path has no service'),
    ('QK006', 409, 'conflict', 'Conflict'),
    ('QK008', 422, 'out_of_range', 'Out of range'),
    ('QK010', 400, 'malformed', 'Malformed request'),
    ('QK012', 503, 'busy', 'Busy'),
    ('QK013', 409, 'too_many_policies', 'Too many policies'),
    ('QK014', 409, 'frozen', 'Path is frozen'),
    ('QK015', 409, 'already_exists', 'Exists already'),
    ('QK018', 400, 'invalid', 'Invalid request'),
    ('QK019', 403, 'signup_closed', 'Sign-up is closed'),
    ('QK020', 429, 'throttled', 'Too many attempts'),
    ('QK021', 410, 'gone', 'No longer there'),
    ('QK022', 401, 'bad_credentials', 'Not signed in'),
    ('QK023', 401, 'signed_out', 'Not signed in'),
    ('QK024', 403, 'csrf', 'Request not accepted'),
    ('QK025', 404, 'not_found', 'Not found'),
    ('QK026', 405, 'method_not_allowed', 'Method not allowed'),
    ('42501', 403, 'forbidden', 'Not allowed'),
    ('42704', 404, 'not_found', 'Not found'),
    ('55000', 409, 'conflict', 'Conflict'),
    ('54000', 400, 'invalid', 'Invalid request'),
    ('54001', 400, 'malformed', 'Malformed request'),
    -- Out of range for the type behind a field; a list of a hundred of its kind is not needed.
    ('22', 400, 'invalid', 'Invalid request'),
    ('23', 400, 'invalid', 'Invalid request')) AS p(state, status, code, title)
  WHERE p.state IN ($1, left($1, 2)) ORDER BY length(p.state) DESC LIMIT 1
$$;
COMMENT ON FUNCTION quotakit._api_problem_of IS 'What an SQLSTATE is over HTTP; nulls for what is the server''s own fault.';

CREATE FUNCTION quotakit.api(account_id int4, secret bytea, csrf text, same_origin bool, method text, route text, query text, request bytea,
    client inet DEFAULT NULL)
    RETURNS TABLE (status int4, etag text, body text, content_type text, cookie text, file text, retry_after int4)
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET row_security = on ROWS 1
AS $$
#variable_conflict use_variable
DECLARE
  r       record;
  me      quotakit._who;
  asked   jsonb;
  sent    jsonb;
  answer  jsonb;
  generic text;
  part    text;
  wait    int4 := 0;
  code text; title text;
  said text; detail text; hint text; field text; state text;
BEGIN
  me.network := quotakit._network(client);
  -- A number or a month at the end is a field like those of the query.
  part := substring(route FROM '^/api/[a-z]+/([0-9]{1,18})$');
  generic := CASE WHEN part IS NOT NULL THEN regexp_replace(route, '[0-9]+$', '{id}')
    WHEN route ~ '^/api/statements/[^/]+$' THEN '/api/statements/{month}' ELSE route END;
  BEGIN
    SELECT x.* INTO r FROM quotakit._api_routes() x WHERE x.route = generic AND x.method = api.method;
    IF NOT FOUND THEN
      IF EXISTS (SELECT FROM quotakit._api_routes() x WHERE x.route = generic) THEN
        RAISE EXCEPTION '% is not answered here', left(method, 20) USING ERRCODE = 'QK026';
      END IF;
      RAISE EXCEPTION 'there is nothing here' USING ERRCODE = 'QK025';
    END IF;

    SELECT s.member_id, s.email, s.role INTO me.member_id, me.email, me.role FROM quotakit._find_session(account_id, secret) s;
    IF me.member_id IS NOT NULL THEN
      me.account_id := account_id;
      me.secret := secret;
      SELECT a INTO me.acct FROM quotakit.account a WHERE a.account_id = api.account_id;
    ELSIF r.needs <> 'nobody' THEN
      RAISE EXCEPTION 'you are not signed in' USING ERRCODE = 'QK023';
    END IF;
    IF method <> 'GET' THEN
      -- A page of another origin can neither read the token nor send the header.
      IF same_origin IS DISTINCT FROM true THEN
        RAISE EXCEPTION 'the request came from another site' USING ERRCODE = 'QK024';
      ELSIF r.needs <> 'nobody' AND csrf IS DISTINCT FROM quotakit._csrf(secret) THEN
        RAISE EXCEPTION 'the X-CSRF header is missing or wrong' USING ERRCODE = 'QK024', HINT = 'GET /api/me has its value.';
      END IF;
    END IF;
    IF array_position('{viewer,admin,owner}', me.role) < array_position('{viewer,admin,owner}', r.needs) THEN
      RAISE EXCEPTION 'you are %, but % is needed', me.role, r.needs
        USING ERRCODE = 'insufficient_privilege', HINT = 'An owner of the account can change your role.';
    END IF;

    BEGIN
      asked := coalesce(nullif(query, ''), '{}')::jsonb;
      sent := coalesce(nullif(convert_from(request, 'UTF8'), ''), '{}')::jsonb;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
      RAISE EXCEPTION 'the body is not JSON' USING ERRCODE = 'QK010', DETAIL = SQLERRM;
    END;
    IF jsonb_typeof(sent) <> 'object' THEN
      RAISE EXCEPTION 'the body is not a JSON object' USING ERRCODE = 'QK010';
    END IF;
    asked := asked - '{id,month}'::text[] || CASE WHEN part IS NOT NULL THEN jsonb_build_object('id', part)
      WHEN generic LIKE '%{month}' THEN jsonb_build_object('month', split_part(route, '/', 4)) ELSE '{}' END;
    PERFORM quotakit._api_fields(asked, r.query, 'the query'), quotakit._api_fields(sent, r.body, 'the body');
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
      hint = PG_EXCEPTION_HINT, field = COLUMN_NAME;
    SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of(state) p;
    IF status IS NULL THEN
      RAISE;
    END IF;
  END;

  -- Counted out here, where a wrong password does not undo it.
  IF status IS NULL AND r.fn IN ('_api_signin', '_api_signup', '_api_password') THEN
    wait := quotakit._throttle(CASE WHEN r.fn = '_api_password' THEN me.email ELSE sent ->> 'email' END, me.network,
                               r.fn = '_api_password');
    IF wait > 0 THEN
      SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of('QK020') p;
      said := 'too many attempts';
      hint := format('Try again in %s minutes.', ceil(wait / 60.0));
      retry_after := wait;
    END IF;
  END IF;

  IF status IS NULL THEN
    BEGIN
      IF me.member_id IS NOT NULL AND r.needs <> 'nobody' THEN
        PERFORM quotakit._act_as(me.account_id, me.role, me.email);
      END IF;
      EXECUTE format('SELECT quotakit.%I($1, $2, $3)', r.fn) INTO answer USING me, asked, sent;
      PERFORM quotakit._act_as(NULL, NULL, NULL);
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, field = COLUMN_NAME;
      SELECT p.status, p.code, p.title INTO status, code, title FROM quotakit._api_problem_of(state) p;
      IF status IS NULL THEN
        RAISE;
      END IF;
      -- "Failing row contains": what no answer may hold.
      detail := CASE WHEN state NOT IN ('23502', '23514') THEN detail END;
    END;
  END IF;

  IF status IS NOT NULL THEN
    content_type := 'application/problem+json';
    -- Hints of SQL functions name other SQL functions: not for here.
    body := jsonb_strip_nulls(jsonb_build_object('type', 'urn:quotakit:problem:' || code, 'title', title, 'status', status,
      'code', code, 'detail', concat_ws('. ', said, nullif(detail, '')),
      'hint', CASE WHEN hint <> '' AND hint !~ 'quotakit\.' THEN hint END, 'field', nullif(field, ''), 'retry_after', retry_after))::text;
    -- A cookie of a session that is over is of no use to anybody.
    cookie := CASE WHEN code = 'signed_out' AND secret IS NOT NULL THEN '' END;
    RETURN NEXT;
    RETURN;
  END IF;

  status := r.success;
  IF jsonb_typeof(answer) = 'string' THEN
    content_type := 'text/csv; charset=utf-8';
    file := replace(r.file, '{month}', coalesce(asked ->> 'month', ''));
    body := answer #>> '{}';
  ELSIF status <> 204 THEN
    content_type := 'application/json';
    -- To take nothing out is to write all of it anew.
    body := CASE WHEN answer ? '_cookie' THEN (answer - '_cookie')::text ELSE answer::text END;
    IF r.fn = '_api_export' THEN
      file := 'quotakit-config.json';
    END IF;
  END IF;
  IF jsonb_typeof(answer) = 'object' THEN
    cookie := answer ->> '_cookie';
  END IF;
  IF method = 'GET' AND status = 200 THEN
    etag := left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 32);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.api IS 'One request of the dashboard, for the gateway, which has no authority: account_id and secret (SHA-256 of the token) of the session cookie or nulls, the X-CSRF header, whether the request came from the same origin, method and path, the query as a JSON object of text, the body, the client''s address. Returns what to answer: HTTP status, ETag, body and its type; a cookie to set (empty: to clear; null: leave it), the name of a download, seconds for Retry-After. What is wrong with the request is an answer; an error is the server''s own.';
