/*
 * metrics.h
 *		What the gateway counts, for Prometheus. Labels are of fixed sets: routes,
 *		statuses, outcomes; never a path or an account.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include <stdint.h>

#include "routes/route.h"

/* The table that a request's route is in: their names are labels. */
extern void metrics_start(const Route *table, size_t n);

extern void metrics_request(const Request *request, int64_t microseconds);
extern void metrics_outcome(Outcome outcome);
extern void metrics_batch(int calls, int64_t microseconds);
extern void metrics_flush(int64_t microseconds);
extern void metrics_failure(const char *sqlstate);
extern void metrics_connection(int change);
extern void metrics_slow_client(void);
extern void metrics_reaped(void);
extern void metrics_protocol_error(void);

/* Adds all that was counted. */
extern void metrics_write(Text *t);
/* The lines before those of a metric. */
extern void metrics_head(Text *t, const char *name, const char *type, const char *help);

#endif
