/*
 * reads.h
 *		What SDKs read: states and explanations.
 */
#ifndef GATEWAY_READS_H
#define GATEWAY_READS_H

#include "routes/route.h"

/* Takes up the routes of the table that read. */
extern void reads_start(const Route *table, size_t n);
extern void reads_stop(void);
extern void reads_submit(Request *request);

/* Connections that are there, and requests that wait. */
extern int reads_up(void);
extern int reads_queued(void);

#endif
