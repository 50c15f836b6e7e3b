-- What happened: reservations, events, refusals, and what could not be placed.

-- The two partitioned tables have no key of their own: each partition has it, and
-- since the key holds the partition's bounds, that is one key over all. A key of the
-- parent would come to every partition when a restore attaches it, and once more
-- from the dump.

CREATE TABLE quotakit.reservation (
  account_id     int4 NOT NULL,
  at             timestamptz NOT NULL,
  reservation_id uuid NOT NULL,
  seq            int4 NOT NULL,
  is_open        bool NOT NULL,
  is_lease       bool NOT NULL,
  node_id        int4 NOT NULL,
  model          text NOT NULL,
  usd            int8 NOT NULL,
  credits        int8 NOT NULL,
  requests       int8 NOT NULL,
  tokens         int8 NOT NULL,
  expires_at     timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL,
  content_hash   int8 NOT NULL,
  key_id         int4,
  CHECK (at = quotakit.uuid_time(reservation_id))
) PARTITION BY RANGE (at);
COMMENT ON TABLE quotakit.reservation IS
  'Reservations, append-only: seq 0 is the grant, the row with the highest seq the state. An event with the same id closes it too.';
COMMENT ON COLUMN quotakit.reservation.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.reservation.at IS 'The time in the id; says in which windows the amounts are held.';
COMMENT ON COLUMN quotakit.reservation.reservation_id IS 'UUID v7; the id of the event that settles it.';
COMMENT ON COLUMN quotakit.reservation.seq IS '0 for the grant; each draw that comes out of it, extension and release adds one.';
COMMENT ON COLUMN quotakit.reservation.is_open IS 'False once released, or after the last draw.';
COMMENT ON COLUMN quotakit.reservation.is_lease IS 'Whether several calls may draw on it; then it ends no later than its shortest calendar window.';
COMMENT ON COLUMN quotakit.reservation.node_id IS 'The node it was made on.';
COMMENT ON COLUMN quotakit.reservation.model IS 'The model it was made for; empty for none.';
COMMENT ON COLUMN quotakit.reservation.usd IS 'Held, in nano-USD.';
COMMENT ON COLUMN quotakit.reservation.credits IS 'Held, in nano-credits.';
COMMENT ON COLUMN quotakit.reservation.requests IS 'Held requests.';
COMMENT ON COLUMN quotakit.reservation.tokens IS 'Held tokens.';
COMMENT ON COLUMN quotakit.reservation.expires_at IS 'It stops counting at this time by itself.';
COMMENT ON COLUMN quotakit.reservation.recorded_at IS
  'When this was decided: the time of writing, or later where the policies it touches had seen a later time.';
COMMENT ON COLUMN quotakit.reservation.content_hash IS 'Hash of what was asked: tells a repeated request from another one under the same id.';
COMMENT ON COLUMN quotakit.reservation.key_id IS 'The API key that asked; null from SQL.';

CREATE TABLE quotakit.event (
  account_id          int4 NOT NULL,
  at                  timestamptz NOT NULL,
  event_id            uuid NOT NULL,
  node_id             int4 NOT NULL,
  flags               int4 NOT NULL,
  model               text NOT NULL,
  tier                text NOT NULL,
  input_tokens        int8 NOT NULL,
  cached_input_tokens int8 NOT NULL,
  cache_write_tokens  int8 NOT NULL,
  output_tokens       int8 NOT NULL,
  reasoning_tokens    int8 NOT NULL,
  requests            int8 NOT NULL,
  usd                 int8 NOT NULL,
  credits             int8 NOT NULL,
  price_version       int8 NOT NULL,
  recorded_at         timestamptz NOT NULL,
  content_hash        int8 NOT NULL,
  ref_id              uuid,
  key_id              int4,
  meters              jsonb,
  tags                jsonb,
  CHECK (at = quotakit.uuid_time(event_id))
) PARTITION BY RANGE (at);
COMMENT ON TABLE quotakit.event IS 'The ledger: one row a recorded call. Append-only.';
COMMENT ON COLUMN quotakit.event.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.event.at IS 'When the call happened: the time in its id.';
COMMENT ON COLUMN quotakit.event.event_id IS 'UUID v7 made by the caller.';
COMMENT ON COLUMN quotakit.event.node_id IS 'The node; its service is the event''s.';
COMMENT ON COLUMN quotakit.event.flags IS
  'Bits: 1 overrun, 2 late, 4 unreserved, 8 unpriced, 16 estimated, 32 failed, 64 uncharged, 128 adjustment, 256 '
  'amount given by the caller, 512 frozen, 1024 (of an adjustment) the event is unpriced no more, '
  '2048 some tokens have the price of the class they are a part of, 4096 the provider''s numbers did not add up, '
  '8192 (of an adjustment) reconciled: what a bill has and no event.';
COMMENT ON COLUMN quotakit.event.model IS 'The model; empty for none.';
COMMENT ON COLUMN quotakit.event.tier IS 'Price tier: standard, batch, priority, flex, or one of the account''s own.';
COMMENT ON COLUMN quotakit.event.input_tokens IS 'Input tokens that were neither read from nor written to a cache.';
COMMENT ON COLUMN quotakit.event.cached_input_tokens IS 'Input tokens read from a cache.';
COMMENT ON COLUMN quotakit.event.cache_write_tokens IS 'Input tokens written to a cache.';
COMMENT ON COLUMN quotakit.event.output_tokens IS 'Output tokens without reasoning.';
COMMENT ON COLUMN quotakit.event.reasoning_tokens IS 'Reasoning tokens.';
COMMENT ON COLUMN quotakit.event.requests IS 'Requests; 1 unless said otherwise.';
COMMENT ON COLUMN quotakit.event.usd IS 'Cost in nano-USD. Negative only in an adjustment.';
COMMENT ON COLUMN quotakit.event.credits IS 'Cost in nano-credits. Negative only in an adjustment.';
COMMENT ON COLUMN quotakit.event.price_version IS 'The newest price version when it was costed; 0 without a price.';
COMMENT ON COLUMN quotakit.event.recorded_at IS 'When it was written.';
COMMENT ON COLUMN quotakit.event.content_hash IS 'Hash of what was sent: tells a repeated event from another one under the same id.';
COMMENT ON COLUMN quotakit.event.ref_id IS 'The reservation it was drawn from, or the event it adjusts.';
COMMENT ON COLUMN quotakit.event.key_id IS 'The API key that sent it; null from SQL.';
COMMENT ON COLUMN quotakit.event.meters IS
  'Named meters, such as {"image": 2}; null for none. Those that are tokens are not in the columns of the classes, but in all sums.';
COMMENT ON COLUMN quotakit.event.tags IS 'The call''s own tags; null for none.';

CREATE SEQUENCE quotakit.refusal_id_seq CACHE 32;
CREATE TABLE quotakit.refusal (
  account_id int4 NOT NULL,
  refusal_id int8 NOT NULL DEFAULT nextval('quotakit.refusal_id_seq'),
  minute     timestamptz NOT NULL,
  policy_id  int4 NOT NULL,
  node_id    int4 NOT NULL,
  reason     text NOT NULL,
  source     text NOT NULL CHECK (source IN ('reserve', 'shadow', 'sdk')),
  count      int8 NOT NULL,
  asked      int8 NOT NULL,
  first      jsonb NOT NULL,
  last       jsonb NOT NULL,
  PRIMARY KEY (account_id, refusal_id)
);
CREATE INDEX refusal_policy ON quotakit.refusal (account_id, policy_id, minute);
COMMENT ON TABLE quotakit.refusal IS
  'Calls that were stopped, summed by policy and minute, with the first and the last in full. Several rows of one minute add up.';
COMMENT ON COLUMN quotakit.refusal.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.refusal.refusal_id IS 'Number that the caller was told; ask why(refusal_id).';
COMMENT ON COLUMN quotakit.refusal.minute IS 'The minute.';
COMMENT ON COLUMN quotakit.refusal.policy_id IS 'The policy that stopped them; 0 for a frozen path.';
COMMENT ON COLUMN quotakit.refusal.node_id IS 'The node of the last call stopped.';
COMMENT ON COLUMN quotakit.refusal.reason IS
  'quota, unpriced (the cost was not known), unmeasured (the usage was not given), window_ended (the id was of a window that is over) or frozen.';
COMMENT ON COLUMN quotakit.refusal.source IS 'reserve: refused here; shadow: would have been; sdk: refused by the SDK from its cache.';
COMMENT ON COLUMN quotakit.refusal.count IS 'How many.';
COMMENT ON COLUMN quotakit.refusal.asked IS 'What they asked for together, in the policy''s unit.';
COMMENT ON COLUMN quotakit.refusal.first IS 'The first of them: at, path, model, limit, used, held, asked.';
COMMENT ON COLUMN quotakit.refusal.last IS 'The last of them.';

CREATE SEQUENCE quotakit.rejected_id_seq;
CREATE TABLE quotakit.rejected_event (
  account_id   int4 NOT NULL,
  rejected_id  int8 NOT NULL DEFAULT nextval('quotakit.rejected_id_seq'),
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  code         text NOT NULL,
  reason       text NOT NULL,
  payload      text NOT NULL,
  content_hash int8 NOT NULL,
  key_id       int4,
  replayed_at  timestamptz,
  PRIMARY KEY (account_id, rejected_id),
  UNIQUE (account_id, content_hash)
);
COMMENT ON TABLE quotakit.rejected_event IS
  'Events that could not be recorded, with the reason and all that was sent. See unplaced_event, unplaced_spend and replay_rejected().';
COMMENT ON COLUMN quotakit.rejected_event.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.rejected_event.rejected_id IS 'Number of the rejected event.';
COMMENT ON COLUMN quotakit.rejected_event.received_at IS 'When it came.';
COMMENT ON COLUMN quotakit.rejected_event.code IS 'Why, as the code in the answer.';
COMMENT ON COLUMN quotakit.rejected_event.reason IS 'Why, in words.';
COMMENT ON COLUMN quotakit.rejected_event.payload IS 'What was sent, bytes that are not UTF-8 escaped.';
COMMENT ON COLUMN quotakit.rejected_event.content_hash IS 'Hash of what was sent: the same again is kept once.';
COMMENT ON COLUMN quotakit.rejected_event.key_id IS 'The API key that sent it; null from SQL.';
COMMENT ON COLUMN quotakit.rejected_event.replayed_at IS 'When a replay recorded it; null until then.';
