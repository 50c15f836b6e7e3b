/*
 * lock.h
 *		One advisory lock per project.
 */
#ifndef QUOTAKIT_LOCK_H
#define QUOTAKIT_LOCK_H

#include "postgres.h"

/* Waits as long as lock_timeout lets it. Held to the end of the transaction. */
extern void qk_lock_project(int32 account_id, int32 root_id);

/* Waits at most `wait` milliseconds; false if the lock could not be had. */
extern bool qk_try_lock_project(int32 account_id, int32 root_id, int wait);

#endif
