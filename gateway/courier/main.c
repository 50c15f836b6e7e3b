/*
 * main.c
 *		quotakit-courier: takes notifications from the outbox and delivers them.
 *
 * It decides nothing: what is due, in what order, how long to wait and when to give
 * up is the database's. A courier that is killed loses nothing: its messages are
 * taken again when their leases are over.
 */
#include "log.h"
#include "options.h"
#include "outbox.h"
#include "transfer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PARALLEL_MAX 64

static volatile sig_atomic_t stopping;
static int	on_their_way;

static void
stop(int number)
{
	stopping = 1;
}

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
ended(Message *message, Outcome outcome, long code, const char *detail)
{
	static const char *const words[] = {"sent", "failed", "unsure", "dead", "gone"};
	/* A database that restarts is back by then; else the lease decides. */
	int64_t		patience = milliseconds() + 30000;

	while (!outbox_done(message, outcome, code, detail) && milliseconds() < patience)
		nanosleep(&(struct timespec) {.tv_nsec = 200000000}, NULL);
	say("notification %lld of account %d, attempt %d: %s, %ld, %s", (long long) message->notification_id,
		message->account_id, message->attempt, words[outcome], code, detail);
	message_free(message);
	on_their_way--;
}

int
main(int argc, char **argv)
{
	Options		options;
	Message    *taken[PARALLEL_MAX];
	int64_t		next_look = 0;
	struct sigaction on_stop = {.sa_handler = stop};

	sigaction(SIGTERM, &on_stop, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	options_read(&options, argc, argv);
	transfer_open(&options, ended);
	outbox_open(options.database);

	for (;;)
	{
		int			free_places = stopping ? 0 : options.parallel - on_their_way;
		int64_t		now = milliseconds();
		int			wait;

		if (free_places > 0 && now >= next_look)
		{
			int			n = outbox_take(taken, free_places, options.lease);

			on_their_way += n;
			for (int i = 0; i < n; i++)
				transfer_start(taken[i]);
			if (n < free_places)
				next_look = now + options.poll;
			if (n == 0 && on_their_way == 0 && options.once)
				break;
		}
		if (stopping && on_their_way == 0)
			break;
		now = milliseconds();
		wait = next_look > now ? (int) (next_look - now) : 0;
		if (on_their_way >= options.parallel || stopping)
			wait = 1000;
		transfer_work(wait);
	}
	transfer_close();
	outbox_close();
	free(options.smtp_password);
	return 0;
}
