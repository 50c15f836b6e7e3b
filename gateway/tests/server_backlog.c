/*
 * server_backlog.c
 *		Queues of requests, and the calls that wait for a lane.
 */
#include "unit.h"

#include <stdlib.h>
#include <sys/eventfd.h>

#include "database/backlog.h"
#include "lib/clock.h"
#include "settings.h"

static int woken;

static void
wake(void *connection)
{
	(void) connection;
	woken++;
}

static const Origin origin = { .wake = wake };

static Request *
make_request(int ncalls, const char *call)
{
	Request *request = request_new(&origin, "POST", "/");

	for (int i = 0; i < ncalls; i++)
		request_add_call(request, "", call, strlen(call));
	request->deadline = CLOCK_NEVER;
	request_suspend(request);
	return request;
}

static void
queues(void)
{
	Queue queue;
	Queue other;
	Request *requests[3];

	queue_start(&queue);
	queue_start(&other);
	queue_move(&other, &queue);
	check("nothing moves nothing", other.head == NULL && queue.head == NULL);
	for (int i = 0; i < 3; i++)
	{
		requests[i] = make_request(1, "{}");
		queue_add(i < 2 ? &queue : &other, requests[i]);
	}
	queue_move(&other, &queue);
	check("what is moved comes behind what is there", queue.head == NULL &&
														  queue_take(&other) == requests[2] &&
														  queue_take(&other) == requests[0]);
	queue_add(&queue, requests[2]);
	check("and the other queue can be used again",
		  queue_take(&queue) == requests[2] && queue.head == NULL);
	check("in the order in which they came",
		  queue_take(&other) == requests[1] && other.head == NULL && requests[1]->next == NULL);
	for (int i = 0; i < 3; i++)
		request_free(requests[i]);
}

/* Whether the eventfd was written to. */
static bool
rang(Backlog *backlog)
{
	eventfd_t count;

	return eventfd_read(backlog->wake, &count) == 0;
}

/* All of it, answered and thrown away. */
static int
empty(Backlog *backlog)
{
	Queue queue;
	int n = 0;

	queue_start(&queue);
	backlog_take(backlog, &queue, 1000000);
	for (Request *r = queue.head; r != NULL; r = r->next)
		n++;
	for (Request *r = queue.head, *next; r != NULL; r = next)
	{
		Queue one;

		next = r->next;
		queue_start(&one);
		queue_add(&one, r);
		backlog_leave(backlog, &one);
		request_free(r);
	}
	return n;
}

static void
bounds(void)
{
	static char large[40 * 1024 * 1024];
	Backlog backlog = { 0 };
	Request *request = make_request(1, "{}");
	Request *more;

	settings.lane_queue = 10;
	check("it starts", backlog_start(&backlog));
	equal_numbers("without a connection nothing is taken", backlog_add(&backlog, request),
				  TROUBLE_UNAVAILABLE);
	backlog_set_up(&backlog, true);
	equal_numbers("with one it is", backlog_add(&backlog, request), TROUBLE_NONE);
	more = make_request(9, "{}");
	equal_numbers("until it is full", backlog_add(&backlog, more), TROUBLE_NONE);
	request = make_request(1, "{}");
	equal_numbers("then not", backlog_add(&backlog, request), TROUBLE_OVERLOADED);
	equal_numbers("all can be taken out", empty(&backlog), 2);
	equal_numbers("then it is empty", atomic_load(&backlog.calls), 0);
	check("to the last byte", backlog.bytes == 0);
	request_free(request);
	request = make_request(MAX_CALLS, "{}");
	equal_numbers("a large request is taken by one that is empty", backlog_add(&backlog, request),
				  TROUBLE_NONE);
	empty(&backlog);
	memset(large, 'x', sizeof(large) - 1);
	request = make_request(1, large);
	more = make_request(1, large);
	check("so many bytes are taken, and no more",
		  backlog_add(&backlog, request) == TROUBLE_NONE &&
			  backlog_add(&backlog, more) == TROUBLE_OVERLOADED);
	empty(&backlog);
	request_free(more);
	backlog_free(&backlog);
}

static void
waking(void)
{
	Backlog backlog = { 0 };

	settings.lane_queue = 100;
	check("it starts", backlog_start(&backlog));
	backlog_set_up(&backlog, true);
	backlog_add(&backlog, make_request(1, "{}"));
	check("whoever is awake is not woken", !rang(&backlog));
	check("nobody sleeps while enough is there", !backlog_doze(&backlog, 1));
	check("for more one may", backlog_doze(&backlog, 3));
	backlog_add(&backlog, make_request(1, "{}"));
	check("too few wake nobody", !rang(&backlog));
	backlog_add(&backlog, make_request(1, "{}"));
	check("enough do", rang(&backlog));
	backlog_add(&backlog, make_request(1, "{}"));
	check("and only once", !rang(&backlog));
	backlog_doze(&backlog, 100);
	backlog_awake(&backlog);
	backlog_add(&backlog, make_request(96, "{}"));
	check("nor somebody who is awake by itself", !rang(&backlog));
	backlog_stop(&backlog);
	check("the end wakes, and is known", rang(&backlog) && backlog_is_stopping(&backlog));
	empty(&backlog);
	backlog_free(&backlog);
}

static void
leaving(void)
{
	Backlog backlog = { 0 };
	Request *late = make_request(1, "{}");
	Request *early = make_request(1, "{}");
	Queue taken;

	check("it starts", backlog_start(&backlog));
	backlog_set_up(&backlog, true);
	late->deadline = clock_now() - 1;
	backlog_add(&backlog, late);
	backlog_add(&backlog, early);
	woken = 0;
	backlog_expire(&backlog);
	check("whoever has waited too long is told",
		  woken == 1 && late->reply.status == 503 && late->state == REQUEST_ANSWERED);
	check("the others wait on",
		  early->state == REQUEST_SUSPENDED && atomic_load(&backlog.calls) == 1);
	backlog_set_up(&backlog, false);
	check("until the connection goes",
		  woken == 2 && early->reply.status == 503 && !backlog_is_up(&backlog));
	request_free(late);
	request_free(early);

	backlog_set_up(&backlog, true);
	queue_start(&taken);
	late = make_request(3, "{}");
	early = make_request(3, "{}");
	backlog_add(&backlog, late);
	backlog_add(&backlog, early);
	equal_numbers("a request is taken as a whole", backlog_take(&backlog, &taken, 2), 3);
	equal_numbers("what is under way still counts", atomic_load(&backlog.calls), 6);
	backlog_leave_all(&backlog, &taken, TROUBLE_UNKNOWN);
	check("and leaves with its answer",
		  late->reply.status == 503 && atomic_load(&backlog.calls) == 3);
	empty(&backlog);
	request_free(late);
	backlog_free(&backlog);
}

int
main(void)
{
	queues();
	bounds();
	waking();
	leaving();
	return done();
}
