/*
 * config_path.c
 *		The cache of paths, each with the policies on its way to the root.
 */
#include "quotakit.h"
#include "engine/config.h"
#include "engine/config_cache.h"
#include "path/qpath.h"
#include "pg/arrays.h"
#include "pg/query.h"
#include "pg/stat.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The key of a cached path: bytes that live as long as the cache. */
typedef struct PathKey
{
	int32 account_id;
	int32 len;
	const char *bytes;
} PathKey;

typedef struct PathEntry
{
	PathKey key;
	QKPath *path;
} PathEntry;

typedef struct NodeKey
{
	int32 account_id;
	int32 node_id;
} NodeKey;

typedef struct NodeEntry
{
	NodeKey key;
	PathKey path;
} NodeEntry;

static HTAB *paths;
static HTAB *nodes;

static const char *const enforcements[QK_ENFORCEMENTS] = { "open", "block", "strict", "shadow" };

PG_FUNCTION_INFO_V1(quotakit_enforcements);

/* _enforcements(): their names. */
Datum
quotakit_enforcements(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(qk_text_array(enforcements, QK_ENFORCEMENTS));
}

const char *
qk_enforcement_name(QKEnforcement enforcement)
{
	return enforcements[enforcement];
}

static uint32
path_key_hash(const void *key, Size size)
{
	const PathKey *k = key;

	return hash_bytes((const unsigned char *) k->bytes, k->len) ^ (uint32) k->account_id;
}

static int
path_key_match(const void *a, const void *b, Size size)
{
	const PathKey *x = a;
	const PathKey *y = b;

	return !(x->account_id == y->account_id && x->len == y->len &&
			 memcmp(x->bytes, y->bytes, x->len) == 0);
}

void
qk_config_paths_start(MemoryContext context)
{
	HASHCTL ctl = { .keysize = sizeof(PathKey),
					.entrysize = sizeof(PathEntry),
					.hcxt = context,
					.hash = path_key_hash,
					.match = path_key_match };

	paths = hash_create("quotakit paths", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	nodes = qk_config_hash(context, "quotakit nodes", sizeof(NodeKey), sizeof(NodeEntry));
}

/* Columns of the statement below. */
enum
{
	C_ORD = 1,
	C_NODE,
	C_PATH,
	C_IS_LEAF,
	C_SERVICE,
	C_ARCHIVED,
	C_FROZEN,
	C_POLICY,
	C_UNIT,
	C_PERIOD,
	C_ROLLING,
	C_P_SERVICE,
	C_P_MODEL,
	C_LIMIT,
	C_BOOST,
	C_BOOST_UNTIL,
	C_ENFORCEMENT,
	C_COUNTS_FROM
};

/* For each path asked for: its node and those above, from the root down, with their policies. */
static QKQuery path_query = {
	.sql =
		"SELECT t.ord, n.node_id, n.path::text, n.path OPERATOR(quotakit.=) w.path, n.service,"
		" n.archived_at IS NOT NULL, n.frozen_reason,"
		" p.policy_id, p.unit, p.period, p.rolling, p.service, p.model, p.limit_amount, p.boost_amount,"
		" p.boost_until, p.enforcement, p.counts_from"
		" FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS t(account_id, path, ord)"
		" CROSS JOIN LATERAL (SELECT t.path::quotakit.qpath AS path) AS w"
		" CROSS JOIN LATERAL unnest(quotakit.ancestors(w.path)) WITH ORDINALITY AS x(path, level)"
		" CROSS JOIN LATERAL (SELECT * FROM quotakit.node n"
		"  WHERE n.account_id = t.account_id AND n.path OPERATOR(quotakit.=) x.path OFFSET 0) AS n"
		" LEFT JOIN LATERAL (SELECT * FROM quotakit.policy p"
		"  WHERE p.account_id = t.account_id AND p.node_id = n.node_id AND p.archived_at IS NULL OFFSET 0) AS p ON true"
		" ORDER BY t.ord, x.level, p.slot",
	.types = { INT4ARRAYOID, TEXTARRAYOID },
	.nargs = 2,
	.by_key = true
};

static char *
keep_text(int row, int column)
{
	char *text = qk_query_text(row, column);

	return text ? MemoryContextStrdup(qk_config_cache, text) : NULL;
}

static int
index_of(const char *const names[], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	elog(ERROR, "unknown name \"%s\" in the configuration", name);
}

static void
keep_policy(QKPolicy *policy, int row)
{
	bool isnull;

	memset(policy, 0, sizeof(*policy));
	policy->policy_id = DatumGetInt32(qk_query_value(row, C_POLICY, INT4OID, &isnull));
	policy->path = keep_text(row, C_PATH);
	policy->unit = (QKUnit) index_of(qk_unit_names, QK_UNITS, qk_query_text(row, C_UNIT));
	if (!qk_period_parse(qk_query_text(row, C_PERIOD), &policy->period))
		elog(ERROR, "unknown period in policy %d", policy->policy_id);
	policy->rolling = DatumGetBool(qk_query_value(row, C_ROLLING, BOOLOID, &isnull));
	policy->service = keep_text(row, C_P_SERVICE);
	policy->model = keep_text(row, C_P_MODEL);
	policy->limit = DatumGetInt64(qk_query_value(row, C_LIMIT, INT8OID, &isnull));
	policy->boost = DatumGetInt64(qk_query_value(row, C_BOOST, INT8OID, &isnull));
	policy->boost_until =
		DatumGetTimestampTz(qk_query_value(row, C_BOOST_UNTIL, TIMESTAMPTZOID, &isnull));
	if (isnull)
		policy->boost_until = DT_NOBEGIN;
	policy->enforcement =
		(QKEnforcement) index_of(enforcements, QK_ENFORCEMENTS, qk_query_text(row, C_ENFORCEMENT));
	policy->counts_from =
		DatumGetTimestampTz(qk_query_value(row, C_COUNTS_FROM, TIMESTAMPTZOID, &isnull));
	policy->window = (QKWindow){ DT_NOEND, DT_NOBEGIN };
}

/* Rows [from, to) of the statement are one path and what is above it. NULL if it has no node. */
static QKPath *
keep_path(const QKPathWanted *want, int from, int to)
{
	QKPath *path;
	bool isnull;
	int npolicies = 0;

	if (!DatumGetBool(qk_query_value(to - 1, C_IS_LEAF, BOOLOID, &isnull)))
		return NULL;
	for (int row = from; row < to; row++)
		npolicies += !qk_query_is_null(row, C_POLICY);

	qk_config_note_load();
	path = MemoryContextAllocZero(qk_config_cache, sizeof(QKPath));
	path->version = want->account->version;
	path->account_id = want->account->account_id;
	path->node_id = DatumGetInt32(qk_query_value(to - 1, C_NODE, INT4OID, &isnull));
	path->root_id = DatumGetInt32(qk_query_value(from, C_NODE, INT4OID, &isnull));
	path->path = keep_text(to - 1, C_PATH);
	path->service = keep_text(to - 1, C_SERVICE);
	path->policies = MemoryContextAlloc(qk_config_cache, Max(npolicies, 1) * sizeof(QKPolicy));
	for (int row = from; row < to; row++)
	{
		path->archived |= DatumGetBool(qk_query_value(row, C_ARCHIVED, BOOLOID, &isnull));
		if (!qk_query_is_null(row, C_FROZEN))
		{
			path->frozen_reason = keep_text(row, C_FROZEN);
			path->frozen_path = keep_text(row, C_PATH);
		}
		if (!qk_query_is_null(row, C_POLICY))
			keep_policy(&path->policies[path->npolicies++], row);
	}
	return path;
}

static QKPath *
cached_path(const QKPathWanted *want)
{
	PathKey key = { want->account->account_id, want->path_len, want->path };
	PathEntry *entry;

	if (want->path == NULL)
	{
		NodeKey node = { want->account->account_id, want->node_id };
		NodeEntry *known = hash_search(nodes, &node, HASH_FIND, NULL);

		if (known == NULL)
			return NULL;
		key = known->path;
	}
	entry = hash_search(paths, &key, HASH_FIND, NULL);
	if (entry == NULL || entry->path->version != want->account->version)
		return NULL;
	return entry->path;
}

static void
remember_path(const QKPathWanted *want, QKPath *path)
{
	NodeKey node = { path->account_id, path->node_id };
	PathKey key = { path->account_id, want->path_len, want->path };
	PathEntry *entry;
	bool found;

	entry = hash_search(paths, &key, HASH_FIND, NULL);
	if (entry == NULL)
	{
		char *bytes = MemoryContextAlloc(qk_config_cache, want->path_len);

		memcpy(bytes, want->path, want->path_len);
		key.bytes = bytes;
		entry = hash_search(paths, &key, HASH_ENTER, &found);
	}
	entry->path = path;
	((NodeEntry *) hash_search(nodes, &node, HASH_ENTER, &found))->path = entry->key;
}

/* Gives those asked for by node their path. */
static void
name_nodes(QKPathWanted **missing, int n)
{
	static QKQuery query = {
		.sql = "SELECT t.ord, n.path::text"
			   " FROM unnest($1::int4[], $2::int4[]) WITH ORDINALITY AS t(account_id, node_id, ord)"
			   " CROSS JOIN LATERAL (SELECT n.path FROM quotakit.node n"
			   "  WHERE n.account_id = t.account_id AND n.node_id = t.node_id OFFSET 0) AS n",
		.types = { INT4ARRAYOID, INT4ARRAYOID },
		.nargs = 2,
		.by_key = true
	};
	Datum *account_ids = palloc(n * sizeof(Datum));
	Datum *node_ids = palloc(n * sizeof(Datum));
	QKPathWanted **asked = palloc(n * sizeof(*asked));
	int nasked = 0;
	int rows;

	for (int i = 0; i < n; i++)
	{
		if (missing[i]->path != NULL)
			continue;
		account_ids[nasked] = Int32GetDatum(missing[i]->account->account_id);
		node_ids[nasked] = Int32GetDatum(missing[i]->node_id);
		asked[nasked++] = missing[i];
	}
	if (nasked == 0)
		return;
	{
		Datum args[] = {
			PointerGetDatum(construct_array(account_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
			PointerGetDatum(construct_array(node_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
		};

		rows = qk_query(&query, args, NULL);
	}
	for (int row = 0; row < rows; row++)
	{
		bool isnull;
		QKPathWanted *want = asked[DatumGetInt64(qk_query_value(row, 1, INT8OID, &isnull)) - 1];
		char *text = qk_query_text(row, 2);
		char *stored = MemoryContextAlloc(qk_query_context(), strlen(text));

		want->path_len = (int) qpath_encode(text, strlen(text), stored);
		want->path = stored;
	}
	qk_query_end();
}

/* Runs the statement for those that have a path; leaves them in `missing`. The number of rows. */
static int
ask_for_paths(QKPathWanted **missing, int n)
{
	Datum *account_ids = palloc(n * sizeof(Datum));
	Datum *texts = palloc(n * sizeof(Datum));
	int nasked = 0;

	for (int i = 0; i < n; i++)
	{
		QKPathWanted *want = missing[i];
		text *t;

		if (want->path == NULL)
			continue;
		t = palloc(VARHDRSZ + want->path_len);
		SET_VARSIZE(t, VARHDRSZ + qpath_decode(want->path, want->path_len, VARDATA(t)));
		account_ids[nasked] = Int32GetDatum(want->account->account_id);
		texts[nasked] = PointerGetDatum(t);
		missing[nasked++] = want;
	}
	{
		Datum args[] = {
			PointerGetDatum(construct_array(account_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
			PointerGetDatum(construct_array(texts, nasked, TEXTOID, -1, false, TYPALIGN_INT)),
		};

		return qk_query(&path_query, args, NULL);
	}
}

static void
load_paths(QKPathWanted **missing, int n)
{
	int rows = ask_for_paths(missing, n);

	for (int from = 0, to; from < rows; from = to)
	{
		bool isnull;
		int64 ord = DatumGetInt64(qk_query_value(from, C_ORD, INT8OID, &isnull));
		QKPathWanted *want = missing[ord - 1];

		for (to = from + 1; to < rows; to++)
			if (DatumGetInt64(qk_query_value(to, C_ORD, INT8OID, &isnull)) != ord)
				break;
		/* The same path may have been asked for twice. */
		want->found = cached_path(want);
		if (want->found == NULL)
		{
			want->found = keep_path(want, from, to);
			if (want->found != NULL)
				remember_path(want, want->found);
		}
	}
	qk_query_end();
}

void
qk_config_paths(QKPathWanted *wanted, int n)
{
	QKPathWanted **missing = palloc(n * sizeof(*missing));
	int nmissing = 0;

	for (int i = 0; i < n; i++)
	{
		wanted[i].found = cached_path(&wanted[i]);
		if (wanted[i].found == NULL)
			missing[nmissing++] = &wanted[i];
	}
	qk_stat[QK_STAT_PATH_HITS] += n - nmissing;
	qk_stat[QK_STAT_PATH_MISSES] += nmissing;
	if (nmissing == 0)
		return;
	name_nodes(missing, nmissing);
	load_paths(missing, nmissing);
}

int64
qk_policy_limit(const QKPolicy *policy, TimestampTz now)
{
	/* A constraint keeps the sum in range. */
	return policy->limit + (now < policy->boost_until ? policy->boost : 0);
}
