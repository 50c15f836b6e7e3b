-- Paths and their policies.

CREATE SEQUENCE quotakit.node_id_seq AS int4;
CREATE TABLE quotakit.node (
  account_id    int4 NOT NULL REFERENCES quotakit.account,
  node_id       int4 NOT NULL DEFAULT nextval('quotakit.node_id_seq'),
  path          quotakit.qpath NOT NULL,
  service       text CHECK (octet_length(service) BETWEEN 1 AND 100),
  notes         text CHECK (octet_length(notes) <= 65536),
  tags          text[] NOT NULL DEFAULT '{}',
  frozen_reason text CHECK (octet_length(frozen_reason) BETWEEN 1 AND 1000),
  archived_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, node_id),
  UNIQUE (account_id, path) INCLUDE (node_id)
);
-- The roots, however many nodes lie below them.
CREATE INDEX node_root ON quotakit.node (account_id, node_id) WHERE quotakit.nlevel(path) = 1;
COMMENT ON TABLE quotakit.node IS 'One row a path. Paths never move and are never deleted, only archived.';
COMMENT ON COLUMN quotakit.node.account_id IS 'The account that owns the path.';
COMMENT ON COLUMN quotakit.node.node_id IS 'Number of the node; stands for the path in the ledger.';
COMMENT ON COLUMN quotakit.node.path IS 'The path.';
COMMENT ON COLUMN quotakit.node.service IS 'The service that calls on this path use; null for an umbrella, which takes no calls. Assigned once.';
COMMENT ON COLUMN quotakit.node.notes IS 'Free text, Markdown.';
COMMENT ON COLUMN quotakit.node.tags IS 'Free labels to filter by.';
COMMENT ON COLUMN quotakit.node.frozen_reason IS 'Why the subtree is stopped; null while it is not.';
COMMENT ON COLUMN quotakit.node.archived_at IS 'When the subtree was archived; null while it is live.';
COMMENT ON COLUMN quotakit.node.created_at IS 'When the node was made.';

CREATE SEQUENCE quotakit.policy_id_seq AS int4;
CREATE TABLE quotakit.policy (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL DEFAULT nextval('quotakit.policy_id_seq'),
  node_id      int4 NOT NULL,
  slot         int2 NOT NULL CHECK (slot BETWEEN 1 AND 10),
  unit         text NOT NULL CHECK (unit = ANY (quotakit._units())),
  period       text NOT NULL CHECK (period = ANY (quotakit._periods())),
  rolling      bool NOT NULL DEFAULT false CHECK (NOT rolling OR period <> 'lifetime'),
  service      text CHECK (octet_length(service) BETWEEN 1 AND 100),
  model        text CHECK (octet_length(model) BETWEEN 1 AND 200 AND (model IS NULL OR service IS NOT NULL)),
  limit_amount int8 NOT NULL CHECK (limit_amount BETWEEN 0 AND 9000000000000000000),
  enforcement  text NOT NULL CHECK (enforcement = ANY (quotakit._enforcements())),
  boost_amount int8 NOT NULL DEFAULT 0 CHECK (boost_amount BETWEEN 0 AND 9000000000000000000 - limit_amount),
  boost_until  timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  counts_from  timestamptz NOT NULL DEFAULT clock_timestamp(),
  archived_at  timestamptz,
  PRIMARY KEY (account_id, policy_id),
  FOREIGN KEY (account_id, node_id) REFERENCES quotakit.node
);
-- At most ten live policies a node: ten slots, each used once.
CREATE UNIQUE INDEX policy_live_slot ON quotakit.policy (account_id, node_id, slot) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX policy_live_identity ON quotakit.policy
  (account_id, node_id, unit, period, rolling, service, model) NULLS NOT DISTINCT WHERE archived_at IS NULL;
COMMENT ON TABLE quotakit.policy IS 'A limit on a path and everything below it. Scope, unit and period never change: another one is another policy.';
COMMENT ON COLUMN quotakit.policy.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.policy.policy_id IS 'Number of the policy.';
COMMENT ON COLUMN quotakit.policy.node_id IS 'The node it stands on.';
COMMENT ON COLUMN quotakit.policy.slot IS '1 to 10; a node has ten.';
COMMENT ON COLUMN quotakit.policy.unit IS 'usd, credits, requests or tokens.';
COMMENT ON COLUMN quotakit.policy.period IS 'minute, hour, day, week, month, quarter, year or lifetime.';
COMMENT ON COLUMN quotakit.policy.rolling IS 'Whether the window rolls with time instead of following the calendar.';
COMMENT ON COLUMN quotakit.policy.service IS 'Counts only this service; null for any.';
COMMENT ON COLUMN quotakit.policy.model IS 'Counts only this model of the service; null for any.';
COMMENT ON COLUMN quotakit.policy.limit_amount IS 'The limit: nano-USD, nano-credits, requests or tokens.';
COMMENT ON COLUMN quotakit.policy.enforcement IS
  'open records; block rejects after the flush that filled it; strict reserves; shadow is evaluated as strict and refuses nothing.';
COMMENT ON COLUMN quotakit.policy.boost_amount IS 'Added to the limit until boost_until, in the same unit.';
COMMENT ON COLUMN quotakit.policy.boost_until IS 'When the boost ends; null for none.';
COMMENT ON COLUMN quotakit.policy.created_at IS 'When the policy was made.';
COMMENT ON COLUMN quotakit.policy.counts_from IS
  'Windows that ended before this are not counted: when it was made, or the account''s time was last cut otherwise. For its counters time begins here.';
COMMENT ON COLUMN quotakit.policy.archived_at IS 'When it was removed, or null.';

CREATE TABLE quotakit.counter (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  seq          int8 NOT NULL,
  used         int8 NOT NULL,
  hold_until   timestamptz[] NOT NULL DEFAULT '{}',
  hold_amount  int8[] NOT NULL DEFAULT '{}',
  bucket_start timestamptz[] NOT NULL DEFAULT '{}',
  bucket_used  int8[] NOT NULL DEFAULT '{}',
  decided_at   timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (account_id, policy_id, window_start, seq)
) WITH (fillfactor = 100, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
COMMENT ON TABLE quotakit.counter IS
  'What each policy has used and holds in each window. Append-only: the row with the highest seq is the state, the one before is deleted in passing.';
COMMENT ON COLUMN quotakit.counter.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.counter.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.counter.window_start IS 'Start of the window; -infinity for lifetime and for rolling windows, which have one counter.';
COMMENT ON COLUMN quotakit.counter.seq IS 'Rises by one with each state. The key makes two writers of one state impossible.';
COMMENT ON COLUMN quotakit.counter.used IS
  'What is used, in the policy''s unit; for a rolling policy the sum of the buckets of the window that ends at decided_at.';
COMMENT ON COLUMN quotakit.counter.hold_until IS
  'When each hold in hold_amount ends, ascending. A hold counts while now is before it; now is never before decided_at.';
COMMENT ON COLUMN quotakit.counter.hold_amount IS 'What is held until each time in hold_until.';
COMMENT ON COLUMN quotakit.counter.bucket_start IS
  'Rolling only: start of each bucket, ascending. A bucket counts until all of it has left the window; it is kept '
  'five minutes longer (of a minute''s window as whole minutes), for ids that are so old.';
COMMENT ON COLUMN quotakit.counter.bucket_used IS 'Rolling only: what each bucket has used.';
COMMENT ON COLUMN quotakit.counter.decided_at IS
  'The time at which this state was decided. A clock that goes back (a failover, a step) does not undo it: for this counter time goes on from here.';

CREATE TABLE quotakit.baseline (
  account_id   int4 NOT NULL,
  policy_id    int4 NOT NULL,
  window_start timestamptz NOT NULL,
  used         int8 NOT NULL,
  PRIMARY KEY (account_id, policy_id, window_start)
);
COMMENT ON TABLE quotakit.baseline IS 'What a counter had used in the part of its window that retention has dropped from the ledger.';
COMMENT ON COLUMN quotakit.baseline.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.baseline.policy_id IS 'The policy.';
COMMENT ON COLUMN quotakit.baseline.window_start IS 'Start of the window, as in counter; for a rolling policy the start of the bucket.';
COMMENT ON COLUMN quotakit.baseline.used IS 'The sum of what was dropped, in the policy''s unit.';
