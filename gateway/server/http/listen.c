/*
 * listen.c
 *		The socket that clients come in by.
 */
#include "http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "lib/memory.h"
#include "settings.h"

/* The first address that "host:port" stands for. */
static struct addrinfo *
find_address(void)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	char *address = must_copy_string(settings.listen);
	char *host = address;
	char *port = strrchr(address, ':');
	int error;

	if (port == NULL)
		log_fatal("could not listen at \"%s\": there is no port", settings.listen);
	*port++ = '\0';
	if (*host == '[' && port - host >= 3 && port[-2] == ']')
	{
		host++;
		port[-2] = '\0';
	}
	error = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (error != 0)
		log_fatal("could not listen at \"%s\": %s", settings.listen, gai_strerror(error));
	free(address);
	return found;
}

int
listen_socket(void)
{
	struct addrinfo *found = find_address();
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	char name[128];
	char service[16];
	int on = 1;
	/* Of an answer that is not taken the kernel keeps no more than that, and what is on its way. */
	int unsent = 64 * 1024;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
		setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 4096) != 0 ||
		getsockname(fd, (struct sockaddr *) &bound, &len) != 0 ||
		getnameinfo((struct sockaddr *) &bound, len, name, sizeof(name), service, sizeof(service),
					NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		log_fatal("could not listen at \"%s\": %s", settings.listen, strerror(errno));
	freeaddrinfo(found);
	log_message(LOG_NOTICE, strchr(name, ':') ? "listening at [%s]:%s" : "listening at %s:%s", name,
				service);
	return fd;
}

void
listen_descriptors(void)
{
	/* Connections to the database, what the threads wait with, files, and some to spare. */
	const int others = 2 * settings.lanes + settings.readers + settings.dashboard_connections +
					   2 * settings.threads + 64;
	const rlim_t needed = (rlim_t) (settings.connections + others);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return;
	/* Where there is nothing to be had, asking for it may be forbidden. */
	if (limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			(void) getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= needed)
		return;
	if (limit.rlim_cur < (rlim_t) others + 2)
		log_fatal(
			"%llu open files are not enough: raise the limit (ulimit -Hn, LimitNOFILE) to %llu",
			(unsigned long long) limit.rlim_cur, (unsigned long long) needed);
	log_message(
		LOG_WARNING,
		"at most %llu connections instead of %d: raise the limit of open files (ulimit -Hn, LimitNOFILE) from %llu to %llu",
		(unsigned long long) limit.rlim_cur - (unsigned long long) others, settings.connections,
		(unsigned long long) limit.rlim_cur, (unsigned long long) needed);
	settings.connections = (int) limit.rlim_cur - others;
}
