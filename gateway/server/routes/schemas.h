/*
 * schemas.h
 *		Files that the Makefile makes C strings of, for /openapi.json.
 */
#ifndef GATEWAY_SCHEMAS_H
#define GATEWAY_SCHEMAS_H

/* schemas.json: JSON Schemas of what travels. */
extern const char schemas_json[];
/* extension/vocabulary.json: the words in it. */
extern const char vocabulary_json[];

#endif
