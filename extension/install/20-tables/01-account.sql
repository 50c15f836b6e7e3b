-- Accounts, who may act for them, and the log of every change of configuration.

-- An account's version is never used twice, not even after a rollback:
-- backends cache configuration under it.
CREATE SEQUENCE quotakit.config_version_seq;
CREATE SEQUENCE quotakit.account_id_seq AS int4;

CREATE TABLE quotakit.account (
  account_id      int4 PRIMARY KEY CHECK (account_id >= 0),
  name            text NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 63),
  time_zone       text NOT NULL DEFAULT 'UTC',
  billing_day     int2 NOT NULL DEFAULT 1 CHECK (billing_day BETWEEN 1 AND 28),
  week_start      int2 NOT NULL DEFAULT 1 CHECK (week_start BETWEEN 1 AND 7),
  usd_per_credit  numeric CHECK (usd_per_credit > 0 AND usd_per_credit <= 1000000),
  contact_name    text CHECK (octet_length(contact_name) <= 200),
  contact_email   text CHECK (octet_length(contact_email) <= 254 AND contact_email !~ '[[:cntrl:]]'),
  billing_address text CHECK (octet_length(billing_address) <= 1000),
  on_unknown_path text NOT NULL DEFAULT 'reject' CHECK (on_unknown_path IN ('reject', 'create')),
  retention       interval NOT NULL DEFAULT '13 months' CHECK (retention >= '35 days'),
  sealed_until    timestamptz NOT NULL DEFAULT '-infinity',
  version         int8 NOT NULL DEFAULT nextval('quotakit.config_version_seq'),
  created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE quotakit.account IS 'A tenant: owns paths, policies, prices, keys and the ledger. Account 0 is built-in data.';
COMMENT ON COLUMN quotakit.account.account_id IS 'Number of the account; the first column of every primary key. 0 is built-in data.';
COMMENT ON COLUMN quotakit.account.name IS 'Unique name, 1 to 63 bytes.';
COMMENT ON COLUMN quotakit.account.time_zone IS 'IANA time zone in which windows and rollup hours are cut.';
COMMENT ON COLUMN quotakit.account.billing_day IS 'Day of the month, 1 to 28, on which months, quarters and years begin.';
COMMENT ON COLUMN quotakit.account.week_start IS 'Day on which weeks begin, ISO: 1 is Monday, 7 is Sunday.';
COMMENT ON COLUMN quotakit.account.usd_per_credit IS 'What one credit is sold for, in USD; for display only.';
COMMENT ON COLUMN quotakit.account.contact_name IS 'Whom mails about this account address.';
COMMENT ON COLUMN quotakit.account.contact_email IS 'Where mails about this account go by default.';
COMMENT ON COLUMN quotakit.account.billing_address IS 'What statements are addressed to: lines of text.';
COMMENT ON COLUMN quotakit.account.on_unknown_path IS 'What a call on an unknown path meets: reject, or create the path.';
COMMENT ON COLUMN quotakit.account.retention IS 'How long events stay in the ledger; at least 35 days. Rollups stay.';
COMMENT ON COLUMN quotakit.account.sealed_until IS 'Events before this instant have been dropped by retention; their sums are in rollups and baselines.';
COMMENT ON COLUMN quotakit.account.version IS 'Version of its configuration: another one with every change, and never one again.';
COMMENT ON COLUMN quotakit.account.created_at IS 'When the account was made.';

CREATE TABLE quotakit.access (
  account_id int4 NOT NULL REFERENCES quotakit.account,
  role_name  name NOT NULL,
  access     text NOT NULL CHECK (access IN ('owner', 'admin', 'viewer')),
  granted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, role_name)
);
COMMENT ON TABLE quotakit.access IS 'Which PostgreSQL role may act for which account, and as what.';
COMMENT ON COLUMN quotakit.access.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.access.role_name IS 'A PostgreSQL role; its members count too.';
COMMENT ON COLUMN quotakit.access.access IS 'owner: everything; admin: everything but accounts and access; viewer: reads.';
COMMENT ON COLUMN quotakit.access.granted_at IS 'When the role was mapped.';

CREATE SEQUENCE quotakit.api_key_id_seq AS int4;
CREATE TABLE quotakit.api_key (
  account_id  int4 NOT NULL REFERENCES quotakit.account,
  key_id      int4 NOT NULL DEFAULT nextval('quotakit.api_key_id_seq'),
  name        text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 100),
  key_hash    bytea NOT NULL CHECK (octet_length(key_hash) = 32),
  created_at  timestamptz NOT NULL DEFAULT now(),
  created_by  text NOT NULL,
  revoked_at  timestamptz,
  last_used   timestamptz,
  PRIMARY KEY (account_id, key_id),
  UNIQUE (account_id, key_hash)
);
COMMENT ON TABLE quotakit.api_key IS 'API keys. Only a hash of a hash is kept.';
COMMENT ON COLUMN quotakit.api_key.account_id IS 'The account the key acts for.';
COMMENT ON COLUMN quotakit.api_key.key_id IS 'Number of the key.';
COMMENT ON COLUMN quotakit.api_key.name IS 'What its owner calls it.';
COMMENT ON COLUMN quotakit.api_key.key_hash IS 'SHA-256 of the SHA-256 of the key.';
COMMENT ON COLUMN quotakit.api_key.created_at IS 'When it was made.';
COMMENT ON COLUMN quotakit.api_key.created_by IS 'Who made it.';
COMMENT ON COLUMN quotakit.api_key.revoked_at IS 'When it was revoked; null while it works.';
COMMENT ON COLUMN quotakit.api_key.last_used IS 'When it was last used, to the minute.';

CREATE SEQUENCE quotakit.audit_id_seq;
CREATE TABLE quotakit.audit_log (
  account_id int4 NOT NULL,
  audit_id   int8 NOT NULL DEFAULT nextval('quotakit.audit_id_seq'),
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor      text NOT NULL,
  object     text NOT NULL,
  action     text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
  before     jsonb,
  after      jsonb,
  PRIMARY KEY (account_id, audit_id)
);
COMMENT ON TABLE quotakit.audit_log IS 'Every change of configuration: who, when, before and after.';
COMMENT ON COLUMN quotakit.audit_log.account_id IS 'The account changed.';
COMMENT ON COLUMN quotakit.audit_log.audit_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.audit_log.at IS 'When.';
COMMENT ON COLUMN quotakit.audit_log.actor IS 'The PostgreSQL role, or the member or key behind a gateway call.';
COMMENT ON COLUMN quotakit.audit_log.object IS 'The table changed, without its schema.';
COMMENT ON COLUMN quotakit.audit_log.action IS 'insert, update or delete.';
COMMENT ON COLUMN quotakit.audit_log.before IS 'The row before; secrets left out.';
COMMENT ON COLUMN quotakit.audit_log.after IS 'The row after; secrets left out.';
