/*
 * route.h
 *		What a route is: a row of the table in routes.c.
 */
#ifndef GATEWAY_ROUTE_H
#define GATEWAY_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

#define MAX_BODY_BYTES (1024 * 1024)
#define MAX_MEDIA      2
#define MAX_STATUSES   16

typedef struct Parameter
{
	const char *name;
	const char *type; /* JSON Schema type, for /openapi.json */
	const char *help;
} Parameter;

/* A form of body that a route takes. */
typedef struct Media
{
	const char *type;
	const char *schema;
	bool many; /* a list, as its answer is */
} Media;

/* Where a call has its id from. */
typedef enum IdSource
{
	ID_IN_CALL, /* each call has its own */
	ID_IN_PATH,
	ID_GIVEN, /* in the body, or as Idempotency-Key */
	ID_GIVEN_OR_MADE,
} IdSource;

typedef struct Route
{
	const char *method; /* *: any */
	const char *path;   /* {id} stands for one segment, a * at the end for anything */
	bool needs_key;
	/* For a path that no other row knows: whether this one does. NULL for all other rows. */
	bool (*fallback)(const char *path);

	/* The head has come: takes what is needed out of it. May set the reply. NULL: nothing is. */
	void (*begin)(Request *request);
	/* The body has come, too: answers the request, or makes calls of it. NULL: goes as it is. */
	void (*handle)(Request *request);
	/* Hands it on to those who answer it. NULL: it is answered at once. */
	void (*submit)(Request *request);

	/* of calls */
	const char *op;
	IdSource id;
	/* of what is read: $1 is the account, $2 the secret, $3… the parameters */
	const char *sql;
	Parameter parameters[MAX_PARAMETERS];

	Media media[MAX_MEDIA]; /* bodies; none: a body is not looked at */
	bool body_optional;
	size_t max_body; /* 0: MAX_BODY_BYTES */

	/* for /openapi.json; without a summary it is not described */
	int success;
	int statuses[MAX_STATUSES]; /* the others */
	const char *answer_schema;
	const char *answer_type;
	const char *summary;
} Route;

#endif
