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

/*
 * Runs what may wait for locks of any kind, for each at most `wait` milliseconds;
 * false if one could not be had: then nothing was done.
 */
extern bool qk_within(int wait, void (*action)(void *arg), void *arg);

#endif
