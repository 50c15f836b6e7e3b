/*
 * main.c
 *		quotakit-courier: takes notifications from the outbox and delivers them.
 *
 * It decides nothing: what is due, in what order, how long to wait and when to give
 * up is the database's. A courier that is killed loses nothing: its messages are
 * taken again when their leases are over.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "courier/outbox.h"
#include "courier/settings.h"
#include "courier/transfer.h"
#include "lib/clock.h"
#include "lib/log.h"

static volatile sig_atomic_t stopping;
static int on_their_way;

static void
stop(int number)
{
	(void) number;
	stopping = 1;
}

static void
ended(Message *message, Outcome outcome, long code, const char *detail)
{
	static const char *const words[] = { "sent", "failed", "unsure", "dead", "gone" };
	/* A database that restarts is back by then; else the lease decides. */
	int64_t patience = clock_now() + 30 * CLOCK_SECOND;

	while (!outbox_done(message, outcome, code, detail) && clock_now() < patience)
		nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	log_message(LOG_INFO, "notification %lld of account %d, attempt %d: %s, %ld, %s",
				(long long) message->notification_id, message->account_id, message->attempt,
				words[outcome], code, detail);
	message_free(message);
	on_their_way--;
}

/* Takes what is due, as far as there is room. Returns how many were taken. */
static int
take(int room)
{
	Message *taken[MAX_PARALLEL];
	int n = outbox_take(taken, room, settings.lease);

	on_their_way += n;
	for (int i = 0; i < n; i++)
		transfer_start(taken[i]);
	return n;
}

/* Until it is told to stop, or nothing is due and that was asked for. What is on its way is finished. */
static void
deliver(void)
{
	int64_t next_look = 0;

	for (;;)
	{
		int room = stopping ? 0 : settings.parallel - on_their_way;
		int64_t now = clock_now();
		int64_t wait = CLOCK_SECOND;

		if (room > 0 && now >= next_look)
		{
			int n = take(room);

			if (n < room)
				next_look = now + settings.poll * CLOCK_MILLISECOND;
			if (n == 0 && on_their_way == 0 && settings.once)
				break;
		}
		if (stopping && on_their_way == 0)
			break;
		now = clock_now();
		if (on_their_way < settings.parallel && !stopping)
			wait = next_look > now ? next_look - now : 0;
		transfer_work((int) ((wait + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND));
	}
}

int
main(int argc, char **argv)
{
	struct sigaction on_stop = { .sa_handler = stop };

	sigaction(SIGTERM, &on_stop, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	settings_read(argc, argv);
	transfer_open(ended);
	outbox_open(settings.database);
	deliver();
	transfer_close();
	outbox_close();
	settings_free();
	return 0;
}
