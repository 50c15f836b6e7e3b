-- Rejected events, once what was wrong is right (R3).

CREATE FUNCTION quotakit.replay_rejected(rejected_id int8) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct   int4 := quotakit._acting_account('admin');
  sent   text;
  said   text;
  answer jsonb;
BEGIN
  SELECT r.payload INTO sent FROM quotakit.rejected_event r
  WHERE r.account_id = acct AND r.rejected_id = replay_rejected.rejected_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'rejected event % does not exist', replay_rejected.rejected_id USING ERRCODE = 'undefined_object';
  END IF;
  -- The very text that came: rejected again, it is known and kept once.
  SELECT b.outcome, b.answer::jsonb INTO STRICT said, answer FROM quotakit._batch_as(acct, ARRAY[sent], true) b;
  IF said = 'recorded' THEN
    UPDATE quotakit.rejected_event r SET replayed_at = clock_timestamp()
    WHERE r.account_id = acct AND r.rejected_id = replay_rejected.rejected_id AND r.replayed_at IS NULL;
  END IF;
  RETURN answer;
END $$;
COMMENT ON FUNCTION quotakit.replay_rejected(int8) IS
  'Submits a rejected event again, as it came; returns the answer. Recorded, it is no unplaced spend any more; it is '
  'never recorded twice. Needs admin. Errors: undefined_object, QK016.';

CREATE FUNCTION quotakit.replay_rejected(path quotakit.qpath) RETURNS TABLE (rejected_id int8, outcome text, answer jsonb)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct int4 := quotakit._acting_account('admin');
BEGIN
  -- An array, since a query that is read row by row keeps its page pinned while a lock is waited for.
  FOREACH rejected_id IN ARRAY ARRAY(
    SELECT r.rejected_id FROM quotakit.rejected_event r
    CROSS JOIN LATERAL (SELECT quotakit._payload(r.payload)->>'path' AS path) c
    WHERE r.account_id = acct AND r.replayed_at IS NULL
      AND (c.path = replay_rejected.path::text OR starts_with(c.path, replay_rejected.path::text || '/'))
    ORDER BY r.rejected_id)
  LOOP
    answer := quotakit.replay_rejected(rejected_id);
    outcome := answer->>'outcome';
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.replay_rejected(quotakit.qpath) IS
  'Submits again the rejected events that named a path or one below it, oldest first; a row for each with its outcome. Needs admin. Errors: QK016.';
