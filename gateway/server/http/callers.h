/*
 * callers.h
 *		How many connections each client address has.
 */
#ifndef GATEWAY_CALLERS_H
#define GATEWAY_CALLERS_H

#include "address.h"

/* An address: of IPv6 its first 64 bits, since whoever has one has all of those. */
typedef struct Caller Caller;

/* One more connection of this address. */
extern Caller *caller_enter(const Address *address);
/* One less. */
extern void caller_leave(Caller *caller);
extern int caller_connections(const Caller *caller);

#endif
