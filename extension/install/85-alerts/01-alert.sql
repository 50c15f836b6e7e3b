-- Alerts: thresholds on policies, who is told, and what has fired.

CREATE TABLE quotakit.alert_setting (
  account_id    int4 PRIMARY KEY REFERENCES quotakit.account,
  dashboard_url text CHECK (octet_length(dashboard_url) <= 500 AND dashboard_url ~ '^https?://[^[:space:][:cntrl:]"''<>\\]+[^/]$'),
  statements    bool NOT NULL DEFAULT true,
  digest_hour   int2 NOT NULL DEFAULT 8 CHECK (digest_hour BETWEEN 0 AND 23)
);
COMMENT ON TABLE quotakit.alert_setting IS 'What an account wants of its mails; no row: the defaults. The row of account 0 is the server''s.';
COMMENT ON COLUMN quotakit.alert_setting.account_id IS 'The account; 0 for the server.';
COMMENT ON COLUMN quotakit.alert_setting.dashboard_url IS
  'Where links in mails lead, without a slash at the end; null: as the server''s row says, or no links.';
COMMENT ON COLUMN quotakit.alert_setting.statements IS 'Whether the account''s contact gets a statement for each month.';
COMMENT ON COLUMN quotakit.alert_setting.digest_hour IS 'Hour of the account''s local time at which digests are sent.';

CREATE SEQUENCE quotakit.recipient_id_seq AS int4;
CREATE TABLE quotakit.recipient (
  account_id      int4 NOT NULL REFERENCES quotakit.account,
  recipient_id    int4 NOT NULL DEFAULT nextval('quotakit.recipient_id_seq'),
  channel         text NOT NULL CHECK (channel IN ('email', 'webhook', 'slack')),
  name            text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 254 AND name !~ '[[:cntrl:]]'),
  url             text CHECK (octet_length(url) <= 2000 AND url ~ '^https?://[!-~]+$'),
  secret          bytea CHECK (octet_length(secret) BETWEEN 24 AND 64),
  previous_secret bytea CHECK (octet_length(previous_secret) BETWEEN 24 AND 64),
  previous_until  timestamptz,
  confirmed_at    timestamptz,
  token_hash      bytea CHECK (octet_length(token_hash) = 32),
  token_until     timestamptz,
  disabled_at     timestamptz,
  disabled_reason text CHECK (octet_length(disabled_reason) <= 500),
  created_at      timestamptz NOT NULL DEFAULT now(),
  removed_at      timestamptz,
  PRIMARY KEY (account_id, recipient_id),
  CHECK ((channel = 'email') = (url IS NULL)),
  CHECK ((channel = 'webhook') = (secret IS NOT NULL))
);
CREATE UNIQUE INDEX recipient_live_name ON quotakit.recipient (account_id, lower(name)) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX recipient_token ON quotakit.recipient (account_id, token_hash) WHERE token_hash IS NOT NULL;
COMMENT ON TABLE quotakit.recipient IS
  'Who can be told: e-mail addresses, webhooks, Slack webhooks. An address gets nothing but the confirmation until it '
  'is confirmed; the account''s own contact needs none.';
COMMENT ON COLUMN quotakit.recipient.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.recipient.recipient_id IS 'Number of the recipient.';
COMMENT ON COLUMN quotakit.recipient.channel IS 'email, webhook or slack.';
COMMENT ON COLUMN quotakit.recipient.name IS 'The e-mail address, or what the webhook is called.';
COMMENT ON COLUMN quotakit.recipient.url IS 'Where a webhook is posted to. Secret: whoever knows a Slack URL can post.';
COMMENT ON COLUMN quotakit.recipient.secret IS 'Key that signs a webhook (Standard Webhooks).';
COMMENT ON COLUMN quotakit.recipient.previous_secret IS 'The key before; signs too until previous_until.';
COMMENT ON COLUMN quotakit.recipient.previous_until IS 'When the key before stops signing.';
COMMENT ON COLUMN quotakit.recipient.confirmed_at IS 'When the address was confirmed, or a webhook was added.';
COMMENT ON COLUMN quotakit.recipient.token_hash IS 'SHA-256 of the token in the confirmation link.';
COMMENT ON COLUMN quotakit.recipient.token_until IS 'When that link stops working.';
COMMENT ON COLUMN quotakit.recipient.disabled_at IS 'When an endpoint was switched off because it answered 410; null while on.';
COMMENT ON COLUMN quotakit.recipient.disabled_reason IS 'Why it was switched off.';
COMMENT ON COLUMN quotakit.recipient.created_at IS 'When it was added.';
COMMENT ON COLUMN quotakit.recipient.removed_at IS 'When it was removed, or null.';

CREATE SEQUENCE quotakit.alert_id_seq AS int4;
CREATE TABLE quotakit.alert (
  account_id  int4 NOT NULL,
  alert_id    int4 NOT NULL DEFAULT nextval('quotakit.alert_id_seq') CHECK (alert_id > 0),
  policy_id   int4 NOT NULL,
  kind        text NOT NULL CHECK (kind IN ('percent', 'amount', 'forecast', 'refusal')),
  percent     numeric CHECK (percent > 0 AND percent <= 1000 AND scale(percent) <= 2),
  amount      int8 CHECK (amount > 0),
  to_contact  bool NOT NULL,
  delivery    text NOT NULL DEFAULT 'each' CHECK (delivery IN ('each', 'daily', 'weekly')),
  muted_until timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz,
  PRIMARY KEY (account_id, alert_id),
  FOREIGN KEY (account_id, policy_id) REFERENCES quotakit.policy,
  CHECK ((kind = 'percent') = (percent IS NOT NULL)),
  CHECK ((kind = 'amount') = (amount IS NOT NULL))
);
CREATE UNIQUE INDEX alert_live ON quotakit.alert (account_id, policy_id, kind, percent, amount) NULLS NOT DISTINCT
  WHERE archived_at IS NULL;
COMMENT ON TABLE quotakit.alert IS 'A threshold on a policy: who is told when it is crossed.';
COMMENT ON COLUMN quotakit.alert.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert.alert_id IS 'Number of the alert.';
COMMENT ON COLUMN quotakit.alert.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.alert.kind IS
  'percent of the limit; amount; forecast: the limit will be passed before the window ends; refusal: the first refused call.';
COMMENT ON COLUMN quotakit.alert.percent IS 'Percent of the limit, boost included; at most two decimals.';
COMMENT ON COLUMN quotakit.alert.amount IS 'Amount in the policy''s unit, nano for USD and credits.';
COMMENT ON COLUMN quotakit.alert.to_contact IS 'Whether the account''s contact is told.';
COMMENT ON COLUMN quotakit.alert.delivery IS 'each: a message at once; daily, weekly: in a digest.';
COMMENT ON COLUMN quotakit.alert.muted_until IS 'Until then it is logged only.';
COMMENT ON COLUMN quotakit.alert.created_at IS 'When it was set.';
COMMENT ON COLUMN quotakit.alert.archived_at IS 'When it was removed, or null.';

CREATE TABLE quotakit.alert_recipient (
  account_id   int4 NOT NULL,
  alert_id     int4 NOT NULL,
  recipient_id int4 NOT NULL,
  PRIMARY KEY (account_id, alert_id, recipient_id),
  FOREIGN KEY (account_id, alert_id) REFERENCES quotakit.alert,
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient
);
COMMENT ON TABLE quotakit.alert_recipient IS 'Whom an alert tells beside the account''s contact.';
COMMENT ON COLUMN quotakit.alert_recipient.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert_recipient.alert_id IS 'The alert.';
COMMENT ON COLUMN quotakit.alert_recipient.recipient_id IS 'The recipient.';

CREATE SEQUENCE quotakit.alert_fired_id_seq;
CREATE TABLE quotakit.alert_fired (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  fired_id     int8 NOT NULL DEFAULT nextval('quotakit.alert_fired_id_seq'),
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  kind         text NOT NULL CHECK (kind IN ('percent', 'amount', 'forecast', 'refusal')),
  mark         numeric NOT NULL,
  threshold    int8 NOT NULL,
  alert_id     int4 NOT NULL,
  used         int8 NOT NULL,
  limit_amount int8 NOT NULL,
  fired_at     timestamptz NOT NULL,
  state        text NOT NULL CHECK (state IN ('told', 'muted', 'waiting', 'digested')),
  facts        jsonb NOT NULL,
  PRIMARY KEY (account_id, fired_id),
  FOREIGN KEY (account_id, policy_id) REFERENCES quotakit.policy,
  -- One alert a threshold and window, however many check.
  CONSTRAINT alert_fired_once UNIQUE (account_id, policy_id, window_start, kind, mark, threshold)
);
CREATE INDEX alert_fired_waiting ON quotakit.alert_fired (account_id, alert_id) WHERE state = 'waiting';
COMMENT ON TABLE quotakit.alert_fired IS
  'Every threshold that was crossed: one row a threshold and window. A raised limit may add another, above the new threshold only.';
COMMENT ON COLUMN quotakit.alert_fired.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.alert_fired.fired_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.alert_fired.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.alert_fired.window_start IS
  'Start of the window; of a rolling policy, of the calendar window of the same period; -infinity for lifetime.';
COMMENT ON COLUMN quotakit.alert_fired.kind IS 'As of the alert.';
COMMENT ON COLUMN quotakit.alert_fired.mark IS 'The percentage, or the amount as stored; 0 for forecast and refusal.';
COMMENT ON COLUMN quotakit.alert_fired.threshold IS 'What that was then, in the policy''s unit as stored; 0 for a refusal.';
COMMENT ON COLUMN quotakit.alert_fired.alert_id IS 'The alert; 0 for a refusal on a policy without an alert for refusals.';
COMMENT ON COLUMN quotakit.alert_fired.used IS 'What was used then, in the policy''s unit as stored.';
COMMENT ON COLUMN quotakit.alert_fired.limit_amount IS 'The limit then, boost included, as stored.';
COMMENT ON COLUMN quotakit.alert_fired.fired_at IS 'When it was found.';
COMMENT ON COLUMN quotakit.alert_fired.state IS 'told: notifications were made; muted: none; waiting for a digest; digested: it was in one.';
COMMENT ON COLUMN quotakit.alert_fired.facts IS 'All that was known then: the messages are made of it.';

CREATE TABLE quotakit.statement (
  account_id   int4 NOT NULL REFERENCES quotakit.account,
  month_start  timestamptz NOT NULL,
  month_end    timestamptz NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT now(),
  facts        jsonb NOT NULL,
  PRIMARY KEY (account_id, month_start)
);
COMMENT ON TABLE quotakit.statement IS 'The statement of each account and billing month: made once.';
COMMENT ON COLUMN quotakit.statement.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.statement.month_start IS 'Start of the billing month.';
COMMENT ON COLUMN quotakit.statement.month_end IS 'Its end.';
COMMENT ON COLUMN quotakit.statement.made_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.statement.facts IS 'Totals, and the same by project and by service; amounts are decimal strings.';
