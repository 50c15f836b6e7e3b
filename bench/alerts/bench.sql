-- Accounts of 1,000 paths each, a policy and an alert at 80 % on every path; half of the
-- policies block, so refusals are looked for too. Started by run.sh.
SET client_min_messages = warning;
CREATE EXTENSION quotakit;
SELECT 'policies ' || :policies || ', crossed ' || :crossed;

CREATE TEMP TABLE n AS
SELECT i, 1 + i / 1000 AS acct FROM generate_series(0, :policies - 1) i;
INSERT INTO quotakit.account (account_id, name, contact_email)
SELECT DISTINCT acct, 'bench' || acct, 'boss' || acct || '@bench.example' FROM n;
INSERT INTO quotakit.node (account_id, node_id, path, service)
SELECT acct, 1000000 + acct, 'root', NULL FROM (SELECT DISTINCT acct FROM n) a;
INSERT INTO quotakit.node (account_id, node_id, path, service)
SELECT acct, i + 1, ('root/t' || i % 10 || '/n' || i)::quotakit.qpath, 'openai' FROM n;
INSERT INTO quotakit.policy (account_id, policy_id, node_id, slot, unit, period, limit_amount, enforcement)
SELECT acct, i + 1, i + 1, 1, 'usd', 'month', 100000000000, CASE WHEN i % 2 = 0 THEN 'open' ELSE 'block' END FROM n;
INSERT INTO quotakit.alert (account_id, policy_id, kind, percent, to_contact)
SELECT acct, i + 1, 'percent', 80, true FROM n;
-- Each counter has been written a few times: the newest row is the state.
INSERT INTO quotakit.counter (account_id, policy_id, window_start, seq, used)
SELECT acct, i + 1, lower(quotakit.window_range('month', now())), s,
       CASE WHEN i % (:policies / :crossed) = 0 THEN 85000000000 ELSE 10000000000 END * s / 5
FROM n, generate_series(1, 5) s;
VACUUM ANALYZE;

CREATE FUNCTION pg_temp.measure(what text, rounds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  t timestamptz; n int; best numeric := 'Infinity';
BEGIN
  FOR i IN 1..rounds LOOP
    t := clock_timestamp();
    n := quotakit.check_alerts();
    best := least(best, extract(epoch FROM clock_timestamp() - t) * 1000);
  END LOOP;
  RETURN rpad(what, 28) || lpad(n::text, 5) || ' fired, ' || lpad(round(best, 1)::text, 8) || ' ms';
END $$;
SELECT pg_stat_force_next_flush() \g /dev/null
SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) AS scans FROM pg_stat_user_tables WHERE relname ~ '^event' \gset
UPDATE quotakit.counter SET used = 1 WHERE seq = 5;
SELECT pg_temp.measure('nothing crossed, best of 3', 3);
UPDATE quotakit.counter c SET used = 85000000000 WHERE seq = 5 AND c.policy_id % (:policies / :crossed) = 1;
SELECT pg_temp.measure('crossed, messages written', 1);
SELECT pg_temp.measure('the same again, best of 3', 3);
SELECT 'notifications in the outbox: ' || count(*) FROM quotakit.notification;
SELECT pg_stat_force_next_flush() \g /dev/null
SELECT 'scans of the ledger: ' || coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) - :scans
FROM pg_stat_user_tables WHERE relname ~ '^event';
