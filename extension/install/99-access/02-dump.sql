-- pg_dump carries the contents of every table and the state of every sequence, but
-- not the rows that come with the extension: CREATE EXTENSION brings those again,
-- in the version that is installed by then. Nothing changes them in place, so what
-- a DBA adds to the built-in services and prices is in rows of its own, and dumped.
-- A partitioned table has no rows of its own; partitions made by make_partitions()
-- are ordinary tables to pg_dump.
DO $$
DECLARE
  rel record;
BEGIN
  FOR rel IN
    SELECT c.oid::regclass AS name,
           CASE WHEN c.relname = 'account' THEN 'WHERE account_id <> 0'
                WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'shipped') THEN 'WHERE NOT shipped'
                ELSE '' END AS condition
    FROM pg_class c
    WHERE c.relnamespace = 'quotakit'::regnamespace AND c.relkind IN ('r', 'S')
      -- Who is signed in, or tried to be, is nobody's business elsewhere.
      AND c.relname NOT IN ('session', 'sign_in_attempt', 'sign_in_network') ORDER BY c.oid
  LOOP
    PERFORM pg_extension_config_dump(rel.name, rel.condition);
  END LOOP;
END $$;
