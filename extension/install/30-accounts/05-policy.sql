-- Policies. Every change is made under the project's lock and ends with a new
-- version of the account (R6, R11).

CREATE FUNCTION quotakit._open_policy(account int4, policy_id int4) RETURNS quotakit.policy
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  at_path  quotakit.qpath;
  policy   quotakit.policy;
BEGIN
  -- A policy never moves, so its path may be read before the lock.
  SELECT n.path INTO at_path FROM quotakit.policy p JOIN quotakit.node n USING (account_id, node_id)
  WHERE p.account_id = account AND p.policy_id = _open_policy.policy_id;
  IF at_path IS NOT NULL THEN
    PERFORM quotakit._open_node(account, at_path);
    SELECT * INTO policy FROM quotakit.policy p
    WHERE p.account_id = account AND p.policy_id = _open_policy.policy_id AND p.archived_at IS NULL;
  END IF;
  IF policy.policy_id IS NULL THEN
    RAISE EXCEPTION 'policy % does not exist', coalesce(policy_id::text, 'null')
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.policy_status.';
  END IF;
  RETURN policy;
END $$;
COMMENT ON FUNCTION quotakit._open_policy IS
  'Locks the account''s configuration and the policy''s project, then returns the live policy. None: undefined_object.';

CREATE FUNCTION quotakit._change_policy(policy quotakit.policy, amount int8, enforcement text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (policy.limit_amount, policy.enforcement) = (amount, enforcement) THEN
    RETURN;
  END IF;
  UPDATE quotakit.policy p
  SET limit_amount = amount, enforcement = _change_policy.enforcement,
      -- A boost that has ended must not stand in the way of a higher limit.
      boost_amount = CASE WHEN p.boost_until > clock_timestamp() THEN p.boost_amount ELSE 0 END,
      boost_until = CASE WHEN p.boost_until > clock_timestamp() THEN p.boost_until END
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'limit and boost together are out of range' USING ERRCODE = 'QK008',
    HINT = 'End the boost with quotakit.boost_policy(policy_id, 0).';
END $$;
COMMENT ON FUNCTION quotakit._change_policy IS 'Gives a locked policy another limit (as stored) and enforcement. Nothing changes: nothing is written.';

CREATE FUNCTION quotakit.set_policy(
  path quotakit.qpath, amount numeric, unit text DEFAULT 'usd', period text DEFAULT 'month',
  enforcement text DEFAULT 'block', service text DEFAULT NULL, model text DEFAULT NULL,
  rolling bool DEFAULT false) RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account   int4 := quotakit._acting_account('admin');
  node      quotakit.node;
  existing  quotakit.policy;
  stored    int8;
  free_slot int2;
  id        int4;
BEGIN
  PERFORM quotakit._check_word('unit', unit, VARIADIC quotakit._units());
  PERFORM quotakit._check_word('period', period, VARIADIC quotakit._periods());
  PERFORM quotakit._check_word('enforcement', enforcement, VARIADIC quotakit._enforcements());
  IF amount IS NULL OR rolling IS NULL THEN
    RAISE EXCEPTION '% is null', CASE WHEN amount IS NULL THEN 'amount' ELSE 'rolling' END
      USING ERRCODE = 'null_value_not_allowed';
  END IF;
  stored := quotakit._to_unit(amount, unit);
  IF rolling AND period = 'lifetime' THEN
    RAISE EXCEPTION 'a lifetime cannot be rolling' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM quotakit._require_service(account, service);
  IF model IS NOT NULL THEN
    IF service IS NULL THEN
      RAISE EXCEPTION 'model "%" is given without its service', left(model, 200)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the service too: models of two services may share a name.';
    END IF;
    PERFORM quotakit._check_name('model', model, 200);
  END IF;
  PERFORM quotakit._require_read_committed();

  node := quotakit._open_node(account, path);
  PERFORM quotakit._refuse_archived(account, path);
  SELECT * INTO existing FROM quotakit.policy p
  WHERE p.account_id = account AND p.node_id = node.node_id AND p.archived_at IS NULL
    AND (p.unit, p.period, p.rolling) = (set_policy.unit, set_policy.period, set_policy.rolling)
    AND p.service IS NOT DISTINCT FROM set_policy.service AND p.model IS NOT DISTINCT FROM set_policy.model;
  IF FOUND THEN
    PERFORM quotakit._change_policy(existing, stored, enforcement);
    RETURN existing.policy_id;
  END IF;

  -- The lock serialises; the unique index on live slots guards.
  SELECT min(s) INTO free_slot FROM generate_series(1, 10) s
  WHERE NOT EXISTS (SELECT FROM quotakit.policy p
                    WHERE p.account_id = account AND p.node_id = node.node_id AND p.slot = s AND p.archived_at IS NULL);
  IF free_slot IS NULL THEN
    RAISE EXCEPTION 'path "%" has ten policies already', path
      USING ERRCODE = 'QK013', DETAIL = 'A path carries at most ten live policies.',
            HINT = 'Remove one with quotakit.remove_policy(), or put this one on a path above or below.';
  END IF;
  INSERT INTO quotakit.policy AS p (account_id, node_id, slot, unit, period, rolling, service, model, limit_amount, enforcement)
  VALUES (account, node.node_id, free_slot, set_policy.unit, set_policy.period, set_policy.rolling,
          set_policy.service, set_policy.model, stored, set_policy.enforcement)
  RETURNING p.policy_id INTO id;
  PERFORM quotakit._fill_counters(account, id);
  PERFORM quotakit._touch(account);
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.set_policy IS
  'Sets a limit on a path and everything below it, and returns the policy''s number. amount: USD or credits (at most '
  '9 decimals), or whole requests or tokens. A live policy with the same service, model, unit, period and rolling '
  'gets the new limit and enforcement; else a new one counts its whole current window from the start. Eleventh: '
  'QK013; amount out of range: QK008; unknown path: QK001; archived: QK002.';

CREATE FUNCTION quotakit.set_limit(policy_id int4, amount numeric) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
BEGIN
  IF amount IS NULL THEN
    RAISE EXCEPTION 'amount is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._change_policy(policy, quotakit._to_unit(amount, policy.unit), policy.enforcement);
END $$;
COMMENT ON FUNCTION quotakit.set_limit IS
  'Gives a policy another limit, in its unit. It may lie below what is used: what is held stands, new calls stop. Out '
  'of range: QK008; no such policy: undefined_object.';

CREATE FUNCTION quotakit.set_enforcement(policy_id int4, enforcement text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  policy  quotakit.policy;
BEGIN
  PERFORM quotakit._check_word('enforcement', enforcement, VARIADIC quotakit._enforcements());
  policy := quotakit._open_policy(account, policy_id);
  PERFORM quotakit._change_policy(policy, policy.limit_amount, enforcement);
END $$;
COMMENT ON FUNCTION quotakit.set_enforcement IS 'Changes what a policy does when it is full: open, block, strict or shadow. No such policy: undefined_object.';

CREATE FUNCTION quotakit.boost_policy(policy_id int4, amount numeric, until timestamptz DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
  stored int8;
BEGIN
  IF amount IS NULL THEN
    RAISE EXCEPTION 'amount is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  stored := quotakit._to_unit(amount, policy.unit);
  IF stored > 9000000000000000000 - policy.limit_amount THEN
    RAISE EXCEPTION 'limit and boost together are out of range' USING ERRCODE = 'QK008';
  END IF;
  IF stored > 0 AND (until IS NULL OR until <= clock_timestamp() OR NOT isfinite(until)) THEN
    RAISE EXCEPTION 'the end of a boost must lie ahead'
      USING ERRCODE = 'invalid_parameter_value', HINT = 'For more without an end, raise the limit.';
  END IF;
  UPDATE quotakit.policy p SET boost_amount = stored, boost_until = CASE WHEN stored > 0 THEN until END
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
END $$;
COMMENT ON FUNCTION quotakit.boost_policy IS
  'Adds an amount, in the policy''s unit, to its limit until an instant; takes the place of an earlier boost. 0 ends '
  'it. Out of range: QK008; no such policy: undefined_object.';

CREATE FUNCTION quotakit.remove_policy(policy_id int4) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  policy quotakit.policy := quotakit._open_policy(quotakit._acting_account('admin'), policy_id);
BEGIN
  UPDATE quotakit.policy p SET archived_at = clock_timestamp()
  WHERE p.account_id = policy.account_id AND p.policy_id = policy.policy_id;
  -- Nothing counts for it any more, so its counters would only drift from the ledger.
  DELETE FROM quotakit.counter c WHERE c.account_id = policy.account_id AND c.policy_id = policy.policy_id;
  DELETE FROM quotakit.baseline b WHERE b.account_id = policy.account_id AND b.policy_id = policy.policy_id;
  PERFORM quotakit._touch(policy.account_id);
END $$;
COMMENT ON FUNCTION quotakit.remove_policy IS 'Ends a policy. Its refusals and its row stay, archived; its counters go. No such policy: undefined_object.';
