/*
 * lane.h
 *		Lanes take calls to the database, in batches.
 *
 * A lane is one thread with one connection. An account's calls all go to the
 * same lane. What arrives while a batch commits forms the next batch, so there
 * is no waiting when there is little to do, and one commit for many when there
 * is much.
 */
#ifndef GATEWAY_LANE_H
#define GATEWAY_LANE_H

#include "request.h"

extern void lanes_start(void);
/* Once no request is left: ends the threads. */
extern void lanes_stop(void);
/* Whether every lane has its connection. */
extern bool lanes_ready(void);

/* Takes a suspended request with its calls. It comes back by request_resume() with a reply. */
extern void lane_submit(Request *request);

/* For /metrics. */
extern int lane_count(void);
extern bool lane_is_up(int lane);
extern int lane_queued(int lane);

#endif
