/*
 * main.c
 *		quotakit-gateway: HTTP in, SQL out.
 *
 * No logic: a credential and a body go in, a SQL function answers.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "database.h"
#include "http.h"
#include "lane.h"
#include "log.h"
#include "openapi.h"
#include "options.h"
#include "reader.h"
#include "request.h"
#include "static.h"
#include "version.h"

/* Tells systemd, if it asked to be told (sd_notify(3)). */
static void
notify(const char *message)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t		len = path ? strlen(path) : 0;
	int			fd;

	if (len == 0 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void) sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *) &to,
				  (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

/* Waits so long for one of the signals; 0 if none came. */
static int
wait_signal(const sigset_t *signals, long nanoseconds)
{
	struct timespec time = {.tv_nsec = nanoseconds};
	int			number = sigtimedwait(signals, NULL, &time);

	return number > 0 ? number : 0;
}

int
main(int argc, char **argv)
{
	sigset_t	signals;
	int64_t		end;

	options_read(argc, argv);
	if (!log_start(options.log_level))
	{
		fprintf(stderr, "quotakit-gateway: there is no log level \"%s\"\n", options.log_level);
		return 2;
	}
	/* All threads begin with these blocked; only main() takes them, when it waits. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	database_require_durability();
	openapi_start();
	static_start();
	lanes_start();
	readers_start();
	http_start();
	notify("READY=1");

	while (sigwaitinfo(&signals, NULL) < 0)
		;

	notify("STOPPING=1");
	log_message(LOG_NOTICE, "stopping: %d requests under way", request_count());
	http_quiesce();
	end = clock_now() + options.stop_timeout * CLOCK_SECOND;
	while (request_count() > 0 && clock_now() < end)
	{
		/* A second signal is from somebody in a hurry. */
		if (wait_signal(&signals, 20000000) != 0)
			break;
	}
	/* What is left gets its answer here: that it was not taken. */
	lanes_stop();
	readers_stop();
	http_stop();
	openapi_stop();
	static_stop();
	log_message(LOG_NOTICE, "stopped");
	return 0;
}
