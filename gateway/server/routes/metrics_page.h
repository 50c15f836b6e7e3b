/*
 * metrics_page.h
 *		What the gateway counts, and how things stand, for Prometheus.
 */
#ifndef GATEWAY_METRICS_PAGE_H
#define GATEWAY_METRICS_PAGE_H

#include "request.h"

/* Route: GET /metrics. */
extern void metrics_page(Request *request);

#endif
