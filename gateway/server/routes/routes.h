/*
 * routes.h
 *		The table of routes: all that the gateway answers.
 */
#ifndef GATEWAY_ROUTES_H
#define GATEWAY_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

typedef enum RouteKind
{
	ROUTE_HERE,					/* answered at once by the gateway itself */
	ROUTE_CALLS,				/* calls, to the account's lane */
	ROUTE_READ,					/* to a reader: returns (status int, etag text, body text) */
	ROUTE_API,					/* to the dashboard's pool: see api.c */
} RouteKind;

typedef struct Parameter
{
	const char *name;
	const char *type;			/* JSON Schema type, for /openapi.json */
	const char *help;
} Parameter;

typedef struct Route
{
	const char *method;			/* *: any */
	const char *path;			/* {id} stands for one segment, a * at the end for anything */
	RouteKind	kind;
	bool		needs_key;
	/* ROUTE_CALLS: the op. */
	const char *op;
	/* ROUTE_READ: the SQL function; $1 is the account, $2 the secret, $3… the parameters. */
	const char *sql;
	Parameter	parameters[MAX_PARAMETERS];
	/* Turns the request into calls, or answers it. NULL for ROUTE_READ. */
	void		(*handle) (Request *request);
	const char *content_types;	/* separated by blanks; NULL for no body */
	bool		body_optional;
	size_t		max_body;		/* 0: MAX_BODY_BYTES */
	/* documentation */
	int			success;
	const char *statuses;		/* the others */
	const char *body_schema;
	const char *answer_schema;
	const char *answer_type;
	const char *summary;
} Route;

extern const Route routes[];
extern const size_t nroutes;

/*
 * Finds the route; {id} is copied to `id`. NULL if there is none: then `allow`
 * has the methods that the path knows, or nothing.
 */
extern const Route *route_find(const char *method, const char *path, char id[40],
							   char *allow, size_t allow_size);

#endif
