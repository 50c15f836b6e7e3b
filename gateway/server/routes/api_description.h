/*
 * api_description.h
 *		The dashboard's API in OpenAPI's words, from what quotakit.gateway_api() says of it.
 */
#ifndef GATEWAY_API_DESCRIPTION_H
#define GATEWAY_API_DESCRIPTION_H

#include <jansson.h>
#include <stdbool.h>

/* The name of the session's cookie, and of its security scheme. */
#define SESSION_COOKIE "quotakit_session"

/* Adds its paths and schemas to those that are there. False if it cannot be read. */
extern bool api_describe(const json_t *api, json_t *paths, json_t *schemas);

#endif
