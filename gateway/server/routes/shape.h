/*
 * shape.h
 *		Types in TypeScript's words, as JSON Schemas.
 */
#ifndef GATEWAY_SHAPE_H
#define GATEWAY_SHAPE_H

#include <jansson.h>

/* What stands before the names of shapes among all schemas, where others have the same. */
#define SHAPE_PREFIX "api."

/*
 * NULL if it is no such type. A name is one of `shapes`, or else one of the
 * vocabulary's words.
 */
extern json_t *shape_schema(const char *type, const json_t *shapes);

#endif
