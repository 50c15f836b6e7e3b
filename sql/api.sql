-- The dashboard's API from inside: the context of a session, its way out, and what a gateway may not do.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS quotakit CASCADE;
CREATE EXTENSION quotakit;
CREATE ROLE regress_qk_gateway;
GRANT USAGE ON SCHEMA quotakit TO regress_qk_gateway;
GRANT EXECUTE ON FUNCTION quotakit.api TO regress_qk_gateway;
RESET client_min_messages;
\set SHOW_CONTEXT never
\set VERBOSITY default
SET timezone = 'UTC';

CREATE TEMP TABLE jar (who text PRIMARY KEY, account_id int4, secret bytea, csrf text);
-- What a gateway does: hands on the cookie's hash, keeps a new cookie.
CREATE FUNCTION pg_temp.ask(who text, method text, route text, query jsonb DEFAULT '{}', body jsonb DEFAULT NULL,
                            csrf text DEFAULT 'own', same_origin bool DEFAULT true, client inet DEFAULT '192.0.2.1')
RETURNS TABLE (status int4, answer jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  j jar; a record;
BEGIN
  SELECT * INTO j FROM jar WHERE jar.who = who;
  SET LOCAL ROLE regress_qk_gateway;
  SELECT * INTO a FROM quotakit.api(j.account_id, j.secret, CASE csrf WHEN 'own' THEN j.csrf ELSE csrf END, same_origin,
                                    method, route, query::text, convert_to(body::text, 'UTF8'), client);
  RESET ROLE;
  IF a.cookie = '' THEN
    DELETE FROM jar WHERE jar.who = who;
  ELSIF a.cookie IS NOT NULL THEN
    INSERT INTO jar VALUES (who, split_part(a.cookie, '_', 2)::int4, sha256(convert_to(a.cookie, 'UTF8')), a.body::jsonb ->> 'csrf')
    ON CONFLICT ON CONSTRAINT jar_pkey DO UPDATE SET account_id = excluded.account_id, secret = excluded.secret, csrf = excluded.csrf;
  END IF;
  status := a.status;
  answer := CASE WHEN a.content_type LIKE '%json' THEN a.body::jsonb ELSE to_jsonb(a.body) END;
  RETURN NEXT;
END $$;

-- The first may sign up, the second may not.
SELECT answer FROM pg_temp.ask('ann', 'GET', '/api/signup');
SELECT status, answer -> 'member' AS member, answer #>> '{account,name}' AS account
FROM pg_temp.ask('ann', 'POST', '/api/signup', body => '{"account": "acme", "email": "Ann@Acme.test", "password": "correct horse"}');
SELECT answer FROM pg_temp.ask('', 'GET', '/api/signup');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('', 'POST', '/api/signup', body => '{"account": "x", "email": "x@x.test", "password": "correct horse"}');
-- The setting is the DBA's.
SET ROLE regress_qk_gateway;
SET quotakit.signup = 'open';
RESET ROLE;
SET quotakit.signup = 'open';
SELECT status FROM pg_temp.ask('eve', 'POST', '/api/signup', body => '{"account": "evil", "email": "eve@evil.test", "password": "correct horse"}');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('', 'POST', '/api/signup', body => '{"account": "x", "email": "ann@acme.test", "password": "correct horse"}');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('', 'POST', '/api/signup', body => '{"account": "acme", "email": "x@x.test", "password": "correct horse"}');
SELECT status, answer ->> 'detail' AS detail FROM pg_temp.ask('', 'POST', '/api/signup', body => '{"account": "x", "email": "x@x.test", "password": "short"}');
SELECT status, answer ->> 'detail' AS detail FROM pg_temp.ask('', 'POST', '/api/signup', body => '{"account": "x", "email": "x@x.test", "password": "X@x.test"}');
RESET quotakit.signup;
-- Whoever signs up gets a membership, and the gateway's role nothing.
SELECT role_name FROM quotakit.access;

-- What is kept of passwords and sessions is neither.
SELECT password_hash ~ '^\$y\$jAT\$' AS yescrypt FROM quotakit.member;
SELECT count(*) FROM quotakit.session s JOIN jar ON s.token_hash = jar.secret;
SELECT count(*) FROM quotakit.session s JOIN jar ON s.token_hash = sha256(jar.secret);

-- A member acts for the account, and the log says so.
SELECT status, answer ->> 'path' AS path FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": "acme/search", "service": "openai"}');
SELECT status, answer ->> 'limit' AS "limit" FROM pg_temp.ask('ann', 'POST', '/api/policies', body => '{"path": "acme", "amount": "100", "enforcement": "strict"}');
SELECT actor, object FROM quotakit.audit_log WHERE object IN ('node', 'policy', 'member') AND account_id = (SELECT account_id FROM jar WHERE who = 'ann') ORDER BY audit_id;

-- The context ends with the call: also after an error, also when the caller catches it.
SELECT (quotakit._acting()).*;
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/node', '{"path": "nowhere"}');
SELECT (quotakit._acting()).*;
BEGIN;
SELECT quotakit._act_as(1, 'owner', 'test');
SELECT (quotakit._acting()).account_id;
SAVEPOINT a;
SELECT 1 / 0;
ROLLBACK TO a;
-- Said before the savepoint, it stays.
SELECT (quotakit._acting()).account_id;
SAVEPOINT b;
SELECT quotakit._act_as(2, 'viewer', 'test');
RELEASE b;
SELECT (quotakit._acting()).account_id;
ROLLBACK TO a;
-- Said after it, it is gone.
SELECT (quotakit._acting()).account_id;
SELECT quotakit._act_as(1, 'owner', 'test');
COMMIT;
SELECT (quotakit._acting()).account_id;
SELECT quotakit._act_as(1, 'god', 'test');
SELECT quotakit._act_as(1, NULL, 'test');

-- The gateway's role can say it by no means, nor act without a session.
SET ROLE regress_qk_gateway;
SELECT quotakit._act_as(1, 'owner', 'me');
SELECT * FROM quotakit.current_account();
SELECT quotakit.create_node('x');
SET quotakit.account = 'acme';
SELECT quotakit.create_node('x');
SELECT * FROM quotakit.member;
RESET quotakit.account;
RESET ROLE;

-- Each way in needs what it needs.
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('', 'GET', '/api/tree');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": "acme/x"}', csrf => NULL);
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": "acme/x"}', csrf => (SELECT csrf FROM jar WHERE who = 'eve'));
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": "acme/x"}', same_origin => false);
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}', same_origin => NULL);
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'PUT', '/api/node');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/policies/abc');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail, answer ->> 'field' AS field FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": "acme/x", "pth": 1}');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail, answer ->> 'field' AS field FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"service": "openai"}');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail FROM pg_temp.ask('ann', 'POST', '/api/node', body => '{"path": 3}');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail FROM pg_temp.ask('ann', 'POST', '/api/node', body => '[1]');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail FROM pg_temp.ask('ann', 'POST', '/api/policies', body => '{"path": "acme", "amount": "1e9"}');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail FROM pg_temp.ask('ann', 'GET', '/api/usage', '{"since": "yesterday"}');
SELECT status, answer ->> 'code' AS code, answer ->> 'detail' AS detail FROM pg_temp.ask('ann', 'GET', '/api/usage', '{"since": "2026-02-30"}');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/policies/999999999999');

SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/statements/2099-01');
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/statements/2026-13');

-- Sessions end: 12 hours without use, 14 days after they began.
UPDATE quotakit.session SET last_used = now() - interval '11 hours 59 minutes';
SELECT status FROM pg_temp.ask('ann', 'GET', '/api/me');
SELECT last_used > now() - interval '1 minute' AS seen FROM quotakit.session s JOIN jar ON s.token_hash = sha256(jar.secret) WHERE who = 'ann';
UPDATE quotakit.session SET last_used = now() - interval '12 hours 1 minute';
SELECT status, answer ->> 'code' AS code FROM pg_temp.ask('ann', 'GET', '/api/me');
UPDATE quotakit.session SET last_used = now(), created_at = now() - interval '14 days 1 minute';
SELECT status FROM pg_temp.ask('eve', 'GET', '/api/me');
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/signin', body => '{"email": " ANN@acme.test", "password": "correct horse"}');
-- Signing in swept the account's old ones.
SELECT count(*) FROM quotakit.session JOIN jar USING (account_id) WHERE who = 'ann';

-- Passwords are compared to the end, whatever their length.
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/password', body => jsonb_build_object('old', 'correct horse', 'new', repeat('x1', 50)));
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => jsonb_build_object('email', 'ann@acme.test', 'password', repeat('x1', 49) || 'xx'));
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => jsonb_build_object('email', 'ann@acme.test', 'password', repeat('x1', 50)));

-- One that was made by bcrypt, as once, is as good, and is made anew; what is no hash at all is said.
UPDATE quotakit.member SET password_hash = '$2a$10$7EqJtq98hPqEX7fNZaFWoOC5kzOVECanz63rbgPBilPWCQDzL1XLO' WHERE email = 'ann@acme.test';
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horsf"}');
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
SELECT password_hash ~ '^\$y\$jAT\$' AS yescrypt FROM quotakit.member WHERE email = 'ann@acme.test';
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
SELECT quotakit._is_phrase('x', 'x');
SELECT quotakit._is_phrase('x', '');
SELECT quotakit._is_phrase('x', quotakit._hash_phrase('x')), quotakit._is_phrase('y', quotakit._hash_phrase('x')),
       quotakit._hash_phrase('x') <> quotakit._hash_phrase('x') AS salted;

-- Ten attempts an address from a network, known or not; a success forgets them; the others are not touched.
DELETE FROM quotakit.sign_in_attempt;
SELECT status, count(*) FROM generate_series(1, 12) i, LATERAL pg_temp.ask('', 'POST', '/api/signin', body => jsonb_build_object('email', repeat(' ', i % 3) || 'Nobody@x.test', 'password', i::text)) GROUP BY 1 ORDER BY 1;
CREATE VIEW pg_temp.minute AS SELECT date_trunc('minute', clock_timestamp()) AS this, date_trunc('minute', clock_timestamp()) - interval '1 minute' AS last;
INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
  SELECT 0, sha256('ann@acme.test'), '192.0.2.1', last, 9, false FROM minute;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
SELECT attempts FROM quotakit.sign_in_attempt WHERE email_hash = sha256('ann@acme.test');
INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
  SELECT 0, sha256('ann@acme.test'), '192.0.2.1', last, 10, false FROM minute;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
UPDATE quotakit.sign_in_attempt SET minute = minute - interval '16 minutes';
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
-- From elsewhere fifty in all, but not for where the member was before; from one network thirty, and 120 a minute.
INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
  SELECT 0, sha256('ann@acme.test'), ('198.51.100.' || i)::cidr, last, 5, false FROM minute, generate_series(1, 10) i;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}', client => '192.0.2.9');
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
DELETE FROM quotakit.sign_in_attempt;
INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
  SELECT 0, sha256(i::text::bytea), '192.0.2.9', last, 1, false FROM minute, generate_series(1, 30) i;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}', client => '192.0.2.9');
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}', client => '192.0.2.10');
DELETE FROM quotakit.sign_in_attempt;
INSERT INTO quotakit.sign_in_attempt (account_id, email_hash, network, minute, attempts, known)
  SELECT 0, sha256(i::text::bytea), ('198.51.100.' || i)::cidr, this + m * interval '1 minute', 1, false
  FROM minute, generate_series(1, 120) i, generate_series(0, 1) m;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "new@x.test", "password": "x"}');
SELECT status FROM pg_temp.ask('ann', 'POST', '/api/signin', body => '{"email": "ann@acme.test", "password": "correct horse"}');
DELETE FROM quotakit.sign_in_attempt;
-- What counts as one network; a gateway that does not say is one, too.
SELECT quotakit._network(c::inet) FROM unnest('{192.0.2.1,2001:db8:1:2:3:4:5:6,::1,192.0.2.7/24}'::text[]) c;
SELECT quotakit._network(NULL);

-- From SQL: a DBA makes the first owner, or a new password.
SET quotakit.account = 'evil';
SELECT quotakit.create_member('mallory@evil.test', 'battery staple', 'viewer') > 0 AS made;
SELECT quotakit.create_member('mallory@evil.test', 'battery staple', 'viewer');
SELECT quotakit.create_member('mallory', 'battery staple');
SELECT quotakit.create_member('m2@evil.test', 'battery staple', 'god');
SELECT quotakit.set_password('mallory@evil.test', 'staple battery');
SELECT quotakit.set_password('ann@acme.test', 'staple battery');
SELECT quotakit.invite_member('mallory@evil.test');
SELECT quotakit.set_member(1, 'viewer');
SELECT quotakit.remove_member(1);
SELECT quotakit.set_member((SELECT member_id FROM quotakit.member WHERE email = 'eve@evil.test'), 'viewer');
RESET quotakit.account;
SELECT status FROM pg_temp.ask('', 'POST', '/api/signin', body => '{"email": "mallory@evil.test", "password": "staple battery"}');

-- CSV: what a spreadsheet would run is text.
SELECT quotakit._csv('[{"a": "=1+1", "b": 1}, {"a": "@x", "b": "-5"}, {"a": "+x", "b": -5}, {"a": "-x", "b": null}, {"a": "\tx"}, {"a": " =x"}, {"a": "a\"b,c\nd"}]', '{a,b}');

-- Every route has its function, and every function of the API a route.
SELECT r.fn FROM quotakit._api_routes() r WHERE to_regproc('quotakit.' || r.fn) IS NULL;
SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'quotakit'::regnamespace AND p.proname LIKE '\_api\_%'
  AND pg_get_function_arguments(p.oid) = 'me quotakit._who, query jsonb, body jsonb'
  AND NOT EXISTS (SELECT FROM quotakit._api_routes() r WHERE r.fn = p.proname);
-- The last piece of a path is one of those that are known.
SELECT r.route FROM quotakit._api_routes() r WHERE r.route ~ '[{}]'
  AND NOT EXISTS (SELECT FROM quotakit._api_parts() p WHERE r.route ~ ('^[a-z/]+/\{' || p.part || '\}$'));
-- What the gateway is told of them.
SELECT r FROM json_array_elements(quotakit.gateway_api() -> 'routes') r
WHERE r ->> 'path' IN ('/api/statements/{month}', '/api/join') OR r ->> 'path' LIKE '/api/policies/%' AND r ->> 'method' = 'PATCH';
SELECT json_array_length(quotakit.gateway_api() -> 'routes') = (SELECT count(*) FROM quotakit._api_routes()) AS routes,
       (SELECT count(*) FROM json_object_keys(quotakit.gateway_api() -> 'shapes')) = (SELECT count(*) FROM quotakit._api_shapes()) AS shapes;
-- Nobody but an owner of the database's objects calls them by themselves.
SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'quotakit'::regnamespace AND p.proname LIKE '\_api%' AND has_function_privilege('regress_qk_gateway', p.oid, 'EXECUTE');

SET client_min_messages = warning;
DROP EXTENSION quotakit CASCADE;
DROP ROLE regress_qk_gateway;
