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
#include "lock.h"
#include "stat.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(quotakit_lock_project);

/* PostgreSQL's own advisory locks use 1 and 2 here. "QK", read as a number. */
#define QK_LOCK_SPACE ('Q' << 8 | 'K')

#ifndef QUOTAKIT_WITHOUT_LOCKS
static LOCKTAG
project_tag(int32 account_id, int32 root_id)
{
	LOCKTAG		tag;

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
	LOCKTAG		tag = project_tag(account_id, root_id);
	TimestampTz began;

	if (LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL)
		return;
	began = GetCurrentTimestamp();
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	note_wait(began);
#endif
}

/*
 * PostgreSQL raises an error when lock_timeout passes, so the wait runs in a
 * subtransaction; what it locked then goes to the parent.
 */
bool
qk_within(int wait, void (*action) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	int			saved_timeout = LockTimeout;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		/* 0 would be for ever. */
		LockTimeout = Max(wait, 1);
		action(arg);
		LockTimeout = saved_timeout;
		ReleaseCurrentSubTransaction();
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		LockTimeout = saved_timeout;
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		/* A deadlock or a cancelled query ends the batch as it would anything else. */
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		FlushErrorState();
		FreeErrorData(error);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return done;
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
	LOCKTAG		tag = project_tag(account_id, root_id);
	TimestampTz began;
	bool		locked;

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
	qk_lock_project(PG_GETARG_INT32(0), PG_GETARG_INT32(1));
	PG_RETURN_VOID();
}
