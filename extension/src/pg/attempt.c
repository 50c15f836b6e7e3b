/*
 * attempt.c
 *		An action that may fail, in a subtransaction of its own.
 *
 * The only place where an error ends. Only the end of a (sub)transaction gives
 * back what an error may leave behind: locks of every kind, pins, snapshots, SPI
 * connections, settings. So whatever the error is, the subtransaction ends first:
 * an error that went on without that would be caught further out with a
 * subtransaction too many.
 */
#include "quotakit.h"
#include "pg/attempt.h"

#include "access/xact.h"
#include "utils/resowner.h"

bool
qk_attempt(void (*action)(void *arg), void *arg, bool (*forgives)(const ErrorData *error))
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		action(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return true;
	if (!forgives(error))
		ReThrowError(error);
	FreeErrorData(error);
	return false;
}
