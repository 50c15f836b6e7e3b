-- The outbox: one row a message and recipient, written in the transaction that has
-- something to say. A courier delivers them; no network is touched here.

CREATE SEQUENCE quotakit.notification_id_seq;
CREATE TABLE quotakit.notification (
  account_id      int4 NOT NULL REFERENCES quotakit.account,
  notification_id int8 NOT NULL DEFAULT nextval('quotakit.notification_id_seq'),
  recipient_id    int4 NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('alert', 'test', 'digest', 'statement', 'confirmation')),
  alert_id        int4,
  fired_id        int8,
  message_id      uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at      timestamptz NOT NULL DEFAULT now(),
  due_at          timestamptz NOT NULL DEFAULT now(),
  give_up_at      timestamptz NOT NULL DEFAULT now() + interval '3 days',
  state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'dead', 'cancelled')),
  attempts        int4 NOT NULL DEFAULT 0,
  uncertain       bool NOT NULL DEFAULT false,
  lease_until     timestamptz,
  courier         text CHECK (octet_length(courier) <= 200),
  ended_at        timestamptz,
  last_error      text,
  subject         text NOT NULL CHECK (octet_length(subject) <= 1000 AND subject !~ '[[:cntrl:]]'),
  payload         jsonb NOT NULL,
  body_text       text NOT NULL,
  body_html       text,
  PRIMARY KEY (account_id, notification_id),
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient,
  CHECK ((state = 'sending') = (lease_until IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);
-- Oldest first for each recipient.
CREATE INDEX notification_open ON quotakit.notification (account_id, recipient_id, notification_id)
  WHERE state IN ('pending', 'sending');
CREATE INDEX notification_ended ON quotakit.notification (ended_at) WHERE state IN ('sent', 'dead', 'cancelled');
CREATE INDEX notification_fired ON quotakit.notification (account_id, fired_id) WHERE fired_id IS NOT NULL;
COMMENT ON TABLE quotakit.notification IS 'The outbox: one message to one recipient.';
COMMENT ON COLUMN quotakit.notification.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.notification.notification_id IS 'Number of the notification; those of one recipient are delivered in this order.';
COMMENT ON COLUMN quotakit.notification.recipient_id IS 'The recipient.';
COMMENT ON COLUMN quotakit.notification.kind IS 'alert, test, digest, statement or confirmation.';
COMMENT ON COLUMN quotakit.notification.alert_id IS 'The alert it is about; null or 0 for none.';
COMMENT ON COLUMN quotakit.notification.fired_id IS 'The row of alert_fired it is about, or null.';
COMMENT ON COLUMN quotakit.notification.message_id IS 'The Message-ID''s left side, and the webhook-id; the same however often it is sent.';
COMMENT ON COLUMN quotakit.notification.created_at IS 'When it was made; the Date of the mail.';
COMMENT ON COLUMN quotakit.notification.due_at IS 'Not to be sent before.';
COMMENT ON COLUMN quotakit.notification.give_up_at IS 'After this a failed attempt is the last one: dead.';
COMMENT ON COLUMN quotakit.notification.state IS
  'pending; sending: a courier has it until lease_until; sent; dead: given up; cancelled: muted or removed before it was sent.';
COMMENT ON COLUMN quotakit.notification.attempts IS 'How often a courier took it.';
COMMENT ON COLUMN quotakit.notification.uncertain IS 'A courier took it and was not heard of again: it may have been delivered twice.';
COMMENT ON COLUMN quotakit.notification.lease_until IS 'While sending: when it is taken from the courier again.';
COMMENT ON COLUMN quotakit.notification.courier IS 'The last courier that took it: host and process.';
COMMENT ON COLUMN quotakit.notification.ended_at IS 'When it was sent, given up or cancelled.';
COMMENT ON COLUMN quotakit.notification.last_error IS 'What the last failed attempt met.';
COMMENT ON COLUMN quotakit.notification.subject IS 'The subject, one line.';
COMMENT ON COLUMN quotakit.notification.payload IS 'The facts it is made of, as they were.';
COMMENT ON COLUMN quotakit.notification.body_text IS 'The plain text of a mail, or the body of a webhook, byte for byte.';
COMMENT ON COLUMN quotakit.notification.body_html IS 'The HTML of a mail; null for a webhook.';

CREATE TABLE quotakit.outbox_lane (
  account_id   int4 NOT NULL,
  recipient_id int4 NOT NULL,
  next_due     timestamptz NOT NULL,
  free_at      timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (account_id, recipient_id),
  FOREIGN KEY (account_id, recipient_id) REFERENCES quotakit.recipient
) WITH (fillfactor = 70);
CREATE INDEX outbox_lane_due ON quotakit.outbox_lane (next_due) WHERE next_due < 'infinity';
COMMENT ON TABLE quotakit.outbox_lane IS 'One row a recipient: what keeps its messages in order and a second apart. A courier locks it to take a message.';
COMMENT ON COLUMN quotakit.outbox_lane.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.outbox_lane.recipient_id IS 'The recipient.';
COMMENT ON COLUMN quotakit.outbox_lane.next_due IS 'When there may be something to send; infinity when nothing is left.';
COMMENT ON COLUMN quotakit.outbox_lane.free_at IS 'Not before: a message is on its way, was sent within the second, or waits for another try.';

CREATE SEQUENCE quotakit.delivery_id_seq;
CREATE TABLE quotakit.delivery_log (
  account_id      int4 NOT NULL,
  delivery_id     int8 NOT NULL DEFAULT nextval('quotakit.delivery_id_seq'),
  notification_id int8 NOT NULL,
  attempt         int4 NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp(),
  outcome         text NOT NULL CHECK (outcome IN ('sent', 'failed', 'uncertain')),
  code            int4,
  detail          text,
  courier         text,
  PRIMARY KEY (account_id, delivery_id)
);
CREATE INDEX delivery_log_notification ON quotakit.delivery_log (account_id, notification_id);
COMMENT ON TABLE quotakit.delivery_log IS 'Every attempt to deliver a notification, and how it ended.';
COMMENT ON COLUMN quotakit.delivery_log.account_id IS 'The account.';
COMMENT ON COLUMN quotakit.delivery_log.delivery_id IS 'Rises with time.';
COMMENT ON COLUMN quotakit.delivery_log.notification_id IS 'The notification.';
COMMENT ON COLUMN quotakit.delivery_log.attempt IS 'Which attempt, from 1.';
COMMENT ON COLUMN quotakit.delivery_log.at IS 'When it ended.';
COMMENT ON COLUMN quotakit.delivery_log.outcome IS
  'sent: accepted by the other side; failed; uncertain: the courier ended before it said, so it may have been accepted.';
COMMENT ON COLUMN quotakit.delivery_log.code IS 'The answer''s SMTP or HTTP code; null without any.';
COMMENT ON COLUMN quotakit.delivery_log.detail IS 'What was met, in words.';
COMMENT ON COLUMN quotakit.delivery_log.courier IS 'Which courier: host and process.';
