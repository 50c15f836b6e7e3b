/*
 * price.c
 *		What a call costs, exactly.
 *
 * A price has at most eighteen decimals, a quantity six, so their product is a
 * whole number of 10^-24. Sums are made in 128 bits at that scale and rounded
 * once, half up, to a nano.
 */
#include "quotakit.h"
#include "engine/config.h"
#include "values/meter_guess.h"
#include "values/money.h"
#include "engine/price.h"
#include "pg/query.h"
#include "pg/stat.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define PRICE_SCALE 18
#define SUM_TO_NANO (QK_METER_ONE * QK_NANO) /* 10^(18 + 6 - 9) */

typedef struct Price
{
	char *meter;
	char *tier;
	int64 above_tokens;
	TimestampTz valid_from;
	int64 version;
	bool has[2];        /* usd, credits */
	int128 per_unit[2]; /* in 10^-18 */
} Price;

typedef struct ListKey
{
	int32 account_id;
	const char *service;
	const char *model;
} ListKey;

/* The prices of one model for one account, best first within a meter. */
typedef struct PriceList
{
	ListKey key;
	int64 account_version;
	int64 builtin_version;
	int n;
	Price *prices;
	/* The last meter without a price of its own, and what was probably meant; see guess_of(). */
	char guessed[QK_METER_NAME];
	const char *guess;
} PriceList;

static MemoryContext cache = NULL;
static HTAB *lists;
static int loads = 0;
static uint64 generation = 0; /* see qk_config_generation() */
static int64 builtin_version = -1;

static uint32
list_hash(const void *key, Size size)
{
	const ListKey *k = key;

	return hash_combine(hash_bytes((const unsigned char *) k->service, (int) strlen(k->service)),
						hash_bytes((const unsigned char *) k->model, (int) strlen(k->model))) ^
		   (uint32) k->account_id;
}

static int
list_match(const void *a, const void *b, Size size)
{
	const ListKey *x = a;
	const ListKey *y = b;

	return !(x->account_id == y->account_id && strcmp(x->service, y->service) == 0 &&
			 strcmp(x->model, y->model) == 0);
}

/* It is the cache once it is whole; what an error leaves of it goes with the batch's memory. */
static void
make_cache(void)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "quotakit prices", ALLOCSET_DEFAULT_SIZES);
	HASHCTL ctl = { .keysize = sizeof(ListKey),
					.entrysize = sizeof(PriceList),
					.hcxt = context,
					.hash = list_hash,
					.match = list_match };

	lists = hash_create("quotakit price lists", 64, &ctl,
						HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	loads = 0;
	MemoryContextSetParent(context, CacheMemoryContext);
	cache = context;
}

void
qk_price_start(void)
{
	QKAccount *builtin;

	if (cache != NULL && (loads > qk_cache_paths || generation != qk_config_generation()))
	{
		MemoryContextDelete(cache);
		cache = NULL;
	}
	generation = qk_config_generation();
	if (cache == NULL)
		make_cache();
	builtin = qk_config_account(0);
	builtin_version = builtin ? builtin->version : 0;
}

/* A constraint keeps prices within eighteen decimals and a million. */
static bool
read_price(int row, int column, int128 *per_unit)
{
	char *text = qk_query_text(row, column);
	int128 largest = (int128) 1000000 * QK_NANO * QK_NANO;

	*per_unit = 0;
	if (text == NULL)
		return false;
	if (qk_decimal_parse(text, strlen(text), PRICE_SCALE, largest, per_unit) != QK_DECIMAL_OK)
		elog(ERROR, "price \"%s\" is out of range", text);
	return true;
}

static void
load_list(PriceList *list)
{
	/* The order is the order of preference; see doc/prices.md. */
	static QKQuery query = {
		.sql =
			"SELECT meter, tier, above_tokens, valid_from, price_version, usd::text, credits::text"
			" FROM quotakit.price"
			" WHERE account_id IN ($1, 0) AND service = $2 AND model IN ($3, '') AND superseded_by IS NULL"
			" ORDER BY meter, account_id DESC, model DESC, tier = 'standard', above_tokens DESC, valid_from DESC",
		.types = { INT4OID, TEXTOID, TEXTOID },
		.nargs = 3
	};
	Datum args[] = {
		Int32GetDatum(list->key.account_id),
		CStringGetTextDatum(list->key.service),
		CStringGetTextDatum(list->key.model),
	};
	bool isnull;

	loads++;
	list->guessed[0] = '\0';
	list->n = qk_query(&query, args, NULL);
	list->prices = MemoryContextAlloc(cache, Max(list->n, 1) * sizeof(Price));
	for (int row = 0; row < list->n; row++)
	{
		Price *p = &list->prices[row];

		p->meter = MemoryContextStrdup(cache, qk_query_text(row, 1));
		p->tier = MemoryContextStrdup(cache, qk_query_text(row, 2));
		p->above_tokens = DatumGetInt64(qk_query_value(row, 3, INT8OID, &isnull));
		p->valid_from = DatumGetTimestampTz(qk_query_value(row, 4, TIMESTAMPTZOID, &isnull));
		p->version = DatumGetInt64(qk_query_value(row, 5, INT8OID, &isnull));
		p->has[QK_USD] = read_price(row, 6, &p->per_unit[QK_USD]);
		p->has[QK_CREDITS] = read_price(row, 7, &p->per_unit[QK_CREDITS]);
	}
	qk_query_end();
}

static PriceList *
find_list(int32 account_id, int64 account_version, const char *service, const char *model)
{
	ListKey key = { account_id, service, model };
	PriceList *list = hash_search(lists, &key, HASH_FIND, NULL);
	bool found;

	if (list != NULL && list->account_version == account_version &&
		list->builtin_version == builtin_version)
	{
		qk_stat[QK_STAT_PRICE_HITS]++;
		return list;
	}
	qk_stat[QK_STAT_PRICE_MISSES]++;
	if (list == NULL)
	{
		key.service = MemoryContextStrdup(cache, service);
		key.model = MemoryContextStrdup(cache, model);
		list = hash_search(lists, &key, HASH_ENTER, &found);
	}
	/* Should loading fail, the next call must not take it for loaded. */
	list->account_version = -1;
	load_list(list);
	list->account_version = account_version;
	list->builtin_version = builtin_version;
	return list;
}

static const Price *
price_of(const PriceList *list, const char *meter, const char *tier, int64 context, TimestampTz at)
{
	for (int i = 0; i < list->n; i++)
	{
		const Price *p = &list->prices[i];

		if (p->valid_from <= at && (p->above_tokens == 0 || context > p->above_tokens) &&
			strcmp(p->meter, meter) == 0 &&
			(strcmp(p->tier, tier) == 0 || strcmp(p->tier, "standard") == 0))
			return p;
	}
	return NULL;
}

/* Whether anything has a price by then. */
static bool
is_known(const PriceList *list, TimestampTz at)
{
	for (int i = 0; i < list->n; i++)
		if (list->prices[i].valid_from <= at)
			return true;
	return false;
}

/* What is common to the meters of one call, and what they cost so far. */
typedef struct Bill
{
	PriceList *list;
	const QKCall *call;
	int64 context;  /* its input tokens */
	int128 sums[2]; /* usd, credits, in 10^-24 */
	QKCost *cost;
} Bill;

static const Price *
find_price(const Bill *bill, const char *meter)
{
	return price_of(bill->list, meter, bill->call->tier, bill->context, bill->call->at);
}

/* The price of a token class, or of the one whose price it has without one of its own. */
static const Price *
find_class_price(const Bill *bill, QKTokens token_class)
{
	const Price *price = find_price(bill, qk_token_names[token_class]);

	if (price == NULL && qk_token_fallback[token_class] != token_class)
		price = find_price(bill, qk_token_names[qk_token_fallback[token_class]]);
	return price;
}

/* Adds `micro` units (10^-6) of a meter; false on overflow. */
static bool
add_meter(Bill *bill, const Price *price, int128 micro)
{
	if (price == NULL)
	{
		bill->cost->unpriced = true;
		return true;
	}
	bill->cost->price_version = Max(bill->cost->price_version, price->version);
	for (int i = 0; i < 2; i++)
	{
		int128 part;

		if (!price->has[i])
			continue;
		if (__builtin_mul_overflow(price->per_unit[i], micro, &part) ||
			__builtin_add_overflow(bill->sums[i], part, &bill->sums[i]))
			return false;
	}
	return true;
}

/* What a meter without a price was probably meant to be: a listed one, or one that has a price. */
static const char *
guess_of(PriceList *list, const char *name)
{
	if (strcmp(list->guessed, name) == 0)
		return list->guess;
	list->guess = qk_meter_guess(name);
	for (int i = 0; i < list->n && list->guess == NULL; i++)
		if (qk_meter_is_near(name, list->prices[i].meter))
			list->guess = list->prices[i].meter;
	strlcpy(list->guessed, name, sizeof(list->guessed));
	return list->guess;
}

static void
look_for_slip(Bill *bill, const QKMeter *meter)
{
	const char *guess = guess_of(bill->list, meter->name);
	bool hides_tokens;

	if (guess == NULL)
		return;
	hides_tokens = meter->token_class == QK_NO_TOKENS && qk_meter_class(guess) != QK_NO_TOKENS;
	/* The first is named, but one that is not counted goes before. */
	if (bill->cost->misspelt == NULL || (hides_tokens && !bill->cost->unmeasured))
	{
		bill->cost->misspelt = meter->name;
		bill->cost->meant = guess;
	}
	bill->cost->unmeasured |= hides_tokens;
}

/* Tokens without a price of their own cost what the class does that they are a part of. */
static bool
add_named_meter(Bill *bill, const QKMeter *meter)
{
	const Price *price = find_price(bill, meter->name);

	if (price == NULL)
		look_for_slip(bill, meter);
	if (price == NULL && meter->token_class != QK_NO_TOKENS)
	{
		price = find_class_price(bill, meter->token_class);
		bill->cost->fallback_price |= price != NULL;
	}
	return add_meter(bill, price, meter->micro);
}

static bool
add_meters(Bill *bill)
{
	const QKCall *call = bill->call;
	const Price *price;

	for (int i = 0; i < QK_TOKEN_CLASSES; i++)
		if (call->tokens[i] != 0 &&
			!add_meter(bill, find_class_price(bill, i), (int128) call->tokens[i] * QK_METER_ONE))
			return false;
	for (int i = 0; i < call->nmeters; i++)
		if (call->meters[i].micro != 0 && !add_named_meter(bill, &call->meters[i]))
			return false;
	/* A request without a price is free. */
	price = find_price(bill, "requests");
	return price == NULL || call->requests == 0 ||
		   add_meter(bill, price, (int128) call->requests * QK_METER_ONE);
}

bool
qk_price_cost(int32 account_id, int64 account_version, const char *service, const QKCall *call,
			  QKCost *cost)
{
	Bill bill = {
		.list = find_list(account_id, account_version, service, call->model),
		.call = call,
		.context = call->counted[QK_INPUT] + call->counted[QK_CACHED_INPUT] +
				   call->counted[QK_CACHE_WRITE],
		.cost = cost,
	};

	memset(cost, 0, sizeof(*cost));
	cost->unpriced = !is_known(bill.list, call->at);
	if (!add_meters(&bill))
		return false;
	for (int i = 0; i < 2; i++)
	{
		int128 nano = (bill.sums[i] + SUM_TO_NANO / 2) / SUM_TO_NANO;

		if (nano > QK_MAX_AMOUNT)
			return false;
		cost->amount[i] = (int64) nano;
	}
	return true;
}
