/*
 * flusher.h
 *		Makes what a lane has committed durable, before anybody is told of it.
 *
 * A lane commits without waiting for the disk, so it holds a project's lock no
 * longer than it computes. Its flusher has a connection of its own: a commit on
 * it that does wait, for the disk and for a synchronous standby if there is one,
 * covers all that was committed before, because the write-ahead log is one
 * sequence. While it waits the lane goes on.
 */
#ifndef GATEWAY_FLUSHER_H
#define GATEWAY_FLUSHER_H

#include "database/queue.h"

typedef struct Flusher Flusher;

/* `done` gets the requests back: durable, or not known to be. */
typedef void (*FlusherDone)(void *arg, Queue *requests, bool durable);

extern Flusher *flusher_start(int number, FlusherDone done, void *arg);
extern void flusher_stop(Flusher *flusher);
/* Whether it has its connection. */
extern bool flusher_is_up(const Flusher *flusher);
/* Whether nothing waits for it. */
extern bool flusher_is_idle(const Flusher *flusher);
/* Whether the disk takes so little time that a commit may as well wait for it itself. */
extern bool flusher_disk_is_quick(const Flusher *flusher);
/* Takes requests whose calls are committed. */
extern void flusher_add(Flusher *flusher, Queue *requests);

#endif
