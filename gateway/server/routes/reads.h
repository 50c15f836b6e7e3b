/*
 * reader.h
 *		Small pools of connections for what is not a call: reads, and the dashboard.
 */
#ifndef GATEWAY_READER_H
#define GATEWAY_READER_H

#include "request.h"

extern void readers_start(void);
extern void readers_stop(void);
extern int	readers_up(void);
extern int	readers_queued(void);

/* Takes a suspended request; it comes back by request_resume() with a reply. */
extern void reader_submit(Request *request);

#endif
