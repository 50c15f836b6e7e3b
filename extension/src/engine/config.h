/*
 * config.h
 *		Each backend's cache of configuration, by account and version.
 *
 * An account's version changes with every change of its configuration
 * and is never used twice, so what was loaded under a version is right for as
 * long as that is the account's version, whatever commits or rolls back. Only
 * what a call asks for is loaded: its path, its prices, its key.
 */
#ifndef QUOTAKIT_CONFIG_H
#define QUOTAKIT_CONFIG_H

#include "quotakit.h"

#include "engine/call.h"
#include "values/window.h"

struct QKCounter;

typedef enum QKEnforcement
{
	QK_OPEN,   /* records */
	QK_BLOCK,  /* refuses once what is used has reached the limit */
	QK_STRICT, /* reserves before the money is spent */
	QK_SHADOW, /* decides as strict, refuses nothing, and notes it */
} QKEnforcement;
#define QK_ENFORCEMENTS 4

extern const char *qk_enforcement_name(QKEnforcement enforcement);

typedef struct QKAccount
{
	int32 account_id; /* key */
	bool exists;
	int64 version;
	bool create_paths;
	QKCalendar calendar;
	int64 retention; /* microseconds */
	TimestampTz sealed_until;
	/* the local hour met last */
	QKWindow hour;
} QKAccount;

typedef struct QKPolicy
{
	int32 policy_id;
	char *path; /* where it stands, as text */
	QKUnit unit;
	QKPeriod period;
	bool rolling;
	char *service; /* NULL for any */
	char *model;   /* NULL for any */
	int64 limit;
	int64 boost;
	TimestampTz boost_until;
	QKEnforcement enforcement;
	TimestampTz counts_from; /* windows that ended before are not counted */
	/* the window met last, and its counter in the batch that is running */
	QKWindow window;
	struct QKCounter *counter;
	uint64 counter_batch;
} QKPolicy;

/* A path with all that stands above it. */
typedef struct QKPath
{
	int64 version; /* of the account, when this was loaded */
	int32 account_id;
	int32 node_id;
	int32 root_id;
	char *path;          /* as text */
	char *service;       /* NULL for an umbrella */
	bool archived;       /* it, or a node above */
	char *frozen_reason; /* its, or of the nearest node above; NULL if it runs */
	char *frozen_path;
	int npolicies;
	QKPolicy *policies; /* from the root down, by slot */
} QKPath;

/*
 * Starts a batch: sets the number that marks counters as its own, and empties
 * the cache if it has grown too large. What the functions below return is valid
 * until the next start.
 */
extern uint64 qk_config_start(void);

/* Changes whenever the cache was emptied: what others keep by account and version is stale then. */
extern uint64 qk_config_generation(void);

/* Reads the account's version with the newest snapshot; NULL if there is no such account. */
extern QKAccount *qk_config_account(int32 account_id);

/* The key with this SHA-256, or 0. */
extern int32 qk_config_key(QKAccount *account, const char *secret, size_t len);

/*
 * The paths that calls name, all that are not cached with one statement. NULL
 * where there is none. A path may be asked for by its text or by its node.
 */
typedef struct QKPathWanted
{
	QKAccount *account;
	const char *path; /* as stored; NULL to ask by node */
	int path_len;
	int32 node_id;
	QKPath *found;
} QKPathWanted;

extern void qk_config_paths(QKPathWanted *wanted, int n);

/* The limit in force, with its boost. */
extern int64 qk_policy_limit(const QKPolicy *policy, TimestampTz now);

/* Whether the policy counts a call of this service and model. */
static inline bool
qk_policy_matches(const QKPolicy *policy, const char *service, const char *model)
{
	return (policy->service == NULL || strcmp(policy->service, service) == 0) &&
		   (policy->model == NULL || strcmp(policy->model, model) == 0);
}

#endif
