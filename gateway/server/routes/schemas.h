/*
 * schemas.h
 *		JSON Schemas of what travels, for /openapi.json. The text is schemas.json, which the
 *		Makefile makes a C string.
 */
#ifndef GATEWAY_SCHEMAS_H
#define GATEWAY_SCHEMAS_H

extern const char schemas_json[];

#endif
