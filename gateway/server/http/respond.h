/*
 * respond.h
 *		Replies as bytes.
 */
#ifndef GATEWAY_RESPOND_H
#define GATEWAY_RESPOND_H

#include "request.h"

/* Adds the head of the request's reply. `last`: the connection ends behind it. */
extern void respond_head(Text *t, const Request *request, const char *date, bool last);
/* What is sent behind the head; of nothing for HEAD. */
extern const char *respond_body(const Request *request, size_t *len);

#endif
