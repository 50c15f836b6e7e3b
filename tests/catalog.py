"""All that the catalog knows of the extension, in words: to compare a database that was updated with one that was
made anew. Numbers that differ from database to database (OIDs) are left out."""

# What belongs to the extension, with the row types of its tables, and its relations.
MEMBERS = """
WITH member AS (
  SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'quotakit'
), rel AS (
  SELECT c.* FROM pg_class c WHERE c.oid IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
    OR c.oid IN (SELECT t.typrelid FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid)
), proc AS (
  SELECT p.* FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
), type AS (
  SELECT t.* FROM pg_type t WHERE t.typrelid IN (SELECT oid FROM rel)
    OR t.oid IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
)
"""

# Each gives rows that a person can read.
PARTS = {
    "members": "SELECT pg_describe_object(classid, objid, 0) FROM member",
    "relations": """
        SELECT c.relname, c.relkind, c.relpersistence, c.relowner::regrole, (SELECT amname FROM pg_am WHERE oid = c.relam), c.reloptions,
               c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispartition, pg_get_expr(c.relpartbound, c.oid),
               pg_get_partkeydef(c.oid), (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = c.oid)
        FROM rel c""",
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
               a.attidentity, a.attgenerated, a.attstorage, a.attcompression, a.attcollation::regcollation, nullif(a.attstattarget, -1),
               -- The server's own marks (pg_attver) differ from table to table.
               (SELECT array_agg(o) FROM unnest(a.attoptions) o WHERE o !~ '^pg_'), a.attacl, a.attisdropped
        FROM rel c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum""",
    "constraints": """
        SELECT c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid), k.convalidated, k.condeferrable, k.conislocal, k.coninhcount,
               k.connoinherit
        FROM rel c JOIN pg_constraint k ON k.conrelid = c.oid""",
    "indexes": """
        SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisunique, i.indisvalid, i.indimmediate, i.indisclustered,
               i.indisreplident, (SELECT reloptions FROM pg_class WHERE oid = i.indexrelid)
        FROM rel c JOIN pg_index i ON i.indrelid = c.oid""",
    "functions": """
        SELECT p.oid::regprocedure, p.proowner::regrole, p.prokind, p.pronargdefaults,
               CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, pg_get_function_result(p.oid)
        FROM proc p""",
    "aggregates": """
        SELECT (to_jsonb(a) - 'aggfnoid' - 'aggtranstype' - 'aggmtranstype' - 'aggsortop') || jsonb_build_object('name', a.aggfnoid::regprocedure,
               'state', a.aggtranstype::regtype), p.proparallel, p.provolatile
        FROM proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid""",
    "views": "SELECT c.relname, pg_get_viewdef(c.oid) FROM rel c WHERE c.relkind = 'v'",
    "types": """
        SELECT to_jsonb(t) - '{oid, typnamespace, typowner, typrelid, typelem, typarray, typbasetype, typcollation}'::text[]
               || jsonb_build_object('array', t.typarray::regtype, 'of', t.typelem::regtype, 'base', t.typbasetype::regtype),
               (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
        FROM type t""",
    "operators": """
        SELECT o.oid::regoperator, o.oprresult::regtype, o.oprcode, o.oprrest, o.oprjoin, o.oprcom::regoperator, o.oprnegate::regoperator,
               o.oprcanhash, o.oprcanmerge
        FROM pg_operator o JOIN member m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid""",
    "operators and functions of classes": """
        SELECT pg_describe_object('pg_amop'::regclass, x.oid, 0) FROM pg_amop x
        JOIN member m ON m.classid = 'pg_opfamily'::regclass AND m.objid = x.amopfamily
        UNION ALL SELECT pg_describe_object('pg_amproc'::regclass, x.oid, 0) || x.amproc FROM pg_amproc x
        JOIN member m ON m.classid = 'pg_opfamily'::regclass AND m.objid = x.amprocfamily
        UNION ALL SELECT x.opcname || ' ' || x.opcdefault || ' ' || x.opcintype::regtype FROM pg_opclass x
        JOIN member m ON m.classid = 'pg_opclass'::regclass AND m.objid = x.oid""",
    "casts": """
        SELECT c.castsource::regtype, c.casttarget::regtype, c.castfunc::regprocedure, c.castcontext, c.castmethod
        FROM pg_cast c JOIN member m ON m.classid = 'pg_cast'::regclass AND m.objid = c.oid""",
    "policies": """
        SELECT c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)
        FROM rel c JOIN pg_policy p ON p.polrelid = c.oid""",
    "triggers": """
        SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM rel c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal""",
    "sequences": """
        SELECT c.relname, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle
        FROM rel c JOIN pg_sequence s ON s.seqrelid = c.oid""",
    "comments": """
        SELECT pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description FROM pg_description d
        WHERE (d.classoid, d.objoid) IN (SELECT classid, objid FROM member)
           OR d.classoid = 'pg_policy'::regclass AND d.objoid IN (SELECT p.oid FROM pg_policy p JOIN rel ON rel.oid = p.polrelid)
           OR d.classoid = 'pg_trigger'::regclass AND d.objoid IN (SELECT t.oid FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid)""",
    "rights": """
        SELECT 'relation ' || c.relname, c.relacl FROM rel c UNION ALL SELECT 'type ' || t.typname, t.typacl FROM type t
        UNION ALL SELECT 'routine ' || p.oid::regprocedure, (SELECT array_agg(a ORDER BY a::text) FROM unnest(p.proacl) a) FROM proc p
        UNION ALL SELECT 'schema', n.nspacl FROM pg_namespace n WHERE n.nspname = 'quotakit'""",
    "rights that come with it": """
        SELECT pg_describe_object(i.classoid, i.objoid, i.objsubid), i.initprivs FROM pg_init_privs i
        WHERE (i.classoid, i.objoid) IN (SELECT classid, objid FROM member)""",
    "what it needs": """
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype
        FROM pg_depend d WHERE (d.classid, d.objid) IN (SELECT classid, objid FROM member) AND d.deptype <> 'e'""",
    "what pg_dump carries": """
        SELECT c.table_oid::regclass, c.condition
        FROM pg_extension e, unnest(e.extconfig::oid[], e.extcondition) AS c(table_oid, condition) WHERE e.extname = 'quotakit'""",
    "the extension": "SELECT extname, extversion, extrelocatable, extnamespace::regnamespace FROM pg_extension WHERE extname = 'quotakit'",
    "rows that come with it": """
        SELECT 'service', to_jsonb(s)::text FROM quotakit.service s WHERE s.shipped
        UNION ALL SELECT 'model', to_jsonb(m)::text FROM quotakit.model m WHERE m.shipped
        UNION ALL SELECT 'price', (to_jsonb(p) - 'price_version' - 'created_at')::text FROM quotakit.price p WHERE p.shipped""",
}


def picture(db):
    """{part: its rows, in an order of their own}."""
    return {part: sorted(" | ".join("" if v is None else str(v) for v in row) for row in db.run(MEMBERS + sql)) for part, sql in PARTS.items()}


def differences(found, wanted):
    """Lines that say what of `wanted` is missing, and what there is instead."""
    lines = []
    for part in PARTS:
        for sign, here, there in (("missing", wanted, found), ("too much", found, wanted)):
            left = list(there[part])
            for row in here[part]:
                if row in left:
                    left.remove(row)
                else:
                    lines.append(f"{part}, {sign}: {row[:1000]}")
    return lines
