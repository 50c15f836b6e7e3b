/*
 * static.h
 *		The dashboard's files.
 */
#ifndef GATEWAY_STATIC_H
#define GATEWAY_STATIC_H

#include "request.h"

/* Reads options.static_dir; ends the process if it cannot. */
extern void static_start(void);
extern void static_stop(void);

/* Whether there is a file, or a page, for a path. */
extern bool static_has(const char *path);
extern void static_answer(Request *request);

#endif
