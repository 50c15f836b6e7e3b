/*
 * connection.h
 *		One client's connection: what it reads next, and what it answers.
 *
 * It belongs to one worker and to no other thread. Requests on it are taken one
 * after the other, however many have come already.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include "http/worker.h"

/* Its worker calls these. */
extern void connection_start(Connection *connection);
/* There are too many: it is told so. */
extern void connection_refuse(Connection *connection);
/* Its request is answered. */
extern void connection_resumed(Connection *connection);
/* Goes on as far as it can. */
extern void connection_run(Connection *connection);
extern void connection_close(Connection *connection);
extern void connection_free(Connection *connection);

#endif
