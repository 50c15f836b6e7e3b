-- What people ask about alerts.

CREATE VIEW quotakit.alert_status WITH (security_invoker = true) AS
SELECT a.account_id, c.name AS account, a.alert_id, a.policy_id, n.path, p.unit, p.period, p.rolling, p.service, p.model, a.kind, a.percent,
       quotakit.in_unit(a.amount, p.unit) AS amount, a.delivery, CASE WHEN a.muted_until > statement_timestamp() THEN a.muted_until END AS muted_until,
       a.to_contact,
       ARRAY(SELECT r.name || CASE WHEN r.disabled_at IS NOT NULL THEN ' (off)'
                              WHEN r.confirmed_at IS NULL AND lower(r.name) IS DISTINCT FROM lower(c.contact_email) THEN ' (unconfirmed)' ELSE '' END
             FROM quotakit.alert_recipient x JOIN quotakit.recipient r ON r.account_id = x.account_id AND r.recipient_id = x.recipient_id
             WHERE x.account_id = a.account_id AND x.alert_id = a.alert_id ORDER BY r.name) AS recipients,
       (SELECT max(f.fired_at) FROM quotakit.alert_fired f
        WHERE f.account_id = a.account_id AND f.policy_id = a.policy_id AND f.alert_id = a.alert_id) AS last_fired
FROM quotakit.alert a
JOIN quotakit.account c ON c.account_id = a.account_id
JOIN quotakit.policy p ON p.account_id = a.account_id AND p.policy_id = a.policy_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
WHERE a.archived_at IS NULL AND p.archived_at IS NULL;
COMMENT ON VIEW quotakit.alert_status IS 'Every live alert, with whom it tells and when it last fired.';

CREATE VIEW quotakit.alert_log WITH (security_invoker = true) AS
SELECT f.account_id, c.name AS account, f.fired_id, f.fired_at, n.path, f.policy_id, p.unit, p.period, f.alert_id, f.kind,
       CASE f.kind WHEN 'percent' THEN f.mark END AS percent,
       CASE WHEN f.kind <> 'refusal' THEN quotakit.in_unit(f.threshold, p.unit) END AS threshold,
       quotakit.in_unit(f.used, p.unit) AS used, quotakit.in_unit(f.limit_amount, p.unit) AS limit_amount, f.window_start, f.state,
       coalesce(d.sent, 0) AS sent, coalesce(d.pending, 0) AS pending, coalesce(d.dead, 0) AS dead, coalesce(d.cancelled, 0) AS cancelled,
       coalesce(d.uncertain, 0) AS uncertain
FROM quotakit.alert_fired f
JOIN quotakit.account c ON c.account_id = f.account_id
JOIN quotakit.policy p ON p.account_id = f.account_id AND p.policy_id = f.policy_id
JOIN quotakit.node n ON n.account_id = p.account_id AND n.node_id = p.node_id
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE o.state = 'sent') AS sent, count(*) FILTER (WHERE o.state IN ('pending', 'sending')) AS pending,
         count(*) FILTER (WHERE o.state = 'dead') AS dead, count(*) FILTER (WHERE o.state = 'cancelled') AS cancelled,
         count(*) FILTER (WHERE o.uncertain) AS uncertain
  FROM quotakit.notification o WHERE o.account_id = f.account_id AND o.fired_id = f.fired_id) d ON true;
COMMENT ON VIEW quotakit.alert_log IS 'Every alert that fired, and what became of its notifications. Amounts are in the policy''s unit.';

CREATE VIEW quotakit.delivery WITH (security_invoker = true) AS
SELECT n.account_id, c.name AS account, n.notification_id, n.created_at, n.kind, r.channel, r.name AS recipient, n.subject, n.state, n.attempts,
       n.uncertain, n.ended_at, n.last_error, CASE n.state WHEN 'pending' THEN n.due_at END AS next_try, n.message_id, n.alert_id, n.fired_id
FROM quotakit.notification n
JOIN quotakit.account c ON c.account_id = n.account_id
JOIN quotakit.recipient r ON r.account_id = n.account_id AND r.recipient_id = n.recipient_id;
COMMENT ON VIEW quotakit.delivery IS 'Every notification and how far it has come. Dead ones: state = ''dead''; send again with resend_notification().';

DO $$
DECLARE
  v text; c text; words text;
BEGIN
  FOR v, c, words IN
    SELECT k.relname, a.attname, w.words FROM (VALUES
      ('account_id', 'Number of the account.'), ('account', 'The account.'), ('alert_id', 'The alert; 0 or null for none.'),
      ('policy_id', 'The policy.'), ('path', 'The policy''s path.'), ('unit', 'The policy''s unit.'), ('period', 'The policy''s period.'),
      ('rolling', 'Whether the policy''s window rolls.'), ('service', 'The policy''s service; null for all.'), ('model', 'The policy''s model; null for all.'),
      ('kind', 'Of an alert: percent, amount, forecast or refusal; of a notification: alert, test, digest, statement or confirmation.'),
      ('percent', 'Percent of the limit at which it fires.'), ('amount', 'Amount at which it fires.'), ('delivery', 'each, daily or weekly.'),
      ('muted_until', 'When it tells again; null while it does.'), ('to_contact', 'Whether the account''s contact is told.'),
      ('recipients', 'Who else is told.'), ('last_fired', 'When it last fired.'), ('fired_id', 'Number of the firing.'), ('fired_at', 'When.'),
      ('threshold', 'What was crossed, in the policy''s unit; null for a refusal.'), ('used', 'What was used then.'), ('limit_amount', 'The limit then.'),
      ('window_start', 'Start of the window.'), ('state', 'As in alert_fired or notification.'), ('sent', 'Notifications delivered.'),
      ('pending', 'Notifications on their way.'), ('dead', 'Notifications given up.'), ('cancelled', 'Notifications cancelled.'),
      ('uncertain', 'Whether, or how many, may have been delivered twice.'), ('notification_id', 'Number of the notification.'),
      ('created_at', 'When it was made.'), ('channel', 'email, webhook or slack.'), ('recipient', 'The address, or the webhook''s name.'),
      ('subject', 'The subject.'), ('attempts', 'How often it was tried.'), ('ended_at', 'When it was sent, given up or cancelled.'),
      ('last_error', 'What the last failed attempt met.'), ('next_try', 'When it is tried next; null unless pending.'),
      ('message_id', 'The Message-ID''s left side, and the webhook-id.')) AS w(c, words)
    JOIN pg_attribute a ON a.attname = w.c
    JOIN pg_class k ON k.oid = a.attrelid AND k.relnamespace = 'quotakit'::regnamespace AND k.relname IN ('alert_status', 'alert_log', 'delivery')
  LOOP
    EXECUTE format('COMMENT ON COLUMN quotakit.%I.%I IS %L', v, c, words);
  END LOOP;
END $$;
