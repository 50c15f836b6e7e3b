-- The API's door: who asks, whether they may, what answers. doc/api.md

CREATE FUNCTION quotakit._api_routes()
    RETURNS TABLE (method text, route text, fn name, needs text, throttle text, query text, body text, success int4, csv_file text, json_file text,
      answer text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    ('GET', '/api/signup', '_api_signup_state'::name, 'nobody', NULL::text, '', '', 200, NULL::text, NULL::text, '{open: boolean}'::text),
    ('POST', '/api/signup', '_api_signup', 'nobody', 'email', '', 'account! email! password! name time_zone', 201, NULL, NULL, 'Me'),
    ('POST', '/api/signin', '_api_signin', 'nobody', 'email', '', 'email! password!', 200, NULL, NULL, 'Me'),
    ('POST', '/api/signout', '_api_signout', 'viewer', NULL, '', 'everywhere', 204, NULL, NULL, NULL),
    ('POST', '/api/password', '_api_password', 'viewer', 'member', '', 'old! new!', 200, NULL, NULL, 'Me'),
    ('GET', '/api/me', '_api_me', 'viewer', NULL, '', '', 200, NULL, NULL, 'Me'),
    ('PATCH', '/api/me', '_api_set_me', 'viewer', NULL, '', 'name', 200, NULL, NULL, 'Me'),
    ('GET', '/api/invitation', '_api_invitation', 'nobody', NULL,
      'token!', '', 200, NULL, NULL, '{account: string, email: string, role: Role, expires_at: Time}'),
    ('POST', '/api/join', '_api_join', 'nobody', NULL, '', 'token! password! name', 201, NULL, NULL, 'Me'),

    ('GET', '/api/tree', '_api_tree', 'viewer', NULL, '', '', 200, NULL, NULL, 'Tree'),
    ('GET', '/api/unplaced', '_api_unplaced', 'viewer', NULL, '', '', 200, NULL, NULL, '{unplaced: Unplaced[], sql: string}'),
    ('GET', '/api/unplaced/events', '_api_unplaced_events', 'viewer', NULL,
      'root before limit', '', 200, NULL, NULL, '{events: UnplacedEvent[], next: number | null, sql: string}'),
    ('POST', '/api/unplaced/replay', '_api_replay', 'admin', NULL, '', 'id root after', 200, NULL, NULL, '{events: ReplayedEvent[], next: number | null}'),
    ('GET', '/api/sparks', '_api_sparks', 'viewer', NULL, 'days', '', 200, NULL, NULL, 'Sparks'),
    ('GET', '/api/node', '_api_node', 'viewer', NULL, 'path!', '', 200, NULL, NULL, 'NodeDetail'),
    ('POST', '/api/node', '_api_create_node', 'admin', NULL, '', 'path! service notes tags', 201, NULL, NULL, 'NodeDetail'),
    ('PATCH', '/api/node', '_api_set_node', 'admin', NULL, '', 'path! service notes tags', 200, NULL, NULL, 'NodeDetail'),
    ('POST', '/api/node/archive', '_api_archive', 'admin', NULL, '', 'path!', 200, NULL, NULL, 'NodeDetail'),
    ('POST', '/api/node/restore', '_api_restore', 'admin', NULL, '', 'path!', 200, NULL, NULL, 'NodeDetail'),
    ('POST', '/api/node/freeze', '_api_freeze', 'admin', NULL, '', 'path! reason!', 200, NULL, NULL, 'NodeDetail'),
    ('POST', '/api/node/thaw', '_api_thaw', 'admin', NULL, '', 'path!', 200, NULL, NULL, 'NodeDetail'),

    ('GET', '/api/policies', '_api_policies', 'viewer', NULL, 'path', '', 200, NULL, NULL, '{policies: Policy[], sql: string}'),
    ('GET', '/api/policies/{id}', '_api_policy', 'viewer', NULL, 'id', '', 200, NULL, NULL, 'Policy'),
    ('POST', '/api/policies', '_api_create_policy', 'admin', NULL,
      '', 'path! amount! unit period rolling service model enforcement', 201, NULL, NULL, 'Policy'),
    ('PATCH', '/api/policies/{id}', '_api_set_policy', 'admin', NULL, 'id', 'amount enforcement', 200, NULL, NULL, 'Policy'),
    ('DELETE', '/api/policies/{id}', '_api_remove_policy', 'admin', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('POST', '/api/boost', '_api_boost', 'admin', NULL, '', 'policy_id! amount! until', 200, NULL, NULL, 'Policy'),
    ('POST', '/api/simulate', '_api_simulate', 'viewer', NULL,
      '', 'path! amount! unit period rolling service model enforcement since until', 200, NULL, NULL, 'Simulation'),
    ('GET', '/api/explain', '_api_explain', 'viewer', NULL,
      'path! model usd requests tokens credits', '', 200, NULL, NULL, '{policies: Explained[], sql: string}'),

    ('GET', '/api/refusals', '_api_refusals', 'viewer', NULL,
      'path before limit', '', 200, NULL, NULL, '{refusals: Refusal[], next: number | null, sql: string}'),
    ('GET', '/api/refusals/{id}', '_api_why', 'viewer', NULL, 'id', '', 200, NULL, NULL, '{id: number, why: string[], sql: string}'),
    ('GET', '/api/reservations', '_api_reservations', 'viewer', NULL, 'path limit', '', 200, NULL, NULL, '{reservations: Reservation[], sql: string}'),
    ('GET', '/api/audit', '_api_audit', 'viewer', NULL, 'path before limit', '', 200, NULL, NULL, '{entries: AuditEntry[], next: number | null, sql: string}'),

    ('GET', '/api/usage', '_api_usage', 'viewer', NULL, 'path since! until service model tag compare', '', 200, NULL, NULL, 'UsageSummary'),
    ('GET', '/api/usage/series', '_api_series', 'viewer', NULL,
      'path since! until service model tag step! by format', '', 200, 'quotakit-series.csv', NULL, 'Series'),
    ('GET', '/api/usage/breakdown', '_api_breakdown', 'viewer', NULL,
      'path since! until service model tag by! format', '', 200, 'quotakit-breakdown.csv', NULL, 'Breakdown'),
    ('GET', '/api/reconciliation', '_api_reconciliation', 'viewer', NULL, 'since! until service model', '', 200, NULL, NULL, 'Reconciliation'),
    ('POST', '/api/bills', '_api_import_bill', 'admin', NULL, '', 'service! bill! organization', 200, NULL, NULL,
      '{buckets: {action: "new" | "same" | "replaced" | "not understood", source: string | null, bucket_start: Time | null, bucket_end: Time | null, '
        'lines: number | null, billed_usd: Amount | null, before_usd: Amount | null, tokens: number | null, note: string | null}[]}'),
    ('POST', '/api/bills/book', '_api_book_difference', 'admin', NULL,
      '', 'path! since! until model dry_run', 200, NULL, NULL,
      '{bookings: {day: Day, service: string, model: string, outcome: "booked" | "would be booked" | "left", usd: Amount, '
        'event_id: string | null, note: string | null}[]}'),
    ('POST', '/api/refunds', '_api_refund', 'admin', NULL, '', 'event! amount share credits reason! id', 200, NULL, NULL,
      '{outcome: "recorded" | "duplicate", id: string, usd: Amount, credits: Amount, left_usd: Amount, left_credits: Amount}'),

    ('GET', '/api/services', '_api_services', 'viewer', NULL, '', '', 200, NULL, NULL, '{services: Service[], sql: string}'),
    ('POST', '/api/services', '_api_create_service', 'admin', NULL, '', 'service! title', 201, NULL, NULL, '{service: string, title: string | null}'),
    ('GET', '/api/models', '_api_models', 'viewer', NULL, 'service!', '', 200, NULL, NULL, '{models: Model[], sql: string}'),
    ('POST', '/api/models', '_api_create_model', 'admin', NULL,
      '', 'service! model! max_input_tokens max_output_tokens', 201, NULL, NULL, '{service: string, model: string}'),
    ('GET', '/api/prices', '_api_prices', 'viewer', NULL, 'service! model', '', 200, NULL, NULL, '{prices: Price[], sql: string}'),
    ('POST', '/api/prices', '_api_set_price', 'admin', NULL,
      '', 'service! model meter! usd credits tier above_tokens valid_from replace', 201, NULL, NULL, '{version: number}'),
    ('POST', '/api/prices/import', '_api_import_prices', 'admin', NULL, '', 'file! valid_from service replace dry_run', 200, NULL, NULL, 'ImportResult'),
    ('GET', '/api/prices/unpriced', '_api_unpriced', 'viewer', NULL, '', '', 200, NULL, NULL, '{models: UnpricedModel[], sql: string}'),
    ('POST', '/api/reprice', '_api_reprice', 'admin', NULL, '', 'since! until! service model dry_run', 200, NULL, NULL, 'RepriceResult'),

    ('GET', '/api/keys', '_api_keys', 'viewer', NULL, '', '', 200, NULL, NULL, '{keys: ApiKey[], sql: string}'),
    ('POST', '/api/keys', '_api_create_key', 'admin', NULL, '', 'name!', 201, NULL, NULL, '{id: number, name: string, key: string}'),
    ('DELETE', '/api/keys/{id}', '_api_revoke_key', 'admin', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('GET', '/api/members', '_api_members', 'viewer', NULL, '', '', 200, NULL, NULL, '{members: Member[], invitations: Invitation[]}'),
    ('POST', '/api/members', '_api_invite', 'owner', NULL,
      '', 'email! role!', 201, NULL, NULL, '{id: number, email: string, role: Role, token: string, expires_at: Time}'),
    ('PATCH', '/api/members/{id}', '_api_set_member', 'owner', NULL, 'id', 'role!', 200, NULL, NULL, 'Member'),
    -- A viewer may remove themselves; nobody else, says remove_member().
    ('DELETE', '/api/members/{id}', '_api_remove_member', 'viewer', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('DELETE', '/api/invitations/{id}', '_api_uninvite', 'owner', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('GET', '/api/alerts', '_api_alerts', 'viewer', NULL, 'path policy_id', '', 200, NULL, NULL, '{alerts: Alert[], sql: string}'),
    ('POST', '/api/alerts', '_api_create_alert', 'admin', NULL, '', 'policy_id! kind! threshold recipients delivery', 201, NULL, NULL, 'Alert'),
    ('PATCH', '/api/alerts/{id}', '_api_set_alert', 'admin', NULL, 'id', 'recipients delivery muted_until', 200, NULL, NULL, 'Alert'),
    ('DELETE', '/api/alerts/{id}', '_api_remove_alert', 'admin', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('POST', '/api/alerts/test', '_api_test_alert', 'admin', NULL, '', 'id!', 200, NULL, NULL, '{notifications: number}'),
    ('GET', '/api/alerts/log', '_api_alert_log', 'viewer', NULL,
      'path before limit', '', 200, NULL, NULL, '{fired: FiredAlert[], next: number | null, sql: string}'),
    ('GET', '/api/recipients', '_api_recipients', 'viewer', NULL, '', '', 200, NULL, NULL, '{recipients: Recipient[], sql: string}'),
    ('POST', '/api/recipients', '_api_add_recipient', 'admin', NULL, '', 'channel! name! url', 201, NULL, NULL, 'Recipient'),
    ('DELETE', '/api/recipients/{id}', '_api_remove_recipient', 'admin', NULL, 'id', '', 204, NULL, NULL, NULL),
    ('POST', '/api/confirm', '_api_confirm', 'nobody', NULL, '', 'token!', 200, NULL, NULL, '{address: string}'),
    ('GET', '/api/notifications', '_api_notifications', 'viewer', NULL,
      'before limit', '', 200, NULL, NULL, '{notifications: Notification[], next: number | null, sql: string}'),
    ('POST', '/api/notifications/resend', '_api_resend_notification', 'admin', NULL, '', 'id!', 200, NULL, NULL, 'Notification'),
    ('GET', '/api/settings', '_api_settings', 'viewer', NULL, '', '', 200, NULL, NULL, 'Settings'),
    ('PATCH', '/api/settings', '_api_set_settings', 'owner', NULL,
      '', 'name time_zone billing_day week_start usd_per_credit contact_name contact_email billing_address on_unknown_path '
        'retention_days mail_statements digest_hour', 200, NULL, NULL, 'Settings'),
    ('GET', '/api/statements', '_api_statements', 'viewer', NULL, '', '', 200, NULL, NULL, '{months: StatementMonth[], sql: string}'),
    ('GET', '/api/statements/{month}', '_api_statement', 'viewer', NULL, 'month format', '', 200, 'quotakit-statement-{month}.csv', NULL, 'Statement'),
    ('GET', '/api/export', '_api_export', 'owner', NULL, 'what! since until', '', 200, 'quotakit-usage.csv', 'quotakit-config.json', 'Record<string, unknown>')
$$;
COMMENT ON FUNCTION quotakit._api_routes IS
  'The API''s table of routes: who may (nobody: without a session); whose attempts are counted (throttle: those on '
  'the email in the body, or on the member''s own; null: nobody''s); the fields of the query and the body (! for '
  'needed); the status of success; what a CSV or a JSON answer is saved as (null: it is not); and the answer as a '
  'type of TypeScript, of the names in _api_shapes() (null for none).';

CREATE FUNCTION quotakit._api_parts() RETURNS TABLE (part text, form text)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('id', '^[0-9]{1,18}$'), ('month', '^[^/]+$')
$$;
COMMENT ON FUNCTION quotakit._api_parts IS
  'What the last piece of a route''s path can stand for, as {part}, and its form. It is a field like those of the query.';

CREATE FUNCTION quotakit._api_fields_of(fields text) RETURNS jsonb
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('name', rtrim(f.field, '!'), 'required', f.field LIKE '%!') ORDER BY f.n), '[]')
  FROM string_to_table(nullif($1, ''), ' ') WITH ORDINALITY AS f(field, n)
$$;
COMMENT ON FUNCTION quotakit._api_fields_of IS 'Fields as the table of routes has them, for programs.';

CREATE FUNCTION quotakit.gateway_api() RETURNS json
  LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT json_build_object(
    'routes', (SELECT json_agg(json_build_object('method', r.method, 'path', r.route, 'part', p.part, 'needs', nullif(r.needs, 'nobody'),
        'query', quotakit._api_fields_of(array_to_string(array_remove(string_to_array(r.query, ' '), p.part), ' ')),
        'body', quotakit._api_fields_of(r.body), 'success', r.success, 'csv', r.csv_file IS NOT NULL, 'answer', r.answer))
      FROM quotakit._api_routes() r LEFT JOIN quotakit._api_parts() p ON right(r.route, length(p.part) + 2) = '{' || p.part || '}'),
    'shapes', (SELECT json_object_agg(s.name, s.shape) FROM quotakit._api_shapes() s))
$$;
COMMENT ON FUNCTION quotakit.gateway_api IS 'For the gateway, which describes the API in /openapi.json: the table of routes, and the shapes of the answers.';

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
  last    text;
  part    text;
  wait    int4 := 0;
  code text; title text;
  said text; detail text; hint text; field text; state text;
BEGIN
  me.network := quotakit._network(client);
  last := substring(route FROM '[^/]*$');
  SELECT p.part, x.route INTO part, generic
  FROM quotakit._api_routes() x JOIN quotakit._api_parts() p ON x.route = left(api.route, -length(last)) || '{' || p.part || '}' AND last ~ p.form
  WHERE NOT EXISTS (SELECT FROM quotakit._api_routes() y WHERE y.route = api.route) LIMIT 1;
  generic := coalesce(generic, route);
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
    asked := asked - ARRAY(SELECT p.part FROM quotakit._api_parts() p);
    IF part IS NOT NULL THEN
      asked := asked || jsonb_build_object(part, last);
    END IF;
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
  IF status IS NULL AND r.throttle IS NOT NULL THEN
    wait := quotakit._throttle(CASE r.throttle WHEN 'member' THEN me.email ELSE sent ->> 'email' END, me.network, r.throttle = 'member');
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
    file := CASE WHEN part IS NULL THEN r.csv_file ELSE replace(r.csv_file, '{' || part || '}', last) END;
    body := answer #>> '{}';
  ELSIF status <> 204 THEN
    content_type := 'application/json';
    -- To take nothing out is to write all of it anew.
    body := CASE WHEN answer ? '_cookie' THEN (answer - '_cookie')::text ELSE answer::text END;
    file := r.json_file;
  END IF;
  IF jsonb_typeof(answer) = 'object' THEN
    cookie := answer ->> '_cookie';
  END IF;
  IF method = 'GET' AND status = 200 THEN
    etag := left(encode(sha256(convert_to(body, 'UTF8')), 'hex'), 32);
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION quotakit.api IS
  'One request of the dashboard, for the gateway, which has no authority: account_id and secret (SHA-256 of the '
  'token) of the session cookie or nulls, the X-CSRF header, whether the request came from the same origin, method '
  'and path, the query as a JSON object of text, the body, the client''s address. Returns what to answer: HTTP '
  'status, ETag, body and its type; a cookie to set (empty: to clear; null: leave it), the name of a download, '
  'seconds for Retry-After. What is wrong with the request is an answer; an error is the server''s own.';
