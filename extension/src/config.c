/*
 * config.c
 *		Each backend's cache of configuration, by account and version.
 */
#include "quotakit.h"
#include "config.h"
#include "query.h"
#include "qpath.h"
#include "stat.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/hashfn.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The key of a cached path: bytes that live as long as the cache. */
typedef struct PathKey
{
	int32		account_id;
	int32		len;
	const char *bytes;
} PathKey;

typedef struct PathEntry
{
	PathKey		key;
	QKPath	   *path;
} PathEntry;

typedef struct NodeKey
{
	int32		account_id;
	int32		node_id;
} NodeKey;

typedef struct NodeEntry
{
	NodeKey		key;
	PathKey		path;
} NodeEntry;

#define SECRET_BYTES PG_SHA256_DIGEST_LENGTH

typedef struct SecretKey
{
	int32		account_id;
	uint8		hash[SECRET_BYTES];
} SecretKey;

typedef struct SecretEntry
{
	SecretKey	key;
	int64		version;
	int32		key_id;			/* 0: no such key */
} SecretEntry;

static MemoryContext cache = NULL;
static HTAB *accounts;
static HTAB *paths;
static HTAB *nodes;
static HTAB *secrets;
static int	loads = 0;			/* since the cache was last emptied */
static uint64 batch_number = 0;

/*
 * Making a path or a key does not change the account's version, so what was
 * loaded by a transaction that has written may be its own, and go with it.
 */
static bool in_doubt = false;
static bool rolled_back = false;

/*
 * Which quotakit.account this is for: after DROP and CREATE EXTENSION the same
 * numbers and versions mean something else.
 */
static Oid	account_table = InvalidOid;
static uint64 generation = 0;

static const char *const enforcements[] = {"open", "block", "strict", "shadow"};

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

static HTAB *
make_hash(MemoryContext context, const char *name, Size key, Size entry)
{
	HASHCTL		ctl = {.keysize = key, .entrysize = entry, .hcxt = context};

	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* It is the cache once it is whole; what an error leaves of it goes with the batch's memory. */
static void
make_cache(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "quotakit configuration",
												  ALLOCSET_DEFAULT_SIZES);
	HASHCTL		ctl = {
		.keysize = sizeof(PathKey), .entrysize = sizeof(PathEntry), .hcxt = context,
		.hash = path_key_hash, .match = path_key_match
	};

	paths = hash_create("quotakit paths", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	accounts = make_hash(context, "quotakit accounts", sizeof(int32), sizeof(QKAccount));
	nodes = make_hash(context, "quotakit nodes", sizeof(NodeKey), sizeof(NodeEntry));
	secrets = make_hash(context, "quotakit keys", sizeof(SecretKey), sizeof(SecretEntry));
	loads = 0;
	MemoryContextSetParent(context, CacheMemoryContext);
	cache = context;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:	/* who knows what becomes of it */
			rolled_back |= in_doubt;
			in_doubt = false;
			break;
		case XACT_EVENT_COMMIT:
			in_doubt = false;
			break;
		default:
			break;
	}
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		rolled_back |= in_doubt;
}

/* Before anything is put into the cache, so that an error in between cannot hide it. */
static void
note_load(void)
{
	loads++;
	in_doubt |= TransactionIdIsValid(GetTopTransactionIdIfAny());
}

uint64
qk_config_start(void)
{
	static bool registered = false;
	Oid			table = get_relname_relid("account", get_namespace_oid(QUOTAKIT_SCHEMA, false));

	if (!registered)
	{
		RegisterXactCallback(transaction_ends, NULL);
		RegisterSubXactCallback(subtransaction_ends, NULL);
		registered = true;
	}
	if (cache != NULL && (loads > qk_cache_paths || rolled_back || table != account_table))
	{
		generation++;
		MemoryContextDelete(cache);
		cache = NULL;
	}
	rolled_back = false;
	account_table = table;
	if (cache == NULL)
		make_cache();
	return ++batch_number;
}

uint64
qk_config_generation(void)
{
	return generation;
}

static void
load_account(QKAccount *account, int64 version)
{
	static QKQuery query = {
		.sql = "SELECT time_zone, billing_day::int4, week_start::int4, on_unknown_path,"
		" (extract(epoch FROM retention) * 1000000)::int8, sealed_until"
		" FROM quotakit.account WHERE account_id = $1",
		.types = {INT4OID}, .nargs = 1
	};
	Datum		args[] = {Int32GetDatum(account->account_id)};
	bool		isnull;
	char	   *zone;

	if (qk_query(&query, args, NULL) != 1)
		elog(ERROR, "account %d has gone", account->account_id);
	zone = qk_query_text(0, 1);
	account->calendar.tz = pg_tzset(zone);
	if (account->calendar.tz == NULL)
		ereport(ERROR,
				errcode(ERRCODE_CONFIG_FILE_ERROR),
				errmsg("time zone \"%s\" of account %d is not known to this server", zone,
					   account->account_id));
	account->calendar.billing_day = DatumGetInt32(qk_query_value(0, 2, INT4OID, &isnull));
	account->calendar.week_start = DatumGetInt32(qk_query_value(0, 3, INT4OID, &isnull));
	account->create_paths = strcmp(qk_query_text(0, 4), "create") == 0;
	account->retention = DatumGetInt64(qk_query_value(0, 5, INT8OID, &isnull));
	account->sealed_until = DatumGetTimestampTz(qk_query_value(0, 6, TIMESTAMPTZOID, &isnull));
	account->hour = (QKWindow) {
		DT_NOEND, DT_NOBEGIN
	};
	account->version = version;
	qk_query_end();
}

QKAccount *
qk_config_account(int32 account_id)
{
	static QKQuery query = {
		.sql = "SELECT config_version FROM quotakit.account WHERE account_id = $1", .types = {INT4OID}, .nargs = 1
	};
	Datum		args[] = {Int32GetDatum(account_id)};
	QKAccount  *account;
	bool		found;
	bool		isnull;
	int64		version;

	if (qk_query(&query, args, NULL) == 0)
	{
		qk_query_end();
		return NULL;
	}
	version = DatumGetInt64(qk_query_value(0, 1, INT8OID, &isnull));
	qk_query_end();

	account = hash_search(accounts, &account_id, HASH_ENTER, &found);
	if (!found)
		account->version = -1;
	if (account->version != version)
	{
		account->version = -1;
		load_account(account, version);
	}
	return account;
}

int32
qk_config_key(QKAccount *account, const char *secret, size_t len)
{
	static QKQuery query = {
		.sql = "SELECT key_id FROM quotakit.api_key"
		" WHERE account_id = $1 AND key_hash = $2 AND revoked_at IS NULL",
		.types = {INT4OID, BYTEAOID}, .nargs = 2
	};
	SecretKey	key;
	SecretEntry *entry;
	pg_cryptohash_ctx *sha;
	bool		found;

	if (len != SECRET_BYTES)
		return 0;
	memset(&key, 0, sizeof(key));
	key.account_id = account->account_id;
	sha = pg_cryptohash_create(PG_SHA256);
	if (sha == NULL || pg_cryptohash_init(sha) < 0 ||
		pg_cryptohash_update(sha, (const uint8 *) secret, len) < 0 ||
		pg_cryptohash_final(sha, key.hash, sizeof(key.hash)) < 0)
		elog(ERROR, "could not compute SHA-256");
	pg_cryptohash_free(sha);

	entry = hash_search(secrets, &key, HASH_FIND, NULL);
	if (entry == NULL || entry->version != account->version)
	{
		bytea	   *hash = palloc(VARHDRSZ + SECRET_BYTES);
		Datum		args[] = {Int32GetDatum(account->account_id), PointerGetDatum(hash)};
		int32		key_id = 0;
		bool		isnull;

		SET_VARSIZE(hash, VARHDRSZ + SECRET_BYTES);
		memcpy(VARDATA(hash), key.hash, SECRET_BYTES);
		if (qk_query(&query, args, NULL) == 1)
			key_id = DatumGetInt32(qk_query_value(0, 1, INT4OID, &isnull));
		qk_query_end();
		/* An unknown key is not cached: guesses must not fill the memory. */
		if (key_id == 0)
			return 0;
		note_load();
		entry = hash_search(secrets, &key, HASH_ENTER, &found);
		entry->version = account->version;
		entry->key_id = key_id;
	}
	return entry->key_id;
}

/* Columns of the statement below. */
enum
{
	C_ORD = 1, C_NODE, C_PATH, C_IS_LEAF, C_SERVICE, C_ARCHIVED, C_FROZEN,
	C_POLICY, C_UNIT, C_PERIOD, C_ROLLING, C_P_SERVICE, C_P_MODEL, C_LIMIT, C_BOOST, C_BOOST_UNTIL,
	C_ENFORCEMENT, C_COUNTS_FROM
};

/* For each path asked for: its node and those above, from the root down, with their policies. */
static QKQuery path_query = {
	.sql = "SELECT t.ord, n.node_id, n.path::text, n.path OPERATOR(quotakit.=) w.path, n.service,"
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
	.types = {INT4ARRAYOID, TEXTARRAYOID}, .nargs = 2, .by_key = true
};

static char *
keep_text(int row, int column)
{
	char	   *text = qk_query_text(row, column);

	return text ? MemoryContextStrdup(cache, text) : NULL;
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
	static const char *const units[QK_UNITS] = {"usd", "credits", "requests", "tokens"};
	bool		isnull;

	memset(policy, 0, sizeof(*policy));
	policy->policy_id = DatumGetInt32(qk_query_value(row, C_POLICY, INT4OID, &isnull));
	policy->path = keep_text(row, C_PATH);
	policy->unit = (QKUnit) index_of(units, QK_UNITS, qk_query_text(row, C_UNIT));
	if (!qk_period_parse(qk_query_text(row, C_PERIOD), &policy->period))
		elog(ERROR, "unknown period in policy %d", policy->policy_id);
	policy->rolling = DatumGetBool(qk_query_value(row, C_ROLLING, BOOLOID, &isnull));
	policy->service = keep_text(row, C_P_SERVICE);
	policy->model = keep_text(row, C_P_MODEL);
	policy->limit = DatumGetInt64(qk_query_value(row, C_LIMIT, INT8OID, &isnull));
	policy->boost = DatumGetInt64(qk_query_value(row, C_BOOST, INT8OID, &isnull));
	policy->boost_until = DatumGetTimestampTz(qk_query_value(row, C_BOOST_UNTIL, TIMESTAMPTZOID, &isnull));
	if (isnull)
		policy->boost_until = DT_NOBEGIN;
	policy->enforcement = (QKEnforcement)
		index_of(enforcements, lengthof(enforcements), qk_query_text(row, C_ENFORCEMENT));
	policy->counts_from = DatumGetTimestampTz(qk_query_value(row, C_COUNTS_FROM, TIMESTAMPTZOID, &isnull));
	policy->window = (QKWindow) {
		DT_NOEND, DT_NOBEGIN
	};
}

/* Rows [from, to) of the statement are one path and what is above it. NULL if it has no node. */
static QKPath *
keep_path(const QKPathWanted *want, int from, int to)
{
	QKPath	   *path;
	bool		isnull;
	int			npolicies = 0;

	if (!DatumGetBool(qk_query_value(to - 1, C_IS_LEAF, BOOLOID, &isnull)))
		return NULL;
	for (int row = from; row < to; row++)
		npolicies += !qk_query_is_null(row, C_POLICY);

	note_load();
	path = MemoryContextAllocZero(cache, sizeof(QKPath));
	path->version = want->account->version;
	path->account_id = want->account->account_id;
	path->node_id = DatumGetInt32(qk_query_value(to - 1, C_NODE, INT4OID, &isnull));
	path->root_id = DatumGetInt32(qk_query_value(from, C_NODE, INT4OID, &isnull));
	path->path = keep_text(to - 1, C_PATH);
	path->service = keep_text(to - 1, C_SERVICE);
	path->policies = MemoryContextAlloc(cache, Max(npolicies, 1) * sizeof(QKPolicy));
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
	PathKey		key = {want->account->account_id, want->path_len, want->path};
	PathEntry  *entry;

	if (want->path == NULL)
	{
		NodeKey		node = {want->account->account_id, want->node_id};
		NodeEntry  *known = hash_search(nodes, &node, HASH_FIND, NULL);

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
	NodeKey		node = {path->account_id, path->node_id};
	PathKey		key = {path->account_id, want->path_len, want->path};
	PathEntry  *entry;
	bool		found;

	entry = hash_search(paths, &key, HASH_FIND, NULL);
	if (entry == NULL)
	{
		char	   *bytes = MemoryContextAlloc(cache, want->path_len);

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
		.types = {INT4ARRAYOID, INT4ARRAYOID}, .nargs = 2, .by_key = true
	};
	Datum	   *account_ids = palloc(n * sizeof(Datum));
	Datum	   *node_ids = palloc(n * sizeof(Datum));
	QKPathWanted **asked = palloc(n * sizeof(*asked));
	int			nasked = 0;
	int			rows;

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
		Datum		args[] = {
			PointerGetDatum(construct_array(account_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
			PointerGetDatum(construct_array(node_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
		};

		rows = qk_query(&query, args, NULL);
	}
	for (int row = 0; row < rows; row++)
	{
		bool		isnull;
		QKPathWanted *want = asked[DatumGetInt64(qk_query_value(row, 1, INT8OID, &isnull)) - 1];
		char	   *text = qk_query_text(row, 2);
		char	   *stored = MemoryContextAlloc(qk_query_context(), strlen(text));

		want->path_len = (int) qpath_encode(text, strlen(text), stored);
		want->path = stored;
	}
	qk_query_end();
}

void
qk_config_paths(QKPathWanted *wanted, int n)
{
	QKPathWanted **missing = palloc(n * sizeof(*missing));
	Datum	   *account_ids;
	Datum	   *texts;
	int			nmissing = 0;
	int			nasked = 0;
	int			rows;

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

	account_ids = palloc(nmissing * sizeof(Datum));
	texts = palloc(nmissing * sizeof(Datum));
	for (int i = 0; i < nmissing; i++)
	{
		QKPathWanted *want = missing[i];
		text	   *t;

		if (want->path == NULL)
			continue;
		t = palloc(VARHDRSZ + want->path_len);
		SET_VARSIZE(t, VARHDRSZ + qpath_decode(want->path, want->path_len, VARDATA(t)));
		account_ids[nasked] = Int32GetDatum(want->account->account_id);
		texts[nasked] = PointerGetDatum(t);
		missing[nasked++] = want;
	}
	{
		Datum		args[] = {
			PointerGetDatum(construct_array(account_ids, nasked, INT4OID, 4, true, TYPALIGN_INT)),
			PointerGetDatum(construct_array(texts, nasked, TEXTOID, -1, false, TYPALIGN_INT)),
		};

		rows = qk_query(&path_query, args, NULL);
	}
	for (int from = 0, to; from < rows; from = to)
	{
		bool		isnull;
		int64		ord = DatumGetInt64(qk_query_value(from, C_ORD, INT8OID, &isnull));
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

int64
qk_policy_limit(const QKPolicy *policy, TimestampTz now)
{
	/* A constraint keeps the sum in range. */
	return policy->limit + (now < policy->boost_until ? policy->boost : 0);
}
