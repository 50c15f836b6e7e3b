/*
 * settings.c
 *		What the operator of the gateway chose.
 */
#include "settings.h"

#include "lib/options.h"

Settings settings;

#define TEXT(name, initial, help) { #name, OPTION_TEXT, &settings.name, initial, 0, 0, help, false }
#define NUMBER(name, initial, min, max, help) \
	{ #name, OPTION_NUMBER, &settings.name, initial, min, max, help, false }
#define FLAG(name, initial, help) { #name, OPTION_FLAG, &settings.name, initial, 0, 0, help, false }

static Option table[] = {
	TEXT(config, "", "read this file first"),
	TEXT(listen, "127.0.0.1:8080", "address:port, or [v6]:port"),
	TEXT(database, "",
		 "libpq connection string or URI; what is missing comes from PGHOST, PGDATABASE, …"),
	TEXT(log_level, "info", "error, warning, notice, info (one line a request) or debug"),
	TEXT(tls_certificate, "", "PEM file; with tls_key: serve HTTPS"),
	TEXT(tls_key, "", "PEM file"),
	TEXT(trusted_proxy, "",
		 "addresses and networks of proxies in front, which say in X-Forwarded-For who asks"),
	NUMBER(threads, "2", 1, 64, "threads that speak HTTP"),
	NUMBER(connections, "8192", 2, 1000000,
		   "most connections at once; beyond, one that waits for its client makes room"),
	NUMBER(connections_per_address, "4096", 0, 1000000,
		   "most of one client address, as of a proxy; 0: no such bound"),
	NUMBER(upload_memory, "256", 1, 65536, "MiB of request bodies held at once"),
	NUMBER(header_timeout, "10", 1, 3600,
		   "seconds a client has to send a request's head, once it is connected or has begun"),
	NUMBER(body_timeout, "30", 1, 3600,
		   "seconds a client has to send a body, or to take an answer"),
	NUMBER(idle_timeout, "75", 1, 3600,
		   "seconds from an answer to the beginning of the next request"),
	NUMBER(stop_timeout, "20", 0, 3600,
		   "seconds that accepted requests have to finish after SIGTERM"),
	NUMBER(deadline, "5000", 50, 600000, "milliseconds from the end of a request to its answer"),
	NUMBER(lanes, "2", 1, 64, "database connections that take calls"),
	NUMBER(lane_batch, "256", 1, 4096, "calls in one transaction"),
	FLAG(
		flush, "yes",
		"where the disk is slow: commit first, make durable in groups, then answer; no: each commit waits for the disk"),
	FLAG(
		allow_asynchronous_commit, "no",
		"start although synchronous_commit is off, with which a crash of the server forgets calls that were answered"),
	NUMBER(lane_queue, "8192", 1, 1000000, "calls that may wait in a lane; with more: 503"),
	NUMBER(readers, "2", 1, 64, "database connections that read"),
	NUMBER(reader_queue, "1024", 1, 100000, "reads that may wait; with more: 503"),
	NUMBER(dashboard_connections, "2", 1, 64, "database connections for the dashboard"),
	TEXT(static_dir, "", "the dashboard's built files; read once, at start"),
	FLAG(bench, "no", "answer POST /v1/bench with a constant, to measure HTTP alone"),
};

static const Program program = { .name = "quotakit-gateway",
								 .about = "HTTP in front of QuotaKit's SQL functions.",
								 .options = table,
								 .noptions = sizeof(table) / sizeof(table[0]) };

void
settings_read(int argc, char **argv)
{
	options_read(&program, argc, argv);
	if (!*settings.tls_certificate != !*settings.tls_key)
		options_fail("tls_certificate and tls_key go together");
}
