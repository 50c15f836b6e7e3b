/*
 * engine.h
 *		The parts of the engine, to each other: one batch of calls.
 *
 *		batch.c		who asks, which project, its lock; then the calls in order
 *		provider.c	usage as providers say it, to meters
 *		birth.c		paths that are made by the first call on them
 *		decide.c	what becomes of each call
 *		reserve.c	what may be held, extended and released
 *		record.c	what was spent, and where it counts
 *		hold.c		what reservations hold, in which counters
 *		ledger.c	reservations and events: look up, append, roll up
 *		refusal.c	calls that were stopped
 *		answer.c	what the caller is told
 */
#ifndef QUOTAKIT_ENGINE_H
#define QUOTAKIT_ENGINE_H

#include "quotakit.h"

#include "engine/call.h"
#include "engine/config.h"
#include "engine/counter.h"
#include "lib/stringinfo.h"
#include "engine/price.h"
#include "pg/table.h"

/* Bits of event.flags, in use since the first version: never change one. */
#define QK_FLAG_OVERRUN        1 /* a strict policy's limit is passed */
#define QK_FLAG_LATE           2 /* its reservation had ended */
#define QK_FLAG_UNRESERVED     4 /* nothing, or too little, was reserved for a strict policy */
#define QK_FLAG_UNPRICED       8
#define QK_FLAG_ESTIMATED      16
#define QK_FLAG_FAILED         32
#define QK_FLAG_UNCHARGED      64
#define QK_FLAG_ADJUSTMENT     128
#define QK_FLAG_GIVEN          256 /* the caller gave the amount */
#define QK_FLAG_FROZEN         512
#define QK_FLAG_NOW_PRICED     1024 /* of an adjustment: the event is unpriced no more */
#define QK_FLAG_FALLBACK_PRICE 2048 /* some tokens have the price of the class they are a part of */
#define QK_FLAG_MISMATCHED     4096 /* the provider's numbers did not add up */
#define QK_FLAG_RECONCILED     8192 /* of an adjustment: what a bill has and no event */

/* A reservation as its newest row says. */
typedef struct QKReservation
{
	int seq;
	bool is_open;
	bool is_lease;
	int32 node_id;
	char *model;
	int64 amount[QK_UNITS];
	TimestampTz expires_at;
	int64 content_hash;
	int32 key_id;
} QKReservation;

typedef struct QKIdKey
{
	int32 account_id;
	pg_uuid_t id;
} QKIdKey;

/* What is known under one id, in the tables and in the batch so far. */
typedef struct QKIdState
{
	QKIdKey key;
	TimestampTz at;
	bool reserved;
	bool recorded;
	QKReservation reservation;
	/* of the event */
	int64 event_hash;
	int64 usd;
	int64 credits;
	int32 flags;
} QKIdState;

typedef struct QKItem
{
	QKCall call;
	const char *secret; /* SHA-256 of the key; NULL from SQL, which has authenticated */
	size_t secret_len;
	QKAccount *account;
	QKPath *path;
	QKPathWanted wanted;
	int32 root_id;       /* of a path that has to be made; 0 for none */
	bool below_archived; /* path is NULL, and cannot be made */
	bool busy;
	const char *outcome;
	const char *hint; /* about what it was taken as all the same; NULL for none */
	StringInfo out;   /* the batch's */
	int answer;       /* where the answer begins there */
	int answer_len;
} QKItem;

/* An event that will be appended when the batch is decided. */
typedef struct QKEvent
{
	QKItem *item;
	int32 node_id;
	int32 flags;
	int64 amount[QK_UNITS];
	int64 price_version;
	int64 content_hash;
	const pg_uuid_t *ref; /* NULL for none */
} QKEvent;

/* A row of reservation, likewise. */
typedef struct QKStep
{
	QKIdState *id;
	QKReservation reservation;
	TimestampTz now; /* when it was decided */
} QKStep;

typedef struct QKProject
{
	int32 account_id;
	int32 root_id;
	bool locked;
} QKProject;

typedef struct QKBatch
{
	MemoryContext context;
	QKItem *items;
	int n;
	QKProject *projects; /* in the order of their locks */
	int nprojects;
	TimestampTz now; /* read after the locks */
	uint64 number;
	QKStore store;
	QKPartitioned *reservations;
	QKPartitioned *events;
	QKCounters counters;
	HTAB *ids;
	HTAB *newest_ids;
	HTAB *rollups;
	HTAB *refusals;
	StringInfoData out; /* the answers, one after the other */
	List *rejected;     /* of QKItem: spend to be kept */
	int nevents;
	QKEvent *pending_events;
	int nsteps;
	QKStep *pending_steps;
} QKBatch;

/* batch.c */
#define QK_WAIT_FOREVER (-1)
extern void qk_batch_run(QKBatch *batch, int lock_wait);
/* Whether the batch has got the project's lock. */
extern bool qk_batch_has_project(const QKBatch *batch, int32 account_id, int32 root_id);

/* provider.c */
/* Puts the meters in the place of what providers said, in all calls that have it. */
extern void qk_provider_usage_read(QKBatch *batch);

/* decide.c */
extern void qk_decide(QKBatch *batch, QKItem *item);
extern void qk_reject(QKBatch *batch, QKItem *item, const char *code, int sqlstate,
					  const char *detail, const char *hint, const char *message);
extern void qk_reject_unknown_reservation(QKBatch *batch, QKItem *item);
/*
 * These answer the call when it fails. `known`: its id or its reservation was
 * there before the path was archived.
 */
extern bool qk_check_path(QKBatch *batch, QKItem *item, bool known);
/* Whether the id's time can still be counted, and is at most five minutes ahead of `now`. */
extern bool qk_check_id_time(QKBatch *batch, QKItem *item, TimestampTz oldest, TimestampTz now);
/* What the call costs in every unit. */
extern bool qk_find_amounts(QKBatch *batch, QKItem *item, int64 amount[QK_UNITS], QKCost *cost);
/* Whether every counter that the call touches can take the amounts at all. */
extern bool qk_fits_counters(QKBatch *batch, QKItem *item, const int64 amount[QK_UNITS],
							 bool (*can)(const QKCounter *, int64));

/* reserve.c */
extern void qk_reserve(QKBatch *batch, QKItem *item);
extern void qk_release(QKBatch *batch, QKItem *item);
extern void qk_extend(QKBatch *batch, QKItem *item);

/* record.c */
extern void qk_record(QKBatch *batch, QKItem *item);
extern void qk_adjust(QKBatch *batch, QKItem *item);

/* hold.c */
/* The counter of the path's i-th policy for calls of this model and time; NULL if it counts none. */
static inline QKCounter *
qk_touched(QKBatch *batch, QKItem *item, int i, const char *model, TimestampTz at)
{
	QKPolicy *policy = &item->path->policies[i];

	return qk_policy_matches(policy, item->path->service, model) ?
			   qk_counter(&batch->counters, item->account, policy, at) :
			   NULL;
}

/* When a call of this model and time is decided: the newest that any counter it touches has seen. */
extern TimestampTz qk_decision_time(QKBatch *batch, QKItem *item, const char *model,
									TimestampTz at);
/* Until when a reservation holds; a lease no longer than its shortest calendar window. */
extern TimestampTz qk_hold_end(QKBatch *batch, QKItem *item, const QKIdState *id, TimestampTz now,
							   int ttl);
extern void qk_hold_grant(QKBatch *batch, QKItem *item, const QKIdState *id);
extern void qk_hold_free(QKBatch *batch, QKItem *item, const QKIdState *id);
/* Changes what a reservation holds, or until when; the caller adds the step. */
extern void qk_hold_change(QKBatch *batch, QKItem *item, QKIdState *id, TimestampTz until,
						   const int64 left[QK_UNITS]);
/* Whether the reservation holds all that it says. */
extern bool qk_hold_is_live(const QKIdState *id, TimestampTz now);
/* Whether a draw comes out of its lease. */
extern bool qk_hold_covers(QKBatch *batch, QKItem *item, const QKIdState *lease);

/* ledger.c */
extern void qk_ledger_start(QKBatch *batch);
/* To be called when the locks are had: forgets what was looked up before. */
extern void qk_ledger_locked(QKBatch *batch);
extern QKIdState *qk_ledger_find(QKBatch *batch, int32 account_id, TimestampTz at,
								 const pg_uuid_t *id);
/* Before the locks: the node of a reservation, or 0. */
extern int32 qk_ledger_reservation_node(QKBatch *batch, int32 account_id, TimestampTz at,
										const pg_uuid_t *id);
/* The node and model of an event; false if there is none. */
extern bool qk_ledger_event(QKBatch *batch, int32 account_id, TimestampTz at, const pg_uuid_t *id,
							int32 *node_id, char **model);
extern void qk_ledger_add_step(QKBatch *batch, QKIdState *id, TimestampTz now);
extern void qk_ledger_add_event(QKBatch *batch, QKAccount *account, QKIdState *id,
								const QKEvent *event);
extern void qk_ledger_write(QKBatch *batch);

/* refusal.c */
typedef enum QKReason
{
	QK_NO_REASON, /* it is not refused */
	QK_QUOTA,
	QK_UNPRICED,     /* its cost is not known, and a limit in USD reserves */
	QK_UNMEASURED,   /* its usage is not given, and a limit reserves in its unit */
	QK_WINDOW_ENDED, /* nothing can be held any more in the window of its id */
	QK_FROZEN,
} QKReason;

/* Who stopped the call. */
typedef enum QKSource
{
	QK_BY_RESERVE,
	QK_BY_SHADOW, /* nobody: a shadow policy would have */
	QK_BY_SDK,    /* from its cached state */
} QKSource;

typedef struct QKRefusal
{
	QKReason reason;
	QKSource source;
	QKPolicy *policy; /* NULL for frozen */
	int64 limit;
	int64 used;
	int64 held;
	int64 asked;
	int64 count;
	QKWindow window;
	TimestampTz resets_at; /* DT_NOEND for never */
	int64 refusal_id;      /* set by qk_refusal_add() */
} QKRefusal;

extern const char *qk_reason_name(QKReason reason);
extern void qk_refusal_start(QKBatch *batch);
extern void qk_refusal_add(QKBatch *batch, QKItem *item, QKRefusal *refusal);
extern void qk_refusal_write(QKBatch *batch);
extern void qk_rejected_write(QKBatch *batch);

/* answer.c */
extern void qk_answer_granted(QKBatch *batch, QKItem *item, const QKReservation *reservation,
							  bool duplicate);
/* `full` may be NULL: policies that are full now, as qk_answer_add_full() wrote them. */
extern void qk_answer_recorded(QKBatch *batch, QKItem *item, const QKIdState *id, bool duplicate,
							   StringInfo full);
extern void qk_answer_add_full(StringInfo full, const QKPolicy *policy, const QKCounter *counter,
							   int64 limit);
extern void qk_answer_simple(QKItem *item, const char *outcome, bool duplicate);
extern void qk_answer_extended(QKItem *item, TimestampTz expires_at, bool duplicate);
extern void qk_answer_refused(QKBatch *batch, QKItem *item, const QKRefusal *refusal);
/* These two keep what reports spend; the second says item->call.problem. */
extern void qk_answer_conflict(QKBatch *batch, QKItem *item, const char *message);
extern void qk_answer_rejected(QKBatch *batch, QKItem *item);
extern void qk_answer_unauthorized(QKItem *item);
extern void qk_answer_busy(QKItem *item);
extern void qk_append_time(StringInfo out, TimestampTz at);
/* What a refusal and its record say alike: "policy":…,"asked":… */
extern void qk_append_refusal(StringInfo out, const QKRefusal *refusal);
extern void qk_append_json_string(StringInfo out, const char *s);

#endif
