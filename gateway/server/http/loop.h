/*
 * loop.h
 *		What the threads that speak HTTP do, turn by turn.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

/* Starts the threads, for a socket that listens. */
extern void loop_start(int socket);
/* Nobody new is let in. */
extern void loop_quiesce(void);
extern void loop_stop(void);

#endif
