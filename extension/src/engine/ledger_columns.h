/*
 * ledger_columns.h
 *		The tables of the ledger, by the number of a column.
 */
#ifndef QUOTAKIT_LEDGER_COLUMNS_H
#define QUOTAKIT_LEDGER_COLUMNS_H

#include "pg/layout.h"

/* Columns of quotakit.reservation, from 0. */
enum
{
	R_ACCOUNT,
	R_AT,
	R_ID,
	R_SEQ,
	R_IS_OPEN,
	R_IS_LEASE,
	R_NODE,
	R_MODEL,
	R_USD,
	R_CREDITS,
	R_REQUESTS,
	R_TOKENS,
	R_EXPIRES,
	R_RECORDED,
	R_HASH,
	R_KEY
};

/* Columns of quotakit.event, from 0. */
enum
{
	E_ACCOUNT,
	E_AT,
	E_ID,
	E_NODE,
	E_FLAGS,
	E_MODEL,
	E_TIER,
	E_INPUT,
	E_CACHED_INPUT,
	E_CACHE_WRITE,
	E_OUTPUT,
	E_REASONING,
	E_REQUESTS,
	E_USD,
	E_CREDITS,
	E_PRICE_VERSION,
	E_RECORDED,
	E_HASH,
	E_REF,
	E_KEY,
	E_METERS,
	E_TAGS
};

/* Columns of quotakit.rollup_delta, from 0. */
enum
{
	D_ACCOUNT,
	D_ID,
	D_NODE,
	D_MODEL,
	D_HOUR,
	D_EVENTS,
	D_FAILED,
	D_UNPRICED,
	D_REQUESTS,
	D_INPUT,
	D_CACHED_INPUT,
	D_CACHE_WRITE,
	D_OUTPUT,
	D_REASONING,
	D_USD,
	D_CREDITS
};
#define MEASURES (D_CREDITS - D_EVENTS + 1)

extern const QKLayout qk_reservation_layout;
extern const QKLayout qk_event_layout;
extern const QKLayout qk_delta_layout;

#endif
