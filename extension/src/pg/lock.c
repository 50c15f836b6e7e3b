/*
 * lock.c
 *		One advisory lock per project (account and root path), in a lock space of
 *		our own: pg_locks shows it as an advisory lock with classid = account,
 *		objid = root node and objsubid = 20811.
 *
 * Every writer of a counter and every change of the project's policies and
 * nodes holds it, to the end of its transaction. Projects are locked in
 * ascending order.
 *
 * -DQUOTAKIT_WITHOUT_LOCKS compiles the lock out, to show what it is for.
 */
#include "quotakit.h"
#include "pg/attempt.h"
#include "pg/lock.h"
#include "pg/stat.h"
#include "pg/version.h"

#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_lock_project);

/* PostgreSQL's own advisory locks use 1 and 2 here. "QK", read as a number. */
#define QK_LOCK_SPACE ('Q' << 8 | 'K')

#ifndef QUOTAKIT_WITHOUT_LOCKS
static LOCKTAG
project_tag(int32 account_id, int32 root_id)
{
	LOCKTAG tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) account_id, (uint32) root_id, QK_LOCK_SPACE);
	return tag;
}

static void
note_wait(TimestampTz began)
{
	qk_stat[QK_STAT_LOCK_WAITS]++;
	qk_stat[QK_STAT_LOCK_WAIT_US] += Max(GetCurrentTimestamp() - began, 0);
}
#endif

void
qk_lock_project(int32 account_id, int32 root_id)
{
#ifndef QUOTAKIT_WITHOUT_LOCKS
	LOCKTAG tag = project_tag(account_id, root_id);
	TimestampTz began;

	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return;
	began = GetCurrentTimestamp();
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	note_wait(began);
#endif
}

typedef struct Within
{
	int wait;
	void (*action)(void *arg);
	void *arg;
} Within;

/* The setting is put back by PostgreSQL: here, or at the end of the subtransaction if there is an error. */
static void
act_within(void *arg)
{
	Within *within = arg;
	int level = NewGUCNestLevel();
	char wait[16];

	/* 0 would be for ever. */
	snprintf(wait, sizeof(wait), "%d", Max(within->wait, 1));
	(void) set_config_option("lock_timeout", wait, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	within->action(within->arg);
	/* Time may have run out while the lock was being had: that must not end what comes later. */
	CHECK_FOR_INTERRUPTS();
	AtEOXact_GUC(true, level);
}

/* Also what a NOWAIT could not have: whichever lock it was, nothing was done, and it may be tried again. */
static bool
is_lock_not_available(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}

/*
 * PostgreSQL raises an error when lock_timeout passes, so the wait runs in a
 * subtransaction; what it locked then goes to the parent.
 */
bool
qk_within(int wait, void (*action)(void *arg), void *arg)
{
	Within within = { wait, action, arg };

	return qk_attempt(act_within, &within, is_lock_not_available);
}

#ifndef QUOTAKIT_WITHOUT_LOCKS
static void
acquire(void *tag)
{
	(void) LockAcquire(tag, ExclusiveLock, false, false);
}
#endif

/* Only a lock that is not free costs a subtransaction. */
bool
qk_try_lock_project(int32 account_id, int32 root_id, int wait)
{
#ifdef QUOTAKIT_WITHOUT_LOCKS
	return true;
#else
	LOCKTAG tag = project_tag(account_id, root_id);
	TimestampTz began;
	bool locked;

	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return true;
	began = GetCurrentTimestamp();
	locked = wait > 0 && qk_within(wait, acquire, &tag);
	note_wait(began);
	if (!locked)
		qk_stat[QK_STAT_LOCK_TIMEOUTS]++;
	return locked;
#endif
}

Datum
quotakit_lock_project(PG_FUNCTION_ARGS)
{
	qk_check_arguments(fcinfo, 2);
	qk_lock_project(PG_GETARG_INT32(0), PG_GETARG_INT32(1));
	PG_RETURN_VOID();
}
