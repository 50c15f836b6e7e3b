/*
 * batch.c
 *		One batch of calls, of any accounts and kinds: in one transaction, decided
 *		in order, each answered by itself.
 *
 * The order of work is what makes it right:
 *
 *	1. who asks, and which project each call belongs to;
 *	2. the projects' locks, in ascending order;
 *	3. again the accounts' versions: what has changed meanwhile is loaded anew;
 *	   and paths that this batch is the first to call are made;
 *	4. the time; then counters, read with the latest snapshot; decide; write.
 *
 * Whoever decides about a project therefore sees all that was decided before.
 */
#include "quotakit.h"
#include "engine/birth.h"
#include "engine/engine.h"
#include "pg/lock.h"
#include "engine/price.h"
#include "pg/query.h"
#include "pg/stat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* Bytes; only a guess at how much room to begin with. */
#define TYPICAL_ANSWER 200

/* The version of each account, read once now and once more under the locks. */
typedef struct AccountEntry
{
	int32 account_id;
	QKAccount *account; /* NULL if there is no such account */
	int64 version;
} AccountEntry;

static HTAB *
find_accounts(QKBatch *batch)
{
	HASHCTL ctl = { .keysize = sizeof(int32),
					.entrysize = sizeof(AccountEntry),
					.hcxt = batch->context };
	HTAB *accounts = hash_create("quotakit accounts of a batch", 16, &ctl,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	AccountEntry *entry = NULL;

	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];
		bool found;

		/* Neighbours mostly are of one account. */
		if (entry == NULL || entry->account_id != item->call.account_id)
		{
			entry = hash_search(accounts, &item->call.account_id, HASH_ENTER, &found);
			if (!found)
			{
				/* Account 0 is built-in data: nothing is spent there. */
				entry->account =
					entry->account_id > 0 ? qk_config_account(entry->account_id) : NULL;
				entry->version = entry->account ? entry->account->version : 0;
			}
		}
		item->account = entry->account;
	}
	return accounts;
}

/* Whether an account's configuration has changed since. */
static bool
accounts_changed(HTAB *accounts)
{
	HASH_SEQ_STATUS scan;
	AccountEntry *entry;
	bool changed = false;

	hash_seq_init(&scan, accounts);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->account == NULL)
			continue;
		(void) qk_config_account(entry->account_id);
		if (entry->account->version != entry->version)
		{
			entry->version = entry->account->version;
			changed = true;
		}
	}
	return changed;
}

static void
authenticate(QKBatch *batch)
{
	QKItem *last = NULL; /* neighbours mostly have one key */

	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];

		if (item->account == NULL || item->secret == NULL)
			continue;
		if (last != NULL && last->account == item->account &&
			last->secret_len == item->secret_len &&
			memcmp(last->secret, item->secret, item->secret_len) == 0)
			item->call.key_id = last->call.key_id;
		else
			item->call.key_id = qk_config_key(item->account, item->secret, item->secret_len);
		if (item->call.key_id == 0)
			item->account = NULL;
		else
			last = item;
	}
}

/* The reservations that this batch is to make, by account and id. */
typedef struct AskedEntry
{
	QKIdKey key;
	const QKCall *call;
} AskedEntry;

static HTAB *
asked_reservations(QKBatch *batch)
{
	HASHCTL ctl = { .keysize = sizeof(QKIdKey),
					.entrysize = sizeof(AskedEntry),
					.hcxt = batch->context };
	HTAB *asked = hash_create("quotakit reservations of a batch", 64, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	for (int i = 0; i < batch->n; i++)
	{
		const QKCall *call = &batch->items[i].call;
		QKIdKey key;
		AskedEntry *entry;
		bool found;

		if (call->problem.code != NULL || call->op != QK_RESERVE)
			continue;
		memset(&key, 0, sizeof(key));
		key.account_id = call->account_id;
		key.id = call->id;
		entry = hash_search(asked, &key, HASH_ENTER, &found);
		if (!found)
			entry->call = call;
	}
	return asked;
}

/* For a call without a path: that of its reservation, be it made or about to be. */
static void
find_by_reservation(QKBatch *batch, const QKCall *call, HTAB **asked, QKPathWanted *want)
{
	bool draw = call->op == QK_DRAW;
	const pg_uuid_t *id = draw ? &call->reservation : &call->id;
	QKIdKey key;
	AskedEntry *entry;

	want->node_id = qk_ledger_reservation_node(batch, call->account_id,
											   draw ? call->reservation_at : call->at, id);
	if (want->node_id != 0)
		return;
	if (*asked == NULL)
		*asked = asked_reservations(batch);
	memset(&key, 0, sizeof(key));
	key.account_id = call->account_id;
	key.id = *id;
	entry = hash_search(*asked, &key, HASH_FIND, NULL);
	if (entry != NULL)
	{
		want->path = entry->call->path;
		want->path_len = entry->call->path_len;
	}
}

/* Finds the path of every call: by its name, or by the reservation that it is about. */
static void
find_paths(QKBatch *batch)
{
	HTAB *asked = NULL;
	QKPathWanted *wanted = palloc(Max(batch->n, 1) * sizeof(*wanted));
	QKItem **items = palloc(Max(batch->n, 1) * sizeof(*items));
	int n = 0;

	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];
		QKCall *call = &item->call;
		QKPathWanted want = { .account = item->account,
							  .path = call->path,
							  .path_len = call->path_len };

		item->path = NULL;
		if (item->account == NULL || call->problem.code != NULL)
			continue;
		if (call->node_id != 0)
			want.node_id = call->node_id;
		else if (call->op == QK_ADJUST)
		{
			char *model;

			if (qk_ledger_event(batch, call->account_id, call->at, &call->reservation,
								&want.node_id, &model))
				call->model = model;
		}
		else if (want.path == NULL && call->has_id)
			find_by_reservation(batch, call, &asked, &want);
		if (want.path == NULL && want.node_id == 0)
			continue;
		wanted[n] = want;
		items[n++] = item;
	}
	qk_config_paths(wanted, n);
	for (int i = 0; i < n; i++)
		items[i]->path = wanted[i].found;
}

static int
compare_projects(const void *a, const void *b)
{
	const QKProject *x = a;
	const QKProject *y = b;

	if (x->account_id != y->account_id)
		return x->account_id < y->account_id ? -1 : 1;
	return x->root_id < y->root_id ? -1 : x->root_id > y->root_id;
}

static void
lock_projects(QKBatch *batch, int lock_wait)
{
	QKProject *projects = palloc(Max(batch->n, 1) * sizeof(*projects));
	int n = 0;

	for (int i = 0; i < batch->n; i++)
	{
		const QKItem *item = &batch->items[i];
		QKProject project = { .account_id = item->call.account_id };

		project.root_id = item->path ? item->path->root_id : item->root_id;
		/* Neighbours mostly are of one project. */
		if (project.root_id != 0 && !(n > 0 && compare_projects(&projects[n - 1], &project) == 0))
			projects[n++] = project;
	}
	qsort(projects, n, sizeof(*projects), compare_projects);
	batch->projects = projects;
	batch->nprojects = 0;
	for (int i = 0; i < n; i++)
	{
		QKProject *last = &projects[batch->nprojects];

		if (batch->nprojects > 0 && compare_projects(&projects[i], last - 1) == 0)
			continue;
		*last = projects[i];
		if (lock_wait == QK_WAIT_FOREVER)
			qk_lock_project(last->account_id, last->root_id);
		last->locked = lock_wait == QK_WAIT_FOREVER ||
					   qk_try_lock_project(last->account_id, last->root_id, lock_wait);
		batch->nprojects++;
	}
}

bool
qk_batch_has_project(const QKBatch *batch, int32 account_id, int32 root_id)
{
	QKProject key = { .account_id = account_id, .root_id = root_id };
	QKProject *found =
		batch->nprojects == 1 && compare_projects(batch->projects, &key) == 0 ?
			batch->projects :
			bsearch(&key, batch->projects, batch->nprojects, sizeof(key), compare_projects);

	return found != NULL && found->locked;
}

/* What was not there to be locked before has to try again, too. */
static void
note_busy(QKBatch *batch)
{
	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];
		int32 root_id = item->path ? item->path->root_id : item->root_id;

		if (root_id != 0 && !qk_batch_has_project(batch, item->call.account_id, root_id))
			item->busy = true;
	}
}

/*
 * When a key was last used is nice to know, so it is written at most once a
 * minute, and never waited for.
 */
static void
note_key_use(QKBatch *batch)
{
	static QKQuery query = {
		.sql =
			"UPDATE quotakit.api_key SET last_used = $3 WHERE (account_id, key_id) IN ("
			" SELECT account_id, key_id FROM quotakit.api_key"
			" WHERE account_id = $1 AND key_id = $2 AND (last_used IS NULL OR last_used < $3 - interval '1 minute')"
			" FOR UPDATE SKIP LOCKED)",
		.types = { INT4OID, INT4OID, TIMESTAMPTZOID },
		.nargs = 3
	};
	/* What this backend has noted lately; a collision costs a statement that changes nothing. */
	static struct
	{
		int32 key_id;
		TimestampTz at;
	} noted[256];

	for (int i = 0; i < batch->n; i++)
	{
		QKCall *call = &batch->items[i].call;
		Datum args[] = { Int32GetDatum(call->account_id), Int32GetDatum(call->key_id),
						 TimestampTzGetDatum(batch->now) };
		int place;

		if (call->key_id == 0)
			continue;
		place = call->key_id % lengthof(noted);
		if (noted[place].key_id == call->key_id && batch->now - noted[place].at < USECS_PER_MINUTE)
			continue;
		(void) qk_execute(&query, args, NULL);
		qk_query_end();
		noted[place].key_id = call->key_id;
		noted[place].at = batch->now;
	}
}

void
qk_batch_run(QKBatch *batch, int lock_wait)
{
	HTAB *accounts;

	/* Rows are written past the executor, which would have said so. */
	PreventCommandIfReadOnly("calls of quotakit");
	batch->context = CurrentMemoryContext;
	batch->rejected = NIL;
	initStringInfo(&batch->out);
	enlargeStringInfo(&batch->out, batch->n * TYPICAL_ANSWER);
	for (int i = 0; i < batch->n; i++)
		batch->items[i].out = &batch->out;
	batch->number = qk_config_start();
	qk_price_start();
	qk_store_start(&batch->store, batch->context);
	qk_ledger_start(batch);
	qk_refusal_start(batch);

	accounts = find_accounts(batch);
	authenticate(batch);
	find_paths(batch);
	/* Before the locks: it takes its time, and asks for nothing that they guard. */
	qk_provider_usage_read(batch);
	qk_births_find_projects(batch, lock_wait);

	lock_projects(batch, lock_wait);
	qk_ledger_locked(batch);
	if (accounts_changed(accounts))
	{
		qk_price_start();
		authenticate(batch);
		find_paths(batch);
	}
	if (qk_births_make(batch))
		find_paths(batch);
	note_busy(batch);

	batch->now = GetCurrentTimestamp();
	qk_counters_start(&batch->counters, batch->context, batch->number, batch->now);
	for (int i = 0; i < batch->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (batch->items[i].account == NULL)
			qk_answer_unauthorized(&batch->items[i]);
		else
			qk_decide(batch, &batch->items[i]);
	}

	qk_ledger_write(batch);
	qk_counters_write(&batch->counters);
	qk_refusal_write(batch);
	qk_store_finish(&batch->store);
	qk_rejected_write(batch);
	note_key_use(batch);
	qk_stat_batch(batch->n);
}
