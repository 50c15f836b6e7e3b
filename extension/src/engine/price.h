/*
 * price.h
 *		What a call costs, exactly. doc/prices.md has the rules.
 */
#ifndef QUOTAKIT_PRICE_H
#define QUOTAKIT_PRICE_H

#include "quotakit.h"

#include "engine/call.h"

typedef struct QKCost
{
	int64 amount[2]; /* usd, credits, in nano */
	bool unpriced;   /* some meter has no price */
	/* A meter that no price knows and that looks like one that is known; NULL for none. */
	const char *misspelt;
	const char *meant;
	bool unmeasured;     /* it is probably tokens, which are not counted */
	bool fallback_price; /* some tokens have that of the class they are a part of */
	int64 price_version; /* the newest price used; 0 for none */
} QKCost;

/* Empties the cache if it has grown too large, and reads the version of the built-in prices. */
extern void qk_price_start(void);

/* False if the cost is over the largest amount of one call. */
extern bool qk_price_cost(int32 account_id, int64 account_version, const char *service,
						  const QKCall *call, QKCost *cost);

#endif
