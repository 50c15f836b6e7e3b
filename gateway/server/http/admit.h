/*
 * admit.h
 *		Who is let in, and who has to make room.
 *
 * When there are more connections than may be, of all clients or of one address,
 * one that waits for its client is closed for the new one. One whose request is
 * being carried out never is.
 */
#ifndef GATEWAY_ADMIT_H
#define GATEWAY_ADMIT_H

#include "http/worker.h"

/* Lets in those who are at the door. False if there are no descriptors for them. */
extern bool admit_some(Worker *worker, int listener);
/* A new connection has come to its worker, which may not be the one that let it in. */
extern void admit(Worker *worker, Connection *connection);

#endif
