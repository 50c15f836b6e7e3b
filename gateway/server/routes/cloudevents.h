/*
 * cloudevents.h
 *		CloudEvents, as JSON, to calls.
 */
#ifndef GATEWAY_CLOUDEVENTS_H
#define GATEWAY_CLOUDEVENTS_H

#include "request.h"

/* One event, or an array of them. Leaves calls in the request, or its reply. */
extern void cloudevents_calls(Request *request);

#endif
