/*
 * metrics.h
 *		What the gateway counts, for Prometheus. Labels are of fixed sets: routes,
 *		statuses, outcomes; never a path or an account.
 */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include <stdint.h>

#include "request.h"

extern void metrics_request(const Request *request, int64_t microseconds);
extern void metrics_outcome(const char *outcome);
extern void metrics_batch(int calls, int64_t microseconds);
extern void metrics_flush(int64_t microseconds);
extern void metrics_failure(const char *sqlstate);
extern void metrics_connection(int change);
extern void metrics_slow_client(void);
extern void metrics_reaped(void);
extern void metrics_protocol_error(void);

/* Route: GET /metrics. */
extern void metrics_answer(Request *request);

#endif
