/*
 * client.h
 *		Where a request comes from.
 */
#ifndef GATEWAY_CLIENT_H
#define GATEWAY_CLIENT_H

#include <stdbool.h>

#include "request.h"

/* Reads the option trusted_proxy. False if it is no list of addresses and networks. */
extern bool client_trust(const char *list);

/* The address of whoever sent the request, as text; proxies that are trusted say on whose behalf they ask. */
extern void client_address(const Request *request, char address[ADDRESS_TEXT]);

#endif
