/*
 * dispatch.h
 *		What is asked, and by whom it is answered.
 *
 * A connection has its requests looked after here, in the order of these functions.
 */
#ifndef GATEWAY_DISPATCH_H
#define GATEWAY_DISPATCH_H

#include <stdbool.h>

#include "request.h"

/* So much of a body that is too large is read all the same, so that its client comes to read the answer. */
#define MAX_DISCARDED (8 * 1024 * 1024)

/* The head has come. It may have its reply already, which then waits until the body has come, too. */
extern Request *dispatch_begin(const Origin *origin, const Head *head, const char *data);
/* Whether it is answered before its body comes: one that is refused, and would be long, or comes only when asked for. */
extern bool dispatch_refuses_body(Request *request);
/* Whether so much more of the body is to be kept. */
extern bool dispatch_keeps_body(Request *request, size_t len);
/* The body has come. False if another thread has it now; its origin is told when it has its reply. */
extern bool dispatch_carry_out(Request *request);
/* It is answered, or its client is gone. */
extern void dispatch_end(Request *request, bool left_by_client);

#endif
