/*
 * metrics.c
 *		What the gateway counts, for Prometheus.
 */
#include "metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef atomic_uint_fast64_t Count;

#define MAX_ROUTES    32
#define add(count, n) atomic_fetch_add_explicit(&(count), (n), memory_order_relaxed)
#define get(count)    ((unsigned long long) atomic_load_explicit(&(count), memory_order_relaxed))

static const int statuses[] = { 200, 201, 304, 400, 401, 402, 403, 404, 405, 409, 413,
								414, 415, 417, 422, 429, 431, 500, 501, 503, 505 };

#define NSTATUSES (sizeof(statuses) / sizeof(statuses[0]))

/* Upper bounds in microseconds. */
static const int64_t time_bounds[] = { 250,   500,    1000,   2500,   5000,    10000,   25000,
									   50000, 100000, 250000, 500000, 1000000, 2500000, 5000000 };

#define NTIMES (sizeof(time_bounds) / sizeof(time_bounds[0]))

static const int64_t batch_bounds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 };

#define NBATCHES (sizeof(batch_bounds) / sizeof(batch_bounds[0]))

typedef struct Histogram
{
	Count bucket[16]; /* the last one is beyond all bounds */
	Count sum;
} Histogram;

/* What a statement failed of. */
typedef enum Failure
{
	FAILURE_AGAIN, /* it met another one, and is run again */
	FAILURE_CANCELLED,
	FAILURE_CONNECTION,
	FAILURE_OTHER,
	NFAILURES
} Failure;

static const char *const failure_names[NFAILURES] = { "again", "cancelled", "connection", "other" };

static const Route *table;

/* The last row is for what matched no route. */
static Count requests[MAX_ROUTES + 1][NSTATUSES + 1];
static Histogram request_time[MAX_ROUTES + 1];
static Count calls[NOUTCOMES];
static Histogram batch_size;
static Histogram batch_time;
static Histogram flush_time;
static Count failures[NFAILURES];
static Count slow_clients;
static Count reaped;
static Count protocol_errors;
static atomic_int connections;

static void
observe(Histogram *h, const int64_t *bounds, size_t n, int64_t value)
{
	size_t i = 0;

	while (i < n && value > bounds[i])
		i++;
	add(h->bucket[i], 1);
	add(h->sum, (uint64_t) value);
}

void
metrics_start(const Route *routes, size_t n)
{
	assert(n <= MAX_ROUTES);
	table = routes;
}

void
metrics_request(const Request *request, int64_t microseconds)
{
	size_t route = request->route ? (size_t) (request->route - table) : MAX_ROUTES;
	size_t status = 0;

	while (status < NSTATUSES && statuses[status] != request->reply.status)
		status++;
	add(requests[route][status], 1);
	observe(&request_time[route], time_bounds, NTIMES, microseconds);
}

void
metrics_outcome(Outcome outcome)
{
	add(calls[outcome], 1);
}

void
metrics_batch(int n, int64_t microseconds)
{
	observe(&batch_size, batch_bounds, NBATCHES, n);
	observe(&batch_time, time_bounds, NTIMES, microseconds);
}

void
metrics_flush(int64_t microseconds)
{
	observe(&flush_time, time_bounds, NTIMES, microseconds);
}

static Failure
failure_of(const char *sqlstate)
{
	if (strncmp(sqlstate, "40", 2) == 0 || strcmp(sqlstate, "23505") == 0)
		return FAILURE_AGAIN;
	if (strcmp(sqlstate, "57014") == 0)
		return FAILURE_CANCELLED;
	if (*sqlstate == '\0' || strncmp(sqlstate, "57", 2) == 0 || strncmp(sqlstate, "08", 2) == 0)
		return FAILURE_CONNECTION;
	return FAILURE_OTHER;
}

void
metrics_failure(const char *sqlstate)
{
	add(failures[failure_of(sqlstate)], 1);
}

void
metrics_connection(int change)
{
	atomic_fetch_add(&connections, change);
}

void
metrics_slow_client(void)
{
	add(slow_clients, 1);
}

void
metrics_reaped(void)
{
	add(reaped, 1);
}

void
metrics_protocol_error(void)
{
	add(protocol_errors, 1);
}

void
metrics_head(Text *t, const char *name, const char *type, const char *help)
{
	text_format(t, "# HELP quotakit_%s %s\n# TYPE quotakit_%s %s\n", name, help, name, type);
}

/* `scale`: what the bounds and the sum are divided by. */
static void
histogram(Text *t, const char *name, const char *labels, Histogram *h, const int64_t *bounds,
		  size_t n, double scale)
{
	unsigned long long total = 0;

	for (size_t i = 0; i < n; i++)
	{
		total += get(h->bucket[i]);
		text_format(t, "quotakit_%s_bucket{%s%sle=\"%g\"} %llu\n", name, labels, *labels ? "," : "",
					(double) bounds[i] / scale, total);
	}
	total += get(h->bucket[n]);
	text_format(t, "quotakit_%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, *labels ? "," : "",
				total);
	text_format(t, "quotakit_%s_sum%s%s%s %g\n", name, *labels ? "{" : "", labels,
				*labels ? "}" : "", (double) get(h->sum) / scale);
	text_format(t, "quotakit_%s_count%s%s%s %llu\n", name, *labels ? "{" : "", labels,
				*labels ? "}" : "", total);
}

static void
route_label(char *label, size_t size, size_t route)
{
	if (route == MAX_ROUTES)
		snprintf(label, size, "route=\"none\"");
	else
		snprintf(label, size, "route=\"%s %s\"", table[route].method, table[route].path);
}

static void
add_requests(Text *t)
{
	char label[128];

	metrics_head(t, "http_requests_total", "counter", "Requests answered.");
	for (size_t r = 0; r <= MAX_ROUTES; r++)
	{
		for (size_t s = 0; s <= NSTATUSES; s++)
		{
			if (get(requests[r][s]) == 0)
				continue;
			route_label(label, sizeof(label), r);
			text_format(t, "quotakit_http_requests_total{%s,status=\"%d\"} %llu\n", label,
						s < NSTATUSES ? statuses[s] : 0, get(requests[r][s]));
		}
	}
	metrics_head(t, "http_request_seconds", "histogram",
				 "From the headers read to the answer given.");
	for (size_t r = 0; r <= MAX_ROUTES; r++)
	{
		unsigned long long seen = 0;

		for (size_t i = 0; i <= NTIMES; i++)
			seen += get(request_time[r].bucket[i]);
		if (seen == 0)
			continue;
		route_label(label, sizeof(label), r);
		histogram(t, "http_request_seconds", label, &request_time[r], time_bounds, NTIMES, 1e6);
	}
}

/* Counts that have no labels. */
static void
add_count(Text *t, const char *name, const char *help, Count *count)
{
	metrics_head(t, name, "counter", help);
	text_format(t, "quotakit_%s %llu\n", name, get(*count));
}

static void
add_calls(Text *t)
{
	metrics_head(t, "calls_total", "counter",
				 "Calls by what became of them; those answered busy are tried again.");
	for (Outcome o = OUTCOME_UNKNOWN + 1; o < NOUTCOMES; o++)
		text_format(t, "quotakit_calls_total{outcome=\"%s\"} %llu\n", outcome_name(o),
					get(calls[o]));
	metrics_head(t, "batch_calls", "histogram", "Calls in one transaction.");
	histogram(t, "batch_calls", "", &batch_size, batch_bounds, NBATCHES, 1);
	metrics_head(
		t, "batch_seconds", "histogram",
		"Time of one transaction, commit included; of those that a flusher follows, without the disk.");
	histogram(t, "batch_seconds", "", &batch_time, time_bounds, NTIMES, 1e6);
	metrics_head(t, "flush_seconds", "histogram", "Time of making commits durable.");
	histogram(t, "flush_seconds", "", &flush_time, time_bounds, NTIMES, 1e6);
}

void
metrics_write(Text *t)
{
	add_requests(t);
	add_calls(t);
	metrics_head(t, "database_failures_total", "counter",
				 "Statements that failed: again (run again), cancelled, connection, other.");
	for (Failure f = 0; f < NFAILURES; f++)
		text_format(t, "quotakit_database_failures_total{kind=\"%s\"} %llu\n", failure_names[f],
					get(failures[f]));
	metrics_head(t, "http_connections", "gauge", "Open client connections.");
	text_format(t, "quotakit_http_connections %d\n", atomic_load(&connections));
	add_count(t, "http_slow_clients_total", "Connections closed because the client was too slow.",
			  &slow_clients);
	add_count(t, "http_reaped_total", "Waiting connections closed to make room for others.",
			  &reaped);
	add_count(t, "http_protocol_errors_total", "Requests that were not HTTP.", &protocol_errors);
}
