/*
 * stopping.h
 *		Whether the gateway is being stopped: what was accepted is finished, nothing new is.
 */
#ifndef GATEWAY_STOPPING_H
#define GATEWAY_STOPPING_H

#include <stdbool.h>

extern void stopping_begin(void);
extern bool stopping(void);

#endif
