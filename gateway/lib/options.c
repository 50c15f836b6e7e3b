/*
 * options.c
 *		What the operator chose.
 *
 * One table says it all: names on the command line (--name=value), in the
 * environment (QUOTAKIT_NAME) and in the file (name = value), bounds, and help.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "text.h"
#include "version.h"

Options		options;

typedef enum Kind
{
	TEXT,
	NUMBER,
	FLAG,
} Kind;

typedef struct Option
{
	const char *name;
	Kind		kind;
	void	   *target;
	const char *initial;
	int			min;
	int			max;
	const char *help;
	bool		given;
} Option;

static Option table[] = {
	{"config", TEXT, &options.config, "", 0, 0, "read this file first", false},
	{"listen", TEXT, &options.listen, "127.0.0.1:8080", 0, 0, "address:port, or [v6]:port", false},
	{"database", TEXT, &options.database, "", 0, 0,
	"libpq connection string or URI; what is missing comes from PGHOST, PGDATABASE, …", false},
	{"log_level", TEXT, &options.log_level, "info", 0, 0,
	"error, warning, notice, info (one line a request) or debug", false},
	{"tls_certificate", TEXT, &options.tls_certificate, "", 0, 0, "PEM file; with tls_key: serve HTTPS", false},
	{"tls_key", TEXT, &options.tls_key, "", 0, 0, "PEM file", false},
	{"trusted_proxy", TEXT, &options.trusted_proxy, "", 0, 0,
	"addresses and networks of proxies in front, which say in X-Forwarded-For who asks", false},
	{"threads", NUMBER, &options.threads, "2", 1, 64, "threads that speak HTTP", false},
	{"connections", NUMBER, &options.connections, "8192", 2, 1000000,
	"most connections at once; beyond, one that waits for its client makes room", false},
	{"connections_per_address", NUMBER, &options.connections_per_address, "4096", 0, 1000000,
	"most of one client address, as of a proxy; 0: no such bound", false},
	{"upload_memory", NUMBER, &options.upload_memory, "256", 1, 65536,
	"MiB of request bodies held at once", false},
	{"header_timeout", NUMBER, &options.header_timeout, "10", 1, 3600,
	"seconds a client has to send a request's head, once it is connected or has begun", false},
	{"body_timeout", NUMBER, &options.body_timeout, "30", 1, 3600,
	"seconds a client has to send a body, or to take an answer", false},
	{"idle_timeout", NUMBER, &options.idle_timeout, "75", 1, 3600,
	"seconds from an answer to the beginning of the next request", false},
	{"stop_timeout", NUMBER, &options.stop_timeout, "20", 0, 3600,
	"seconds that accepted requests have to finish after SIGTERM", false},
	{"deadline", NUMBER, &options.deadline, "5000", 50, 600000,
	"milliseconds from the end of a request to its answer", false},
	{"lanes", NUMBER, &options.lanes, "2", 1, 64, "database connections that take calls", false},
	{"lane_batch", NUMBER, &options.lane_batch, "256", 1, 4096, "calls in one transaction", false},
	{"flush", FLAG, &options.flush, "yes", 0, 0,
	"where the disk is slow: commit first, make durable in groups, then answer; no: each commit waits for the disk", false},
	{"allow_asynchronous_commit", FLAG, &options.allow_asynchronous_commit, "no", 0, 0,
	"start although synchronous_commit is off, with which a crash of the server forgets calls that were answered", false},
	{"lane_queue", NUMBER, &options.lane_queue, "8192", 1, 1000000,
	"calls that may wait in a lane; with more: 503", false},
	{"readers", NUMBER, &options.readers, "2", 1, 64, "database connections that read", false},
	{"reader_queue", NUMBER, &options.reader_queue, "1024", 1, 100000,
	"reads that may wait; with more: 503", false},
	{"dashboard_connections", NUMBER, &options.dashboard_connections, "2", 1, 64,
	"database connections for the dashboard", false},
	{"static_dir", TEXT, &options.static_dir, "", 0, 0,
	"the dashboard's built files; read once, at start", false},
	{"bench", FLAG, &options.bench, "no", 0, 0,
	"answer POST /v1/bench with a constant, to measure HTTP alone", false},
};

#define NOPTIONS (sizeof(table) / sizeof(table[0]))

__attribute__((noreturn, format(printf, 1, 2)))
static void
fail(const char *fmt,...)
{
	va_list		args;

	fputs("quotakit-gateway: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void
help(void)
{
	puts("quotakit-gateway: HTTP in front of QuotaKit's SQL functions.\n\n"
		 "Usage: quotakit-gateway [--name=value …]\n\n"
		 "Each option can also be given as QUOTAKIT_NAME in the environment, and all but\n"
		 "config as name = value in the configuration file.\n");
	for (size_t i = 0; i < NOPTIONS; i++)
		printf("  --%-24s %s%s%s%s\n", table[i].name, table[i].help,
			   *table[i].initial ? " [" : "", table[i].initial, *table[i].initial ? "]" : "");
	exit(0);
}

static Option *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < NOPTIONS; i++)
	{
		const char *n = table[i].name;
		size_t		j = 0;

		/* --lane-batch is --lane_batch */
		while (j < len && n[j] && (n[j] == name[j] || (n[j] == '_' && name[j] == '-')))
			j++;
		if (j == len && n[j] == '\0')
			return &table[i];
	}
	return NULL;
}

static void
set(Option *o, const char *value, const char *where)
{
	switch (o->kind)
	{
		case TEXT:
			free(*(char **) o->target);
			*(char **) o->target = must_copy(value, strlen(value));
			break;
		case NUMBER:
			{
				char	   *end;
				long		number;

				errno = 0;
				number = strtol(value, &end, 10);
				if (end == value || *end || errno || number < o->min || number > o->max)
					fail("%s: \"%s\" must be a whole number from %d to %d", where, o->name, o->min, o->max);
				*(int *) o->target = (int) number;
			}
			break;
		case FLAG:
			if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
				fail("%s: \"%s\" must be yes or no", where, o->name);
			*(bool *) o->target = strcmp(value, "yes") == 0;
			break;
	}
}

/* The command line wins over what is read later. */
static void
set_if_not_given(Option *o, const char *value, const char *where)
{
	if (!o->given)
		set(o, value, where);
}

static char *
strip(char *s)
{
	char	   *end;

	while (isspace((unsigned char) *s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char) end[-1]))
		*--end = '\0';
	return s;
}

static void
read_file(const char *path)
{
	FILE	   *f = fopen(path, "r");
	char		line[4096];
	char		where[PATH_MAX + 32];
	int			number = 0;

	if (f == NULL)
		fail("could not open \"%s\": %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL)
	{
		char	   *name = strip(line);
		char	   *value = strchr(name, '=');
		Option	   *o;

		snprintf(where, sizeof(where), "%s, line %d", path, ++number);
		if (*name == '\0' || *name == '#')
			continue;
		if (value == NULL)
			fail("%s: there is no \"=\"", where);
		*value++ = '\0';
		name = strip(name);
		o = find(name, strlen(name));
		if (o == NULL || o->target == &options.config)
			fail("%s: there is no option \"%s\"", where, name);
		set_if_not_given(o, strip(value), where);
	}
	fclose(f);
}

static void
read_environment(void)
{
	for (size_t i = 0; i < NOPTIONS; i++)
	{
		char		name[64] = "QUOTAKIT_";
		size_t		n = strlen(name);
		const char *value;

		for (const char *p = table[i].name; *p && n < sizeof(name) - 1; p++)
			name[n++] = (char) toupper((unsigned char) *p);
		value = getenv(name);
		if (value == NULL)
			continue;
		set_if_not_given(&table[i], value, name);
		table[i].given = true;
	}
}

void
options_read(int argc, char **argv)
{
	for (size_t i = 0; i < NOPTIONS; i++)
		set(&table[i], table[i].initial, "default");
	for (int i = 1; i < argc; i++)
	{
		const char *name = argv[i];
		const char *value;
		Option	   *o;

		if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
			help();
		if (strcmp(name, "--version") == 0)
		{
			puts("quotakit-gateway " QUOTAKIT_VERSION);
			exit(0);
		}
		value = strchr(name, '=');
		o = strncmp(name, "--", 2) == 0 ?
			find(name + 2, value ? (size_t) (value - name - 2) : strlen(name + 2)) : NULL;
		if (o == NULL)
			fail("there is no option \"%s\"; see --help", name);
		if (value == NULL && o->kind != FLAG)
			fail("\"%s\" needs a value: %s=…", name, name);
		set(o, value ? value + 1 : "yes", "command line");
		o->given = true;
	}
	read_environment();
	if (*options.config)
		read_file(options.config);
	if (!*options.tls_certificate != !*options.tls_key)
		fail("tls_certificate and tls_key go together");
	if (!client_trust(options.trusted_proxy))
		fail("\"trusted_proxy\" must be addresses or networks, such as 10.0.0.0/8, with commas or blanks between");
}
