/*
 * routes.h
 *		The table of routes: all that the gateway answers.
 */
#ifndef GATEWAY_ROUTES_H
#define GATEWAY_ROUTES_H

#include "routes/route.h"

extern const Route routes[];
extern const size_t nroutes;

/*
 * Finds the route; {id} is copied to `id`. NULL if there is none: then `allow`
 * has the methods that the path knows, or nothing.
 */
extern const Route *route_find(const char *method, const char *path, char id[40], char *allow,
							   size_t allow_size);

#endif
