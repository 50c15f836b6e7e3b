/*
 * call.h
 *		A call, as doc/calls.md describes it, and how its JSON is read.
 */
#ifndef QUOTAKIT_CALL_H
#define QUOTAKIT_CALL_H

#include "quotakit.h"

#include "path/qpath.h"
#include "values/meters.h"
#include "utils/uuid.h"

#define QK_MAX_CALL_BYTES 65536
#define QK_MAX_METERS     16
#define QK_MAX_TAGS       16
#define QK_MAX_TAG_BYTES  256
#define QK_DEFAULT_TTL    300
#define QK_MAX_TTL        86400

typedef enum QKOp
{
	QK_RESERVE,
	QK_SETTLE,
	QK_LOG,
	QK_DRAW,
	QK_RELEASE,
	QK_EXTEND,
	QK_REFUSED, /* the SDK reports what it stopped itself */
	QK_ADJUST,  /* corrects the cost of an event; never sent, see adjust.c */
} QKOp;

/* A named meter. */
#define QK_METER_NAME 64 /* bytes, with the terminator */
typedef struct QKMeter
{
	char *name;
	int64 micro; /* see QK_METER_SCALE */
	QKTokens token_class;
} QKMeter;

typedef struct QKTag
{
	char *name;
	char *value;
} QKTag;

/* Why a call is wrong. The code is what a program looks at. */
typedef struct QKProblem
{
	const char *code; /* NULL while nothing is wrong */
	int sqlstate;
	const char *message;
	const char *detail; /* may be NULL */
	const char *hint;   /* may be NULL */
} QKProblem;

typedef struct QKCall
{
	MemoryContext context; /* of what is kept of it */
	/* who */
	int32 account_id;
	int32 key_id; /* 0 from SQL */
	/* what was sent */
	const char *payload;
	size_t payload_len;
	QKProblem problem;
	/* what it says */
	QKOp op;
	bool has_op;
	bool has_id;
	bool has_reservation;
	bool has_usage;
	pg_uuid_t id;
	TimestampTz at; /* the time in the id */
	pg_uuid_t reservation;
	TimestampTz reservation_at;
	char *path; /* as stored in a qpath; NULL if not given */
	int path_len;
	char *path_text;
	char *service;     /* NULL if not given */
	const char *model; /* empty if not given */
	bool has_model;
	const char *answered_model; /* by the provider; NULL if not said */
	const char *tier;
	int64 tokens[QK_TOKEN_CLASSES];  /* as given */
	int64 counted[QK_TOKEN_CLASSES]; /* with the named meters that are parts of each */
	int64 requests;
	uint32 meters_given; /* token classes by number, then requests */
	int nmeters;
	QKMeter *meters;    /* ascending by name; space for QK_MAX_METERS */
	bool has_amount[2]; /* usd, credits, given by the caller */
	int64 amount[2];
	int ttl;
	bool lease;
	bool last;
	bool ok;
	bool charged;
	bool estimated;
	const char *provider_usage; /* JSON, a part of the payload; NULL for none */
	size_t provider_usage_len;
	bool mismatched; /* the provider's numbers do not add up */
	int ntags;
	QKTag *tags; /* likewise */
	int32 policy_id;
	int64 refusals;      /* how many the SDK reports */
	int64 price_version; /* of an adjustment */
	bool now_priced;     /* an adjustment: the event is unpriced no more */
	int32 node_id;       /* an adjustment of no event: where it counts; 0 otherwise */
} QKCall;

/* Reads one call. Never raises on what it is given: what is wrong is in call->problem. */
extern void qk_call_parse(QKCall *call, const char *payload, size_t len);

/* A copy of a string that lives as long as the call. */
extern char *qk_call_keep(const QKCall *call, const char *s);

/* The first problem stands. `fmt` is the message. */
extern void qk_call_problem(QKCall *call, const char *code, int sqlstate, const char *detail,
							const char *hint, const char *fmt, ...) pg_attribute_printf(6, 7);

/* Whether what it reports has happened already, and so must not be lost. */
static inline bool
qk_call_is_spend(const QKCall *call)
{
	return !call->has_op || call->op == QK_SETTLE || call->op == QK_LOG || call->op == QK_DRAW;
}

/* Takes the model that was answered, unless it is the dated name of the one asked. */
extern void qk_call_take_answered_model(QKCall *call);

/* Tells a repeated call from another one under the same id. Stable across versions. */
extern int64 qk_call_hash(const QKCall *call, int32 node_id);
extern int64 qk_payload_hash(const char *payload, size_t len);

#endif
