-- Paths: made, described, archived, frozen. An archived or frozen node covers its
-- subtree; only the node itself is marked, so that restoring it brings back what was.

CREATE FUNCTION quotakit._require_service(account int4, service text) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF service IS NOT NULL AND NOT EXISTS (SELECT FROM quotakit.service s
       WHERE s.account_id IN (0, account) AND s.service = _require_service.service) THEN
    RAISE EXCEPTION 'service "%" does not exist', left(service, 100)
      USING ERRCODE = 'undefined_object', HINT = 'See quotakit.service, or make it with quotakit.create_service().';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._require_service IS 'Raises undefined_object unless a service is null, built in, or the account''s own.';

CREATE FUNCTION quotakit._check_tags(tags text[]) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  tag text;
BEGIN
  IF cardinality(tags) > 32 THEN
    RAISE EXCEPTION 'a path has at most 32 tags, not %', cardinality(tags) USING ERRCODE = 'QK008';
  END IF;
  FOREACH tag IN ARRAY coalesce(tags, '{}') LOOP
    PERFORM quotakit._check_name('tag', tag, 100);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit._check_tags IS 'Raises unless there are at most 32 tags of 1 to 100 bytes each.';

CREATE FUNCTION quotakit._check_notes(notes text) RETURNS void
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF octet_length(notes) > 65536 THEN
    RAISE EXCEPTION 'notes are % bytes long; at most 65536 are allowed', octet_length(notes) USING ERRCODE = 'QK008';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._check_notes IS 'Raises QK008 when notes are longer than 65,536 bytes.';

CREATE FUNCTION quotakit._node(account int4, path quotakit.qpath) RETURNS quotakit.node
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_node quotakit.node;
BEGIN
  IF path IS NULL THEN
    RAISE EXCEPTION 'path is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  SELECT * INTO found_node FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) _node.path;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'path "%" does not exist', path
      USING ERRCODE = 'QK001', HINT = 'Make it with quotakit.create_node().';
  END IF;
  RETURN found_node;
END $$;
COMMENT ON FUNCTION quotakit._node IS 'The node of a path of an account. None: QK001.';

CREATE FUNCTION quotakit._refuse_archived(account int4, path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  above quotakit.qpath;
BEGIN
  SELECT n.path INTO above FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) _refuse_archived.path AND n.archived_at IS NOT NULL
  ORDER BY n.path LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'path "%" is archived', above
      USING ERRCODE = 'QK002', HINT = 'Bring it back with quotakit.restore_node().';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit._refuse_archived IS 'Raises QK002 when a path or one above it is archived.';

CREATE FUNCTION quotakit._open_node(account int4, path quotakit.qpath) RETURNS quotakit.node
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  root int4;
BEGIN
  -- Fails for an unknown path before it waits for anything.
  PERFORM quotakit._node(account, path);
  PERFORM quotakit._lock_account(account);
  SELECT n.node_id INTO STRICT root FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) quotakit.root(_open_node.path);
  PERFORM quotakit._lock_project(account, root);
  RETURN quotakit._node(account, path);
END $$;
COMMENT ON FUNCTION quotakit._open_node IS
  'Locks the account''s configuration and the path''s project, then returns the node as it is now. Unknown path: QK001.';

CREATE FUNCTION quotakit._create_above(account int4, path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  top quotakit.qpath := quotakit.root(path);
BEGIN
  -- The project's lock goes by its root, so that comes first.
  IF NOT EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) top) THEN
    INSERT INTO quotakit.node (account_id, path) VALUES (account, top) ON CONFLICT DO NOTHING;
  END IF;
  PERFORM quotakit._open_node(account, top);
  PERFORM quotakit._refuse_archived(account, path);
  INSERT INTO quotakit.node (account_id, path)
  SELECT account, a FROM unnest(quotakit.ancestors(quotakit.parent(path))) a
  WHERE NOT EXISTS (SELECT FROM quotakit.node n WHERE n.account_id = account AND n.path OPERATOR(quotakit.=) a)
  ORDER BY a;
END $$;
COMMENT ON FUNCTION quotakit._create_above IS
  'Locks the account''s configuration and the path''s project, and makes what is missing above the path as umbrellas. One above it is archived: QK002.';

CREATE FUNCTION quotakit.create_node(
  path quotakit.qpath, service text DEFAULT NULL, notes text DEFAULT NULL, tags text[] DEFAULT '{}') RETURNS int4
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  id      int4;
BEGIN
  IF path IS NULL THEN
    RAISE EXCEPTION 'path is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._require_service(account, service);
  PERFORM quotakit._check_notes(notes);
  PERFORM quotakit._check_tags(tags);
  PERFORM quotakit._refuse_archived(account, path);
  IF quotakit.nlevel(path) > 1 THEN
    PERFORM quotakit._create_above(account, path);
  END IF;
  INSERT INTO quotakit.node AS n (account_id, path, service, notes, tags)
  VALUES (account, create_node.path, create_node.service, nullif(create_node.notes, ''), coalesce(create_node.tags, '{}'))
  ON CONFLICT DO NOTHING
  RETURNING n.node_id INTO id;
  IF id IS NULL THEN
    RAISE EXCEPTION 'path "%" exists already', path
      USING ERRCODE = 'QK015', HINT = 'Use quotakit.set_service() to give an umbrella its service, quotakit.set_node() for notes and tags.';
  END IF;
  RETURN id;
END $$;
COMMENT ON FUNCTION quotakit.create_node IS
  'Makes a path and returns its number; what is missing above it is made too, as umbrellas. Without a service it is '
  'an umbrella and takes no calls. Exists: QK015; below an archived one: QK002; unknown service: undefined_object.';

CREATE FUNCTION quotakit.set_service(path quotakit.qpath, service text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node;
BEGIN
  IF service IS NULL THEN
    RAISE EXCEPTION 'service is null' USING ERRCODE = 'null_value_not_allowed';
  END IF;
  PERFORM quotakit._require_service(account, service);
  node := quotakit._open_node(account, path);
  IF node.service = service THEN
    RETURN;
  ELSIF node.service IS NOT NULL THEN
    RAISE EXCEPTION 'path "%" has service "%" already', path, node.service
      USING ERRCODE = 'QK003', DETAIL = 'A service is assigned once and never changes.',
            HINT = 'Make another path for another service.';
  END IF;
  PERFORM quotakit._refuse_archived(account, path);
  UPDATE quotakit.node n SET service = set_service.service
  WHERE n.account_id = account AND n.node_id = node.node_id;
  PERFORM quotakit._touch(account);
END $$;
COMMENT ON FUNCTION quotakit.set_service IS
  'Gives an umbrella its service, once and for all. It has another: QK003; unknown path: QK001; unknown service: undefined_object.';

CREATE FUNCTION quotakit.set_node(path quotakit.qpath, notes text DEFAULT NULL, tags text[] DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._node(account, path);
BEGIN
  PERFORM quotakit._check_notes(notes);
  PERFORM quotakit._check_tags(tags);
  -- Neither changes what a call meets: no lock.
  UPDATE quotakit.node n SET notes = nullif(coalesce(set_node.notes, n.notes), ''), tags = coalesce(set_node.tags, n.tags)
  WHERE n.account_id = account AND n.node_id = node.node_id;
END $$;
COMMENT ON FUNCTION quotakit.set_node IS 'Changes the notes or the tags of a path, whichever is given; empty notes clear them. Unknown path: QK001.';

CREATE FUNCTION quotakit.archive_node(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
BEGIN
  UPDATE quotakit.node n SET archived_at = clock_timestamp()
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.archived_at IS NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.archive_node IS
  'Archives a path and all below it: new calls are rejected, open reservations settle, history stays and counts. Again: nothing. Unknown path: QK001.';

CREATE FUNCTION quotakit.restore_node(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
BEGIN
  UPDATE quotakit.node n SET archived_at = NULL
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.archived_at IS NOT NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
  -- Rolls back: one that stays archived from above has not been restored.
  PERFORM quotakit._refuse_archived(account, path);
END $$;
COMMENT ON FUNCTION quotakit.restore_node IS
  'Brings an archived path back, and what is below it unless that was archived by itself. One above it is archived: QK002; unknown path: QK001.';

CREATE FUNCTION quotakit.freeze(path quotakit.qpath, reason text) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node;
BEGIN
  PERFORM quotakit._check_name('reason', reason, 1000);
  node := quotakit._open_node(account, path);
  UPDATE quotakit.node n SET frozen_reason = reason
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.frozen_reason IS DISTINCT FROM reason;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.freeze IS
  'Stops a path and all below it at once: every reservation is refused with the reason (1 to 1,000 bytes) until '
  'thaw(). Spend that happens all the same is recorded. Unknown path: QK001.';

CREATE FUNCTION quotakit.thaw(path quotakit.qpath) RETURNS void
  LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  account int4 := quotakit._acting_account('admin');
  node    quotakit.node := quotakit._open_node(account, path);
  above   quotakit.node;
BEGIN
  UPDATE quotakit.node n SET frozen_reason = NULL
  WHERE n.account_id = account AND n.node_id = node.node_id AND n.frozen_reason IS NOT NULL;
  IF FOUND THEN
    PERFORM quotakit._touch(account);
  END IF;
  SELECT * INTO above FROM quotakit.node n
  WHERE n.account_id = account AND n.path OPERATOR(quotakit.@>) thaw.path AND n.frozen_reason IS NOT NULL
  ORDER BY n.path LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'path "%" is frozen', above.path
      USING ERRCODE = 'QK014', DETAIL = format('Reason: %s', above.frozen_reason),
            HINT = 'It covers its subtree; thaw it instead.';
  END IF;
END $$;
COMMENT ON FUNCTION quotakit.thaw IS 'Ends what freeze() did to this path. Not frozen: nothing. One above it is frozen: QK014; unknown path: QK001.';
