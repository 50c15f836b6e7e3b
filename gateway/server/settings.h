/*
 * settings.h
 *		What the operator of the gateway chose.
 */
#ifndef GATEWAY_SETTINGS_H
#define GATEWAY_SETTINGS_H

#include <stdbool.h>

typedef struct Settings
{
	char *config;
	char *listen;
	char *database;
	char *log_level;
	char *tls_certificate;
	char *tls_key;
	char *trusted_proxy;
	int threads;
	int connections;
	int connections_per_address;
	int upload_memory;  /* MiB */
	int header_timeout; /* seconds, from here on */
	int body_timeout;
	int idle_timeout;
	int stop_timeout;
	int deadline; /* milliseconds */
	int lanes;
	int lane_batch;
	int lane_queue;
	int readers;
	int reader_queue;
	bool flush;
	bool allow_asynchronous_commit;
	int dashboard_connections;
	char *static_dir;
	bool bench;
} Settings;

extern Settings settings;

/* Fills in `settings`; ends the process on --help, --version and what is wrong. */
extern void settings_read(int argc, char **argv);

#endif
