/*
 * lane.c
 *		Lanes take calls to the database, in batches.
 */
#include "database/lane.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "answers/sql_answers.h"
#include "database/backlog.h"
#include "database/database.h"
#include "database/flusher.h"
#include "database/queue.h"
#include "database/runner.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/memory.h"
#include "metrics.h"
#include "settings.h"

/* A call on a locked project waits so long before it is tried again. */
#define BUSY_WAIT (100 * CLOCK_MILLISECOND)
/* So many calls, when nothing else is about, are made durable by their own commit. */
#define FEW_CALLS 2
/*
 * Releasing a project before its calls are durable costs another transaction,
 * the flusher's. On a quick disk a commit may as well wait itself; one batch in
 * so many goes the other way, to see whether the disk still is.
 */
#define LOOK_AT_DISK 64
/*
 * A transaction has its own price, which many calls should share. So after a
 * batch of more than a few, which says that there is much to do, the next one
 * is given a moment to grow: to a good size, or to its part of the calls that
 * are about. The other part is on its way meanwhile, here or to its callers,
 * who send nothing before they are answered.
 */
#define SOME_CALLS 4
#define GOOD_BATCH 128
#define PARTS      2
#define PAUSE      CLOCK_MILLISECOND

typedef struct Lane
{
	char name[32];
	pthread_t thread;
	Backlog backlog;
	/* the thread's own */
	Database db;
	Flusher *flusher;    /* NULL: commits wait for the disk themselves */
	int64_t pause_until; /* a small batch waits until then */
	int about;           /* calls that were there of late, at most */
	unsigned int nbatches;
	Queue later; /* busy: to be tried again, in order of not_before */
	Runner runner;
	BatchItem *items;
} Lane;

static Lane *lanes;

static bool
flusher_is_ready(const Lane *lane)
{
	return lane->flusher == NULL || flusher_is_up(lane->flusher);
}

void
lane_submit(Request *request)
{
	/* Fibonacci hashing: neighbouring accounts spread evenly. */
	Lane *lane = &lanes[(uint64_t) ((uint32_t) request->key.account * UINT32_C(2654435769)) *
							(uint64_t) settings.lanes >>
						32];
	Trouble trouble =
		flusher_is_ready(lane) ? backlog_add(&lane->backlog, request) : TROUBLE_UNAVAILABLE;

	if (trouble != TROUBLE_NONE)
	{
		answer_trouble(request, trouble);
		request_resume(request);
	}
}

/* Whether calls are taken; what waits when the connection goes is told so at once. */
static void
set_up(Lane *lane, bool up)
{
	backlog_set_up(&lane->backlog, up);
	if (!up)
		backlog_leave_all(&lane->backlog, &lane->later, TROUBLE_UNAVAILABLE);
}

/* Whether the connection is there; tries once to make it. */
static bool
connect_lane(Lane *lane)
{
	if (lane->db.connection != NULL)
		return true;
	set_up(lane, false);
	if (!runner_connect(&lane->db))
	{
		if (lane->db.failures == 1 || lane->db.failures % 20 == 0)
			log_message(LOG_ERROR, "%s: could not connect to the database: %s", lane->name,
						lane->db.problem);
		return false;
	}
	log_message(LOG_NOTICE, "%s: connected to the database", lane->name);
	set_up(lane, true);
	return true;
}

static void
drain(int eventfd)
{
	eventfd_t count;

	(void) eventfd_read(eventfd, &count);
}

static int
good_batch(const Lane *lane)
{
	int part = lane->about / PARTS;

	return part < 1 ? 1 : part < GOOD_BATCH ? part : GOOD_BATCH;
}

/* Until when there is nothing to do but what arrives. */
static int64_t
plan_wait(Lane *lane, int64_t now)
{
	int64_t until = CLOCK_NEVER;
	/* More is coming: it shall share the transaction. */
	bool pause = now < lane->pause_until;

	if (lane->db.connection == NULL)
		until = now + database_backoff(&lane->db) * CLOCK_MILLISECOND;
	else if (lane->later.head != NULL)
		until = lane->later.head->not_before;
	if (!backlog_doze(&lane->backlog, pause ? good_batch(lane) : 1))
		return now;
	return pause && lane->pause_until < until ? lane->pause_until : until;
}

/* Waits for work, or for the end of the connection. */
static void
wait_for_work(Lane *lane)
{
	struct pollfd p[2] = { { .fd = lane->backlog.wake, .events = POLLIN },
						   { .fd = -1, .events = POLLIN } };
	int64_t now = clock_now();
	int64_t until = plan_wait(lane, now);
	int64_t left = until > now ? until - now : 0;
	struct timespec wait = { .tv_sec = left / CLOCK_SECOND, .tv_nsec = left % CLOCK_SECOND * 1000 };

	if (lane->db.connection != NULL)
		p[1].fd = PQsocket(lane->db.connection);
	if (left > 0 && ppoll(p, 2, until == CLOCK_NEVER ? NULL : &wait, NULL) > 0)
	{
		if (p[0].revents)
			drain(lane->backlog.wake);
		if (p[1].revents && database_lost(&lane->db))
		{
			log_message(LOG_ERROR, "%s: the database closed the connection", lane->name);
			database_disconnect(&lane->db);
			set_up(lane, false);
		}
	}
	backlog_awake(&lane->backlog);
}

/* While a batch is under way: those that wait behind it must not wait beyond their deadline. */
static void
expire_waiting(void *arg)
{
	Lane *lane = arg;

	backlog_expire(&lane->backlog);
}

/* Moves requests into the batch; returns how many calls it has. */
static int
take_batch(Lane *lane, Queue *taken)
{
	int64_t now = clock_now();
	int n = 0;

	while (lane->later.head != NULL && lane->later.head->not_before <= now &&
		   n < settings.lane_batch)
	{
		Request *request = queue_take(&lane->later);

		n += request->left;
		queue_add(taken, request);
	}
	return n + backlog_take(&lane->backlog, taken, settings.lane_batch - n);
}

/* Whether a request with busy calls is kept to be tried again. */
static bool
try_later(Lane *lane, Request *request, int64_t now)
{
	request->not_before = now + BUSY_WAIT;
	if (request->not_before >= request->deadline)
		return false;
	queue_add(&lane->later, request);
	return true;
}

/* Whether a batch is made durable by its own commit, not by the flusher. */
static bool
commits_itself(Lane *lane, int n)
{
	if (lane->flusher == NULL)
		return true;
	/* A few calls with nothing else about: the way through the flusher is longer on any disk. */
	if (n <= FEW_CALLS && flusher_is_idle(lane->flusher))
		return true;
	return flusher_disk_is_quick(lane->flusher) && ++lane->nbatches % LOOK_AT_DISK != 0;
}

/* Answers what was taken for a batch, now that it was run. What is `answered` leaves; the rest is tried later. */
static void
answer_batch(Lane *lane, Queue *taken, bool complete, Trouble trouble, Queue *answered)
{
	int64_t now = clock_now();

	while (taken->head != NULL)
	{
		Request *request = queue_take(taken);

		if (request->left == 0)
			answer_calls(request);
		else if (!complete)
			answer_calls_left(request, trouble);
		else if (try_later(lane, request, now))
			continue;
		else
			answer_calls_left(request, TROUBLE_BUSY);
		queue_add(answered, request);
	}
}

static void
run_batch(Lane *lane)
{
	Queue taken;
	Queue answered;
	Trouble trouble = TROUBLE_NONE;
	bool complete;
	bool durable;
	int n;
	int filled = 0;

	queue_start(&taken);
	queue_start(&answered);
	backlog_expire(&lane->backlog);
	n = take_batch(lane, &taken);
	if (n == 0)
		return;
	/* Forgotten slowly. */
	lane->about -= lane->about / 8;
	if (lane->about < atomic_load(&lane->backlog.calls))
		lane->about = atomic_load(&lane->backlog.calls);
	for (Request *request = taken.head; request != NULL; request = request->next)
		for (int i = 0; i < request->ncalls; i++)
			if (!request->call[i].done)
				lane->items[filled++] = (BatchItem){ request, i };

	durable = commits_itself(lane, n);
	complete =
		runner_run(&lane->runner, lane->items, n, durable && lane->flusher != NULL, &trouble);
	if (lane->db.connection == NULL)
		set_up(lane, false);
	lane->pause_until = n > SOME_CALLS ? clock_now() + PAUSE : 0;
	answer_batch(lane, &taken, complete, trouble, &answered);
	if (durable)
		backlog_leave(&lane->backlog, &answered);
	else
		flusher_add(lane->flusher, &answered);
}

/* The flusher's: what it has made durable leaves with its answers. */
static void
flushed(void *arg, Queue *requests, bool durable)
{
	Lane *lane = arg;

	if (durable)
		backlog_leave(&lane->backlog, requests);
	else
		backlog_leave_all(&lane->backlog, requests, TROUBLE_UNKNOWN);
}

static void *
lane_main(void *arg)
{
	Lane *lane = arg;

	for (;;)
	{
		bool connected = connect_lane(lane);

		wait_for_work(lane);
		if (backlog_is_stopping(&lane->backlog))
			break;
		if (connected && lane->db.connection != NULL)
			run_batch(lane);
	}
	set_up(lane, false);
	database_disconnect(&lane->db);
	return NULL;
}

void
lanes_start(void)
{
	lanes = must_alloc((size_t) settings.lanes * sizeof(*lanes));
	for (int i = 0; i < settings.lanes; i++)
	{
		Lane *lane = &lanes[i];

		snprintf(lane->name, sizeof(lane->name), "quotakit lane %d", i);
		lane->db.name = lane->name;
		lane->db.deadline = settings.deadline;
		lane->runner = (Runner){ .db = &lane->db, .tick = expire_waiting, .tick_arg = lane };
		queue_start(&lane->later);
		lane->items = must_alloc((size_t) (settings.lane_batch + MAX_CALLS) * sizeof(BatchItem));
		if (settings.flush)
			lane->flusher = flusher_start(i, flushed, lane);
		if (!backlog_start(&lane->backlog) ||
			pthread_create(&lane->thread, NULL, lane_main, lane) != 0)
			log_fatal("could not start a lane: %s", strerror(errno));
	}
}

void
lanes_stop(void)
{
	for (int i = 0; i < settings.lanes; i++)
		backlog_stop(&lanes[i].backlog);
	for (int i = 0; i < settings.lanes; i++)
	{
		pthread_join(lanes[i].thread, NULL);
		if (lanes[i].flusher != NULL)
			flusher_stop(lanes[i].flusher);
		backlog_free(&lanes[i].backlog);
		batch_free(&lanes[i].runner.batch);
		free(lanes[i].items);
	}
	free(lanes);
	lanes = NULL;
}

bool
lanes_ready(void)
{
	for (int i = 0; i < settings.lanes; i++)
		if (!lane_is_up(i))
			return false;
	return true;
}

int
lane_count(void)
{
	return settings.lanes;
}

bool
lane_is_up(int i)
{
	return backlog_is_up(&lanes[i].backlog) && flusher_is_ready(&lanes[i]);
}

int
lane_queued(int i)
{
	return atomic_load(&lanes[i].backlog.calls);
}
