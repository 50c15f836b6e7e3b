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

#include "worker.h"

/* Lets in those who are at the door. */
extern void admit_some(Worker *worker);
/* A new connection has come to its worker, which may not be the one that let it in. */
extern void admit(Worker *worker, Connection *connection);
/* It is closed. */
extern void admit_leave(Connection *connection);
/* Closes somebody else whose body does not come, and who holds memory for it. False if there is nobody. */
extern bool admit_free_memory(Connection *connection);
/* Tells the other workers how long somebody has been waited for here. */
extern void admit_publish(Worker *worker);

#endif
