/*
 * webhook.h
 *		The headers of a webhook, signed as Standard Webhooks asks, and where one may go.
 */
#ifndef COURIER_WEBHOOK_H
#define COURIER_WEBHOOK_H

#include <sys/socket.h>

#include "courier/outbox.h"
#include "lib/text.h"

/* "v1,<signature>", and a second one as long as the secret before is valid. */
extern void webhook_signature(Text *header, const Message *message, int64_t now);

/* Whether an address is one of the public internet. */
extern bool address_is_public(const struct sockaddr *address);

#endif
