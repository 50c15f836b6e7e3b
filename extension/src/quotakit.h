/*
 * quotakit.h
 *		What every part of the extension shares: errors, units, settings.
 */
#ifndef QUOTAKIT_H
#define QUOTAKIT_H

#include "postgres.h"

#include "fmgr.h"
#include "datatype/timestamp.h"

/* All objects live in this schema; the extension cannot be relocated. */
#define QUOTAKIT_SCHEMA "quotakit"

/* Declared by fmgr.h from PostgreSQL 16 on. */
extern PGDLLEXPORT void _PG_init(void);

/* SQLSTATE class QK; doc/errors.md lists them. */
#define ERRCODE_QK_UNKNOWN_PATH        MAKE_SQLSTATE('Q', 'K', '0', '0', '1')
#define ERRCODE_QK_ARCHIVED_PATH       MAKE_SQLSTATE('Q', 'K', '0', '0', '2')
#define ERRCODE_QK_SERVICE_MISMATCH    MAKE_SQLSTATE('Q', 'K', '0', '0', '3')
#define ERRCODE_QK_UMBRELLA_PATH       MAKE_SQLSTATE('Q', 'K', '0', '0', '4')
#define ERRCODE_QK_UNKNOWN_RESERVATION MAKE_SQLSTATE('Q', 'K', '0', '0', '5')
#define ERRCODE_QK_CONFLICT            MAKE_SQLSTATE('Q', 'K', '0', '0', '6')
#define ERRCODE_QK_BAD_ID_TIME         MAKE_SQLSTATE('Q', 'K', '0', '0', '7')
#define ERRCODE_QK_OUT_OF_RANGE        MAKE_SQLSTATE('Q', 'K', '0', '0', '8')
#define ERRCODE_QK_MALFORMED           MAKE_SQLSTATE('Q', 'K', '0', '1', '0')
#define ERRCODE_QK_UNAUTHORIZED        MAKE_SQLSTATE('Q', 'K', '0', '1', '1')
#define ERRCODE_QK_BUSY                MAKE_SQLSTATE('Q', 'K', '0', '1', '2')

/*
 * What a policy counts. Money and credits are in nano (10^-9); requests and
 * tokens are whole. Amounts of one call are an array indexed by the unit.
 */
typedef enum QKUnit
{
	QK_USD,
	QK_CREDITS,
	QK_REQUESTS,
	QK_TOKENS,
} QKUnit;
#define QK_UNITS 4

#define QK_NANO INT64CONST(1000000000)
/* The largest amount of one call: a million USD or credits, 10^15 of the rest. */
#define QK_MAX_AMOUNT INT64CONST(1000000000000000)

extern const char *const qk_unit_names[QK_UNITS];
extern bool qk_unit_is_money(QKUnit unit);

/* Settings. */
extern int qk_batch_lock_wait; /* ms a batch waits for one project */
extern int qk_cache_paths;     /* paths a backend's cache holds at most */
extern char *qk_account_setting;
extern char *qk_actor_setting;

#endif
