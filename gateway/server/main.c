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

#include "database/database.h"
#include "database/lane.h"
#include "http/http.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/options.h"
#include "metrics.h"
#include "request.h"
#include "routes/api.h"
#include "routes/client.h"
#include "routes/openapi.h"
#include "routes/reads.h"
#include "routes/routes.h"
#include "routes/static.h"
#include "settings.h"

/* Tells systemd, if it asked to be told (sd_notify(3)). */
static void
notify(const char *message)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	int fd;

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
	struct timespec time = { .tv_nsec = nanoseconds };
	int number = sigtimedwait(signals, NULL, &time);

	return number > 0 ? number : 0;
}

static void
read_settings(int argc, char **argv)
{
	settings_read(argc, argv);
	if (!log_start(settings.log_level))
		options_fail("there is no log level \"%s\"", settings.log_level);
	if (!client_trust(settings.trusted_proxy))
		options_fail(
			"\"trusted_proxy\" must be addresses or networks, such as 10.0.0.0/8, with commas or blanks between");
}

static void
start(void)
{
	database_require_durability();
	metrics_start(routes, nroutes);
	openapi_start(routes, nroutes);
	static_start();
	lanes_start();
	reads_start(routes, nroutes);
	api_start();
	http_start();
}

/* Accepted requests have some time to finish. */
static void
finish(const sigset_t *signals)
{
	int64_t end = clock_now() + settings.stop_timeout * CLOCK_SECOND;

	log_message(LOG_NOTICE, "stopping: %d requests under way", request_count());
	http_quiesce();
	/* A second signal is from somebody in a hurry. */
	while (request_count() > 0 && clock_now() < end && wait_signal(signals, 20000000) == 0)
		;
}

static void
stop(void)
{
	/* What is left gets its answer here: that it was not taken. */
	lanes_stop();
	reads_stop();
	api_stop();
	http_stop();
	openapi_stop();
	static_stop();
	log_message(LOG_NOTICE, "stopped");
}

int
main(int argc, char **argv)
{
	sigset_t signals;

	read_settings(argc, argv);
	/* All threads begin with these blocked; only main() takes them, when it waits. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);

	start();
	notify("READY=1");
	while (sigwaitinfo(&signals, NULL) < 0)
		;
	notify("STOPPING=1");
	finish(&signals);
	stop();
	return 0;
}
