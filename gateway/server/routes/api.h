/*
 * api.h
 *		The dashboard's API: a session in, quotakit.api() out.
 */
#ifndef GATEWAY_API_H
#define GATEWAY_API_H

#include "request.h"

extern void api_start(void);
extern void api_stop(void);

/* Takes out of the headers what SQL wants to know. May set the reply. */
extern void api_begin(Request *request);
extern void api_submit(Request *request);

#endif
