/*
 * birth.c
 *		Paths that are made by the first call on them.
 *
 * Every change of a project's nodes is made under its lock, a birth too: so it
 * cannot slip in beside archive_node(). The project must be known before, so
 * its root is found first, or made; all else is made under the lock, where
 * nothing has to be waited for.
 */
#include "quotakit.h"
#include "engine/birth.h"
#include "pg/lock.h"
#include "pg/query.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The calls whose paths are to be made, and the arguments that say so to SQL. */
typedef struct Births
{
	QKItem **items;
	int n;
	Datum args[3]; /* accounts, paths, services */
} Births;

/* A root that is missing, once for each call that needs it. */
typedef struct MissingRoot
{
	QKItem *item;
	char *root;
} MissingRoot;

static bool
wants_birth(const QKItem *item)
{
	const QKCall *call = &item->call;

	return item->account != NULL && item->account->create_paths && item->path == NULL &&
		   call->problem.code == NULL && call->path != NULL && call->service != NULL;
}

/* Whether it can be made now: its root is known, and the project locked. */
static bool
can_be_born(const QKBatch *batch, const QKItem *item)
{
	return wants_birth(item) && item->root_id != 0 &&
		   qk_batch_has_project(batch, item->call.account_id, item->root_id);
}

static bool
collect(const QKBatch *batch, bool locked, Births *births)
{
	Datum *accounts = palloc(Max(batch->n, 1) * sizeof(Datum));
	Datum *paths = palloc(Max(batch->n, 1) * sizeof(Datum));
	Datum *services = palloc(Max(batch->n, 1) * sizeof(Datum));

	births->items = palloc(Max(batch->n, 1) * sizeof(QKItem *));
	births->n = 0;
	for (int i = 0; i < batch->n; i++)
	{
		QKItem *item = &batch->items[i];

		if (!(locked ? can_be_born(batch, item) : wants_birth(item)))
			continue;
		accounts[births->n] = Int32GetDatum(item->call.account_id);
		paths[births->n] = CStringGetTextDatum(item->call.path_text);
		services[births->n] = CStringGetTextDatum(item->call.service);
		births->items[births->n++] = item;
	}
	if (births->n == 0)
		return false;
	births->args[0] =
		PointerGetDatum(construct_array(accounts, births->n, INT4OID, 4, true, TYPALIGN_INT));
	births->args[1] =
		PointerGetDatum(construct_array(paths, births->n, TEXTOID, -1, false, TYPALIGN_INT));
	births->args[2] =
		PointerGetDatum(construct_array(services, births->n, TEXTOID, -1, false, TYPALIGN_INT));
	return true;
}

#define EACH_BIRTH \
	" FROM unnest($1::int4[], $2::text[], $3::text[]) WITH ORDINALITY AS t(account_id, path, service, ord)" \
	" CROSS JOIN LATERAL (SELECT t.path::quotakit.qpath AS path) AS p"

/*
 * The accounts are locked as every change of a node does by its foreign key, but
 * before any project: who changes an account's calendar locks it and then all
 * its projects.
 */
#define FIND_ROOTS \
	"SELECT t.ord, n.node_id, quotakit.root(p.path)::text," \
	" EXISTS (SELECT FROM quotakit.service s WHERE s.account_id IN (0, t.account_id) AND s.service = t.service OFFSET 0)" EACH_BIRTH \
	" JOIN quotakit.account a ON a.account_id = t.account_id" \
	" LEFT JOIN LATERAL (SELECT n.node_id FROM quotakit.node n" \
	"  WHERE n.account_id = t.account_id AND n.path OPERATOR(quotakit.=) quotakit.root(p.path) OFFSET 0) AS n ON true" \
	" ORDER BY t.account_id, quotakit.root(p.path), t.ord" \
	" FOR KEY SHARE OF a"

/* Gives each call its project. Returns how many have none yet, in the order of their roots. */
static int
find_roots(Births *births, int lock_wait, MissingRoot *missing)
{
	static QKQuery waiting = { .sql = FIND_ROOTS,
							   .types = { INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID },
							   .nargs = 3,
							   .by_key = true };
	static QKQuery patient = { .sql = FIND_ROOTS " SKIP LOCKED",
							   .types = { INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID },
							   .nargs = 3,
							   .by_key = true };
	int nmissing = 0;
	int rows;

	for (int i = 0; i < births->n; i++)
		births->items[i]->busy = true;
	rows = qk_execute(lock_wait == QK_WAIT_FOREVER ? &waiting : &patient, births->args, NULL);
	for (int row = 0; row < rows; row++)
	{
		bool isnull;
		QKItem *item = births->items[DatumGetInt64(qk_query_value(row, 1, INT8OID, &isnull)) - 1];
		bool is_served = DatumGetBool(qk_query_value(row, 4, BOOLOID, &isnull));
		int32 root_id = DatumGetInt32(qk_query_value(row, 2, INT4OID, &isnull));

		item->busy = false;
		if (!is_served)
			continue;
		if (!isnull)
			item->root_id = root_id;
		else
			missing[nmissing++] = (MissingRoot){ item, MemoryContextStrdup(qk_query_context(),
																		   qk_query_text(row, 3)) };
	}
	qk_query_end();
	return nmissing;
}

static void
make_root(void *arg)
{
	static QKQuery query = { .sql =
								 "INSERT INTO quotakit.node (account_id, path, service)"
								 " VALUES ($1, $2::quotakit.qpath, CASE WHEN $2 = $3 THEN $4 END)"
								 " ON CONFLICT (account_id, path) DO NOTHING",
							 .types = { INT4OID, TEXTOID, TEXTOID, TEXTOID },
							 .nargs = 4 };
	const MissingRoot *missing = arg;
	const QKCall *call = &missing->item->call;
	Datum args[] = { Int32GetDatum(call->account_id), CStringGetTextDatum(missing->root),
					 CStringGetTextDatum(call->path_text), CStringGetTextDatum(call->service) };

	(void) qk_execute(&query, args, NULL);
	qk_query_end();
}

/* Another transaction may be making the same one: a batch waits for its end no longer than for a lock. */
void
qk_births_find_projects(QKBatch *batch, int lock_wait)
{
	Births births;
	MissingRoot *missing;
	int nmissing;

	if (!collect(batch, false, &births))
		return;
	missing = palloc(births.n * sizeof(*missing));
	nmissing = find_roots(&births, lock_wait, missing);
	if (nmissing == 0)
		return;
	for (int i = 0; i < nmissing; i++)
	{
		if (i > 0 && strcmp(missing[i].root, missing[i - 1].root) == 0 &&
			missing[i].item->call.account_id == missing[i - 1].item->call.account_id)
			continue;
		if (lock_wait == QK_WAIT_FOREVER)
			make_root(&missing[i]);
		else
			(void) qk_within(lock_wait, make_root, &missing[i]);
	}
	nmissing = find_roots(&births, lock_wait, missing);
	for (int i = 0; i < nmissing; i++)
		missing[i].item->busy = true;
}

bool
qk_births_make(QKBatch *batch)
{
	/* Of several calls on one path the first names its service, as it would in a batch of its own. */
	static QKQuery query = {
		.sql =
			"WITH asked AS MATERIALIZED ("
			" SELECT t.account_id, p.path, t.service, t.ord,"
			"  EXISTS (SELECT FROM unnest(quotakit.ancestors(p.path)) AS x(path)"
			"   CROSS JOIN LATERAL (SELECT n.archived_at FROM quotakit.node n"
			"    WHERE n.account_id = t.account_id AND n.path OPERATOR(quotakit.=) x.path OFFSET 0) AS n"
			"   WHERE n.archived_at IS NOT NULL OFFSET 0) AS archived" EACH_BIRTH "), made AS ("
			" INSERT INTO quotakit.node (account_id, path, service)"
			" SELECT DISTINCT ON (a.account_id, x.path) a.account_id, x.path,"
			"  CASE WHEN x.path OPERATOR(quotakit.=) a.path THEN a.service END"
			" FROM asked a CROSS JOIN LATERAL unnest(quotakit.ancestors(a.path)) AS x(path)"
			/* What would be made there is archived too, until a restore brings it to life. */
			" WHERE NOT a.archived AND NOT EXISTS ("
			"  SELECT FROM quotakit.node n WHERE n.account_id = a.account_id AND n.path OPERATOR(quotakit.=) x.path OFFSET 0)"
			" ORDER BY a.account_id, x.path, a.ord)"
			" SELECT a.ord FROM asked a WHERE a.archived",
		.types = { INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID },
		.nargs = 3,
		.by_key = true
	};
	Births births;
	int rows;

	if (!collect(batch, true, &births))
		return false;
	rows = qk_execute(&query, births.args, NULL);
	for (int row = 0; row < rows; row++)
	{
		bool isnull;

		births.items[DatumGetInt64(qk_query_value(row, 1, INT8OID, &isnull)) - 1]->below_archived =
			true;
	}
	qk_query_end();
	return true;
}
