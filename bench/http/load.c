/*
 * load.c
 *		Asks one server over many connections, each with one request at a time, and
 *		says how many answers came a second and how long they took.
 *
 *	load http HOST:PORT CONNECTIONS SECONDS PATH KEY BODY
 *	load redis HOST:PORT CONNECTIONS SECONDS SCRIPT-SHA KEYS ARGUMENT…
 *
 * In BODY and in ARGUMENT, {id} is replaced by a new UUID v7. The result is one
 * line of JSON; the first second is not measured.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_REQUEST 16384
#define MAX_ANSWER  65536
/* Times by the microsecond up to a second. */
#define MAX_TIME 1000000
#define WARM_UP  1.0

typedef struct Client
{
	int fd;
	char request[MAX_REQUEST];
	size_t len;
	size_t sent;
	char answer[MAX_ANSWER];
	size_t got;
	double began;
} Client;

static bool redis;
static char template[MAX_REQUEST];
static uint32_t *times;
static uint64_t answers;
static uint64_t statuses[1000];
static bool measuring;
static struct sockaddr_in server;
static int poller;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void
fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
make_id(char id[37])
{
	static uint64_t state[2];
	struct timespec t;
	uint64_t ms;
	uint64_t a;
	uint64_t b;

	if (state[0] == 0 && getrandom(state, sizeof(state), 0) != (ssize_t) sizeof(state))
		fail("getrandom");
	/* xorshift128+: unique is enough */
	a = state[0];
	b = state[1];
	state[0] = b;
	a ^= a << 23;
	state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	a = state[1] + b;
	clock_gettime(CLOCK_REALTIME, &t);
	ms = (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
	snprintf(id, 37, "%08x-%04x-7%03x-%04x-%012llx", (unsigned) (ms >> 16),
			 (unsigned) (ms & 0xffff), (unsigned) (a & 0xfff),
			 (unsigned) (0x8000 | (a >> 12 & 0x3fff)),
			 (unsigned long long) (a >> 26 ^ state[0]) & 0xffffffffffffULL);
}

static void
make_request(Client *c)
{
	const char *p = template;
	size_t n = 0;
	const char *hole;

	while ((hole = strstr(p, "{id}")) != NULL)
	{
		char id[37];

		memcpy(c->request + n, p, (size_t) (hole - p));
		n += (size_t) (hole - p);
		make_id(id);
		memcpy(c->request + n, id, 36);
		n += 36;
		p = hole + 4;
	}
	strcpy(c->request + n, p);
	c->len = n + strlen(p);
	c->sent = c->got = 0;
	c->began = now();
}

static void
flush_request(Client *c)
{
	while (c->sent < c->len)
	{
		ssize_t n = send(c->fd, c->request + c->sent, c->len - c->sent, MSG_NOSIGNAL);

		if (n < 0)
		{
			if (errno == EAGAIN)
				return;
			fail("send");
		}
		c->sent += (size_t) n;
	}
}

static void
open_client(Client *c)
{
	int on = 1;
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c };

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &server, sizeof(server)) != 0)
		fail("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* Non-blocking from here on. */
	if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e) != 0)
		fail("epoll_ctl");
}

/* Whether the answer is complete; its status. */
static bool
complete(Client *c, int *status)
{
	char *end;
	char *length;

	c->answer[c->got] = '\0';
	if (redis)
	{
		if (c->got < 2 || c->answer[c->got - 1] != '\n')
			return false;
		*status = c->answer[0] == ':' ? (c->answer[1] == '0' ? 201 : 429) : 500;
		return true;
	}
	end = strstr(c->answer, "\r\n\r\n");
	if (end == NULL)
		return false;
	length = strcasestr(c->answer, "\r\ncontent-length:");
	if (length == NULL || length > end)
		fail("no content-length");
	*status = atoi(c->answer + 9);
	return c->got >= (size_t) (end + 4 - c->answer) + strtoul(length + 17, NULL, 10);
}

static void
receive(Client *c)
{
	for (;;)
	{
		ssize_t n = recv(c->fd, c->answer + c->got, MAX_ANSWER - 1 - c->got, MSG_DONTWAIT);
		int status;

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			fail("the server closed a connection");
		c->got += (size_t) n;
		if (!complete(c, &status))
			continue;
		if (measuring)
		{
			double took = (now() - c->began) * 1e6;

			times[took < MAX_TIME ? (size_t) took : MAX_TIME - 1]++;
			answers++;
			statuses[status % 1000]++;
		}
		make_request(c);
		flush_request(c);
	}
}

static double
percentile(double p)
{
	uint64_t wanted = (uint64_t) ((double) answers * p);
	uint64_t seen = 0;

	for (size_t i = 0; i < MAX_TIME; i++)
	{
		seen += times[i];
		if (seen > wanted)
			return (double) i / 1000;
	}
	return 0;
}

static void
make_template(char **argv, int argc)
{
	if (redis)
	{
		size_t n = (size_t) sprintf(template, "*%d\r\n$7\r\nEVALSHA\r\n", argc - 4);

		for (int i = 5; i < argc; i++)
		{
			size_t len = strcmp(argv[i], "{id}") == 0 ? 36 : strlen(argv[i]);

			n += (size_t) sprintf(template + n, "$%zu\r\n%s\r\n", len, argv[i]);
		}
	}
	else
	{
		size_t len = strlen(argv[7]);

		for (const char *p = argv[7]; (p = strstr(p, "{id}")) != NULL; p++)
			len += 32;
		snprintf(template, sizeof(template),
				 "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n"
				 "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
				 argv[5], argv[6], len, argv[7]);
	}
}

static void
report(int connections, double seconds)
{
	printf("{\"connections\":%d,\"per_second\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"statuses\":{",
		   connections, (double) answers / seconds, percentile(0.5), percentile(0.99));
	for (int i = 0, first = 1; i < 1000; i++)
		if (statuses[i] > 0)
		{
			printf("%s\"%d\":%llu", first ? "" : ",", i, (unsigned long long) statuses[i]);
			first = 0;
		}
	printf("}}\n");
}

int
main(int argc, char **argv)
{
	int n;
	double start;
	double end;
	double from = 0;
	Client *clients;
	struct epoll_event events[256];
	char *port;

	if (argc < 8)
	{
		fprintf(stderr, "usage: see load.c\n");
		return 2;
	}
	redis = strcmp(argv[1], "redis") == 0;
	port = strchr(argv[2], ':');
	*port++ = '\0';
	server =
		(struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t) atoi(port)) };
	inet_pton(AF_INET, argv[2], &server.sin_addr);
	n = atoi(argv[3]);
	make_template(argv, argc);
	times = calloc(MAX_TIME, sizeof(*times));
	clients = calloc((size_t) n, sizeof(*clients));
	poller = epoll_create1(0);
	start = now();
	end = start + WARM_UP + atof(argv[4]);
	for (int i = 0; i < n; i++)
	{
		open_client(&clients[i]);
		make_request(&clients[i]);
		flush_request(&clients[i]);
	}
	while (now() < end)
	{
		int ready = epoll_wait(poller, events, 256, 100);

		if (!measuring && now() - start > WARM_UP)
		{
			measuring = true;
			from = now();
		}
		for (int i = 0; i < ready; i++)
		{
			Client *c = events[i].data.ptr;

			flush_request(c);
			receive(c);
		}
	}
	report(n, now() - from);
	return 0;
}
