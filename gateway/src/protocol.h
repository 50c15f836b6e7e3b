/*
 * protocol.h
 *		Answers to what is not HTTP, and ours.
 */
#ifndef GATEWAY_PROTOCOL_H
#define GATEWAY_PROTOCOL_H

#include <microhttpd.h>

extern void protocol_start(void);
/* Queues an answer of ours. */
extern enum MHD_Result protocol_answer(struct MHD_Connection *connection, unsigned int status,
									   struct MHD_Response *response);

#endif
