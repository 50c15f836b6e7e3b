/*
 * config.c
 *		Each backend's cache of configuration: its life, accounts and keys.
 *		Paths and their policies are in config_path.c.
 */
#include "quotakit.h"
#include "engine/config.h"
#include "engine/config_cache.h"
#include "pg/query.h"
#include "path/qpath.h"
#include "pg/stat.h"

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

#define SECRET_BYTES PG_SHA256_DIGEST_LENGTH

typedef struct SecretKey
{
	int32 account_id;
	uint8 hash[SECRET_BYTES];
} SecretKey;

typedef struct SecretEntry
{
	SecretKey key;
	int64 version;
	int32 key_id; /* 0: no such key */
} SecretEntry;

MemoryContext qk_config_cache = NULL;
static HTAB *accounts;
static HTAB *secrets;
static int loads = 0; /* since the cache was last emptied */
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
static Oid account_table = InvalidOid;
static uint64 generation = 0;

HTAB *
qk_config_hash(MemoryContext context, const char *name, Size key, Size entry)
{
	HASHCTL ctl = { .keysize = key, .entrysize = entry, .hcxt = context };

	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* It is the cache once it is whole; what an error leaves of it goes with the batch's memory. */
static void
make_cache(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "quotakit configuration",
												  ALLOCSET_DEFAULT_SIZES);

	qk_config_paths_start(context);
	accounts = qk_config_hash(context, "quotakit accounts", sizeof(int32), sizeof(QKAccount));
	secrets = qk_config_hash(context, "quotakit keys", sizeof(SecretKey), sizeof(SecretEntry));
	loads = 0;
	MemoryContextSetParent(context, CacheMemoryContext);
	qk_config_cache = context;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE: /* who knows what becomes of it */
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

void
qk_config_note_load(void)
{
	loads++;
	in_doubt |= TransactionIdIsValid(GetTopTransactionIdIfAny());
}

uint64
qk_config_start(void)
{
	static bool registered = false;
	Oid table = get_relname_relid("account", get_namespace_oid(QUOTAKIT_SCHEMA, false));

	if (!registered)
	{
		RegisterXactCallback(transaction_ends, NULL);
		RegisterSubXactCallback(subtransaction_ends, NULL);
		registered = true;
	}
	if (qk_config_cache != NULL &&
		(loads > qk_cache_paths || rolled_back || table != account_table))
	{
		generation++;
		MemoryContextDelete(qk_config_cache);
		qk_config_cache = NULL;
	}
	rolled_back = false;
	account_table = table;
	if (qk_config_cache == NULL)
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
		.types = { INT4OID },
		.nargs = 1
	};
	Datum args[] = { Int32GetDatum(account->account_id) };
	bool isnull;
	char *zone;

	if (qk_query(&query, args, NULL) != 1)
		elog(ERROR, "account %d has gone", account->account_id);
	zone = qk_query_text(0, 1);
	account->calendar.tz = pg_tzset(zone);
	if (account->calendar.tz == NULL)
		ereport(ERROR, errcode(ERRCODE_CONFIG_FILE_ERROR),
				errmsg("time zone \"%s\" of account %d is not known to this server", zone,
					   account->account_id));
	account->calendar.billing_day = DatumGetInt32(qk_query_value(0, 2, INT4OID, &isnull));
	account->calendar.week_start = DatumGetInt32(qk_query_value(0, 3, INT4OID, &isnull));
	account->create_paths = strcmp(qk_query_text(0, 4), "create") == 0;
	account->retention = DatumGetInt64(qk_query_value(0, 5, INT8OID, &isnull));
	account->sealed_until = DatumGetTimestampTz(qk_query_value(0, 6, TIMESTAMPTZOID, &isnull));
	account->hour = (QKWindow){ DT_NOEND, DT_NOBEGIN };
	account->version = version;
	qk_query_end();
}

QKAccount *
qk_config_account(int32 account_id)
{
	static QKQuery query = { .sql = "SELECT version FROM quotakit.account WHERE account_id = $1",
							 .types = { INT4OID },
							 .nargs = 1 };
	Datum args[] = { Int32GetDatum(account_id) };
	QKAccount *account;
	bool found;
	bool isnull;
	int64 version;

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
	static QKQuery query = { .sql =
								 "SELECT key_id FROM quotakit.api_key"
								 " WHERE account_id = $1 AND key_hash = $2 AND revoked_at IS NULL",
							 .types = { INT4OID, BYTEAOID },
							 .nargs = 2 };
	SecretKey key;
	SecretEntry *entry;
	pg_cryptohash_ctx *sha;
	bool found;

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
		bytea *hash = palloc(VARHDRSZ + SECRET_BYTES);
		Datum args[] = { Int32GetDatum(account->account_id), PointerGetDatum(hash) };
		int32 key_id = 0;
		bool isnull;

		SET_VARSIZE(hash, VARHDRSZ + SECRET_BYTES);
		memcpy(VARDATA(hash), key.hash, SECRET_BYTES);
		if (qk_query(&query, args, NULL) == 1)
			key_id = DatumGetInt32(qk_query_value(0, 1, INT4OID, &isnull));
		qk_query_end();
		/* An unknown key is not cached: guesses must not fill the memory. */
		if (key_id == 0)
			return 0;
		qk_config_note_load();
		entry = hash_search(secrets, &key, HASH_ENTER, &found);
		entry->version = account->version;
		entry->key_id = key_id;
	}
	return entry->key_id;
}
