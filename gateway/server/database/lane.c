/*
 * lane.c
 *		Lanes take calls to the database, in batches.
 */
#include "lane.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answers.h"
#include "clock.h"
#include "database.h"
#include "flusher.h"
#include "log.h"
#include "metrics.h"
#include "options.h"
#include "queue.h"
#include "runner.h"

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
#define PARTS 2
#define PAUSE CLOCK_MILLISECOND
/* Bytes of calls that may wait in one lane. */
#define MAX_QUEUED_BYTES (64 * 1024 * 1024)

typedef struct Lane
{
	char		name[32];
	pthread_t	thread;
	pthread_mutex_t lock;
	/* under the lock */
	Queue		waiting;
	bool		up;
	int			waiting_calls;
	int			wake_at;		/* asleep until so many calls wait; 0: awake */
	bool		stopping;
	/* changed under the lock, read without it */
	atomic_int	queued;			/* calls waiting or under way */
	size_t		queued_bytes;
	/* the thread's own */
	int			wake;			/* eventfd */
	Database	db;
	Flusher    *flusher;		/* NULL: commits wait for the disk themselves */
	int64_t		pause_until;	/* a small batch waits until then */
	int			about;			/* calls that were queued of late, at most */
	unsigned int nbatches;
	Queue		later;			/* busy: to be tried again, in order of not_before */
	Runner		runner;
	BatchItem  *items;
} Lane;

static Lane *lanes;

/*
 * Requests leave the lane, with their replies. One after the other without a
 * pause: the first of them wakes a thread, which should find them all.
 */
static void
leave(Lane *lane, Queue *queue)
{
	pthread_mutex_lock(&lane->lock);
	for (const Request *request = queue->head; request != NULL; request = request->next)
	{
		atomic_fetch_sub(&lane->queued, request->ncalls);
		lane->queued_bytes -= request->calls.len;
	}
	pthread_mutex_unlock(&lane->lock);
	while (queue->head != NULL)
		request_resume(queue_take(queue));
}

static void
leave_all(Lane *lane, Queue *queue, Trouble trouble)
{
	for (Request *request = queue->head; request != NULL; request = request->next)
		answer_trouble(request, trouble);
	if (queue->head != NULL)
		leave(lane, queue);
}

void
lane_submit(Request *request)
{
	/* Fibonacci hashing: neighbouring accounts spread evenly. */
	Lane	   *lane = &lanes[(uint64_t) ((uint32_t) request->key.account * UINT32_C(2654435769)) *
							  (uint64_t) options.lanes >> 32];
	Trouble		trouble = TROUBLE_NONE;
	bool		wake = false;

	pthread_mutex_lock(&lane->lock);
	if (!lane->up || (lane->flusher != NULL && !flusher_is_up(lane->flusher)))
		trouble = TROUBLE_UNAVAILABLE;
	else if (atomic_load(&lane->queued) + request->ncalls > options.lane_queue + MAX_CALLS ||
			 (atomic_load(&lane->queued) > 0 &&
			  (atomic_load(&lane->queued) + request->ncalls > options.lane_queue ||
			   lane->queued_bytes + request->calls.len > MAX_QUEUED_BYTES)))
		trouble = TROUBLE_OVERLOADED;
	else
	{
		queue_add(&lane->waiting, request);
		atomic_fetch_add(&lane->queued, request->ncalls);
		lane->queued_bytes += request->calls.len;
		lane->waiting_calls += request->ncalls;
		wake = lane->wake_at > 0 && lane->waiting_calls >= lane->wake_at;
		if (wake)
			lane->wake_at = 0;
	}
	pthread_mutex_unlock(&lane->lock);
	if (wake)
		eventfd_write(lane->wake, 1);
	if (trouble != TROUBLE_NONE)
	{
		answer_trouble(request, trouble);
		request_resume(request);
	}
}

/* Sets what submit() looks at; what waits when the connection goes is told so at once. */
static void
set_up(Lane *lane, bool up)
{
	Queue		waiting;

	queue_start(&waiting);
	pthread_mutex_lock(&lane->lock);
	lane->up = up;
	if (!up && lane->waiting.head != NULL)
	{
		queue_move(&waiting, &lane->waiting);
		lane->waiting_calls = 0;
	}
	pthread_mutex_unlock(&lane->lock);
	leave_all(lane, &waiting, TROUBLE_UNAVAILABLE);
	if (!up)
		leave_all(lane, &lane->later, TROUBLE_UNAVAILABLE);
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
	eventfd_t	count;

	(void) eventfd_read(eventfd, &count);
}

static int
good_batch(const Lane *lane)
{
	int			part = lane->about / PARTS;

	return part < 1 ? 1 : part < GOOD_BATCH ? part : GOOD_BATCH;
}

/* Waits for work, or for the end of the connection. False when it is time to stop. */
static bool
wait_for_work(Lane *lane)
{
	struct pollfd p[2] = {{.fd = lane->wake, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	int64_t		now = clock_now();
	int64_t		until = CLOCK_NEVER;
	struct timespec wait;

	if (lane->db.connection == NULL)
		until = now + database_backoff(&lane->db) * CLOCK_MILLISECOND;
	else
	{
		p[1].fd = PQsocket(lane->db.connection);
		if (lane->later.head != NULL)
			until = lane->later.head->not_before;
	}
	pthread_mutex_lock(&lane->lock);
	if (lane->stopping)
	{
		pthread_mutex_unlock(&lane->lock);
		return false;
	}
	if (lane->waiting_calls < good_batch(lane) && now < lane->pause_until)
	{
		/* More is coming: it shall share the transaction. */
		lane->wake_at = good_batch(lane);
		if (until > lane->pause_until)
			until = lane->pause_until;
	}
	else if (lane->waiting_calls == 0)
		lane->wake_at = 1;
	else
		until = now;
	pthread_mutex_unlock(&lane->lock);

	wait.tv_sec = until > now ? (until - now) / CLOCK_SECOND : 0;
	wait.tv_nsec = until > now ? (until - now) % CLOCK_SECOND * 1000 : 0;
	if (until > now && ppoll(p, 2, until == CLOCK_NEVER ? NULL : &wait, NULL) > 0)
	{
		if (p[0].revents)
			drain(lane->wake);
		if (p[1].revents && database_lost(&lane->db))
		{
			log_message(LOG_ERROR, "%s: the database closed the connection", lane->name);
			database_disconnect(&lane->db);
			set_up(lane, false);
		}
	}
	pthread_mutex_lock(&lane->lock);
	lane->wake_at = 0;
	pthread_mutex_unlock(&lane->lock);
	return true;
}

/* While a batch is under way: those that wait behind it must not wait beyond their deadline. */
static void
expire_waiting(void *arg)
{
	Lane	   *lane = arg;
	Queue		expired;
	int64_t		now = clock_now();

	queue_start(&expired);
	pthread_mutex_lock(&lane->lock);
	/* Oldest first, and all have the same patience. */
	while (lane->waiting.head != NULL && lane->waiting.head->deadline <= now)
	{
		lane->waiting_calls -= lane->waiting.head->ncalls;
		queue_add(&expired, queue_take(&lane->waiting));
	}
	pthread_mutex_unlock(&lane->lock);
	leave_all(lane, &expired, TROUBLE_LATE);
}

/* Moves requests from the queue into the batch; returns how many calls it has. */
static int
take_batch(Lane *lane, Queue *taken)
{
	int64_t		now = clock_now();
	int			n = 0;

	while (lane->later.head != NULL && lane->later.head->not_before <= now && n < options.lane_batch)
	{
		Request    *request = queue_take(&lane->later);

		n += request->left;
		queue_add(taken, request);
	}
	pthread_mutex_lock(&lane->lock);
	/* A request is taken as a whole, so the last one may pass the size that is aimed at. */
	while (lane->waiting.head != NULL && n < options.lane_batch)
	{
		Request    *request = queue_take(&lane->waiting);

		n += request->left;
		lane->waiting_calls -= request->ncalls;
		queue_add(taken, request);
	}
	pthread_mutex_unlock(&lane->lock);
	return n;
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

static void
run_batch(Lane *lane)
{
	Queue		taken;
	Queue		answered;
	Trouble		trouble = TROUBLE_NONE;
	bool		complete;
	int64_t		now;
	int			n;
	int			filled = 0;
	bool		durable;

	queue_start(&taken);
	expire_waiting(lane);
	n = take_batch(lane, &taken);
	if (n == 0)
		return;
	/* Forgotten slowly. */
	lane->about -= lane->about / 8;
	if (lane->about < atomic_load(&lane->queued))
		lane->about = atomic_load(&lane->queued);
	for (Request *request = taken.head; request != NULL; request = request->next)
		for (int i = 0; i < request->ncalls; i++)
			if (!request->call[i].done)
				lane->items[filled++] = (BatchItem) {request, i};

	durable = commits_itself(lane, n);
	complete = runner_run(&lane->runner, lane->items, n, durable && lane->flusher != NULL, &trouble);
	if (lane->db.connection == NULL)
		set_up(lane, false);
	now = clock_now();
	lane->pause_until = n > SOME_CALLS ? now + PAUSE : 0;
	queue_start(&answered);
	while (taken.head != NULL)
	{
		Request    *request = queue_take(&taken);

		if (request->left == 0)
			answer_calls(request);
		else if (!complete)
			answer_trouble(request, trouble);
		else if (try_later(lane, request, now))
			continue;
		else
			answer_trouble(request, TROUBLE_BUSY);
		queue_add(&answered, request);
	}
	if (durable)
		leave(lane, &answered);
	else
		flusher_add(lane->flusher, &answered);
}

/* The flusher's: what it has made durable leaves with its answers. */
static void
flushed(void *arg, Queue *requests, bool durable)
{
	Lane	   *lane = arg;

	if (durable)
		leave(lane, requests);
	else
		leave_all(lane, requests, TROUBLE_UNKNOWN);
}

static void *
lane_main(void *arg)
{
	Lane	   *lane = arg;

	for (;;)
	{
		bool		connected = connect_lane(lane);

		if (!wait_for_work(lane))
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
	lanes = must_alloc((size_t) options.lanes * sizeof(*lanes));
	for (int i = 0; i < options.lanes; i++)
	{
		Lane	   *lane = &lanes[i];

		snprintf(lane->name, sizeof(lane->name), "quotakit lane %d", i);
		lane->db.name = lane->name;
		lane->runner = (Runner) {.db = &lane->db, .tick = expire_waiting, .tick_arg = lane};
		lane->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		queue_start(&lane->waiting);
		queue_start(&lane->later);
		lane->items = must_alloc((size_t) (options.lane_batch + MAX_CALLS) * sizeof(BatchItem));
		pthread_mutex_init(&lane->lock, NULL);
		if (options.flush)
			lane->flusher = flusher_start(i, flushed, lane);
		if (lane->wake < 0 || pthread_create(&lane->thread, NULL, lane_main, lane) != 0)
		{
			log_message(LOG_ERROR, "could not start a lane: %s", strerror(errno));
			exit(1);
		}
	}
}

void
lanes_stop(void)
{
	for (int i = 0; i < options.lanes; i++)
	{
		pthread_mutex_lock(&lanes[i].lock);
		lanes[i].stopping = true;
		pthread_mutex_unlock(&lanes[i].lock);
		eventfd_write(lanes[i].wake, 1);
	}
	for (int i = 0; i < options.lanes; i++)
	{
		pthread_join(lanes[i].thread, NULL);
		if (lanes[i].flusher != NULL)
			flusher_stop(lanes[i].flusher);
		close(lanes[i].wake);
		batch_free(&lanes[i].runner.batch);
		free(lanes[i].items);
	}
	free(lanes);
	lanes = NULL;
}

bool
lanes_ready(void)
{
	for (int i = 0; i < options.lanes; i++)
		if (!lane_is_up(i))
			return false;
	return true;
}

int
lane_count(void)
{
	return options.lanes;
}

bool
lane_is_up(int i)
{
	bool		up;

	pthread_mutex_lock(&lanes[i].lock);
	up = lanes[i].up && (lanes[i].flusher == NULL || flusher_is_up(lanes[i].flusher));
	pthread_mutex_unlock(&lanes[i].lock);
	return up;
}

int
lane_queued(int i)
{
	return atomic_load(&lanes[i].queued);
}
