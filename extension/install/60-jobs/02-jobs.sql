-- Jobs: what should be done now and then. Everything stays correct without them.

CREATE SEQUENCE quotakit.job_id_seq;
CREATE TABLE quotakit.job_log (
  account_id int4 NOT NULL DEFAULT 0,
  job_id     int8 NOT NULL DEFAULT nextval('quotakit.job_id_seq'),
  job        text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at   timestamptz,
  ok         bool,
  done       int8,
  message    text,
  PRIMARY KEY (account_id, job_id)
);
CREATE INDEX job_log_job ON quotakit.job_log (job, job_id);
COMMENT ON TABLE quotakit.job_log IS 'Runs of jobs, kept for 30 days. See job_status.';
COMMENT ON COLUMN quotakit.job_log.account_id IS 'Always 0: jobs work for all accounts.';
COMMENT ON COLUMN quotakit.job_log.job_id IS 'Rises with every run.';
COMMENT ON COLUMN quotakit.job_log.job IS 'Name of the job.';
COMMENT ON COLUMN quotakit.job_log.started_at IS 'When it began.';
COMMENT ON COLUMN quotakit.job_log.ended_at IS 'When it ended; null while it runs, and if it was killed.';
COMMENT ON COLUMN quotakit.job_log.ok IS 'Whether all of it succeeded.';
COMMENT ON COLUMN quotakit.job_log.done IS 'How much it did: rows folded, partitions made or dropped, rows deleted.';
COMMENT ON COLUMN quotakit.job_log.message IS 'What it has to say; the error if it failed.';

CREATE FUNCTION quotakit._jobs() RETURNS TABLE (job text, schedule text, every interval, late_after interval, statement text, words text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM (VALUES
    ('fold_rollups', '* * * * *', interval '1 minute', interval '5 minutes',
     'SELECT quotakit.fold_rollups(500000), NULL::text', 'moves rollup deltas into totals'),
    ('check_alerts', '* * * * *', interval '1 minute', interval '5 minutes',
     'SELECT quotakit.check_alerts(), NULL::text', 'writes notifications for crossed thresholds'),
    ('send_digests', '*/15 * * * *', interval '15 minutes', interval '1 hour',
     'SELECT quotakit.send_digests(), NULL::text', 'writes the digests that are due'),
    ('send_statements', '47 * * * *', interval '1 hour', interval '3 hours',
     'SELECT quotakit.send_statements(), NULL::text', 'writes the statements of months that are over'),
    ('tidy_notifications', '27 2 * * *', interval '1 day', interval '26 hours',
     'SELECT quotakit.tidy_notifications(), NULL::text', 'deletes notifications that ended 90 days ago'),
    ('make_partitions', '7 0 * * *', interval '1 day', interval '26 hours',
     'SELECT count(*) FILTER (WHERE outcome = ''made''), string_agg(partition || '' '' || outcome, '', '') FILTER '
     '(WHERE outcome IN (''postponed'', ''detached'')) FROM quotakit.make_partitions()',
     'makes the partitions of the coming months'),
    ('retention', '17 1 * * *', interval '1 day', interval '26 hours', NULL, 'drops what is older than each account keeps'),
    ('tidy', '37 * * * *', interval '1 hour', interval '3 hours', 'SELECT quotakit.tidy(), NULL::text', 'deletes what nothing needs any more')
  ) AS j(job, schedule, every, late_after, statement, words)
$$;
COMMENT ON FUNCTION quotakit._jobs() IS
  'The jobs: name, pg_cron schedule (GMT), how often that is, when a run is overdue, and the statement (count, message) it runs.';

CREATE FUNCTION quotakit.tidy() RETURNS int8
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n    int8;
  done int8 := 0;
BEGIN
  -- Nobody counts for a policy that was removed an hour ago.
  DELETE FROM quotakit.counter c USING quotakit.policy p
  WHERE p.archived_at < now() - interval '1 hour' AND c.account_id = p.account_id AND c.policy_id = p.policy_id;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  DELETE FROM quotakit.baseline b USING quotakit.policy p
  WHERE p.archived_at < now() - interval '1 hour' AND b.account_id = p.account_id AND b.policy_id = p.policy_id;
  GET DIAGNOSTICS n = ROW_COUNT; done := done + n;
  -- The last run of each job stays, however old.
  DELETE FROM quotakit.job_log l
  WHERE l.started_at < now() - interval '30 days'
    AND EXISTS (SELECT FROM quotakit.job_log x WHERE x.job = l.job AND x.job_id > l.job_id AND x.ok);
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN done + n;
END $$;
COMMENT ON FUNCTION quotakit.tidy() IS 'Deletes counters and baselines of removed policies, and runs of jobs older than 30 days; returns how many rows.';

CREATE FUNCTION quotakit._job_start(job text) RETURNS int8
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  id int8;
BEGIN
  IF NOT EXISTS (SELECT FROM quotakit._jobs() j WHERE j.job = _job_start.job) THEN
    RAISE EXCEPTION 'job "%" does not exist', job
      USING ERRCODE = 'undefined_object', HINT = (SELECT 'Jobs are ' || string_agg(j.job, ', ' ORDER BY j.job) || '.' FROM quotakit._jobs() j);
  END IF;
  -- A run that takes longer than its interval is not joined by another.
  IF NOT pg_try_advisory_lock('quotakit.job_log'::regclass::oid::int4, hashtext(job)) THEN
    RETURN NULL;
  END IF;
  INSERT INTO quotakit.job_log (job) VALUES (job) RETURNING job_id INTO id;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit._job_start(text) IS 'Notes that a job begins; null when another session is at it. Errors: undefined_object.';

CREATE FUNCTION quotakit._job_end(id int8, ok bool, done int8, message text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE quotakit.job_log SET ended_at = clock_timestamp(), ok = $2, done = $3, message = left($4, 10000)
  WHERE account_id = 0 AND job_id = $1;
  SELECT pg_advisory_unlock('quotakit.job_log'::regclass::oid::int4, hashtext(job))
  FROM quotakit.job_log WHERE account_id = 0 AND job_id = $1;
$$;
COMMENT ON FUNCTION quotakit._job_end(int8, bool, int8, text) IS 'Notes that a job has ended, and how.';

CREATE FUNCTION quotakit._job_step(job text, account_id int4, OUT done int8, OUT more bool, OUT message text) RETURNS record
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  more := false;
  IF job <> 'retention' THEN
    EXECUTE (SELECT j.statement FROM quotakit._jobs() j WHERE j.job = _job_step.job) INTO done, message;
  ELSIF account_id IS NULL THEN
    SELECT count(*), 'dropped ' || string_agg(d, ', ') INTO done, message FROM quotakit.drop_partitions() d;
  ELSE
    done := quotakit._retain_account(account_id);
  END IF;
EXCEPTION WHEN OTHERS THEN
  done := NULL;
  message := concat(CASE WHEN account_id IS NOT NULL THEN format('account %s: ', account_id) END, sqlerrm, ' (', sqlstate, ')');
END $$;
COMMENT ON FUNCTION quotakit._job_step(text, int4) IS 'One step of a job; an error is its message, with done null.';

-- Commits between steps, so no step holds another's locks. A procedure that commits
-- can pin no settings: the search path is set for each of its transactions. What is
-- looked for before and after that is found by the caller's, which the owner of the
-- database can say: so the types of variables have their schema, none is given a value
-- as it is declared, and nothing is computed after the last COMMIT.
CREATE PROCEDURE quotakit.run_job(job text)
LANGUAGE plpgsql
AS $$
DECLARE
  id      pg_catalog.int8;
  acct    pg_catalog.int4;
  accts   pg_catalog.int4[];
  r       pg_catalog.record;
  total   pg_catalog.int8;
  failed  pg_catalog.bool;
  said    pg_catalog.text[];
  words   pg_catalog.text;
BEGIN
  SET LOCAL search_path = pg_catalog, pg_temp;
  id := quotakit._job_start(job);
  IF id IS NULL THEN
    RAISE NOTICE 'job "%" is being run by another session', job;
    RETURN;
  END IF;
  COMMIT;
  SET LOCAL search_path = pg_catalog, pg_temp;
  failed := false;
  total := 0;
  said := '{}';
  accts := '{}';
  IF job = 'retention' THEN
    accts := ARRAY(SELECT a.account_id FROM quotakit.account a WHERE a.account_id > 0 ORDER BY a.account_id);
  END IF;
  -- The step without an account comes last: partitions are dropped when all have sealed them.
  FOREACH acct IN ARRAY accts || NULL::int4 LOOP
    r := quotakit._job_step(job, acct);
    failed := failed OR r.done IS NULL;
    total := total + coalesce(r.done, 0);
    IF r.message IS NOT NULL AND cardinality(said) < 100 THEN
      said := said || r.message;
    END IF;
    COMMIT;
    SET LOCAL search_path = pg_catalog, pg_temp;
  END LOOP;
  -- What could not be dropped with its partition.
  FOREACH acct IN ARRAY accts LOOP
    LOOP
      r := ROW(quotakit._delete_sealed(acct, 10000));
      total := total + r.f1;
      COMMIT;
      SET LOCAL search_path = pg_catalog, pg_temp;
      EXIT WHEN r.f1 < 10000;
    END LOOP;
  END LOOP;
  words := array_to_string(said, '; ');
  PERFORM quotakit._job_end(id, NOT failed, total, nullif(words, ''));
  COMMIT;
  IF failed THEN
    RAISE WARNING 'job "%" failed: %', job, words;
  END IF;
END $$;
COMMENT ON PROCEDURE quotakit.run_job(text) IS
  'Runs a job (see job_status) and notes the run in job_log, also when it fails: then it warns. Commits as it goes, '
  'so it cannot be called inside a transaction. Errors: undefined_object.';

CREATE PROCEDURE quotakit.apply_retention()
LANGUAGE plpgsql
AS $$
BEGIN
  CALL quotakit.run_job('retention');
END $$;
COMMENT ON PROCEDURE quotakit.apply_retention() IS
  'Seals and drops what is older than each account keeps. Rollups stay, and verify() stays clean. Cannot be called inside a transaction.';

CREATE FUNCTION quotakit.job_commands(database text DEFAULT current_database()) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT format('SELECT cron.schedule_in_database(%L, %L, %L, %L)',
    'quotakit ' || j.job || ' in ' || database, j.schedule, format('CALL quotakit.run_job(%L)', j.job), database)
  FROM quotakit._jobs() j ORDER BY j.job
$$;
COMMENT ON FUNCTION quotakit.job_commands(text) IS
  'The statements that register the jobs of a database with pg_cron, to be run where pg_cron is installed: SELECT * FROM quotakit.job_commands() \gexec.';

CREATE FUNCTION quotakit._require_cron() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  home text := coalesce(current_setting('cron.database_name', true), 'postgres');
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_cron') THEN
    RAISE EXCEPTION 'pg_cron is not installed in database "%"', current_database()
      USING ERRCODE = 'object_not_in_prerequisite_state',
        DETAIL = CASE WHEN current_setting('shared_preload_libraries') ~ '\mpg_cron\M'
          THEN format('The server keeps it in database "%s" (cron.database_name).', home)
          ELSE 'The server does not preload it (shared_preload_libraries).' END,
        HINT = CASE WHEN home <> current_database()
          THEN format('Run there what SELECT * FROM quotakit.job_commands() returns, or let any scheduler CALL quotakit.run_job(...).')
          ELSE 'CREATE EXTENSION pg_cron, or let any scheduler CALL quotakit.run_job(...).' END;
  END IF;
  -- They are called with the rights of whoever asks, who is a superuser: so they must be its own, in C.
  IF EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE n.nspname = 'cron' AND p.proname IN ('schedule_in_database', 'unschedule')
               AND NOT (p.prolang = (SELECT l.oid FROM pg_language l WHERE l.lanname = 'c') AND p.probin ~ '(^|/)pg_cron$'
                        AND (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = p.proowner)
                        AND EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                                      AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'pg_cron'))) THEN
    RAISE EXCEPTION 'the schema cron has functions that are not pg_cron''s' USING ERRCODE = 'object_not_in_prerequisite_state',
      HINT = 'Look at \df cron.* and drop what does not belong there.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_cron() IS
  'Raises object_not_in_prerequisite_state unless pg_cron lives in this database, and what is called by its functions'' names is its own.';

CREATE FUNCTION quotakit.schedule_jobs(database text DEFAULT current_database())
RETURNS TABLE (job text, schedule text, command text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  registration text;
BEGIN
  PERFORM quotakit._require_cron();
  FOR registration IN SELECT * FROM quotakit.job_commands(database) LOOP
    EXECUTE registration;
  END LOOP;
  RETURN QUERY SELECT j.job, j.schedule, format('CALL quotakit.run_job(%L)', j.job) FROM quotakit._jobs() j ORDER BY j.job;
END $$;
COMMENT ON FUNCTION quotakit.schedule_jobs(text) IS
  'Registers the jobs with pg_cron for a database (this one by default); run again, it changes nothing. They run as '
  'the role that calls it, which must own the extension or be a superuser. Schedules are in GMT. Errors: '
  'object_not_in_prerequisite_state without pg_cron in this database.';

CREATE FUNCTION quotakit.unschedule_jobs(database text DEFAULT current_database()) RETURNS int4
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  n int4;
BEGIN
  PERFORM quotakit._require_cron();
  -- Dynamic: where there is no pg_cron, there is no schema cron.
  EXECUTE 'SELECT count(cron.unschedule(j.jobid)) FROM cron.job j WHERE j.jobname LIKE ''quotakit %'' AND j.command LIKE ''CALL quotakit.%'' AND '
    'j.database = $1'
    INTO n USING database;
  RETURN n;
END $$;
COMMENT ON FUNCTION quotakit.unschedule_jobs(text) IS
  'Takes the jobs of a database away from pg_cron; returns how many. Errors: object_not_in_prerequisite_state without pg_cron in this database.';

CREATE VIEW quotakit.job_status WITH (security_invoker = true) AS
SELECT j.job, j.words AS purpose, j.every, l.started_at AS last_started_at, l.ended_at AS last_ended_at, l.done AS last_done, g.ended_at AS last_success_at,
       CASE WHEN l.job_id IS NULL AND row_security_active('quotakit.job_log'::regclass) THEN NULL
            WHEN l.job_id IS NULL THEN 'never'
            WHEN l.ended_at IS NULL AND l.started_at > statement_timestamp() - j.late_after THEN 'running'
            WHEN l.ok IS FALSE THEN 'failed'
            WHEN coalesce(g.ended_at, '-infinity') < statement_timestamp() - j.late_after THEN 'late'
            ELSE 'ok' END AS status,
       l.message AS last_message
FROM quotakit._jobs() j
LEFT JOIN LATERAL (SELECT x.* FROM quotakit.job_log x WHERE x.job = j.job ORDER BY x.job_id DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (SELECT x.ended_at FROM quotakit.job_log x WHERE x.job = j.job AND x.ok ORDER BY x.job_id DESC LIMIT 1) g ON true;
COMMENT ON VIEW quotakit.job_status IS
  'Each job: when it last ran and whether it failed, is late or has never run. Runs are of no account: only the '
  'extension''s owner sees them, others the jobs alone.';
COMMENT ON COLUMN quotakit.job_status.job IS 'Name of the job.';
COMMENT ON COLUMN quotakit.job_status.purpose IS 'What it does.';
COMMENT ON COLUMN quotakit.job_status.every IS 'How often it should run.';
COMMENT ON COLUMN quotakit.job_status.last_started_at IS 'When it last began.';
COMMENT ON COLUMN quotakit.job_status.last_ended_at IS 'When that run ended.';
COMMENT ON COLUMN quotakit.job_status.last_done IS 'How much that run did.';
COMMENT ON COLUMN quotakit.job_status.last_success_at IS 'When it last ended well.';
COMMENT ON COLUMN quotakit.job_status.status IS 'ok, running, failed, late or never; null for whom runs are not shown.';
COMMENT ON COLUMN quotakit.job_status.last_message IS 'What the last run said.';
