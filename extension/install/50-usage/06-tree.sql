-- The tree of paths, drawn for psql.

CREATE FUNCTION quotakit._human(amount numeric, unit text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE unit WHEN 'usd' THEN '$' ELSE '' END
    || trim(to_char(trunc(amount), '999,999,999,999,999,999,990'))
    || CASE WHEN unit IN ('usd', 'credits') THEN
         -- Two decimals, or all there are below a cent.
         CASE WHEN amount = 0 OR abs(amount) >= 0.01 THEN substr(to_char(trunc(abs(amount - trunc(amount)), 2), 'FM0.00'), 2)
              ELSE substr(trim_scale(abs(amount))::text, 2) END ELSE '' END
    || CASE unit WHEN 'usd' THEN '' ELSE ' ' || unit END
$$;
COMMENT ON FUNCTION quotakit._human(numeric, text) IS 'An amount as people write it.';

CREATE FUNCTION quotakit.tree(path text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  acct  int4 := quotakit._acting_account('viewer');
  top   quotakit.qpath := tree.path::quotakit.qpath;
  utf8  bool := getdatabaseencoding() = 'UTF8';
  full_ text := CASE WHEN utf8 THEN chr(9608) ELSE '#' END;
  held_ text := CASE WHEN utf8 THEN chr(9618) ELSE '=' END;
  empty text := CASE WHEN utf8 THEN chr(9617) ELSE '.' END;
  bar_  text := CASE WHEN utf8 THEN chr(9474) || '  ' ELSE '|  ' END;
  tee   text := CASE WHEN utf8 THEN chr(9500) || chr(9472) || ' ' ELSE '|- ' END;
  elbow text := CASE WHEN utf8 THEN chr(9492) || chr(9472) || ' ' ELSE '`- ' END;
  base  int4 := coalesce(quotakit.nlevel(top), 1);
  later bool[] := array_fill(false, ARRAY[33]);
  heads text[] := '{}';
  tails text[] := '{}';
  n     record;
  d     int4;
  head  text;
  cells int4;
  taken int4;
  width int4 := 0;
BEGIN
  IF top IS NOT NULL AND NOT EXISTS (
      SELECT FROM quotakit.node x WHERE x.account_id = acct AND x.path OPERATOR(quotakit.=) top) THEN
    RAISE EXCEPTION 'path "%" does not exist', top USING ERRCODE = 'QK001';
  END IF;
  -- From the last line up: whether a sibling follows is then known.
  FOR n IN
    SELECT s.*, quotakit.nlevel(s.path) AS depth, quotakit.leaf(s.path) AS leaf
    FROM quotakit.node_status s
    WHERE s.account_id = acct AND (top IS NULL OR s.path OPERATOR(quotakit.<@) top)
    ORDER BY s.path DESC
  LOOP
    d := n.depth;
    IF d = base THEN
      head := CASE WHEN top IS NULL THEN n.leaf ELSE n.path::text END;
    ELSE
      head := CASE WHEN later[d] THEN tee ELSE elbow END || n.leaf;
      FOR k IN REVERSE d - 1 .. base + 1 LOOP
        head := CASE WHEN later[k] THEN bar_ ELSE '   ' END || head;
      END LOOP;
    END IF;
    later[d] := true;
    FOR k IN d + 1 .. 33 LOOP
      later[k] := false;
    END LOOP;
    cells := least(10, floor(n.percent / 10))::int4;
    taken := least(10, floor((n.percent + n.percent_held) / 10))::int4;
    width := greatest(width, length(head));
    heads := head || heads;
    tails := concat_ws('  ',
      CASE WHEN n.policy_id IS NOT NULL THEN
        repeat(full_, cells) || repeat(held_, taken - cells) || repeat(empty, 10 - taken)
        || lpad(to_char(least(n.percent, 9999.9), 'FM9990.0') || ' %', 9) END,
      CASE WHEN n.policy_id IS NOT NULL THEN
        format('%s of %s %s', quotakit._human(n.used, n.unit), quotakit._human(n.limit_amount, n.unit),
          CASE WHEN n.period = 'lifetime' THEN 'lifetime' WHEN n.rolling THEN 'in any ' || n.period
               WHEN n.period = 'hour' THEN 'an hour' ELSE 'a ' || n.period END) END,
      CASE WHEN n.held > 0 THEN 'held ' || quotakit._human(n.held, n.unit) END,
      nullif(nullif(n.status, 'healthy'), 'none'),
      CASE WHEN n.frozen THEN 'frozen' END, CASE WHEN n.archived THEN 'archived' END) || tails;
  END LOOP;
  FOR i IN 1 .. cardinality(heads) LOOP
    RETURN NEXT rtrim(heads[i] || repeat(' ', width - length(heads[i]) + 2) || tails[i]);
  END LOOP;
END $$;
COMMENT ON FUNCTION quotakit.tree(text) IS
  'Draws the tree of paths of the current account (below path, if given), each with the worst of its policies: a bar '
  'of what is used and held, what is used of the limit, what is held. Errors: QK001, QK016.';
